//! The streams and buckets of the queue: made where they are missing, checked where they exist.

use crate::connection::Connection;
use crate::error::Error;
use crate::names::{DEAD, DOCUMENTS, NODES, REPLIES, REQUESTS, RESULTS, TASKS, subjects};
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::object_store::{self, ObjectStore};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use std::time::Duration;

/// Sizes of streams that are made; those that exist keep theirs.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Requests that may wait; a submitter waits for room beyond that. Default 100,000.
    pub max_requests: i64,
    /// Bytes of waiting requests. Default 1 GiB.
    pub max_request_bytes: i64,
    /// Bytes of replies; nodes wait for room beyond that. Default: what the server has.
    pub max_reply_bytes: i64,
    /// How long replies, documents and dead requests are kept. Default 7 days.
    pub max_age: Duration,
    /// Servers that hold each stream: 1, 3 or 5. Default 1.
    pub replicas: usize,
    /// How long a request may be without a sign of life from its node before another node gets it. Default 30 s.
    pub ack_wait: Duration,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            max_requests: 100_000,
            max_request_bytes: 1 << 30,
            max_reply_bytes: -1,
            max_age: Duration::from_secs(7 * 24 * 3600),
            replicas: 1,
            ack_wait: Duration::from_secs(30),
        }
    }
}

/// The streams and buckets, open.
#[derive(Clone)]
pub struct Streams {
    pub(crate) requests: Stream,
    pub(crate) replies: Stream,
    pub(crate) dead: Stream,
    pub(crate) tasks: Stream,
    pub(crate) documents: ObjectStore,
    pub(crate) results: ObjectStore,
    /// The nodes' shared consumer.
    pub(crate) nodes: async_nats::jetstream::consumer::PullConsumer,
}

impl Streams {
    /// Opens all, and makes what is missing.
    ///
    /// # Errors
    /// [`Error::Server`] where the server refuses, or where a stream of the name exists and was not made for this queue.
    pub async fn open(connection: &Connection, sizes: &Sizes) -> Result<Self, Error> {
        let stream = async |config: Config| {
            let name = config.name.clone();
            let stream = connection.jetstream.get_or_create_stream(&config).await;
            let stream =
                stream.map_err(|error| Error::server(format!("cannot open the stream {name}"), &hint(&error)))?;
            fits(&config, &stream.cached_info().config)?;
            Ok::<_, Error>(stream)
        };
        let requests = stream(requests(sizes)).await?;
        let nodes = requests.get_or_create_consumer(NODES, consumer(sizes)).await;
        let nodes = nodes.map_err(|error| Error::server("cannot open the nodes' consumer", &error))?;
        Ok(Self {
            requests,
            replies: stream(replies(sizes)).await?,
            dead: stream(aged(DEAD, "dead", sizes)).await?,
            tasks: stream(aged(TASKS, "task", sizes)).await?,
            documents: bucket(connection, sizes, DOCUMENTS).await?,
            results: bucket(connection, sizes, RESULTS).await?,
            nodes,
        })
    }

    /// How long a request may be without a sign of life from its node.
    pub fn ack_wait(&self) -> Duration {
        self.nodes.cached_info().config.ack_wait
    }
}

async fn bucket(connection: &Connection, sizes: &Sizes, name: &str) -> Result<ObjectStore, Error> {
    if let Ok(store) = connection.jetstream.get_object_store(name).await {
        return Ok(store);
    }
    let config = object_store::Config {
        bucket: name.to_owned(),
        max_age: sizes.max_age,
        storage: StorageType::File,
        num_replicas: sizes.replicas,
        ..object_store::Config::default()
    };
    let made = connection.jetstream.create_object_store(config).await;
    made.map_err(|error| Error::server(format!("cannot make the bucket {name}"), &hint(&error)))
}

fn base(name: &str, root: &str, sizes: &Sizes) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![subjects(root, None)],
        storage: StorageType::File,
        num_replicas: sizes.replicas,
        max_messages_per_subject: 1,
        // A full stream refuses what is new, and never drops what it has.
        discard: DiscardPolicy::New,
        allow_direct: true,
        ..Config::default()
    }
}

fn requests(sizes: &Sizes) -> Config {
    Config {
        retention: RetentionPolicy::WorkQueue,
        max_messages: sizes.max_requests,
        max_bytes: sizes.max_request_bytes,
        ..base(REQUESTS, "req", sizes)
    }
}

fn replies(sizes: &Sizes) -> Config {
    Config { max_bytes: sizes.max_reply_bytes, max_age: sizes.max_age, ..base(REPLIES, "rep", sizes) }
}

/// A stream of which only the age is bounded.
fn aged(name: &str, root: &str, sizes: &Sizes) -> Config {
    Config { max_age: sizes.max_age, ..base(name, root, sizes) }
}

fn consumer(sizes: &Sizes) -> pull::Config {
    pull::Config {
        durable_name: Some(NODES.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: sizes.ack_wait,
        // With a limit, messages stay in the stream and are never delivered again; the poison rule counts instead.
        max_deliver: -1,
        max_ack_pending: 100_000,
        max_waiting: 100_000,
        ..pull::Config::default()
    }
}

/// Fails where an existing stream lacks what the one-reply rule rests on.
fn fits(wanted: &Config, found: &Config) -> Result<(), Error> {
    let same = wanted.retention == found.retention
        && wanted.max_messages_per_subject == found.max_messages_per_subject
        && wanted.discard == found.discard
        && wanted.subjects == found.subjects;
    if same {
        return Ok(());
    }
    let reason = "it exists with another retention, discard policy, limit a subject or subjects; delete it or use another account";
    Err(Error::server(format!("cannot use the stream {}", wanted.name), &reason))
}

fn hint(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    if text.contains("10047") || text.contains("insufficient storage") {
        return format!("{text}; the sizes asked for are more than max_file_store of the server's configuration");
    }
    if text.contains("no responders") || text.contains("10039") || text.contains("timed out") {
        return format!("{text}; is JetStream on (nats-server --jetstream)?");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_could_drop_or_double_is_refused() {
        let wanted = replies(&Sizes::default());
        assert!(fits(&wanted, &wanted).is_ok());
        let rows = [
            Config { max_messages_per_subject: -1, ..wanted.clone() },
            Config { discard: DiscardPolicy::Old, ..wanted.clone() },
            Config { retention: RetentionPolicy::WorkQueue, ..wanted.clone() },
            Config { subjects: vec!["tach.>".to_owned()], ..wanted.clone() },
        ];
        for found in rows {
            assert!(fits(&wanted, &found).is_err(), "{found:?}");
        }
        let larger = Config { max_bytes: 5, max_age: Duration::from_secs(1), ..wanted.clone() };
        assert!(fits(&wanted, &larger).is_ok(), "sizes are the administrator's");
    }
}
