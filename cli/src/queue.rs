//! `tach queue`: look at a queue, run quarantined requests again, delete a job.

use super::exit::Failure;
use super::notes;
use super::output;
use super::servers::ServerOptions;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use tach_queue::admin;
use tach_queue::names::Job;

/// Arguments of `tach queue`.
#[derive(Debug, Args)]
#[command(after_help = "Example: tach queue status --nats nats://queue.example:4222 --job plans-1")]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show how many requests wait, run, are answered and are quarantined
    Status {
        #[command(flatten)]
        of: Of,
        /// Print the result as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the quarantined requests, one JSON object per line
    Dead(Of),
    /// Queue quarantined requests again
    Retry {
        #[command(flatten)]
        of: Of,
        /// Only the request with this id
        #[arg(long)]
        id: Option<String>,
    },
    /// Delete requests, replies and quarantine of a job
    Purge {
        #[command(flatten)]
        of: Of,
        /// Delete those of all jobs
        #[arg(long, conflicts_with = "job", required_unless_present = "job")]
        all: bool,
        /// Delete the uploaded documents of all jobs too
        #[arg(long)]
        documents: bool,
    },
}

/// Which queue and which job.
#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    servers: ServerOptions,
    /// Only this job
    #[arg(long)]
    job: Option<Job>,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match &arguments.action {
        Action::Status { of, json } => {
            let (_, streams) = of.servers.open("tach-queue").await?;
            let status = admin::status(&streams, of.job.as_ref()).await?;
            if *json { output::print_json(&status)? } else { output::print_text(&told(&status))? }
        }
        Action::Dead(of) => {
            let (_, streams) = of.servers.open("tach-queue").await?;
            for dead in admin::dead(&streams, of.job.as_ref()).await? {
                output::print_json(&dead)?;
            }
        }
        Action::Retry { of, id } => {
            let (connection, streams) = of.servers.open("tach-queue").await?;
            let count = admin::retry(&connection, &streams, of.job.as_ref(), id.as_deref()).await?;
            notes::note(&format!("{count} requests are queued again"));
        }
        Action::Purge { of, documents, .. } => {
            let (_, streams) = of.servers.open("tach-queue").await?;
            let purged = admin::purge(&streams, of.job.as_ref(), *documents).await?;
            notes::note(&format!(
                "deleted {} requests, {} replies, {} quarantined requests, {} objects",
                purged.requests, purged.replies, purged.dead, purged.objects
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told(status: &admin::Status) -> String {
    format!(
        "waiting      {}\nheld         {} ({} delivered again)\nidle slots   {}\nreplies      {} ({:.1} MB of all jobs)\n\
         quarantined  {}\n{}",
        status.waiting,
        status.held,
        status.redelivered,
        status.idle_slots,
        status.replies,
        status.reply_bytes as f64 / f64::from(1 << 20),
        status.dead,
        if status.replicas_behind > 0 {
            format!("{} servers of the cluster do not follow\n", status.replicas_behind)
        } else {
            String::new()
        }
    )
}
