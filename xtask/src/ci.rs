//! `cargo xtask ci`: the lanes that CI runs, one after the other.

use std::env;
use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::project::Project;
use crate::steps::{self, Step};

/// Run every lane that CI runs on a machine that has what they need.
///
/// `.ci/run` installs what a bare machine lacks and then runs the same lanes.
#[derive(clap::Args)]
pub struct Args {}

/// Each lane is a command line of this program, as documented for people.
const LANES: [(&str, &str, &[&str]); 2] = [
    ("test", "everything that must pass with the default profile", &["test"]),
    ("test-full", "the complete Docling", &["test", "--full"]),
];

/// Runs the lanes.
pub fn run(project: &Project, _: &Args) -> Result<()> {
    let program = &env::current_exe()?;
    let lane = |(name, about, arguments): (&'static str, &'static str, &'static [&'static str])| Step {
        name,
        about,
        needs: &[],
        run: Box::new(move || command::run(Command::new(program).current_dir(&project.root).args(arguments))),
    };
    steps::run(LANES.into_iter().map(lane).collect(), &[])
}
