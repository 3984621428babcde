//! Fetches one stored reply, from its message or from the object store.

use crate::error::Error;
use crate::names::{Address, OBJECT};
use crate::objects::{self, ObjectError};
use crate::plan::backoff;
use crate::streams::Streams;
use async_nats::HeaderMap;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::Bytes;
use std::time::Duration;
use tach_protocol::limits::MAX_PICTURE_LINE_BYTES;
use tach_protocol::{Reply, WorkerMessage};

/// How often a reply is asked for before it counts as lost.
const ATTEMPTS: u32 = 10;

/// A reply's message as the server sent it with the news of the reply.
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) headers: Option<HeaderMap>,
    pub(super) payload: Bytes,
}

/// What was found.
pub(super) struct Fetched {
    pub(super) address: Address,
    pub(super) found: Found,
}

/// A reply, or why there is none.
pub(super) enum Found {
    Reply(Box<Reply>),
    /// It was deleted, or the server lost it.
    Missing,
    /// It is no reply of the protocol, or too long.
    Unreadable(String),
    /// The server could not be asked; the next look tries again.
    Unreachable,
}

/// Fetches the reply of an address, from the message where the server sent it already.
pub(super) async fn fetch(streams: Streams, address: Address, mut stored: Option<Stored>) -> Fetched {
    let mut found = Found::Unreachable;
    for attempt in 0..ATTEMPTS {
        found = match stored.take() {
            Some(stored) => read(&streams, stored.sequence, stored.headers.as_ref(), stored.payload).await,
            None => try_fetch(&streams, &address).await,
        };
        if !matches!(found, Found::Unreachable) {
            break;
        }
        tokio::time::sleep(backoff(attempt, Duration::from_millis(50), Duration::from_secs(2))).await;
    }
    Fetched { address, found }
}

/// The stored reply of an address, if there is one.
///
/// # Errors
/// The server cannot be asked, or what is stored is no reply.
pub(crate) async fn found(streams: &Streams, address: &Address) -> Result<Option<Reply>, Error> {
    let failed = |reason: &str| Error::server("cannot fetch a reply", &reason);
    match Box::pin(fetch(streams.clone(), address.clone(), None)).await.found {
        Found::Reply(reply) => Ok(Some(*reply)),
        Found::Missing => Ok(None),
        Found::Unreadable(reason) => Err(failed(&reason)),
        Found::Unreachable => Err(failed("the server does not answer")),
    }
}

async fn try_fetch(streams: &Streams, address: &Address) -> Found {
    match streams.replies.direct_get_last_for_subject(address.reply()).await {
        Ok(message) => read(streams, message.sequence, Some(&message.headers), message.payload).await,
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Found::Missing,
        Err(_) => Found::Unreachable,
    }
}

/// The reply in a stored message, or in the object that it names.
async fn read(streams: &Streams, sequence: u64, headers: Option<&HeaderMap>, payload: Bytes) -> Found {
    let line = match headers.and_then(|headers| headers.get(OBJECT)) {
        None => payload,
        Some(name) => match objects::read(&streams.results, name.as_str(), MAX_PICTURE_LINE_BYTES as u64).await {
            Ok(bytes) => bytes.into(),
            Err(ObjectError::NotFound) => {
                // The message without its bytes would be found for ever: it is deleted, and the request runs again.
                return match streams.replies.delete_message(sequence).await {
                    Ok(_) => Found::Missing,
                    Err(_) => Found::Unreachable,
                };
            }
            Err(error @ ObjectError::TooLong(_)) => return Found::Unreadable(error.to_string()),
            Err(ObjectError::Failed(_)) => return Found::Unreachable,
        },
    };
    match WorkerMessage::parse(&line) {
        Ok(WorkerMessage::Reply(reply)) => Found::Reply(Box::new(reply)),
        Ok(_) => Found::Unreadable("it is no reply".to_owned()),
        Err(reason) => Found::Unreadable(reason),
    }
}
