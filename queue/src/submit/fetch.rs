//! Fetches one stored reply, from its message or from the object store.

use crate::error::Error;
use crate::names::{Address, OBJECT};
use crate::objects::{self, ObjectError};
use crate::plan::backoff;
use crate::streams::Streams;
use async_nats::jetstream::stream::DirectGetErrorKind;
use std::time::Duration;
use tach_protocol::limits::MAX_PICTURE_LINE_BYTES;
use tach_protocol::{Reply, WorkerMessage};

/// How often a reply is asked for before it counts as lost.
const ATTEMPTS: u32 = 10;

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

/// Fetches the reply of an address.
pub(super) async fn fetch(streams: Streams, address: Address) -> Fetched {
    let mut found = Found::Unreachable;
    for attempt in 0..ATTEMPTS {
        found = try_fetch(&streams, &address).await;
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
    match Box::pin(fetch(streams.clone(), address.clone())).await.found {
        Found::Reply(reply) => Ok(Some(*reply)),
        Found::Missing => Ok(None),
        Found::Unreadable(reason) => Err(failed(&reason)),
        Found::Unreachable => Err(failed("the server does not answer")),
    }
}

async fn try_fetch(streams: &Streams, address: &Address) -> Found {
    let message = match streams.replies.direct_get_last_for_subject(address.reply()).await {
        Ok(message) => message,
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Found::Missing,
        Err(_) => return Found::Unreachable,
    };
    let line = match message.headers.get(OBJECT) {
        None => message.payload.to_vec(),
        Some(name) => match objects::read(&streams.results, name.as_str(), MAX_PICTURE_LINE_BYTES as u64).await {
            Ok(bytes) => bytes,
            Err(ObjectError::NotFound) => {
                // The message without its bytes would be found for ever: it is deleted, and the request runs again.
                return match streams.replies.delete_message(message.sequence).await {
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
