//! Single requests that a service hands to the nodes: stored, looked for, fetched, deleted.
//!
//! A task is one request or several that belong together. Its record is stored after its requests, so that a task that is known is
//! complete, and lives as long as replies do: the service that took it may be another process by then.

use crate::connection::Connection;
use crate::error::Error;
use crate::names::{Address, DOCUMENT, Job, Key, NODES, OBJECT, SUFFIX};
use crate::objects;
use crate::plan::{Refused, backoff};
use crate::publish;
use crate::streams::Streams;
use crate::submit::{Uploads, found};
use async_nats::HeaderMap;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::Bytes;
use std::path::Path;
use std::time::Duration;
use tach_protocol::{ErrorBody, ErrorCode, Reply, Request};

/// How often a server that cannot be reached is asked again.
const ATTEMPTS: u32 = 6;

/// Where tasks are handed in and asked for.
#[derive(Clone)]
pub struct Desk {
    connection: Connection,
    streams: Streams,
    job: Job,
}

/// Where a request is.
#[derive(Debug)]
pub enum Place {
    /// It waits for a node: the first in line has 1.
    Waits(u64),
    /// A node has it.
    Held,
    /// It is answered.
    Answered(Box<Reply>),
    /// Neither the request nor a reply is there: it was deleted, or is too old.
    Unknown,
}

fn unavailable(reason: impl std::fmt::Display) -> ErrorBody {
    ErrorBody::new(ErrorCode::Unavailable, format!("the queue cannot be used now: {reason}"))
        .with("retry_after_ms", 2000)
}

impl Desk {
    /// A desk for tasks of one job.
    pub fn new(connection: Connection, streams: Streams, job: Job) -> Self {
        Self { connection, streams, job }
    }

    fn address(&self, key: Key) -> Address {
        Address { job: self.job.clone(), key }
    }

    /// Stores requests under keys that cannot be guessed, each with the document that is sent along. The keys are in their order.
    ///
    /// # Errors
    /// `overloaded` where the queue is full, `unavailable` where the server cannot be reached, or the document's error.
    pub async fn send(&self, requests: &[Request], document: Option<&Path>) -> Result<Vec<Key>, ErrorBody> {
        let mut headers = HeaderMap::new();
        if let Some(path) = document {
            let uploaded = Uploads::default().upload(&self.streams.documents, path).await?;
            headers.insert(DOCUMENT, uploaded.name.as_str());
            if !uploaded.suffix.is_empty() {
                headers.insert(SUFFIX, uploaded.suffix.as_str());
            }
        }
        let mut keys = Vec::with_capacity(requests.len());
        for request in requests {
            let key = Key::random();
            let text = serde_json::to_vec(request).map_err(unavailable)?;
            self.store(self.address(key).request(), headers.clone(), text.into()).await?;
            keys.push(key);
        }
        Ok(keys)
    }

    /// Stores the record of a task, and gives the key by which it is asked for.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn note(&self, record: Vec<u8>) -> Result<Key, ErrorBody> {
        let key = Key::random();
        self.store(self.address(key).task(), HeaderMap::new(), record.into()).await?;
        Ok(key)
    }

    async fn store(&self, subject: String, headers: HeaderMap, payload: Bytes) -> Result<(), ErrorBody> {
        let length = payload.len();
        for attempt in 0..ATTEMPTS {
            let stored =
                publish::store(&self.connection.jetstream, subject.clone(), headers.clone(), payload.clone(), 0);
            match stored.await {
                Ok(()) | Err(Refused::AlreadyThere) => return Ok(()),
                Err(Refused::TooLong) => {
                    let limit = self.connection.max_payload();
                    let message = format!("the request has {length} bytes; the queue takes {limit}");
                    return Err(ErrorBody::new(ErrorCode::InvalidRequest, message).with("limit_bytes", limit));
                }
                Err(Refused::Full) => {
                    let message = "the queue is full; try again later";
                    return Err(ErrorBody::new(ErrorCode::Overloaded, message).with("retry_after_ms", 5000));
                }
                Err(Refused::Unreachable) => {
                    tokio::time::sleep(backoff(attempt, Duration::from_millis(50), Duration::from_secs(1))).await;
                }
            }
        }
        Err(unavailable("its server does not answer"))
    }

    /// The record of a task; `None` where there is none.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn record(&self, key: Key) -> Result<Option<Bytes>, Error> {
        match self.streams.tasks.direct_get_last_for_subject(self.address(key).task()).await {
            Ok(message) => Ok(Some(message.payload)),
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::server("cannot read a task", &error)),
        }
    }

    /// Where a request is.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn place(&self, key: Key) -> Result<Place, Error> {
        let address = self.address(key);
        if let Some(reply) = Box::pin(found(&self.streams, &address)).await? {
            return Ok(Place::Answered(Box::new(reply)));
        }
        let failed = |error: &dyn std::fmt::Display| Error::server("cannot look for a request", &error.to_string());
        match self.streams.requests.direct_get_last_for_subject(address.request()).await {
            Ok(message) => {
                let nodes = self.streams.requests.consumer_info(NODES).await.map_err(|error| failed(&error))?;
                let before = message.sequence.saturating_sub(nodes.delivered.stream_sequence);
                Ok(if before == 0 { Place::Held } else { Place::Waits(before) })
            }
            // It may have been answered between the two looks.
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => {
                let reply = Box::pin(found(&self.streams, &address)).await?;
                Ok(reply.map_or(Place::Unknown, |reply| Place::Answered(Box::new(reply))))
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// Deletes a task and its requests. What a node runs already goes on, and its reply is forgotten by its age.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn forget(&self, task: Key, requests: &[Key]) -> Result<(), Error> {
        let failed = |error: &dyn std::fmt::Display| Error::server("cannot delete a task", &error.to_string());
        for key in requests {
            let address = self.address(*key);
            self.streams.requests.purge().filter(address.request()).await.map_err(|error| failed(&error))?;
            if let Ok(reply) = self.streams.replies.direct_get_last_for_subject(address.reply()).await {
                if let Some(name) = reply.headers.get(OBJECT) {
                    objects::delete(&self.streams.results, name.as_str()).await;
                }
                self.streams.replies.purge().filter(address.reply()).await.map_err(|error| failed(&error))?;
            }
        }
        let record = self.address(task).task();
        self.streams.tasks.purge().filter(record).await.map(drop).map_err(|error| failed(&error))
    }
}
