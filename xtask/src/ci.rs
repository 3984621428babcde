//! `cargo xtask ci`: what CI runs, on this machine as it is.

use std::process::Command;

use anyhow::Result;

use crate::command;
use crate::project::Project;

/// Run every lane that CI runs (.ci/run), without installing system packages: where one is missing, its lane fails.
///
/// Needs bash. The lanes are listed at the top of .ci/run.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the lanes.
pub fn run(project: &Project, _: &Args) -> Result<()> {
    command::run(Command::new("bash").current_dir(&project.root).args([".ci/run", "--no-install"]))
}
