//! `cargo xtask soak`: the supervisor under load and faults for as long as asked.

use anyhow::Result;

use crate::command;
use crate::environment;
use crate::project::Project;

/// Keep workers busy and failing for a while, and check that nothing is lost or left behind (tests/soak.rs).
#[derive(clap::Args)]
pub struct Args {
    /// How long
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
}

/// Runs the soak test.
pub fn run(project: &Project, args: &Args) -> Result<()> {
    let environment = environment::ensure(project, &environment::WORKER)?;
    command::run(environment.cargo(project).args(["build", "--release", "--locked", "--package", "tach-host-shim"]))?;
    let mut soak = environment.cargo(project);
    soak.env("TACH_HOST_SHIM", project.program("release", "tach-host-shim"));
    soak.env("TACH_SOAK_MINUTES", args.minutes.to_string());
    soak.args(["test", "--release", "--locked", "--package", "tach-supervisor", "--test", "soak", "--", "--nocapture"]);
    command::run(&mut soak)
}
