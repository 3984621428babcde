//! `cargo xtask`: everything that a person runs in this project, one subcommand each.
//!
//! A new command is a module with an `Args` struct and a `run(&Project, &Args)` function, a variant of [`Task`], and a line
//! in [`run`].

mod bench;
mod ci;
mod command;
mod demo;
mod dist;
mod environment;
mod file_length;
mod fuzz_documents;
mod project;
mod python;
mod soak;
mod steps;
mod structure;
mod test;
mod windows;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use project::Project;

/// The project's commands. Every one makes the Python environment first where it needs it.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Demo(demo::Args),
    Test(test::Args),
    Bench(bench::Args),
    Soak(soak::Args),
    FuzzDocuments(fuzz_documents::Args),
    Windows(windows::Args),
    Dist(dist::Args),
    Ci(ci::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match Project::locate().and_then(|project| run(&project, &cli.task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<steps::StepsFailed>() {
                eprintln!("\nerror: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(project: &Project, task: &Task) -> Result<()> {
    match task {
        Task::Demo(args) => demo::run(project, args),
        Task::Test(args) => test::run(project, args),
        Task::Bench(args) => bench::run(project, args),
        Task::Soak(args) => soak::run(project, args),
        Task::FuzzDocuments(args) => fuzz_documents::run(project, args),
        Task::Windows(args) => windows::run(project, args),
        Task::Dist(args) => dist::run(project, args),
        Task::Ci(args) => ci::run(project, args),
    }
}
