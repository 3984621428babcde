//! The actor: one loop that hands every event to the pool and carries out what the pool decides.

use super::messages::{Attribution, Message, Question, Submission};
use super::worker_record::Worker;
use crate::config::Config;
use crate::host::HostCommand;
use crate::ids::Ticket;
use crate::ids::WorkerId;
use crate::log::LogSink;
use crate::mmap_folder;
use crate::picture::Picture;
use crate::pool::{Event as PoolEvent, Pool};
use crate::quarantine::Quarantine;
use crate::queue::hash_of;
use crate::status::{Event, Status, WorkerStatus};
use crate::worker::WorkerEvent;
use crate::worker::exit::ExitReport;
use crate::worker::task::EventSender;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tach_protocol::{ErrorBody, ErrorCode, Reply};
use tokio::sync::{broadcast, mpsc, oneshot};

/// The actor's side of a supervisor.
pub(crate) struct Actor {
    pub(super) config: Config,
    pub(super) command: HostCommand,
    pub(super) pool: Pool,
    pub(super) workers: HashMap<WorkerId, Worker>,
    pub(super) requests: HashMap<Ticket, Pending>,
    pub(super) quarantine: Quarantine,
    /// Number of records in quarantine, for the handles: with none they need not look at any file.
    pub(super) suspects: Arc<AtomicUsize>,
    pub(super) log: LogSink,
    pub(super) log_file: Option<PathBuf>,
    pub(super) mmap_folder: Arc<mmap_folder::Folder>,
    pub(super) events: broadcast::Sender<Event>,
    pub(super) worker_events: mpsc::Receiver<(WorkerId, WorkerEvent)>,
    pub(super) worker_sender: EventSender,
    pub(super) attributions: mpsc::UnboundedReceiver<Attribution>,
    pub(super) attribution_sender: mpsc::UnboundedSender<Attribution>,
    pub(super) first_start: Option<oneshot::Sender<Result<(), ErrorBody>>>,
    pub(super) shutdowns: Vec<oneshot::Sender<()>>,
    pub(super) counts: Counts,
    pub(super) finished: bool,
}

/// What `status()` tells of the past.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub answered: u64,
    pub starts: u64,
    pub lost: u64,
    pub recycled: u64,
    pub last_exit: Option<ExitReport>,
}

/// A request that is not answered yet.
#[derive(Debug)]
pub(super) struct Pending {
    pub submission: Submission,
    /// The last answer, with the image where a worker wrote one to a file.
    pub last: Option<(Reply, Option<Picture>)>,
    pub attempts: u32,
    pub sent: Option<Instant>,
}

/// What the handle needs of a new actor.
pub(crate) struct Parts {
    pub events: broadcast::Sender<Event>,
    pub suspects: Arc<AtomicUsize>,
    pub first_start: oneshot::Receiver<Result<(), ErrorBody>>,
}

impl Actor {
    pub(crate) fn new(
        config: Config,
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
            finished: false,
        };
        (actor, parts)
    }

    /// Runs until every handle is dropped, or a shutdown is done.
    pub(crate) async fn run(mut self, mut messages: mpsc::Receiver<Message>, mut questions: mpsc::Receiver<Question>) {
        self.decide(PoolEvent::Tick);
        let mut open = true;
        while !self.finished {
            let tick = self.pool.next_tick();
            let look = self.workers.values().filter_map(Worker::rss_due).min();
            tokio::select! {
                biased;
                Some((worker, event)) = self.worker_events.recv() => self.on_worker_event(worker, event),
                Some(attribution) = self.attributions.recv() => self.on_attribution(attribution),
                Some(question) = questions.recv() => self.on_question(question),
                message = messages.recv(), if open => if let Some(message) = message { self.on_message(message) } else {
                    // Without a handle there is no caller that waits for an answer.
                    open = false;
                    self.kill_all();
                    self.decide(PoolEvent::Shutdown);
                },
                () = sleep_until(tick) => self.decide(PoolEvent::Tick),
                () = sleep_until(look) => self.look_at_rss(),
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

    fn on_question(&mut self, question: Question) {
        match question {
            Question::Status(reply) => {
                let status = self.status();
                let _ = reply.send(status);
            }
            Question::Quarantine(reply) => {
                let _ = reply.send(self.quarantine.list(Instant::now()));
            }
        }
    }

    fn on_submission(&mut self, submission: Submission) {
        let (ticket, caller) = (submission.ticket, submission.caller);
        let document = submission.request.command.file_path().map(hash_of);
        self.requests.insert(ticket, Pending { submission, last: None, attempts: 0, sent: None });
        self.decide(PoolEvent::Submitted { ticket, caller, document });
    }

    /// Lets the pool decide, and does what it says.
    pub(super) fn decide(&mut self, event: PoolEvent) {
        let random = fastrand::f64();
        for action in self.pool.handle(Instant::now(), random, event) {
            self.act(action);
        }
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
                    rss_mb: worker.read_rss(),
                    page_cache_mb: worker.page_cache_mb,
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

    pub(super) fn publish(&self, event: Event) {
        // No listener is no fault.
        let _ = self.events.send(event);
    }
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant.into()).await,
        None => std::future::pending().await,
    }
}
