//! What a person does with a queue: look at it, run quarantined requests again, delete a job.

use crate::connection::Connection;
use crate::error::Error;
use crate::names::{Address, DOCUMENT, Job, STRIKES, SUFFIX, subjects};
use crate::objects;
use crate::plan::Refused;
use crate::publish;
use crate::streams::Streams;
use async_nats::HeaderMap;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{DirectGetErrorKind, Stream};
use futures_util::StreamExt;
use serde::Serialize;

/// How full the queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Requests that wait for a node.
    pub waiting: u64,
    /// Requests that a node holds.
    pub held: u64,
    /// Of these, requests that were delivered before.
    pub redelivered: u64,
    /// Pulls of nodes that wait for a request: idle slots.
    pub idle_slots: u64,
    /// Replies that are stored.
    pub replies: u64,
    /// Bytes of the stored replies, without those in the object store.
    pub reply_bytes: u64,
    /// Requests in quarantine.
    pub dead: u64,
    /// Servers that hold the requests and do not follow now.
    pub replicas_behind: u64,
}

/// A request in quarantine.
#[derive(Clone, Debug, Serialize)]
pub struct Dead {
    /// Its job.
    pub job: String,
    /// Its key.
    pub key: String,
    /// Deliveries that ended without a reply.
    pub strikes: u32,
    /// When it was quarantined, RFC 3339.
    pub time: String,
    /// The request.
    pub request: serde_json::Value,
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Requests.
    pub requests: u64,
    /// Replies.
    pub replies: u64,
    /// Requests in quarantine.
    pub dead: u64,
    /// Records of a service's tasks.
    pub tasks: u64,
    /// Objects of replies and, where asked for, documents.
    pub objects: u64,
}

fn failed(doing: &str) -> impl Fn(&dyn std::fmt::Display) -> Error {
    move |error| Error::server(doing.to_owned(), &error.to_string())
}

/// How full the queue is; with a job, that job's messages only (what nodes hold is of all jobs).
///
/// # Errors
/// The server cannot be asked.
pub async fn status(streams: &Streams, job: Option<&Job>) -> Result<Status, Error> {
    let failed = failed("cannot read the state of the queue");
    let nodes = streams.requests.consumer_info(crate::names::NODES).await.map_err(|error| failed(&error))?;
    let mut status = Status {
        waiting: nodes.num_pending,
        held: nodes.num_ack_pending as u64,
        redelivered: nodes.num_redelivered as u64,
        idle_slots: nodes.num_waiting as u64,
        ..Status::default()
    };
    let requests = streams.requests.get_info().await.map_err(|error| failed(&error))?;
    if let Some(cluster) = requests.cluster {
        status.replicas_behind = cluster.replicas.iter().filter(|replica| !replica.current).count() as u64;
    }
    let replies = streams.replies.get_info().await.map_err(|error| failed(&error))?.state;
    status.reply_bytes = replies.bytes;
    let Some(_) = job else {
        let dead = streams.dead.get_info().await.map_err(|error| failed(&error))?.state;
        return Ok(Status { replies: replies.messages, dead: dead.messages, ..status });
    };
    let held_or_waiting = count(&streams.requests, "req", job).await?;
    status.waiting = held_or_waiting.saturating_sub(status.held);
    Ok(Status {
        replies: count(&streams.replies, "rep", job).await?,
        dead: count(&streams.dead, "dead", job).await?,
        ..status
    })
}

async fn count(stream: &Stream, root: &str, job: Option<&Job>) -> Result<u64, Error> {
    let failed = failed("cannot count the messages of a job");
    let mut subjects = stream.info_with_subjects(subjects(root, job)).await.map_err(|error| failed(&error))?;
    let mut count = 0;
    while let Some(subject) = subjects.next().await {
        count += subject.map_err(|error| failed(&error))?.1 as u64;
    }
    Ok(count)
}

/// Calls `each` with every message of a job.
async fn walk(
    stream: &Stream,
    root: &str,
    job: Option<&Job>,
    mut each: impl AsyncFnMut(StreamMessage) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut next = 1;
    loop {
        let found = stream.direct_get_next_for_subject(subjects(root, job), Some(next)).await;
        match found {
            Ok(message) => {
                next = message.sequence + 1;
                each(message).await?;
            }
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed("cannot read the queue")(&error)),
        }
    }
}

/// The requests in quarantine.
///
/// # Errors
/// The server cannot be asked.
pub async fn dead(streams: &Streams, job: Option<&Job>) -> Result<Vec<Dead>, Error> {
    let mut found = Vec::new();
    walk(&streams.dead, "dead", job, async |message| {
        let Some(address) = Address::parse(&message.subject) else { return Ok(()) };
        found.push(Dead {
            job: address.job.to_string(),
            key: address.key.to_string(),
            strikes: message.headers.get(STRIKES).and_then(|text| text.as_str().parse().ok()).unwrap_or_default(),
            time: message.time.to_string(),
            request: serde_json::from_slice(&message.payload).unwrap_or_default(),
        });
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Queues the quarantined requests of a job again, all or the one with this id, without their strikes, and deletes the replies that
/// said `quarantined`. Tells how many there were.
///
/// # Errors
/// The server cannot be asked, or the queue is full; what was not queued stays in quarantine.
pub async fn retry(
    connection: &Connection,
    streams: &Streams,
    job: Option<&Job>,
    id: Option<&str>,
) -> Result<u64, Error> {
    let mut count = 0;
    walk(&streams.dead, "dead", job, async |message| {
        let request: serde_json::Value = serde_json::from_slice(&message.payload).unwrap_or_default();
        let Some(address) = Address::parse(&message.subject) else { return Ok(()) };
        if id.is_some_and(|id| request["id"] != id) {
            return Ok(());
        }
        // In this order: a crash between two steps leaves the request in quarantine, and this can be done again.
        delete(&streams.replies, &address.reply()).await?;
        let mut headers = HeaderMap::new();
        for name in [DOCUMENT, SUFFIX] {
            if let Some(value) = message.headers.get(name) {
                headers.insert(name, value.clone());
            }
        }
        match publish::store(&connection.jetstream, address.request(), headers, message.payload, 0).await {
            Ok(()) | Err(Refused::AlreadyThere) => {}
            Err(reason) => {
                return Err(Error::server("cannot queue a request again", &format!("{reason:?}; try later")));
            }
        }
        delete(&streams.dead, &message.subject).await?;
        count += 1;
        Ok(())
    })
    .await?;
    Ok(count)
}

async fn delete(stream: &Stream, subject: &str) -> Result<(), Error> {
    stream.purge().filter(subject).await.map(drop).map_err(|error| failed("cannot delete a message")(&error))
}

/// Deletes what a job left on the server: requests, replies, quarantine and the objects of long replies; without a job, of all jobs.
/// `documents` deletes the uploaded documents of all jobs too.
///
/// # Errors
/// The server cannot be asked.
pub async fn purge(streams: &Streams, job: Option<&Job>, documents: bool) -> Result<Purged, Error> {
    let mut purged = Purged::default();
    for (stream, root, count) in [
        (&streams.requests, "req", &mut purged.requests),
        (&streams.replies, "rep", &mut purged.replies),
        (&streams.dead, "dead", &mut purged.dead),
        (&streams.tasks, "task", &mut purged.tasks),
    ] {
        let done = stream.purge().filter(subjects(root, job)).await;
        *count = done.map_err(|error| failed("cannot delete messages")(&error))?.purged;
    }
    let start = job.map(|job| format!("{job}/"));
    purged.objects += delete_objects(&streams.results, start.as_deref().unwrap_or_default()).await?;
    if documents {
        purged.objects += delete_objects(&streams.documents, "").await?;
    }
    Ok(purged)
}

async fn delete_objects(store: &async_nats::jetstream::object_store::ObjectStore, start: &str) -> Result<u64, Error> {
    let failed = failed("cannot list objects");
    let mut listed = store.list().await.map_err(|error| failed(&error))?;
    let mut names = Vec::new();
    while let Some(object) = listed.next().await {
        let object = object.map_err(|error| failed(&error))?;
        if !object.deleted && object.name.starts_with(start) {
            names.push(object.name);
        }
    }
    for name in &names {
        objects::delete(store, name).await;
    }
    Ok(names.len() as u64)
}
