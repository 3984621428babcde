//! A submitter: sends the requests of a job and collects one reply for each.
//!
//! What is queued or answered already is neither queued nor run again: a request's key is the same in every run. Requests that the
//! server lost are sent again.

mod audit;
mod collect;
mod fetch;
mod ledger;
mod send;
mod upload;

use crate::connection::Connection;
use crate::error::Error;
use crate::names::{Address, Job};
use crate::node::refusal;
use crate::streams::Streams;
use collect::Collected;
pub(crate) use fetch::found;
use fetch::{Fetched, Found};
use ledger::{Arrival, Ledger, Outstanding, Taken};
use send::Sent;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode, Perf, Reply, Request};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
pub(crate) use upload::Uploads;

/// Requests that are sent and not confirmed by the server yet.
const SENDING: usize = 256;
/// Replies that are fetched at a time.
const FETCHING: usize = 8;
/// Bytes of requests that are sent and not answered yet.
const WAITING_BYTES: usize = 256 << 20;
/// Requests that one audit looks for.
const AUDITED: usize = 500;
/// How long a request waits before it is looked for.
const OVERDUE: Duration = Duration::from_secs(30);
/// How often the requests that wait long are looked for on the server.
const AUDIT_PERIOD: Duration = Duration::from_secs(20);

/// Settings of a submission.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The job's name.
    pub job: Job,
    /// Whether documents are uploaded, for nodes that cannot see their paths.
    pub upload: bool,
    /// Requests that are sent and not answered yet, at most.
    pub window: usize,
    /// The submission fails where no reply came for this long.
    pub stall_timeout: Duration,
}

/// What a submission did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Replies that were handed on.
    pub replies: u64,
    /// Of these, replies that were stored before this submission asked.
    pub found: u64,
    /// Requests that stood twice in the input, and were sent once.
    pub repeated: u64,
    /// Requests that the server had lost, and were sent again.
    pub sent_again: u64,
}

/// What a submission hands on.
#[derive(Debug)]
pub enum Delivery {
    /// A reply, the only one of its request, and the room in memory that it takes, where it is long: no other long one comes until
    /// there is room, so it is held until the reply is written.
    Reply(Box<Reply>, Option<OwnedSemaphorePermit>),
    /// Something that a person wants to know, such as a stall.
    Note(String),
}

/// Sends everything that `requests` gives and hands on one reply for each, in the order in which they come.
///
/// # Errors
/// [`Error::Stalled`] where no reply came for [`Settings::stall_timeout`], [`Error::Closed`] where the receiver of replies is closed,
/// [`Error::Server`] where the stream of replies cannot be read.
pub async fn run(
    connection: Connection,
    streams: Streams,
    settings: Settings,
    mut requests: mpsc::Receiver<Request>,
    replies: mpsc::Sender<Delivery>,
) -> Result<Summary, Error> {
    let (mut arriving, _collector) = collect::start(streams.clone(), settings.job.clone());
    let mut run = Run {
        uploads: settings.upload.then(|| Arc::new(Uploads::default())),
        ledger: Ledger::default(),
        sending: JoinSet::new(),
        auditing: JoinSet::new(),
        fetching: JoinSet::new(),
        room: fetch::Room::new(Semaphore::new(fetch::ROOM)),
        summary: Summary::default(),
        heard: Instant::now(),
        caught_up: false,
        connection,
        streams,
        settings,
        replies,
    };
    let mut more = true;
    let mut audit = tokio::time::interval(AUDIT_PERIOD);
    audit.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while more || !run.is_finished() {
        let has_room = run.caught_up && run.has_room();
        tokio::select! {
            arrived = arriving.recv(), if run.fetching.len() < FETCHING => match arrived {
                Some(Collected::Reply(address, stored)) => run.arrived(address, stored),
                Some(Collected::CaughtUp) => run.caught_up = true,
                None => return Err(Error::server("the replies cannot be read", &"their reader ended")),
            },
            request = requests.recv(), if more && has_room => match request {
                Some(request) => run.take(request).await?,
                None => more = false,
            },
            Some(Ok(sent)) = run.sending.join_next() => run.sent(sent).await?,
            Some(Ok(fetched)) = run.fetching.join_next() => run.fetched(fetched).await?,
            Some(Ok(found)) = run.auditing.join_next() => run.audited(found).await?,
            () = run.replies.closed() => return Err(Error::Closed),
            _ = audit.tick() => run.audit().await?,
        }
    }
    Ok(run.summary)
}

struct Run {
    connection: Connection,
    streams: Streams,
    settings: Settings,
    replies: mpsc::Sender<Delivery>,
    uploads: Option<Arc<Uploads>>,
    ledger: Ledger,
    sending: JoinSet<Sent>,
    fetching: JoinSet<Fetched>,
    room: fetch::Room,
    auditing: JoinSet<Vec<(Address, audit::Found)>>,
    summary: Summary,
    /// When the last reply came, or when waiting began.
    heard: Instant,
    /// Whether everything that was stored at the start is known.
    caught_up: bool,
}

impl Run {
    fn has_room(&self) -> bool {
        self.sending.len() < SENDING
            && self.fetching.len() < FETCHING
            && self.ledger.waiting() < self.settings.window
            && self.ledger.waiting_bytes() < WAITING_BYTES
    }

    fn is_finished(&self) -> bool {
        self.ledger.waiting() == 0 && self.sending.is_empty() && self.fetching.is_empty()
    }

    async fn take(&mut self, request: Request) -> Result<(), Error> {
        if let Some(error) = refusal(&request) {
            return self.hand_on(Reply::error(Some(request.id), error, Perf::default())).await;
        }
        let (address, text) = Address::of(&self.settings.job, &request)
            .map_err(|error| Error::Settings(format!("a request cannot be written as JSON: {error}")))?;
        let document = request.command.file_path().map(std::path::Path::to_owned);
        let outstanding = Outstanding { id: request.id, address: address.clone(), payload: text.into(), document };
        if self.ledger.waiting() == 0 {
            self.heard = Instant::now();
        }
        match self.ledger.take(outstanding.clone(), Instant::now()) {
            Taken::Send => self.send(outstanding),
            Taken::Fetch => {
                self.summary.found += 1;
                self.fetch(address, None);
            }
            Taken::Repeated => self.summary.repeated += 1,
        }
        Ok(())
    }

    fn send(&mut self, request: Outstanding) {
        let (connection, streams) = (self.connection.clone(), self.streams.clone());
        self.sending.spawn(send::send(connection, streams, self.uploads.clone(), request));
    }

    /// Reads a reply from its message, where that came with the news of it, else asks the server for it.
    fn fetch(&mut self, address: Address, stored: Option<fetch::Stored>) {
        self.fetching.spawn(fetch::fetch(self.streams.clone(), address, stored, Arc::clone(&self.room)));
    }

    async fn sent(&mut self, sent: Sent) -> Result<(), Error> {
        match sent.outcome {
            Ok(()) => self.ledger.sent(sent.key, Instant::now()),
            Err(error) => {
                let id = self.ledger.id(sent.key).map(str::to_owned);
                if self.ledger.handed_on(sent.key) {
                    self.hand_on(Reply::error(id, error, Perf::default())).await?;
                }
            }
        }
        Ok(())
    }

    fn arrived(&mut self, address: Address, stored: Option<fetch::Stored>) {
        if self.ledger.arrived(address.key, Instant::now()) == Arrival::Fetch {
            self.fetch(address, stored);
        }
    }

    async fn fetched(&mut self, fetched: Fetched) -> Result<(), Error> {
        let key = fetched.address.key;
        match fetched.found {
            Found::Reply(reply, room) => {
                if self.ledger.handed_on(key) {
                    self.hand_on_holding(reply, room).await?;
                }
            }
            Found::Missing => self.send_again(&fetched.address),
            Found::Unreachable => self.fetch(fetched.address, None),
            Found::Unreadable(reason) => {
                let id = self.ledger.id(key).map(str::to_owned);
                if self.ledger.handed_on(key) {
                    let message = format!("the stored reply cannot be read: {reason}");
                    let error = ErrorBody::new(ErrorCode::ProtocolError, message);
                    self.hand_on(Reply::error(id, error, Perf::default())).await?;
                }
            }
        }
        Ok(())
    }

    fn send_again(&mut self, address: &Address) {
        if let Some(request) = self.ledger.lost(address.key, Instant::now()) {
            self.summary.sent_again += 1;
            self.send(request);
        }
    }

    async fn audit(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        let silent = now.saturating_duration_since(self.heard);
        let is_waiting = self.ledger.waiting() > 0 || !self.caught_up;
        if is_waiting && silent >= self.settings.stall_timeout {
            return Err(Error::Stalled(format!(
                "{} requests wait and no reply came for {} s; `tach queue status` shows the nodes' work. Run the same command again to \
                 continue, or give --stall-timeout",
                self.ledger.waiting(),
                silent.as_secs()
            )));
        }
        if is_waiting && silent >= 2 * AUDIT_PERIOD {
            let note = format!("no reply for {} s; {} requests wait", silent.as_secs(), self.ledger.waiting());
            self.deliver(Delivery::Note(note)).await?;
        }
        if self.auditing.is_empty() {
            let overdue = self.ledger.overdue(OVERDUE, AUDITED, now);
            if !overdue.is_empty() {
                self.auditing.spawn(audit::look(self.streams.clone(), overdue));
            }
        }
        Ok(())
    }

    async fn audited(&mut self, looked: Vec<(Address, audit::Found)>) -> Result<(), Error> {
        let before = self.summary.sent_again;
        for (address, found) in looked {
            match found {
                audit::Found::Waits => {}
                // The reader missed it.
                audit::Found::Answered => self.arrived(address, None),
                audit::Found::Lost => self.send_again(&address),
            }
        }
        let lost = self.summary.sent_again - before;
        if lost > 0 {
            self.deliver(Delivery::Note(format!("the server lost {lost} requests; they are sent again"))).await?;
        }
        Ok(())
    }

    async fn hand_on(&mut self, reply: Reply) -> Result<(), Error> {
        self.hand_on_holding(Box::new(reply), None).await
    }

    async fn hand_on_holding(&mut self, reply: Box<Reply>, room: Option<OwnedSemaphorePermit>) -> Result<(), Error> {
        self.summary.replies += 1;
        self.heard = Instant::now();
        self.deliver(Delivery::Reply(reply, room)).await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<(), Error> {
        self.replies.send(delivery).await.map_err(|_| Error::Closed)
    }
}
