//! The handle of a supervisor: cloneable, typed, and the only way to the workers.

mod actions;
mod actor;
mod attribution;
pub(crate) mod builder;
pub(crate) mod calls;
mod messages;
mod reports;
mod worker_record;

use crate::config::{Config, LogFolder};
use crate::error::StartError;
use crate::ids::{CallerId, Ticket};
use crate::log::LogSink;
use crate::mmap_folder::Folder;
use crate::os;
use crate::picture::Picture;
use crate::quarantine::{Suspect, fingerprint, quarantined_error};
use crate::results::{misread, not_taken_over};
use crate::status::{Event, Status};
use messages::{Message, Question, Submission};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tach_protocol::parse::check_request;
use tach_protocol::{ErrorBody, ErrorCode, Perf, Progress, Reply, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};

/// A pool of document workers that cannot take the application down.
///
/// Clones share the pool; each clone is a caller of its own and gets its turn among the others. When the last clone is
/// dropped the workers are killed; [`shutdown`](Self::shutdown) lets them finish first.
#[derive(Debug)]
pub struct Supervisor {
    shared: Arc<Shared>,
    caller: CallerId,
    places: Arc<Semaphore>,
    timeout: Option<Duration>,
}

#[derive(Debug)]
struct Shared {
    messages: mpsc::Sender<Message>,
    questions: mpsc::Sender<Question>,
    events: broadcast::Sender<Event>,
    suspects: Arc<AtomicUsize>,
    places: Arc<Semaphore>,
    queue_capacity: usize,
    next_ticket: AtomicU64,
    next_caller: AtomicU64,
    next_call: AtomicU64,
}

impl Clone for Supervisor {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            caller: CallerId(self.shared.next_caller.fetch_add(1, Ordering::Relaxed)),
            places: Arc::new(Semaphore::new(self.shared.queue_capacity)),
            timeout: self.timeout,
        }
    }
}

impl Supervisor {
    pub(crate) async fn start(config: Config) -> Result<Self, StartError> {
        let command = config.host.resolve()?;
        let folder = match &config.log_folder {
            LogFolder::Default => os::log_folder(),
            LogFolder::Off => None,
            LogFolder::At(folder) => Some(folder.clone()),
        };
        let log = LogSink::open(folder.as_deref());
        let mmap_folder = Arc::new(Folder::open(config.mmap_folder.as_deref())?);
        let queue_capacity = config.queue_capacity;
        // The worker's task reports a start that misses its deadline; this bound covers faults of the supervisor itself.
        let timeout = config.startup_timeout * 4 + Duration::from_secs(10);
        let (actor, parts) = actor::Actor::new(config, command, log, mmap_folder);
        let (messages, inbox) = mpsc::channel(256);
        let (questions, asked) = mpsc::channel(64);
        tokio::spawn(actor.run(inbox, asked));
        let shared = Shared {
            messages,
            questions,
            events: parts.events,
            suspects: parts.suspects,
            places: Arc::new(Semaphore::new(queue_capacity.saturating_mul(4))),
            queue_capacity,
            next_ticket: AtomicU64::new(1),
            next_caller: AtomicU64::new(1),
            next_call: AtomicU64::new(1),
        };
        let supervisor = Self {
            shared: Arc::new(shared),
            caller: CallerId(0),
            places: Arc::new(Semaphore::new(queue_capacity)),
            timeout: None,
        };
        match tokio::time::timeout(timeout, parts.first_start).await {
            Ok(Ok(Ok(()))) => Ok(supervisor),
            Ok(Ok(Err(error))) => {
                supervisor.shutdown().await;
                Err(StartError::Worker(error))
            }
            Ok(Err(_)) | Err(_) => {
                Err(StartError::Worker(ErrorBody::new(ErrorCode::StartupFailed, "no worker got ready in time")))
            }
        }
    }

    /// The same caller with this deadline for requests that name none: it shares its turn and its places in the queue with this
    /// handle.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let (shared, places) = (Arc::clone(&self.shared), Arc::clone(&self.places));
        Self { shared, caller: self.caller, places, timeout: Some(timeout) }
    }

    /// A number for the id of a typed call.
    fn next_call(&self) -> u64 {
        self.shared.next_call.fetch_add(1, Ordering::Relaxed)
    }

    /// Answers a request, exactly once, whatever happens to the workers. Waits for a place in the queue.
    ///
    /// Dropping the future gives the request up.
    pub async fn submit(&self, request: Request) -> Reply {
        self.submit_with_progress(request, None).await
    }

    /// Like [`submit`](Self::submit), and tells how far a long request has come.
    pub async fn submit_with_progress(
        &self,
        request: Request,
        progress: Option<mpsc::UnboundedSender<Progress>>,
    ) -> Reply {
        Self::hand_on(self.wait_and_run(request, progress).await).await
    }

    /// Waits for a place in the queue, then for the answer.
    async fn wait_and_run(&self, request: Request, progress: Option<mpsc::UnboundedSender<Progress>>) -> Answer {
        let own = Arc::clone(&self.places).acquire_owned().await;
        let all = Arc::clone(&self.shared.places).acquire_owned().await;
        match (own, all) {
            (Ok(own), Ok(all)) => self.run(request, progress, [own, all]).await,
            _ => refused(request.id, ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shut down")),
        }
    }

    /// Like [`submit`](Self::submit), but `overloaded` at once where the queue is full.
    pub async fn try_submit(&self, request: Request) -> Reply {
        let own = Arc::clone(&self.places).try_acquire_owned();
        let all = Arc::clone(&self.shared.places).try_acquire_owned();
        if let (Ok(own), Ok(all)) = (own, all) {
            Self::hand_on(self.run(request, None, [own, all]).await).await
        } else {
            let message = format!("{} requests wait already; try again later", self.shared.queue_capacity);
            refuse(request.id, ErrorBody::new(ErrorCode::Overloaded, message))
        }
    }

    /// Cancels every request with this id: they are answered with `cancelled`. Tells how many there were.
    pub async fn cancel(&self, req_id: &str) -> usize {
        self.ask(|done| Message::Cancel { req_id: req_id.to_owned(), done }).await.unwrap_or(0)
    }

    /// A snapshot of workers, queue, breaker and quarantine; `None` after a shutdown.
    pub async fn status(&self) -> Option<Status> {
        self.question(Question::Status).await
    }

    /// What happens from now on. A listener that falls behind by 1024 events loses the oldest.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// Documents that killed workers.
    pub async fn quarantine(&self) -> Vec<Suspect> {
        self.question(Question::Quarantine).await.unwrap_or_default()
    }

    /// Forgets the documents that killed workers. Tells how many there were.
    pub async fn clear_quarantine(&self) -> usize {
        self.ask(Message::ClearQuarantine).await.unwrap_or(0)
    }

    /// Stops in good order: what runs is answered, what waits gets `shutting_down`, then the workers end and are reaped.
    pub async fn shutdown(&self) {
        let _ = self.ask(Message::Shutdown).await;
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        self.shared.messages.send(message(sender)).await.ok()?;
        receiver.await.ok()
    }

    async fn question<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Option<T> {
        let (sender, receiver) = oneshot::channel();
        self.shared.questions.send(question(sender)).await.ok()?;
        receiver.await.ok()
    }

    async fn run(
        &self,
        mut request: Request,
        progress: Option<mpsc::UnboundedSender<Progress>>,
        places: [OwnedSemaphorePermit; 2],
    ) -> Answer {
        if let (None, Some(timeout)) = (request.timeout_ms, self.timeout) {
            request.timeout_ms = Some(u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX));
        }
        let id = request.id.clone();
        if let Some(error) = self.refusal(&request).await {
            return refused(id, error);
        }
        let ticket = Ticket(self.shared.next_ticket.fetch_add(1, Ordering::Relaxed));
        let (reply, answer) = oneshot::channel();
        let submission =
            Submission { ticket, caller: self.caller, request, submitted: Instant::now(), reply, progress, places };
        let gone = || ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shut down");
        if self.shared.messages.send(Message::Submit(Box::new(submission))).await.is_err() {
            return refused(id, gone());
        }
        let mut guard = GiveUp { messages: &self.shared.messages, ticket, answered: false };
        let answer = answer.await;
        guard.answered = true;
        answer.unwrap_or_else(|_| refused(id, gone()))
    }

    /// The reply as an application gets it that handles data itself: the image is copied to a file that the receiver owns,
    /// and the reply names that one.
    async fn hand_on((mut reply, picture): Answer) -> Reply {
        let (Ok(data), Some(picture)) = (&reply.outcome, picture) else { return reply };
        let copied = tokio::task::spawn_blocking(move || picture.hand_on()).await;
        let copied = copied.map_err(std::io::Error::other).and_then(std::convert::identity);
        let handed_on = copied.map_err(not_taken_over).and_then(|copy| {
            let path = copy.path().to_string_lossy().into_owned();
            let mut value: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(data.get()).map_err(misread)?;
            value
                .get_mut("mmap")
                .and_then(serde_json::Value::as_object_mut)
                .map(|mmap| mmap.insert("path".into(), path.into()));
            let data = serde_json::value::to_raw_value(&value).map_err(misread)?;
            // From here on the file is the receiver's.
            copy.keep().map_err(|error| not_taken_over(error.error))?;
            Ok(data)
        });
        reply.outcome = handed_on;
        reply
    }

    /// Why a request is refused before it is queued.
    async fn refusal(&self, request: &Request) -> Option<ErrorBody> {
        if let Err(refusal) = check_request(request) {
            return Some(refusal.error);
        }
        let path = request.command.file_path()?;
        if path.to_str().is_none() {
            let message = "`file_path` is not Unicode; the protocol is JSON and cannot carry it";
            return Some(ErrorBody::new(ErrorCode::InvalidRequest, message).with("field", "payload.file_path"));
        }
        if self.shared.suspects.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let print = fingerprint(path.to_owned()).await?;
        let suspects = self.quarantine().await;
        let suspect = suspects.iter().find(|suspect| suspect.fingerprint == print && suspect.quarantined)?;
        Some(quarantined_error(path, suspect.kills))
    }
}

/// Tells the actor when a caller drops its future.
struct GiveUp<'a> {
    messages: &'a mpsc::Sender<Message>,
    ticket: Ticket,
    answered: bool,
}

impl Drop for GiveUp<'_> {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        // A full inbox must not lose this: the request would hold its place until it is done.
        if let Err(mpsc::error::TrySendError::Full(message)) = self.messages.try_send(Message::Dropped(self.ticket)) {
            let messages = self.messages.clone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { messages.send(message).await });
            }
        }
    }
}

/// A reply, and the image where the worker wrote one to a file.
type Answer = (Reply, Option<Picture>);

fn refused(id: String, error: ErrorBody) -> Answer {
    (refuse(id, error), None)
}

fn refuse(id: String, error: ErrorBody) -> Reply {
    Reply::error(Some(id), error, Perf::default())
}
