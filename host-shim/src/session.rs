//! What the threads of the host share: the stream out, the queue, the request in flight, and whether the worker stops.
//!
//! Every accepted request is counted until its answer has been written, so that the worker never exits while one is owed.

use crate::exit_notice::{DeferredWrite, ExitNotice};
use crate::flight::{Flight, Slot, Ticket};
use crate::os::Memory;
use crate::settings::Settings;
use crate::writer::Writer;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tach_protocol::limits::{EXIT_NOTICE_MS, QUEUE_LENGTH};
use tach_protocol::reply::{Lifecycle, StopReason};
use tach_protocol::{Command, ErrorBody, Perf, Progress, Refusal, Reply, Request, WorkerMessage};

/// What the engine thread finds in its queue.
#[derive(Debug)]
pub enum Job {
    /// A request to work on.
    Request(Box<Accepted>),
    /// Nothing more will be read.
    EndOfInput,
    /// Look whether the worker stops.
    Wake,
}

/// A request that passed every check.
#[derive(Debug)]
pub struct Accepted {
    /// Whom to answer.
    pub ticket: Ticket,
    /// What to do.
    pub command: Command,
    /// Its deadline.
    pub timeout_ms: u32,
}

/// How long an exit notice may take to write: after it the process exits, whatever was not written.
pub const EXIT_NOTICE_TIME: Duration = Duration::from_millis(EXIT_NOTICE_MS);

const RUNNING: u8 = 0;
const STOPPING: u8 = 1;

/// The shared state of one worker process.
pub struct Session {
    settings: Settings,
    writer: Writer,
    memory: Memory,
    slot: Slot,
    queue: Sender<Job>,
    jobs: Receiver<Job>,
    deferred: Sender<DeferredWrite>,
    owed: AtomicUsize,
    page_cache: AtomicUsize,
    stop: AtomicU8,
    ready: AtomicBool,
    leaving: OnceLock<i32>,
    reading: Mutex<()>,
    leave: Box<dyn Fn(i32) + Send + Sync>,
}

impl Session {
    /// The state, and the writes that a thread of their own must do. `leave` ends the process with a code; where it returns
    /// (in a test), the engine loop ends as soon as the engine comes back.
    pub(crate) fn new(
        output: impl Write + Send + 'static,
        settings: Settings,
        memory: Memory,
        leave: impl Fn(i32) + Send + Sync + 'static,
    ) -> (Arc<Self>, Receiver<DeferredWrite>) {
        let (queue, jobs) = bounded(QUEUE_LENGTH);
        let (deferred, writes) = unbounded();
        let session = Arc::new(Self {
            settings,
            writer: Writer::new(output),
            memory,
            slot: Slot::new(),
            queue,
            jobs,
            deferred,
            owed: AtomicUsize::new(0),
            page_cache: AtomicUsize::new(0),
            stop: AtomicU8::new(RUNNING),
            ready: AtomicBool::new(false),
            leaving: OnceLock::new(),
            reading: Mutex::new(()),
            leave: Box::new(leave),
        });
        (session, writes)
    }

    /// Limits in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) fn slot(&self) -> &Slot {
        &self.slot
    }

    pub(crate) fn jobs(&self) -> &Receiver<Job> {
        &self.jobs
    }

    // Writing

    /// Writes a line that is whole, with its `\n`. A peer that has exited stops the worker.
    pub(crate) fn say(&self, line: &[u8]) {
        if !self.writer.line(line) && self.stop.swap(STOPPING, Ordering::AcqRel) == RUNNING {
            self.wake_engine();
        }
    }

    fn say_message(&self, message: &impl serde::Serialize) {
        match serde_json::to_vec(message) {
            Ok(mut line) => {
                line.push(b'\n');
                self.say(&line);
            }
            Err(error) => tracing::error!(%error, "a message could not be written as JSON"),
        }
    }

    /// Writes a message about the worker itself.
    pub fn report(&self, event: Lifecycle) {
        self.say_message(&WorkerMessage::Lifecycle(event));
    }

    /// Writes how far the request in flight has come; nothing where it has been answered already.
    pub fn progress(&self, done: u64, total: u64) {
        if let Some(req_id) = self.slot.unanswered_id() {
            self.say_message(&WorkerMessage::Progress(Progress { req_id, done, total }));
        }
    }

    /// Refuses a line that the engine never sees.
    pub(crate) fn refuse(&self, refusal: Refusal, read_at: Instant) {
        let perf = self.perf(read_at, self.memory.rss_mb());
        self.say_message(&Reply::error(refusal.req_id, refusal.error, perf));
    }

    /// Gives the error that `ticket` is owed.
    pub(crate) fn answer(&self, ticket: Ticket, error: ErrorBody) {
        let perf = self.perf(ticket.read_at, self.memory.peak_mb());
        self.say_message(&Reply::error(Some(ticket.id), error, perf));
        self.settle();
    }

    /// Notes how many bytes of pixels the engine keeps.
    pub(crate) fn keeps(&self, bytes: usize) {
        self.page_cache.store(bytes, Ordering::Relaxed);
    }

    /// One accepted request has its answer on the stream.
    pub(crate) fn settle(&self) {
        self.owed.fetch_sub(1, Ordering::AcqRel);
    }

    /// Accepted requests whose answer has not been written.
    pub(crate) fn owed(&self) -> usize {
        self.owed.load(Ordering::Acquire)
    }

    fn perf(&self, read_at: Instant, peak_ram_mb: f64) -> Perf {
        let round = |value: f64| (value * 1000.0).round() / 1000.0;
        Perf {
            duration_ms: round(read_at.elapsed().as_secs_f64() * 1000.0),
            peak_ram_mb: round(peak_ram_mb),
            page_cache_mb: round(self.page_cache.load(Ordering::Relaxed) as f64 / 1_048_576.0),
        }
    }

    // Reading

    /// Held by the reader while it works on what it has read.
    pub(crate) fn reading(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The reader's lock, if everything it has read is queued or refused.
    pub(crate) fn reader_at_rest(&self) -> Option<MutexGuard<'_, ()>> {
        self.reading.try_lock().ok()
    }

    /// Queues a good request; waits while the queue is full.
    pub(crate) fn accept(&self, request: Request, read_at: Instant) {
        let Request { id, command, timeout_ms } = request;
        let timeout_ms = timeout_ms.unwrap_or(self.settings.limits.timeout_ms);
        self.owed.fetch_add(1, Ordering::AcqRel);
        let accepted = Accepted { ticket: Ticket { id, read_at }, command, timeout_ms };
        // The session itself holds a receiver, so the channel is never closed.
        let _ = self.queue.send(Job::Request(Box::new(accepted)));
    }

    /// Queues the end of the requests behind them.
    pub(crate) fn end_of_input(&self) {
        let _ = self.queue.send(Job::EndOfInput);
    }

    // The engine

    /// From now on requests are taken, and the memory limit ends requests instead of the start.
    pub(crate) fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Whether `ready` was said.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn begin(&self, ticket: Ticket, cmd: &'static str, timeout_ms: u32) {
        self.memory.reset_peak();
        self.slot.begin(Flight::new(ticket, cmd, timeout_ms));
    }

    pub(crate) fn perf_of(&self, ticket: &Ticket) -> Perf {
        self.perf(ticket.read_at, self.memory.peak_mb())
    }

    fn wake_engine(&self) {
        // A full queue needs no wake: the engine is at work and looks before it takes the next request.
        let _ = self.queue.try_send(Job::Wake);
    }

    // Stopping

    /// Begins a graceful stop and says so; only the first reason counts.
    pub fn begin_stop(&self, reason: StopReason) {
        if self.stop.swap(STOPPING, Ordering::AcqRel) == RUNNING {
            self.report(Lifecycle::Stopping { reason });
            self.wake_engine();
        }
    }

    /// Whether a stop has begun, or the peer has exited.
    pub fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire) != RUNNING
    }

    /// Whether the process is about to end without a graceful stop.
    pub fn is_leaving(&self) -> bool {
        self.leaving.get().is_some()
    }

    /// The exit code of a process that is about to end without a graceful stop.
    pub(crate) fn leaving_with(&self) -> Option<i32> {
        self.leaving.get().copied()
    }

    /// Leaves a write to the thread that may block, so that the guard never does.
    pub(crate) fn defer(&self, write: DeferredWrite) {
        let _ = self.deferred.send(write);
    }

    /// Answers what is owed, within a bounded time, and ends the process. Only the first call acts; a later one returns.
    pub fn leave(&self, notice: ExitNotice) {
        let code = notice.code;
        if self.leaving.set(code).is_err() {
            return;
        }
        let (done, finished) = bounded(1);
        self.defer(DeferredWrite::Exit(Box::new(notice), done));
        // A peer that reads nothing, or a full stderr, must not keep a broken worker alive.
        let _ = finished.recv_timeout(EXIT_NOTICE_TIME);
        self.leave_now(code);
    }

    /// Ends a worker whose resident set is `rss_mb`, over the hard limit. The guard and pyworker's monitor both call this;
    /// the first call acts.
    pub fn out_of_memory(&self, rss_mb: f64) {
        let limit_mb = self.settings.limits.ram_hard_mb;
        self.leave(if self.is_ready() {
            ExitNotice::out_of_memory(rss_mb, limit_mb, self.slot.unanswered_id())
        } else {
            ExitNotice::too_big_to_start(rss_mb, limit_mb)
        });
    }

    /// Ends the process without writing anything.
    pub(crate) fn leave_now(&self, code: i32) {
        (self.leave)(code);
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Session")
            .field("settings", &self.settings)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
