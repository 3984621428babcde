//! Hears of replies: a reader of the replies' stream that is made anew whenever it breaks.

use crate::names::{Address, Job, subjects};
use crate::plan::backoff;
use crate::streams::Streams;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// How long the reader may hear nothing before it is made anew: it can't tell silence from a consumer that the server lost.
const SILENCE: Duration = Duration::from_secs(60);

/// What the reader hears.
pub(super) enum Collected {
    /// A reply is stored under this sequence.
    Reply(Address, u64),
    /// Everything that was stored at the start has been told.
    CaughtUp,
}

/// Starts the reader; it ends when the receiver or the set is dropped.
pub(super) fn start(streams: Streams, job: Job) -> (mpsc::Receiver<Collected>, JoinSet<()>) {
    let (sender, receiver) = mpsc::channel(1024);
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
    let config = OrderedConfig {
        filter_subject: subjects("rep", Some(job)),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: position.next },
        headers_only: true,
        ..OrderedConfig::default()
    };
    let consumer = streams.replies.create_consumer(config).await.map_err(|error| error.to_string())?;
    let mut pending = consumer.cached_info().num_pending;
    let mut messages = consumer.messages().await.map_err(|error| error.to_string())?;
    loop {
        if pending == 0 && !position.caught_up {
            position.caught_up = true;
            sender.send(Collected::CaughtUp).await.map_err(|error| error.to_string())?;
        }
        let message = match tokio::time::timeout(SILENCE, messages.next()).await {
            Ok(Some(message)) => message.map_err(|error| error.to_string())?,
            Ok(None) => return Err("it ended".to_owned()),
            Err(_) => return Err(format!("nothing for {SILENCE:?}")),
        };
        let info = message.info().map_err(|error| error.to_string())?;
        (position.next, pending) = (info.stream_sequence + 1, info.pending);
        if let Some(address) = Address::parse(&message.subject) {
            let reply = Collected::Reply(address, info.stream_sequence);
            sender.send(reply).await.map_err(|error| error.to_string())?;
        }
    }
}
