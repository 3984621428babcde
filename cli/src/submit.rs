//! `tach submit`: sends the requests of a job to a queue and collects one reply for each.

use super::batch::input::Input;
use super::batch::progress::Bar;
use super::batch::sink::{self, Outgoing};
use super::exit::Failure;
use super::notes;
use super::output;
use super::servers::{ServerOptions, has_faults};
use super::stop::StopSignal;
use clap::Args;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tach_protocol::line::Line;
use tach_protocol::{Refusal, Reply, Request, WorkerMessage, parse_request};
use tach_queue::names::Job;
use tach_queue::submit::{Delivery, Settings, Summary};
use tach_supervisor::Perf;
use tokio::sync::mpsc;

/// Replies that wait for the writer.
const REPLIES_WAITING: usize = 16;

/// Arguments of `tach submit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: tach submit requests.ndjson --nats nats://queue.example:4222 --job plans-1 -o replies.ndjson\n\
A request that OUTPUT has answered is skipped; one that is queued, runs or is answered under the same job is not queued again. So the same\n\
command continues after an interruption, and two submitters of one job get the same replies.\n\
Ctrl-C ends the submitter; what is queued goes on. Replies stay on the server until `tach queue purge` or their age."
)]
pub(super) struct Arguments {
    /// Requests, one JSON object per line; `-` for stdin
    #[arg(default_value = "-")]
    requests: PathBuf,
    #[command(flatten)]
    servers: ServerOptions,
    /// Name of this set of requests: letters, digits, `-` and `_`
    #[arg(long)]
    job: Job,
    /// Replies, one JSON object per line; continued where it exists; `-` for stdout
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
    /// Send the documents too, for nodes that cannot see their paths
    #[arg(long)]
    upload: bool,
    /// Requests that are sent and not answered yet, at most
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    window: u32,
    /// Give up where no reply came for this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    stall_timeout: u32,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let input = Input::open(&arguments.requests)?;
    sink::refuse_same_file(&arguments.requests, &arguments.output)?;
    let mut stop = StopSignal::listen().map_err(|error| Failure::system("cannot listen for signals", &error))?;
    let shown = format!("tach-submit {}", arguments.job);
    let (connection, streams) = tokio::select! {
        opened = arguments.servers.open(&shown) => opened?,
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    // Touched only now: a server that cannot be reached must not change the replies of an earlier run.
    let is_file = !output::is_stdout(&arguments.output);
    let answered = if is_file { sink::answered_ids(&arguments.output)? } else { HashSet::new() };
    let written_to = sink::open(&arguments.output, is_file)?;
    let bar = Bar::new(&input, &arguments.output, answered.len());

    let (requests, taken) = mpsc::channel(64);
    let (deliveries, delivered) = mpsc::channel(REPLIES_WAITING);
    let (replies, outgoing) = mpsc::channel(REPLIES_WAITING);
    let writer = tokio::task::spawn_blocking({
        let bar = bar.clone();
        move || sink::write_replies(written_to, outgoing, &bar)
    });
    let settings = Settings {
        job: arguments.job.clone(),
        upload: arguments.upload,
        window: arguments.window as usize,
        stall_timeout: Duration::from_secs(arguments.stall_timeout.into()),
    };
    let reading = read(input, answered, requests, replies.clone());
    let working = async {
        let (read, summary, ()) = tokio::join!(
            reading,
            tach_queue::submit::run(connection, streams, settings, taken, deliveries),
            pass_on(delivered, replies, bar.clone()),
        );
        (read, summary)
    };
    let worked = tokio::select! {
        worked = working => Ok(worked),
        stop = stop.received() => Err(stop),
    };
    let written = writer.await.map_err(|error| Failure::system("the writer failed", &error))?;
    bar.finish();
    let tally = match written {
        Ok(tally) => tally,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        Err(error) => return Err(Failure::system("cannot write the replies", &error)),
    };
    notes::note(&tally.describe());
    match worked {
        Ok((read, summary)) => {
            describe(summary?);
            read?;
            Ok(ExitCode::SUCCESS)
        }
        Err(stop) => {
            notes::note("interrupted: what is queued goes on; run the same command again for the other replies");
            Ok(stop.exit_code())
        }
    }
}

fn describe(summary: Summary) {
    for (count, what) in [
        (summary.found, "replies were there already"),
        (summary.repeated, "requests stood twice and were sent once"),
        (summary.sent_again, "requests were lost by the server and sent again"),
    ] {
        if count > 0 {
            notes::note(&format!("{count} {what}"));
        }
    }
}

/// Reads the input, answers what is no request, skips what is answered.
async fn read(
    input: Input,
    mut answered: HashSet<String>,
    requests: mpsc::Sender<Request>,
    replies: mpsc::Sender<Outgoing>,
) -> Result<(), Failure> {
    let mut lines = input.start();
    while let Some(line) = lines.recv().await {
        let line = line.map_err(|error| Failure::system("cannot read the requests", &error))?;
        let parsed = match line {
            Line::Whole(bytes) => parse_request(&bytes, has_faults()),
            Line::TooLong => Err(Refusal::too_long()),
        };
        let sent = match parsed {
            Ok(request) if answered.contains(&request.id) => true,
            Ok(request) => requests.send(request).await.is_ok(),
            // Its id may be answered by an earlier run.
            Err(Refusal { req_id: Some(id), .. }) if answered.contains(&id) => true,
            Err(refusal) => {
                answered.extend(refusal.req_id.clone());
                let reply = Reply::error(refusal.req_id, refusal.error, Perf::default());
                replies.send(WorkerMessage::Reply(reply).into()).await.is_ok()
            }
        };
        if !sent {
            break;
        }
    }
    Ok(())
}

/// Passes replies on to the writer, and notes to the person.
async fn pass_on(mut delivered: mpsc::Receiver<Delivery>, replies: mpsc::Sender<Outgoing>, bar: Bar) {
    while let Some(delivery) = delivered.recv().await {
        match delivery {
            Delivery::Note(text) => bar.note(&text),
            Delivery::Reply(reply, room) => {
                let outgoing = Outgoing::holding(WorkerMessage::Reply(*reply), room.into_iter().collect());
                if replies.send(outgoing).await.is_err() {
                    return;
                }
            }
        }
    }
}
