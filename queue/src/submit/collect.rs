//! Hears of replies: a reader of the replies' stream that is made anew whenever it breaks.

use super::fetch::Stored;
use crate::names::{Address, Job, subjects};
use crate::plan::backoff;
use crate::streams::Streams;
use async_nats::jetstream::consumer::pull::{self, OrderedConfig};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy};
use futures_util::{Stream, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How long the reader may hear nothing before it is made anew: it can't tell silence from a consumer that the server lost.
const SILENCE: Duration = Duration::from_secs(60);

/// Replies that wait for the submission.
const HEARD: usize = 16;
/// Replies that the server sends ahead, at most.
const AHEAD: usize = 256;
/// Their bytes. One reply has at most 0.9 MB here; a longer one is in the object store.
const AHEAD_BYTES: usize = 8 << 20;
const PULL_EXPIRES: Duration = Duration::from_secs(30);
const PULL_HEARTBEAT: Duration = Duration::from_secs(5);
/// When the server forgets a reader that asks no more.
const FORGOTTEN: Duration = Duration::from_secs(120);

/// What the reader hears.
pub(super) enum Collected {
    /// A reply is stored. Its message is there unless it was stored before the start.
    Reply(Address, Option<Stored>),
    /// Everything that was stored at the start has been told.
    CaughtUp,
}

/// Starts the reader; it ends when the receiver or the set is dropped.
pub(super) fn start(streams: Streams, job: Job) -> (mpsc::Receiver<Collected>, JoinSet<()>) {
    let (sender, receiver) = mpsc::channel(HEARD);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let mut position = Position { next: 1, caught_up: false };
        let mut failures = 0;
        while !sender.is_closed() {
            let before = position.next;
            if let Err(reason) = read(&streams, &job, &mut position, &sender).await {
                tracing::debug!("the reader of replies is made anew: {reason}");
            }
            failures = if position.next > before { 0 } else { failures + 1 };
            tokio::time::sleep(backoff(failures, Duration::from_millis(50), Duration::from_secs(2))).await;
        }
    });
    (receiver, task)
}

struct Position {
    /// The first sequence that was not read.
    next: u64,
    caught_up: bool,
}

async fn read(
    streams: &Streams,
    job: &Job,
    position: &mut Position,
    sender: &mpsc::Sender<Collected>,
) -> Result<(), String> {
    if !position.caught_up {
        catch_up(streams, job, position, sender).await?;
    }
    follow(streams, job, position, sender).await
}

/// Tells of everything that is stored now. It may be a whole job's replies, of which few are wanted: they come without their bodies.
async fn catch_up(
    streams: &Streams,
    job: &Job,
    position: &mut Position,
    sender: &mpsc::Sender<Collected>,
) -> Result<(), String> {
    let config = OrderedConfig {
        filter_subject: subjects("rep", Some(job)),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.next },
        headers_only: true,
        ..OrderedConfig::default()
    };
    let consumer = streams.replies.create_consumer(config).await.map_err(|error| error.to_string())?;
    let mut pending = consumer.cached_info().num_pending;
    let mut messages = consumer.messages().await.map_err(|error| error.to_string())?;
    while pending > 0 {
        let message = next(&mut messages).await?.map_err(|error| error.to_string())?;
        let info = message.info().map_err(|error| error.to_string())?;
        (position.next, pending) = (info.stream_sequence + 1, info.pending);
        tell(&message.subject, None, sender).await?;
    }
    position.caught_up = true;
    sender.send(Collected::CaughtUp).await.map_err(|error| error.to_string())
}

/// Tells of every reply that is stored from here on, with its body: nearly all are waited for.
async fn follow(
    streams: &Streams,
    job: &Job,
    position: &mut Position,
    sender: &mpsc::Sender<Collected>,
) -> Result<(), String> {
    let config = pull::Config {
        filter_subject: subjects("rep", Some(job)),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.next },
        ack_policy: AckPolicy::None,
        memory_storage: true,
        num_replicas: 1,
        inactive_threshold: FORGOTTEN,
        ..pull::Config::default()
    };
    let consumer = streams.replies.create_consumer(config).await.map_err(|error| error.to_string())?;
    let stream = consumer.stream().max_messages_per_batch(AHEAD).max_bytes_per_batch(AHEAD_BYTES);
    let stream = stream.expires(PULL_EXPIRES).heartbeat(PULL_HEARTBEAT).messages();
    let mut messages = stream.await.map_err(|error| error.to_string())?;
    for expected in 1.. {
        let message = next(&mut messages).await?.map_err(|error| error.to_string())?;
        let info = message.info().map_err(|error| error.to_string())?;
        if info.consumer_sequence != expected {
            return Err(format!("message {expected} was lost on its way"));
        }
        let sequence = info.stream_sequence;
        position.next = sequence + 1;
        let async_nats::Message { subject, headers, payload, .. } = message.message;
        tell(&subject, Some(Stored { sequence, headers, payload }), sender).await?;
    }
    Ok(())
}

/// The next message; an error where none came for long or none will come.
async fn next<S: Stream + Unpin>(messages: &mut S) -> Result<S::Item, String> {
    match tokio::time::timeout(SILENCE, messages.next()).await {
        Ok(message) => message.ok_or_else(|| "it ended".to_owned()),
        Err(_) => Err(format!("nothing for {SILENCE:?}")),
    }
}

async fn tell(subject: &str, message: Option<Stored>, sender: &mpsc::Sender<Collected>) -> Result<(), String> {
    let Some(address) = Address::parse(subject) else { return Ok(()) };
    sender.send(Collected::Reply(address, message)).await.map_err(|error| error.to_string())
}
