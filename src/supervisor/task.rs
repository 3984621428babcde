//! The actor: one loop that hands every event to the pool and carries out what the pool decides.

use super::messages::{Message, Submission};
use crate::config::Builder;
use crate::host::HostCommand;
use crate::log::LogSink;
use crate::mmap_folder::{self, Delivery};
use crate::os::{self, SpawnSpec};
use crate::pool::{Action, Blame, Event as PoolEvent, ExitCause, Pool, WorkerId};
use crate::quarantine::{Fingerprint, Quarantine};
use crate::queue::Ticket;
use crate::status::{Event, Status, WorkerStatus};
use crate::telemetry;
use crate::worker::exit::{ExitReport, KillReason};
use crate::worker::task::{EventSender, WorkerSetup};
use crate::worker::{Assignment, WorkerCommand, WorkerEvent, task as worker_task};
use serde::Serialize;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tach_protocol::line::reply_limit;
use tach_protocol::reply::Ready;
use tach_protocol::request::Transport;
use tach_protocol::{Command, ErrorBody, ErrorCode, Outcome, Perf, Progress, Reply};
use tokio::sync::{broadcast, mpsc, oneshot};

/// How long reading a suspect document's samples may take.
const FINGERPRINT_DEADLINE: Duration = Duration::from_secs(1);
/// How often a worker's RSS is read at most.
const RSS_PERIOD: Duration = Duration::from_millis(250);

/// The actor's side of a supervisor.
pub(crate) struct Actor {
    config: Builder,
    command: HostCommand,
    pool: Pool,
    workers: HashMap<WorkerId, Worker>,
    requests: HashMap<Ticket, Pending>,
    quarantine: Quarantine,
    /// Number of records in quarantine, for the handles: with none they need not look at any file.
    suspects: Arc<AtomicUsize>,
    log: LogSink,
    log_file: Option<PathBuf>,
    mmap_folder: Arc<mmap_folder::Folder>,
    events: broadcast::Sender<Event>,
    worker_events: mpsc::Receiver<(WorkerId, WorkerEvent)>,
    worker_sender: EventSender,
    attributions: mpsc::UnboundedReceiver<Attribution>,
    attribution_sender: mpsc::UnboundedSender<Attribution>,
    first_start: Option<oneshot::Sender<Result<(), ErrorBody>>>,
    shutdowns: Vec<oneshot::Sender<()>>,
    counts: Counts,
    /// Whether Docling loads fast enough to be loaded by the first request that needs it: not with Torch.
    loads_within_a_deadline: bool,
    finished: bool,
}

#[derive(Debug, Default)]
struct Counts {
    answered: u64,
    starts: u64,
    lost: u64,
    recycled: u64,
    last_exit: Option<ExitReport>,
}

#[derive(Debug)]
struct Worker {
    commands: mpsc::UnboundedSender<WorkerCommand>,
    started: Instant,
    pid: Option<u32>,
    memory_cap: &'static str,
    ready: Option<Ready>,
    /// The file of the last reply with one.
    last_picture: Option<PathBuf>,
    /// The document of the last request, kept while a late worker may still die of it.
    document: Option<PathBuf>,
    /// Set when the last answer told of an end that its document is to blame for.
    blamed: bool,
    rss: Option<f64>,
    rss_read: Option<Instant>,
}

#[derive(Debug)]
struct Pending {
    submission: Submission,
    last: Option<Reply>,
    attempts: u32,
    sent: Option<Instant>,
}

/// What a crash is put down to, found out beside the loop since it reads a file.
#[derive(Debug)]
pub(crate) struct Attribution {
    ticket: Option<Ticket>,
    document: Option<(PathBuf, Option<Fingerprint>)>,
    stranger: bool,
    error: ErrorBody,
}

/// What the handle needs of a new actor.
pub(crate) struct Parts {
    pub events: broadcast::Sender<Event>,
    pub suspects: Arc<AtomicUsize>,
    pub first_start: oneshot::Receiver<Result<(), ErrorBody>>,
}

impl Actor {
    pub(crate) fn new(
        config: Builder,
        command: HostCommand,
        log: (LogSink, Option<PathBuf>),
        mmap_folder: Arc<mmap_folder::Folder>,
    ) -> (Self, Parts) {
        let (events, _) = broadcast::channel(1024);
        let (worker_sender, worker_events) = mpsc::channel(256);
        let (attribution_sender, attributions) = mpsc::unbounded_channel();
        let (first_sender, first_start) = oneshot::channel();
        let suspects = Arc::new(AtomicUsize::new(0));
        let parts = Parts { events: events.clone(), suspects: Arc::clone(&suspects), first_start };
        let actor = Self {
            pool: Pool::new(config.pool_policy()),
            quarantine: Quarantine::new(config.quarantine_after, config.quarantine_ttl),
            config,
            command,
            workers: HashMap::new(),
            requests: HashMap::new(),
            suspects,
            log: log.0,
            log_file: log.1,
            mmap_folder,
            events,
            worker_events,
            worker_sender,
            attributions,
            attribution_sender,
            first_start: Some(first_sender),
            shutdowns: Vec::new(),
            counts: Counts::default(),
            loads_within_a_deadline: false,
            finished: false,
        };
        (actor, parts)
    }

    /// Runs until every handle is dropped, or a shutdown is done.
    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        self.decide(PoolEvent::Tick);
        let mut open = true;
        while !self.finished {
            let tick = self.pool.next_tick();
            tokio::select! {
                biased;
                Some((worker, event)) = self.worker_events.recv() => self.on_worker_event(worker, event),
                Some(attribution) = self.attributions.recv() => self.on_attribution(attribution),
                message = messages.recv(), if open => if let Some(message) = message { self.on_message(message) } else {
                    // Nobody holds a handle: nobody waits for an answer either.
                    open = false;
                    self.kill_all();
                    self.decide(PoolEvent::Shutdown);
                },
                () = sleep_until(tick) => self.decide(PoolEvent::Tick),
            }
        }
        let shutdowns = std::mem::take(&mut self.shutdowns);
        // First what is ours, the pictures' folder among it: a process may end as soon as it hears that this is done.
        drop(self);
        for done in shutdowns {
            let _ = done.send(());
        }
    }

    fn on_message(&mut self, message: Message) {
        match message {
            Message::Submit(submission) => self.on_submission(*submission),
            Message::Dropped(ticket) => {
                if self.requests.remove(&ticket).is_some() {
                    self.decide(PoolEvent::Cancelled { ticket });
                }
            }
            Message::Cancel { req_id, done } => {
                let tickets: Vec<Ticket> = self
                    .requests
                    .iter()
                    .filter(|(_, pending)| pending.submission.request.id == req_id)
                    .map(|(ticket, _)| *ticket)
                    .collect();
                let _ = done.send(tickets.len());
                for ticket in tickets {
                    self.answer_error(ticket, ErrorBody::new(ErrorCode::Cancelled, "the request was cancelled"));
                    self.decide(PoolEvent::Cancelled { ticket });
                }
            }
            Message::Status(reply) => {
                let status = self.status();
                let _ = reply.send(status);
            }
            Message::Quarantine(reply) => {
                let _ = reply.send(self.quarantine.list(Instant::now()));
            }
            Message::ClearQuarantine(reply) => {
                let _ = reply.send(self.quarantine.clear());
                self.suspects.store(0, Ordering::Relaxed);
            }
            Message::Shutdown(done) => {
                self.shutdowns.push(done);
                self.decide(PoolEvent::Shutdown);
            }
        }
    }

    fn on_submission(&mut self, submission: Submission) {
        let (ticket, caller) = (submission.ticket, submission.caller);
        let document = submission.request.command.file_path().map(hash_of);
        self.requests.insert(ticket, Pending { submission, last: None, attempts: 0, sent: None });
        self.decide(PoolEvent::Submitted { ticket, caller, document });
    }

    fn on_worker_event(&mut self, id: WorkerId, event: WorkerEvent) {
        let Some(worker) = self.workers.get_mut(&id) else { return };
        match event {
            WorkerEvent::Spawned { pid, memory_cap } => {
                worker.pid = Some(pid);
                worker.memory_cap = memory_cap;
                self.counts.starts += 1;
                telemetry::happened("started");
                self.publish(Event::Started { worker: id, pid });
            }
            WorkerEvent::Ready(ready) => {
                let after = worker.started.elapsed();
                self.loads_within_a_deadline = ready.profile == "lean";
                worker.ready = Some(ready);
                tracing::info!(worker = id, ?after, "worker ready");
                self.publish(Event::Ready { worker: id, after });
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Ok(()));
                }
                self.decide(PoolEvent::Ready { worker: id });
            }
            WorkerEvent::StartFailed(error) => {
                tracing::error!(worker = id, %error, "worker cannot be started");
                self.publish(Event::StartFailed { worker: id, message: error.message.clone() });
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Err(error.clone()));
                }
                self.decide(PoolEvent::StartFailed { worker: id, error });
            }
            WorkerEvent::Answered { ticket, reply, late } => self.on_answer(id, ticket, reply, late),
            WorkerEvent::Recovered => {
                worker.blamed = false;
                self.decide(PoolEvent::Recovered { worker: id });
            }
            WorkerEvent::Leaving => self.decide(PoolEvent::Leaving { worker: id }),
            WorkerEvent::Progress { ticket, done, total } => {
                if let Some(pending) = self.requests.get(&ticket)
                    && let Some(progress) = &pending.submission.progress
                {
                    let req_id = pending.submission.request.id.clone();
                    let _ = progress.send(Progress { req_id, done, total });
                }
            }
            WorkerEvent::Memory { rss_mb, limit_mb, critical } => {
                tracing::warn!(worker = id, rss_mb, limit_mb, critical, "worker over a memory limit");
                worker.rss = Some(rss_mb);
                self.publish(Event::Memory { worker: id, rss_mb, limit_mb, critical });
            }
            WorkerEvent::Exited { report, in_flight, was_ready, was_stopping } => {
                self.on_exit(id, report, in_flight, was_ready, was_stopping);
            }
        }
    }

    fn on_answer(&mut self, id: WorkerId, ticket: Ticket, reply: Reply, late: bool) {
        let failed = reply.outcome.as_ref().err().map(|error| error.code);
        let rss_mb = self.read_rss(id);
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.blamed = late || matches!(failed, Some(ErrorCode::OutOfMemory | ErrorCode::WorkerCrashed));
        }
        match self.requests.get_mut(&ticket) {
            Some(pending) => {
                // Only where one is expected: looking into a long reply costs.
                if let (Command::ExtractEvidence(evidence), Some(worker)) =
                    (&pending.submission.request.command, self.workers.get_mut(&id))
                    && evidence.transport == Transport::Mmap
                {
                    worker.last_picture = mmap_folder::picture_file(&reply).or(worker.last_picture.take());
                }
                pending.last = Some(reply);
            }
            // Nobody waits for it any more; a picture handed over by file would stay behind.
            None => self.mmap_folder.discard(&reply),
        }
        self.decide(PoolEvent::Answered { worker: id, rss_mb, late, failed });
    }

    fn on_exit(
        &mut self,
        id: WorkerId,
        report: ExitReport,
        in_flight: Option<Ticket>,
        was_ready: bool,
        was_stopping: bool,
    ) {
        let Some(worker) = self.workers.remove(&id) else { return };
        if let Some(ready) = &worker.ready {
            let (folder, pid, last) = (self.mmap_folder.path().to_owned(), ready.pid, worker.last_picture);
            let start = SystemTime::now() - worker.started.elapsed();
            tokio::task::spawn_blocking(move || mmap_folder::sweep_worker(&folder, pid, start, last.as_deref()));
        }
        let ours =
            matches!(report.killed, Some(KillReason::Cancelled | KillReason::SupervisorGone | KillReason::StopGrace));
        let expected = ours || (was_stopping && in_flight.is_none() && !worker.blamed);
        let stranger = report.by_a_strangers_hand(was_ready);
        let error = report.error();
        if !expected {
            tracing::warn!(worker = id, pid = worker.pid, "worker lost: {report}");
            self.counts.lost += 1;
            telemetry::happened("lost");
            self.counts.last_exit = Some(report.clone());
        }
        let unready = start_error(&report, &error);
        self.publish(Event::Exited { worker: id, report });
        let attributed = !expected && was_ready && (in_flight.is_some() || worker.blamed);
        if attributed {
            self.attribute(in_flight, worker.document, stranger, error.clone());
        }
        let cause = match (expected, stranger, attributed) {
            (true, ..) => ExitCause::Expected,
            (false, true, _) => ExitCause::Stranger,
            (false, false, true) => ExitCause::Attributed,
            (false, false, false) => ExitCause::Own,
        };
        self.decide(PoolEvent::Exited { worker: id, in_flight, cause, error: unready });
        if let (Some(ticket), false) = (in_flight, attributed) {
            // Killed by us while it worked: the caller hears the reason, if it still listens.
            self.decide(PoolEvent::Attributed { ticket: Some(ticket), blame: Blame::Nobody, refused: None, error });
        }
    }

    /// Finds out what a crash is to be put down to, beside the loop.
    fn attribute(&self, ticket: Option<Ticket>, document: Option<PathBuf>, stranger: bool, error: ErrorBody) {
        let sender = self.attribution_sender.clone();
        tokio::spawn(async move {
            let document = match document {
                Some(path) => Some((path.clone(), fingerprint(path).await)),
                None => None,
            };
            let _ = sender.send(Attribution { ticket, document, stranger, error });
        });
    }

    fn on_attribution(&mut self, attribution: Attribution) {
        let Attribution { ticket, document, stranger, error } = attribution;
        let now = Instant::now();
        let mut refused = None;
        let mut blame = Blame::Unknown;
        if let Some((path, print)) = document {
            blame = Blame::Document(print.map_or_else(|| hash_of(&path), |print| hash_of(&print)));
            if let Some(print) = print {
                let (kills, quarantined) = self.quarantine.killed(now, print, &path);
                self.suspects.store(self.quarantine.len(), Ordering::Relaxed);
                if let Some(kills) = self.quarantine.refuses(now, &print) {
                    refused = Some(quarantined_error(&path, kills));
                }
                self.publish(Event::Suspected { path, fingerprint: print, kills, quarantined });
            }
        }
        if stranger {
            blame = Blame::Nobody;
        }
        self.decide(PoolEvent::Attributed { ticket, blame, refused, error });
    }

    /// Lets the pool decide, and does what it says.
    fn decide(&mut self, event: PoolEvent) {
        let random = fastrand::f64();
        for action in self.pool.handle(Instant::now(), random, event) {
            self.act(action);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Start { worker, quick } => self.start_worker(worker, quick),
            Action::Send { worker, ticket, attempt } => self.send(worker, ticket, attempt),
            Action::Deliver { ticket } => {
                if let Some(pending) = self.requests.remove(&ticket)
                    && let Some(reply) = pending.last
                {
                    self.answer(pending.submission, pending.attempts, reply);
                }
            }
            Action::Refuse { ticket, error } => self.answer_error(ticket, error),
            Action::Retried { ticket, code } => {
                let Some(pending) = self.requests.get(&ticket) else { return };
                let req_id = pending.submission.request.id.clone();
                tracing::warn!(req_id, %code, "request gets its second try");
                telemetry::happened("retried");
                self.publish(Event::Retried { req_id, code });
            }
            Action::Abandon { worker, ticket } => self.command(worker, WorkerCommand::Abandon(ticket)),
            Action::Stop { worker, recycled } => {
                if recycled {
                    self.counts.recycled += 1;
                    telemetry::happened("recycled");
                    self.publish(Event::Recycled { worker });
                }
                self.command(worker, WorkerCommand::Stop);
            }
            Action::Breaker(state) => {
                tracing::warn!(?state, "breaker");
                self.publish(Event::Breaker { state });
            }
            Action::GiveUpStart(error) => {
                if let Some(first) = self.first_start.take() {
                    let _ = first.send(Err(error));
                }
            }
            Action::Finished => self.finished = true,
        }
    }

    fn start_worker(&mut self, id: WorkerId, quick: bool) {
        let threads = (self.config.docling_threads / self.config.workers).max(1);
        let mut env = self.command.env.clone();
        env.push(("TACH_DOCLING_THREADS".into(), threads.to_string().into()));
        env.push(("TACH_WORKER_RAM_LIMIT_MB".into(), self.config.ram_limit_mb.to_string().into()));
        env.push(("TACH_MMAP_DIR".into(), self.mmap_folder.path().into()));
        if quick && self.loads_within_a_deadline {
            env.push(("TACH_DOCLING_LOAD".into(), "lazy".into()));
        }
        env.extend(self.config.env.iter().cloned());
        let spec = SpawnSpec {
            program: self.command.program.clone(),
            args: self.command.args.clone(),
            env,
            memory_cap: Some(self.config.memory_cap()),
        };
        let commands = worker_task::start(WorkerSetup {
            id,
            spec,
            graces: self.config.graces(),
            log: self.log.for_worker(id),
            events: self.worker_sender.clone(),
        });
        let worker = Worker {
            commands,
            started: Instant::now(),
            pid: None,
            memory_cap: "none",
            ready: None,
            last_picture: None,
            document: None,
            blamed: false,
            rss: None,
            rss_read: None,
        };
        self.workers.insert(id, worker);
    }

    fn send(&mut self, id: WorkerId, ticket: Ticket, attempt: u32) {
        let (Some(pending), Some(worker)) = (self.requests.get_mut(&ticket), self.workers.get_mut(&id)) else { return };
        let request = &pending.submission.request;
        worker.document = request.command.file_path().map(Path::to_owned);
        pending.attempts = attempt;
        pending.sent = Some(Instant::now());
        let timeout = request.timeout_ms.map_or(self.config.request_timeout, |ms| Duration::from_millis(ms.into()));
        let wire_id = wire_id(ticket, attempt, &request.id);
        tracing::debug!(req_id = request.id, worker = id, attempt, cmd = request.command.name(), "request sent");
        let wire = WireRequest {
            id: &wire_id,
            command: &request.command,
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
        };
        // Serializing fails for a path that is not Unicode only, and the handle refuses those.
        let Ok(mut line) = serde_json::to_vec(&wire) else { return };
        line.push(b'\n');
        let reply_limit = reply_limit(&request.command);
        let assignment = Assignment { ticket, wire_id, line, timeout, reply_limit };
        let _ = worker.commands.send(WorkerCommand::Run(assignment));
    }

    fn answer(&mut self, submission: Submission, attempts: u32, mut reply: Reply) {
        self.counts.answered += 1;
        let outcome = reply.outcome.as_ref().map_or_else(|error| error.code.as_str(), |_| "success");
        telemetry::answered(outcome, submission.submitted.elapsed());
        reply.req_id = Some(submission.request.id);
        if attempts > 1
            && let Err(error) = &mut reply.outcome
        {
            error.details.insert("attempts".to_owned(), attempts.into());
        }
        // Where the caller has left, the delivery comes back and takes its picture with it.
        let _ = submission.reply.send(Delivery::new(reply, &self.mmap_folder));
    }

    fn answer_error(&mut self, ticket: Ticket, error: ErrorBody) {
        let Some(pending) = self.requests.remove(&ticket) else { return };
        let since = pending.sent.unwrap_or(pending.submission.submitted);
        let perf = Perf { duration_ms: since.elapsed().as_secs_f64() * 1000.0, peak_ram_mb: 0.0 };
        self.answer(pending.submission, pending.attempts, Reply { req_id: None, outcome: Outcome::Err(error), perf });
    }

    fn command(&self, worker: WorkerId, command: WorkerCommand) {
        if let Some(worker) = self.workers.get(&worker) {
            let _ = worker.commands.send(command);
        }
    }

    fn kill_all(&self) {
        for worker in self.workers.values() {
            let _ = worker.commands.send(WorkerCommand::Kill(KillReason::SupervisorGone));
        }
    }

    fn read_rss(&mut self, id: WorkerId) -> Option<f64> {
        let worker = self.workers.get_mut(&id)?;
        if worker.rss_read.is_none_or(|at| at.elapsed() >= RSS_PERIOD) {
            worker.rss_read = Some(Instant::now());
            worker.rss = worker.pid.and_then(os::rss_bytes).map(|bytes| bytes as f64 / 1_048_576.0);
        }
        worker.rss
    }

    fn status(&mut self) -> Status {
        let mut workers: Vec<WorkerStatus> = self
            .workers
            .iter()
            .filter_map(|(id, worker)| {
                let (state, requests) = self.pool.worker(*id)?;
                Some(WorkerStatus {
                    worker: *id,
                    state,
                    pid: worker.pid,
                    rss_mb: worker.pid.and_then(os::rss_bytes).map(|bytes| bytes as f64 / 1_048_576.0),
                    requests,
                    age_s: worker.started.elapsed().as_secs_f64(),
                    memory_cap: worker.memory_cap,
                    ready: worker.ready.clone(),
                })
            })
            .collect();
        workers.sort_by_key(|worker| worker.worker);
        let now = Instant::now();
        Status {
            workers,
            queued: self.pool.queued(),
            in_flight: self.pool.in_flight(),
            answered: self.counts.answered,
            starts: self.counts.starts,
            lost: self.counts.lost,
            recycled: self.counts.recycled,
            last_exit: self.counts.last_exit.clone(),
            breaker: self.pool.breaker(),
            recent_crashes: self.pool.recent_crashes(now),
            quarantine: self.quarantine.list(now),
            log_file: self.log_file.clone(),
        }
    }

    fn publish(&self, event: Event) {
        // No listener is no fault.
        let _ = self.events.send(event);
    }
}

#[derive(Serialize)]
struct WireRequest<'a> {
    id: &'a str,
    #[serde(flatten)]
    command: &'a Command,
    timeout_ms: u64,
}

/// The id on the wire: the ticket makes it unique, the caller's id lets a person find it in the worker's log.
fn wire_id(ticket: Ticket, attempt: u32, id: &str) -> String {
    format!("{ticket}.{attempt}:{id}").chars().take(tach_protocol::request::MAX_ID_CHARS).collect()
}

/// The error of callers that waited for a worker which never got ready.
fn start_error(report: &ExitReport, error: &ErrorBody) -> ErrorBody {
    let message = format!("the workers end before they are ready: {report}; run `tach doctor`");
    ErrorBody { code: ErrorCode::StartupFailed, message, details: error.details.clone() }
}

pub(crate) fn quarantined_error(path: &Path, kills: u32) -> ErrorBody {
    let message =
        format!("`{}` killed {kills} workers and is refused; clear the quarantine to try it again", path.display());
    ErrorBody::new(ErrorCode::Quarantined, message).with("kills", kills)
}

/// The content of a document, where it can be read in time.
pub(crate) async fn fingerprint(path: PathBuf) -> Option<Fingerprint> {
    let reading = tokio::task::spawn_blocking(move || Fingerprint::of(&path).ok());
    tokio::time::timeout(FINGERPRINT_DEADLINE, reading).await.ok()?.ok()?
}

fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
