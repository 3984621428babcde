//! `tach status`: starts a supervisor and shows what `Supervisor::status` tells.

use super::exit::Failure;
use super::options::Common;
use super::output;
use clap::Args;
use std::fmt::Write;
use std::process::ExitCode;

/// Arguments of `tach status`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Workers to start
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Spares to start
    #[arg(long, default_value_t = 0)]
    spares: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let supervisor = common.builder().workers(arguments.workers).spares(arguments.spares).start().await?;
    supervisor.ping().await?;
    let status = supervisor.status().await;
    supervisor.shutdown().await;
    let status = status.ok_or_else(|| Failure::environment("the supervisor ended"))?;
    if arguments.json {
        output::print_json(&status)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for worker in &status.workers {
        let pid = worker.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
        let rss = worker.rss_mb.map_or_else(|| "-".to_owned(), |rss| format!("{rss:.0} MB"));
        let _ = writeln!(
            text,
            "worker {}  {:?}, pid {pid}, {rss}, memory cap: {}",
            worker.worker, worker.state, worker.memory_cap
        );
        if let Some(ready) = &worker.ready {
            let _ = writeln!(text, "          profile {}, can: {}", ready.profile, ready.capabilities.join(", "));
        }
    }
    let _ = writeln!(text, "breaker   {:?}, {} recent crashes", status.breaker, status.recent_crashes);
    let _ = writeln!(
        text,
        "queue     {} waiting, {} running, {} answered",
        status.queued, status.in_flight, status.answered
    );
    if let Some(log) = &status.log_file {
        let _ = writeln!(text, "log       {}", log.display());
    }
    output::print(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
