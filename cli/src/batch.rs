//! `tach batch`: many requests, one JSON object a line, replies in the order they finish.

use super::exit::Failure;
use super::options::Common;
use super::output;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tach_protocol::line::Line;
use tach_protocol::{LineCutter, MAX_LINE_BYTES, Refusal, WorkerMessage, parse_request};
use tach_supervisor::{Command, ErrorBody, ErrorCode, Perf, Progress, Reply, Request, Supervisor};
use tokio::sync::{Semaphore, mpsc};

/// Requests that are between the reader and the writer.
const IN_HAND: usize = 512;
/// How often a request is asked again that the open breaker refused.
const BREAKER_PATIENCE: u32 = 8;
/// Replies that wait for the writer; each may be a whole picture.
const REPLIES_WAITING: usize = 16;

/// Arguments of `tach batch`.
#[derive(Debug, Args)]
#[command(
    after_help = "One request: {\"id\":\"1\",\"cmd\":\"extract_evidence\",\"payload\":{\"file_path\":\"/data/a.pdf\",\"page_index\":0,\"bbox\":[72,100,200,50]}}\n\
Every line gets exactly one reply; a line that is no request gets one with `req_id` null. docs/protocol.md lists the commands."
)]
pub(super) struct Arguments {
    /// Requests, one JSON object a line; `-` for stdin
    #[arg(default_value = "-")]
    requests: PathBuf,
    /// Replies, one JSON object a line; `-` for stdout
    #[arg(long, short, default_value = "-")]
    output: PathBuf,
    /// Requests that run at a time, each in a process of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    workers: u16,
    /// Ready workers kept beyond these, so that a crash costs no start
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    spares: u16,
    /// Folder for pictures asked for with transport mmap; they are the reader's to remove
    #[arg(long, value_name = "DIR")]
    mmap_folder: Option<PathBuf>,
}

pub(super) async fn run(common: &Common, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let input: Box<dyn Read + Send> = if output::is_stdout(&arguments.requests) {
        Box::new(io::stdin())
    } else {
        let path = &arguments.requests;
        Box::new(
            File::open(path)
                .map_err(|error| Failure::system(format_args!("cannot read `{}`", path.display()), &error))?,
        )
    };
    let sink = open_output(&arguments.output)?;
    let folder = arguments.mmap_folder.clone().unwrap_or_else(|| std::env::temp_dir().join("tach-batch"));
    let supervisor = Arc::new(
        common
            .builder()
            .workers(arguments.workers.into())
            .spares(arguments.spares.into())
            .mmap_folder(folder)
            .start()
            .await?,
    );

    let bar = ProgressBar::new_spinner().with_style(
        ProgressStyle::with_template("{spinner} {pos} answered, {per_sec}, {elapsed}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    let (lines, mut incoming) = mpsc::channel(64);
    // The thread may wait for a terminal for ever; the process does not wait for it.
    std::thread::spawn(move || read_lines(input, &lines));
    let (replies, outgoing) = mpsc::channel(REPLIES_WAITING);
    let writer = tokio::task::spawn_blocking({
        let bar = bar.clone();
        move || write_replies(sink, outgoing, &bar)
    });
    let faults = std::env::var_os("TACH_TEST_FAULTS").is_some_and(|value| value == "1");
    let in_hand = Arc::new(Semaphore::new(IN_HAND));
    let mut stopped = None;
    loop {
        let line = tokio::select! {
            line = incoming.recv() => line,
            _ = tokio::signal::ctrl_c() => {
                stopped = Some("interrupted: what runs is answered, what waits is refused");
                None
            }
            () = replies.closed() => None,
        };
        let Some(line) = line else { break };
        let parsed = match line {
            Ok(Line::Whole(bytes)) => parse_request(&bytes, faults),
            Ok(Line::TooLong) => Err(Refusal::too_long()),
            Err(error) => return Err(Failure::system("cannot read the requests", &error)),
        };
        let Ok(place) = Arc::clone(&in_hand).acquire_owned().await else { break };
        match parsed {
            Ok(Request { id, command: Command::Shutdown(_), .. }) => {
                let data = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap_or_default();
                let _ = replies
                    .send(WorkerMessage::Reply(Reply { req_id: Some(id), outcome: Ok(data), perf: Perf::default() }))
                    .await;
                break;
            }
            Ok(request) => {
                // One caller for all: requests of one document can then follow each other.
                let (supervisor, replies) = (Arc::clone(&supervisor), replies.clone());
                tokio::spawn(async move {
                    answer(&supervisor, request, &replies).await;
                    drop(place);
                });
            }
            Err(refusal) => {
                let reply = Reply::error(refusal.req_id, refusal.error, Perf::default());
                let _ = replies.send(WorkerMessage::Reply(reply)).await;
            }
        }
    }
    if let Some(why) = stopped {
        bar.suspend(|| eprintln!("tach: {why}"));
        supervisor.shutdown().await;
    }
    drop(replies);
    let written = writer.await.map_err(|error| Failure::system("the writer failed", &error))?;
    bar.finish_and_clear();
    supervisor.shutdown().await;
    let tally = written.map_err(|error| Failure::system("cannot write the replies", &error))?;
    eprintln!("tach: {}", tally.describe());
    Ok(ExitCode::SUCCESS)
}

/// Answers one request. While the breaker is open it waits and asks again, a few times: a batch has the patience that an
/// application's window has not.
async fn answer(supervisor: &Supervisor, request: Request, replies: &mpsc::Sender<WorkerMessage>) {
    let mut reply = submit(supervisor, request.clone(), replies).await;
    for _ in 0..BREAKER_PATIENCE {
        let Err(ErrorBody { code: ErrorCode::Unavailable, details, .. }) = &reply.outcome else { break };
        let wait = details.get("retry_after_ms").and_then(serde_json::Value::as_u64).unwrap_or(1000);
        tokio::time::sleep(Duration::from_millis(wait.clamp(50, 10_000))).await;
        reply = submit(supervisor, request.clone(), replies).await;
    }
    let _ = replies.send(WorkerMessage::Reply(reply)).await;
}

/// Submits one request and passes its progress on.
async fn submit(supervisor: &Supervisor, request: Request, replies: &mpsc::Sender<WorkerMessage>) -> Reply {
    let (sender, mut steps) = mpsc::unbounded_channel::<Progress>();
    let submit = supervisor.submit_with_progress(request, Some(sender));
    tokio::pin!(submit);
    loop {
        tokio::select! {
            biased;
            Some(step) = steps.recv() => {
                let _ = replies.send(WorkerMessage::Progress(step)).await;
            }
            reply = &mut submit => return reply,
        }
    }
}

fn read_lines(mut input: impl Read, lines: &mpsc::Sender<io::Result<Line>>) {
    let mut cutter = LineCutter::new(MAX_LINE_BYTES);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = match input.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let _ = lines.blocking_send(Err(error));
                return;
            }
        };
        let mut rest = &chunk[..count];
        while !rest.is_empty() {
            let (taken, line) = cutter.feed(rest);
            rest = &rest[taken..];
            if let Some(line) = line
                && lines.blocking_send(Ok(line)).is_err()
            {
                return;
            }
        }
    }
    if let Some(line) = cutter.finish() {
        let _ = lines.blocking_send(Ok(line));
    }
}

/// How many replies there were of each kind.
#[derive(Debug, Default)]
struct Tally {
    success: u64,
    errors: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn count(&mut self, error: Option<&ErrorBody>) {
        match error.map(|error| error.code) {
            None => self.success += 1,
            Some(code) => *self.errors.entry(ErrorCode::as_str(code)).or_default() += 1,
        }
    }

    fn describe(&self) -> String {
        use std::fmt::Write;
        let mut text =
            format!("{} answered: {} success", self.success + self.errors.values().sum::<u64>(), self.success);
        for (code, count) in &self.errors {
            let _ = write!(text, ", {count} {code}");
        }
        text
    }
}

fn write_replies(
    mut sink: Box<dyn Write + Send>,
    mut replies: mpsc::Receiver<WorkerMessage>,
    bar: &ProgressBar,
) -> io::Result<Tally> {
    let mut tally = Tally::default();
    while let Some(message) = replies.blocking_recv() {
        serde_json::to_writer(&mut sink, &message)?;
        sink.write_all(b"\n")?;
        if let WorkerMessage::Reply(reply) = &message {
            tally.count(reply.outcome.as_ref().err());
            bar.inc(1);
        }
        // Whole lines as soon as nothing else waits: a reader on the other side of a pipe acts on each reply.
        if replies.is_empty() {
            sink.flush()?;
        }
    }
    sink.flush()?;
    Ok(tally)
}

fn open_output(path: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    if output::is_stdout(path) {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let file = File::create(path)
        .map_err(|error| Failure::system(format_args!("cannot write `{}`", path.display()), &error))?;
    Ok(Box::new(BufWriter::new(file)))
}
