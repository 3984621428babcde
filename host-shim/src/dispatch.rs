//! The engine thread's loop: one request after the other, each answered once, until the worker stops.

use crate::engine::Engine;
use crate::flight::Ticket;
use crate::session::{Accepted, Job, Session};
use crate::validate::shutting_down;
use crossbeam_channel::RecvError;
use std::io::Write;
use std::time::{Duration, Instant};
use tach_protocol::limits::{ENVELOPE_BYTES, IDLE_MS, SETTLE_MS};
use tach_protocol::line::reply_limit;
use tach_protocol::reply::{MappedFile, StopReason};
use tach_protocol::request::{Fault, FaultKind};
use tach_protocol::{Command, ErrorBody, ErrorCode};

/// The buffer of a reply is kept for the next one up to this size.
const KEPT_BUFFER_BYTES: usize = 4 * 1024 * 1024;
/// How long the engine looks for the next request before it sleeps: a caller needs some 30 µs to be woken by a reply and ask
/// again, and a little more to look at the reply. 60 to 500 µs measured alike (docs/benchmarks.md).
const TIME_TO_SPIN: Duration = Duration::from_micros(200);
/// How long no request comes before the engine is warmed up.
const TIME_TO_REST: Duration = Duration::from_millis(IDLE_MS);
/// How long a graceful stop waits for the reader to finish what it has read.
const TIME_TO_SETTLE: Duration = Duration::from_millis(SETTLE_MS);

/// Works until the input ends, a stop begins or the worker leaves; then answers what is still queued.
pub fn serve(session: &Session, engine: &mut impl Engine) {
    let mut line = Vec::new();
    let mut is_warm = false;
    while !session.is_stopping() && !session.is_leaving() {
        match next_job(session, engine, &mut is_warm) {
            Ok(Job::Request(job)) if session.is_leaving() => session.answer(job.ticket, too_late(session)),
            Ok(Job::Request(job)) if session.is_stopping() => session.answer(job.ticket, shutting_down()),
            Ok(Job::Request(job)) if matches!(job.command, Command::Shutdown(_)) => {
                stop_as_asked(session, &job.ticket, &mut line);
            }
            Ok(Job::Request(job)) => work(session, engine, *job, &mut line),
            Ok(Job::EndOfInput) => {
                wait_for_answers(session);
                session.begin_stop(StopReason::StdinClosed);
            }
            Ok(Job::Wake) => {}
            Err(_) => break,
        }
    }
    settle(session);
}

/// The next job. A caller that asks one thing after the other comes back within [`TIME_TO_SPIN`] as a rule: the engine then is
/// still awake, on its own core with warm caches. Any other thread that wants the core gets it at each turn. A longer time
/// without a job is used to warm the engine up, part by part.
fn next_job(session: &Session, engine: &mut impl Engine, is_warm: &mut bool) -> Result<Job, RecvError> {
    let until = Instant::now() + TIME_TO_SPIN;
    while Instant::now() < until {
        if let Ok(job) = session.jobs().try_recv() {
            return Ok(job);
        }
        std::thread::yield_now();
    }
    while !*is_warm {
        match session.jobs().recv_timeout(TIME_TO_REST) {
            Ok(job) => return Ok(job),
            Err(_) => *is_warm = !engine.warm_up(),
        }
    }
    session.jobs().recv()
}

/// The answer to a request that the engine takes just when another thread ends the process.
fn too_late(session: &Session) -> ErrorBody {
    let code = session.leaving_with().unwrap_or_default();
    let message = format!("not started: the worker leaves with exit code {code}; send it again");
    ErrorBody::new(ErrorCode::WorkerCrashed, message).with("exit_code", code)
}

fn work(session: &Session, engine: &mut impl Engine, job: Accepted, line: &mut Vec<u8>) {
    let Accepted { ticket, command, timeout_ms } = job;
    let _span = tracing::info_span!("request", id = %ticket.id, cmd = command.name()).entered();
    open(line, &ticket.id);
    let data_from = line.len();
    session.begin(ticket, command.name(), timeout_ms);
    if let Command::Fault(Fault { kind: FaultKind::Panic, .. }) = command {
        panic!("asked to by `fault`");
    }
    let outcome = engine.handle(&command, Duration::from_millis(timeout_ms.into()), line);
    let Some(ticket) = session.slot().finish() else {
        tracing::info!("the engine came back after the answer had been given");
        if outcome.is_ok() && command.is_by_mmap() {
            remove_picture(&line[data_from..]);
        }
        trim(line);
        return;
    };
    match outcome.and_then(|()| check_length(&command, line.len() - data_from)) {
        Ok(()) => {
            close(line, &session.perf_of(&ticket));
            session.say(line);
            session.settle();
        }
        Err(error) => {
            tracing::info!(code = %error.code, message = error.message, "refused");
            session.answer(ticket, error);
        }
    }
    trim(line);
}

fn stop_as_asked(session: &Session, ticket: &Ticket, line: &mut Vec<u8>) {
    open(line, &ticket.id);
    line.extend_from_slice(b"{}");
    close(line, &session.perf_of(ticket));
    session.say(line);
    session.settle();
    session.begin_stop(StopReason::Shutdown);
}

/// Starts a success in `line`: everything up to its data.
fn open(line: &mut Vec<u8>, id: &str) {
    line.clear();
    line.extend_from_slice(b"{\"req_id\":");
    // A string always serialises, and a vector takes every byte.
    let _ = serde_json::to_writer(&mut *line, id);
    line.extend_from_slice(b",\"status\":\"success\",\"data\":");
}

/// Ends a success behind its data.
fn close(line: &mut Vec<u8>, perf: &tach_protocol::Perf) {
    let _ = write!(line, ",\"perf\":{{\"duration_ms\":{:.3},\"peak_ram_mb\":{:.2}", perf.duration_ms, perf.peak_ram_mb);
    if perf.page_cache_mb > 0.0 {
        let _ = write!(line, ",\"page_cache_mb\":{:.3}", perf.page_cache_mb);
    }
    line.extend_from_slice(b"}}");
    line.push(b'\n');
}

/// A line that the peer's cutter would refuse must not be sent: to the peer it is a broken protocol.
fn check_length(command: &Command, data_bytes: usize) -> Result<(), ErrorBody> {
    let most = reply_limit(command) - ENVELOPE_BYTES;
    if data_bytes <= most {
        return Ok(());
    }
    let (code, remedy) = match command {
        Command::ExtractEvidence(_) => {
            (ErrorCode::ImageTooLarge, "ask for it with the mmap transport, or at a lower dpi")
        }
        _ => (ErrorCode::EngineError, "ask for fewer pages or a smaller region"),
    };
    let message = format!("the reply would be {data_bytes} bytes long, over the {most} that fit a line; {remedy}");
    Err(ErrorBody::new(code, message).with("limit_bytes", most))
}

/// Removes the file of a picture that no reply will name.
fn remove_picture(data: &[u8]) {
    if let Some(file) = std::str::from_utf8(data).ok().and_then(MappedFile::named_by) {
        let _ = std::fs::remove_file(file.path);
    }
}

fn trim(line: &mut Vec<u8>) {
    line.clear();
    line.shrink_to(KEPT_BUFFER_BYTES);
}

/// Waits for the answers that the thread of deferred writes has yet to write, so that `stopping` comes behind them.
fn wait_for_answers(session: &Session) {
    let until = Instant::now() + TIME_TO_SETTLE;
    while session.owed() > 0 && !session.is_leaving() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Answers everything that was read: what waits in the queue, and what the reader holds in its hands.
fn settle(session: &Session) {
    let until = Instant::now() + TIME_TO_SETTLE;
    loop {
        let wait = Duration::from_millis(1);
        while let Ok(job) = session.jobs().recv_timeout(if session.owed() > 0 { wait } else { Duration::ZERO }) {
            if let Job::Request(job) = job {
                session.answer(job.ticket, shutting_down());
            }
        }
        let reader = session.reader_at_rest();
        if (reader.is_some() && session.owed() == 0) || session.is_leaving() || Instant::now() > until {
            // The process ends with the reader held up: what it would read now has no owner.
            std::mem::forget(reader);
            return;
        }
        drop(reader);
        std::thread::sleep(wait);
    }
}
