//! `tach batch`: many requests, one JSON object per line, replies in the order in which they finish.

pub(super) mod input;
pub(super) mod progress;
pub(super) mod sink;
mod tally;

use super::exit::Failure;
use super::notes;
use super::options::Common;
use super::stop::{Stop, StopSignal};
use clap::{Args, ValueEnum};
use input::Input;
use progress::Bar;
use sink::Outgoing;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tach_protocol::line::Line;
use tach_protocol::{Refusal, WorkerMessage, parse_request};
use tach_service::Budget;
use tach_supervisor::{Command, ErrorBody, ErrorCode, Perf, Progress, Reply, Request, Supervisor};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Requests that are between the reader and the writer.
const IN_HAND: usize = 512;
/// How often a request is asked again that the open breaker refused.
const BREAKER_RETRIES: u32 = 8;
/// Replies that wait for the writer; [`Budget`] bounds their bytes.
const REPLIES_WAITING: usize = 16;

/// Printed at the first signal.
const INTERRUPTED: &str = "interrupted: what runs is answered, what waits is refused; interrupt again to end at once";

/// Arguments of `tach batch`.
#[derive(Debug, Args)]
#[command(
    after_help = "One request: {\"id\":\"1\",\"cmd\":\"extract_evidence\",\"payload\":{\"file_path\":\"/data/a.pdf\",\"page_index\":0,\"bbox\":[72,100,200,50]}}\n\
Every line gets exactly one reply; a line that is no request gets one with `req_id` null. docs/protocol.md lists the commands.\n\
The first Ctrl-C or SIGTERM stops the intake and lets what runs finish; the second ends at once. Exit code 130 or 143 then."
)]
pub(super) struct Arguments {
    /// Requests, one JSON object per line; `-` for stdin
    #[arg(default_value = "-")]
    requests: PathBuf,
    /// Replies, one JSON object per line; `-` for stdout
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
    /// Continue an earlier run: skip requests that OUTPUT has answered, and append the other replies
    #[arg(long, requires = "output")]
    resume: bool,
    /// Exit with 1 where a request was answered with an error
    #[arg(long, value_enum, default_value = "never")]
    fail_on: FailOn,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Ready workers kept beyond these, so that a crash costs no start
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    spares: u16,
    /// Folder for images asked for with transport mmap; the reader deletes them [default: a new private folder]
    #[arg(long, value_name = "DIR")]
    mmap_folder: Option<PathBuf>,
}

/// What makes the exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Every request was answered, whatever the answers
    Never,
    /// A reply with status error
    Error,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    if std::process::id() == 1 {
        notes::note(
            "this is process 1: start the container with --init, so that exited descendants of workers are reaped",
        );
    }
    let input = Input::open(&arguments.requests)?;
    sink::refuse_same_file(&arguments.requests, &arguments.output)?;
    let answered = if arguments.resume { sink::answered_ids(&arguments.output)? } else { HashSet::new() };
    let folder = images_folder(arguments)?;
    let mut stop = StopSignal::listen().map_err(|error| Failure::system("cannot listen for signals", &error))?;
    let supervisor =
        common.builder().workers(arguments.workers.into()).spares(arguments.spares.into()).mmap_folder(folder.path());
    let supervisor = tokio::select! {
        started = supervisor.start() => Arc::new(started?),
        stop = stop.received() => return Ok(stop.exit_code()),
    };
    // Opened only now: a start that fails must not empty the replies of an earlier run.
    let sink = sink::open(&arguments.output, arguments.resume)?;

    let bar = Bar::new(&input, &arguments.output, answered.len());
    let mut run = Run {
        supervisor: Arc::clone(&supervisor),
        in_hand: Arc::new(Semaphore::new(IN_HAND)),
        budget: Budget::default(),
        tasks: JoinSet::new(),
        faults: std::env::var_os("TACH_TEST_FAULTS").is_some_and(|value| value == "1"),
        answered,
        stopping: false,
    };
    let mut incoming = input.start();
    let (replies, outgoing) = mpsc::channel(REPLIES_WAITING);
    let writer = tokio::task::spawn_blocking({
        let bar = bar.clone();
        move || sink::write_replies(sink, outgoing, &bar)
    });
    let mut stopped: Option<Stop> = None;
    let mut broken: Option<std::io::Error> = None;
    loop {
        tokio::select! {
            line = incoming.recv() => match line {
                Some(Ok(line)) => tokio::select! {
                    () = run.take(line, &replies) => {}
                    stop = stop.received() => { stopped = Some(stop); break }
                    () = replies.closed() => break,
                },
                // What was read before is answered all the same.
                Some(Err(error)) => { broken = Some(error); break }
                None => break,
            },
            stop = stop.received() => { stopped = Some(stop); break }
            () = replies.closed() => break,
        }
    }
    if stopped.is_some() {
        bar.note(INTERRUPTED);
    }
    let is_stopped = stopped.is_some();
    let finish = async {
        if is_stopped {
            supervisor.shutdown().await;
        }
        while run.tasks.join_next().await.is_some() {}
        drop(replies);
        let written = writer.await;
        supervisor.shutdown().await;
        written
    };
    tokio::pin!(finish);
    let written = loop {
        tokio::select! {
            written = &mut finish => break written,
            again = stop.received() => {
                if stopped.is_some() {
                    // The workers end with this process.
                    return Ok(again.exit_code());
                }
                stopped = Some(again);
                bar.note(INTERRUPTED);
                // What waits is refused by this; its end is waited for below.
                let supervisor = Arc::clone(&supervisor);
                tokio::spawn(async move { supervisor.shutdown().await });
            }
        }
    };
    bar.finish();
    let written = written.map_err(|error| Failure::system("the writer failed", &error))?;
    let tally = match written {
        Ok(tally) => tally,
        // A reader that has enough is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        Err(error) => return Err(Failure::system("cannot write the replies", &error)),
    };
    notes::note(&tally.describe());
    folder.report();
    if let Some(error) = broken {
        return Err(Failure::system("cannot read the requests", &error));
    }
    Ok(match stopped {
        Some(stop) => stop.exit_code(),
        None if arguments.fail_on == FailOn::Error && tally.has_errors() => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    })
}

/// What taking a line needs.
struct Run {
    supervisor: Arc<Supervisor>,
    in_hand: Arc<Semaphore>,
    budget: Budget,
    tasks: JoinSet<()>,
    faults: bool,
    /// Ids that an earlier run answered.
    answered: HashSet<String>,
    /// Whether a `shutdown` was read: what follows is refused.
    stopping: bool,
}

impl Run {
    /// Starts on a line, once there is room for its reply.
    async fn take(&mut self, line: Line, replies: &mpsc::Sender<Outgoing>) {
        while self.tasks.try_join_next().is_some() {}
        let parsed = match line {
            Line::Whole(bytes) => parse_request(&bytes, self.faults),
            Line::TooLong => Err(Refusal::too_long()),
        };
        let reply = match parsed {
            Ok(request) if self.answered.contains(&request.id) => return,
            Ok(Request { id, .. }) if self.stopping => {
                let message = "an earlier line asked for a shutdown; send this request to another batch";
                Reply::error(Some(id), ErrorBody::new(ErrorCode::ShuttingDown, message), Perf::default())
            }
            Ok(Request { id, command: Command::Shutdown(_), .. }) => {
                self.stopping = true;
                let data = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap_or_default();
                Reply { req_id: Some(id), outcome: Ok(data), perf: Perf::default() }
            }
            Ok(request) => {
                let Ok(place) = Arc::clone(&self.in_hand).acquire_owned().await else { return };
                let room = self.budget.reserve(&request.command).await.into_iter().chain([place]).collect();
                // One caller for all: requests of one document can then follow each other.
                let (supervisor, replies) = (Arc::clone(&self.supervisor), replies.clone());
                self.tasks.spawn(async move {
                    let reply = answer(&supervisor, request, &replies).await;
                    let _ = replies.send(Outgoing::holding(WorkerMessage::Reply(reply), room)).await;
                });
                return;
            }
            Err(refusal) => Reply::error(refusal.req_id, refusal.error, Perf::default()),
        };
        let _ = replies.send(WorkerMessage::Reply(reply).into()).await;
    }
}

/// Answers one request. While the breaker is open it waits and asks again, a few times: a batch can wait where an application's
/// window cannot.
async fn answer(supervisor: &Supervisor, request: Request, replies: &mpsc::Sender<Outgoing>) -> Reply {
    let mut reply = submit(supervisor, request.clone(), replies).await;
    for _ in 0..BREAKER_RETRIES {
        let Err(ErrorBody { code: ErrorCode::Unavailable, details, .. }) = &reply.outcome else { break };
        let wait = details.get("retry_after_ms").and_then(serde_json::Value::as_u64).unwrap_or(1000);
        tokio::time::sleep(Duration::from_millis(wait.clamp(50, 10_000))).await;
        reply = submit(supervisor, request.clone(), replies).await;
    }
    reply
}

/// Submits one request and passes its progress on.
async fn submit(supervisor: &Supervisor, request: Request, replies: &mpsc::Sender<Outgoing>) -> Reply {
    let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
    let submit = supervisor.submit_with_progress(request, Some(sender));
    tokio::pin!(submit);
    loop {
        tokio::select! {
            biased;
            Some(step) = steps.recv() => {
                let _ = replies.send(WorkerMessage::Progress(step).into()).await;
            }
            reply = &mut submit => return reply,
        }
    }
}

/// Where images that are asked for with transport `mmap` go.
enum Images {
    Given(PathBuf),
    Private(tempfile::TempDir),
}

fn images_folder(arguments: &Arguments) -> Result<Images, Failure> {
    match &arguments.mmap_folder {
        Some(folder) => Ok(Images::Given(folder.clone())),
        None => tempfile::Builder::new().prefix("tach-batch-").tempdir().map(Images::Private).map_err(|error| {
            let place = std::env::temp_dir();
            let doing = format!(
                "cannot make a private folder in {} (set TMPDIR, or name one with --mmap-folder)",
                place.display()
            );
            Failure::system(doing, &error)
        }),
    }
}

impl Images {
    fn path(&self) -> PathBuf {
        match self {
            Self::Given(folder) => folder.clone(),
            Self::Private(folder) => folder.path().to_owned(),
        }
    }

    /// Leaves the images to their reader, and says where they are. An empty folder is removed.
    fn report(self) {
        if let Self::Private(folder) = self
            && std::fs::read_dir(folder.path()).is_ok_and(|mut entries| entries.next().is_some())
        {
            let path = folder.keep();
            notes::note(&format!("images are in {}; delete them when you have read them", path.display()));
        }
    }
}
