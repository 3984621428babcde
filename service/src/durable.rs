//! Jobs in a queue of NATS: they outlive the service, and any node may run them.

use crate::converted::{Contents, answer_of, content_of};
use crate::failure::Failure;
use crate::jobs::{Outcome, Seen, State};
use crate::naming::Naming;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};
use tach_queue::desk::{Desk, Place};
use tach_queue::error::Error;
use tach_queue::names::Key;
use tach_supervisor::{ConvertFormat, ErrorBody, ErrorCode, Reply, Request};

/// The pauses between two looks at a job that is waited for: the first, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(500)];
/// How long one look may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What is asked of a job's replies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// The reply of the protocol.
    Request,
    /// docling-serve's response with these formats, each by its name there.
    Convert { file_name: String, formats: Vec<(String, ConvertFormat)> },
}

/// A job as the nodes get it.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) kind: Kind,
    pub(crate) requests: Vec<Request>,
    /// Sent along: nodes may not see the paths of this machine.
    pub(crate) document: Option<PathBuf>,
    pub(crate) naming: Option<Naming>,
}

/// What is kept of a job beside its requests.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    kind: Kind,
    naming: Option<Naming>,
    /// Keys of the requests.
    requests: Vec<String>,
    taken: SystemTime,
}

/// The jobs.
pub(crate) struct Durable {
    desk: Desk,
}

fn failed(error: &Error) -> Failure {
    unavailable(error.to_string())
}

fn unavailable(message: String) -> Failure {
    ErrorBody::new(ErrorCode::Unavailable, message).with("retry_after_ms", 2000).into()
}

impl Durable {
    pub(crate) fn new(desk: Desk) -> Self {
        Self { desk }
    }

    /// Stores a job.
    ///
    /// # Errors
    /// 429 where the queue is full, 503 where it cannot be reached.
    pub(crate) async fn submit(&self, order: Order) -> Result<Seen, Failure> {
        let stored = async {
            let keys = self.desk.send(&order.requests, order.document.as_deref()).await?;
            let record = Record {
                kind: order.kind,
                naming: order.naming,
                requests: keys.iter().map(ToString::to_string).collect(),
                taken: SystemTime::now(),
            };
            self.desk.note(serde_json::to_vec(&record).unwrap_or_default()).await
        };
        let stored = tokio::time::timeout(TIMEOUT, stored).await;
        let key = stored.map_err(|_| unavailable("the queue does not answer".into()))??;
        Ok(Seen { id: key.to_string(), state: State::Pending, position: None })
    }

    /// Where a job is; waits for its end, at most this long.
    ///
    /// # Errors
    /// 503 where the queue cannot be asked.
    pub(crate) async fn look(&self, id: &str, wait: Duration) -> Result<Option<Seen>, Failure> {
        let Ok(key) = id.parse::<Key>() else { return Ok(None) };
        let Some(record) = self.record(key).await? else { return Ok(None) };
        let keys: Vec<Key> = record.requests.iter().filter_map(|key| key.parse().ok()).collect();
        let mut replies: Vec<Option<Reply>> = keys.iter().map(|_| None).collect();
        let until = Instant::now() + wait;
        let mut pause = PAUSES[0];
        loop {
            let (mut waits, mut is_held) = (None, false);
            for (key, reply) in keys.iter().zip(&mut replies).filter(|(_, reply)| reply.is_none()) {
                match bounded(self.desk.place(*key)).await? {
                    Place::Answered(found) => *reply = Some(*found),
                    Place::Held => is_held = true,
                    Place::Waits(position) => waits = Some(waits.map_or(position, |first: u64| first.min(position))),
                    Place::Unknown => {
                        let outcome = Outcome {
                            failure: Some("the queue has neither the request nor a reply: it was purged".into()),
                            body: bytes::Bytes::from_static(b"null"),
                        };
                        return Ok(Some(Seen { id: id.into(), state: State::Ended(outcome), position: None }));
                    }
                }
            }
            let is_started = is_held || replies.iter().any(Option::is_some);
            if replies.iter().all(Option::is_some) {
                let outcome = record.outcome(replies.into_iter().flatten().collect());
                return Ok(Some(Seen { id: id.into(), state: State::Ended(outcome), position: None }));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let state = if is_started { State::Started } else { State::Pending };
                let position = waits.filter(|_| !is_started).and_then(|position| usize::try_from(position).ok());
                return Ok(Some(Seen { id: id.into(), state, position }));
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 2).min(PAUSES[1]);
        }
    }

    /// Deletes a job. Tells whether there was one.
    ///
    /// # Errors
    /// 503 where the queue cannot be asked.
    pub(crate) async fn cancel(&self, id: &str) -> Result<bool, Failure> {
        let Ok(key) = id.parse::<Key>() else { return Ok(false) };
        let Some(record) = self.record(key).await? else { return Ok(false) };
        let keys: Vec<Key> = record.requests.iter().filter_map(|key| key.parse().ok()).collect();
        bounded(self.desk.forget(key, &keys)).await?;
        Ok(true)
    }

    async fn record(&self, key: Key) -> Result<Option<Record>, Failure> {
        let stored = bounded(self.desk.record(key)).await?;
        Ok(stored.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }
}

async fn bounded<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
    match tokio::time::timeout(TIMEOUT, asked).await {
        Ok(answered) => answered.map_err(|error| failed(&error)),
        Err(_) => Err(unavailable("the queue does not answer".into())),
    }
}

impl Record {
    /// What the job came to.
    fn outcome(&self, replies: Vec<Reply>) -> Outcome {
        let named = |reply: Reply| match &self.naming {
            Some(naming) => naming.reply(reply),
            None => reply,
        };
        match &self.kind {
            Kind::Request => {
                let Some(reply) = replies.into_iter().next().map(named) else {
                    return Outcome { failure: Some("the job has no request".into()), body: bytes::Bytes::new() };
                };
                let failure = reply.outcome.as_ref().err().map(ToString::to_string);
                Outcome { failure, body: serde_json::to_vec(&reply).unwrap_or_default().into() }
            }
            Kind::Convert { file_name, formats } => {
                let content = |((name, format), reply): (&(String, ConvertFormat), Reply)| -> Result<_, ErrorBody> {
                    Ok((name.clone(), content_of(*format, reply.outcome?)?))
                };
                let contents: Result<Contents, ErrorBody> =
                    formats.iter().zip(replies.into_iter().map(named)).map(content).collect();
                let seconds = self.taken.elapsed().unwrap_or_default().as_secs_f64();
                let answer = answer_of(file_name, contents, seconds);
                Outcome { failure: answer.failure, body: answer.body }
            }
        }
    }
}
