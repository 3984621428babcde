//! `tach worker`: one raw worker on this process's own streams.

use super::exit::Failure;
use super::options::Common;
use super::os;
use clap::Args;
use std::process::{Command, ExitCode};

/// Arguments of `tach worker`.
#[derive(Debug, Args)]
#[command(
    after_help = "The worker speaks the protocol of docs/protocol.md: requests on stdin, replies on stdout, logs on stderr. \
Choose it with --host shim (the default) or --host python. It is unsupervised: its caller must kill and restart it."
)]
pub(super) struct Arguments {}

pub(super) fn run(common: &Common, _arguments: &Arguments) -> Result<ExitCode, Failure> {
    let host = common.host().resolve()?;
    let mut command = Command::new(&host.program);
    command.args(&host.args).envs(host.env);
    // Left by launchers and applications that have a Python inside; they would send ours to another installation.
    command.env_remove("__PYVENV_LAUNCHER__").env_remove("PYTHONEXECUTABLE");
    if let Some(limit) = common.ram_limit_mb {
        command.env("TACH_WORKER_RAM_LIMIT_MB", limit.to_string());
    }
    if let Some(timeout) = common.timeout {
        command.env("TACH_WORKER_TIMEOUT_MS", timeout.as_millis().to_string());
    }
    os::run_in_place(&mut command)
        .map_err(|error| Failure::environment(format!("cannot start `{}`: {error}", host.program.display())))
}
