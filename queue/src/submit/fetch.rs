//! Fetches one stored reply, from its message or from the object store.

use crate::error::Error;
use crate::names::{Address, OBJECT};
use crate::objects::{self, ObjectError};
use crate::plan::backoff;
use crate::streams::Streams;
use async_nats::HeaderMap;
use async_nats::jetstream::stream::DirectGetErrorKind;
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tach_protocol::limits::MAX_PICTURE_LINE_BYTES;
use tach_protocol::{Reply, WorkerMessage};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How often a reply is asked for before it counts as lost.
const ATTEMPTS: u32 = 10;

/// A reply's message as the server sent it with the news of the reply.
pub(super) struct Stored {
    pub(super) sequence: u64,
    pub(super) headers: Option<HeaderMap>,
    pub(super) payload: Bytes,
}

/// Room in memory for long replies, which a submission bounds by their bytes, in units of [`ROOM_UNIT`].
pub(super) type Room = Arc<Semaphore>;
/// Long replies that are in memory at a time, in units of [`ROOM_UNIT`].
pub(super) const ROOM: usize = 256;
const ROOM_UNIT: u64 = 1 << 20;

/// What was found.
pub(super) struct Fetched {
    pub(super) address: Address,
    pub(super) found: Found,
}

/// A reply, or why there is none.
pub(super) enum Found {
    /// With the room that it takes, where it is long.
    Reply(Box<Reply>, Option<OwnedSemaphorePermit>),
    /// It was deleted, or the server lost it.
    Missing,
    /// It is no reply of the protocol, or too long.
    Unreadable(String),
    /// The server could not be asked; the next look tries again.
    Unreachable,
}

/// Fetches the reply of an address, from the message where the server sent it already. A long one waits for room.
pub(super) async fn fetch(streams: Streams, address: Address, mut stored: Option<Stored>, room: Room) -> Fetched {
    let mut found = Found::Unreachable;
    for attempt in 0..ATTEMPTS {
        found = match stored.take() {
            Some(stored) => read(&streams, stored.sequence, stored.headers.as_ref(), stored.payload, &room).await,
            None => try_fetch(&streams, &address, &room).await,
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
    let room = Room::new(Semaphore::new(ROOM));
    match Box::pin(fetch(streams.clone(), address.clone(), None, room)).await.found {
        Found::Reply(reply, _) => Ok(Some(*reply)),
        Found::Missing => Ok(None),
        Found::Unreadable(reason) => Err(failed(&reason)),
        Found::Unreachable => Err(failed("the server does not answer")),
    }
}

async fn try_fetch(streams: &Streams, address: &Address, room: &Room) -> Found {
    match streams.replies.direct_get_last_for_subject(address.reply()).await {
        Ok(message) => read(streams, message.sequence, Some(&message.headers), message.payload, room).await,
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Found::Missing,
        Err(_) => Found::Unreachable,
    }
}

/// The reply in a stored message, or in the object that it names.
async fn read(streams: &Streams, sequence: u64, headers: Option<&HeaderMap>, payload: Bytes, room: &Room) -> Found {
    let mut taken = None;
    let line = match headers.and_then(|headers| headers.get(OBJECT)) {
        None => payload,
        Some(name) => {
            if let Some(bytes) = objects::length(&streams.results, name.as_str()).await {
                let units = bytes.div_ceil(ROOM_UNIT).min(ROOM as u64);
                taken = Arc::clone(room).acquire_many_owned(u32::try_from(units).unwrap_or(u32::MAX)).await.ok();
            }
            match objects::read(&streams.results, name.as_str(), MAX_PICTURE_LINE_BYTES as u64).await {
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
            }
        }
    };
    match WorkerMessage::parse(&line) {
        Ok(WorkerMessage::Reply(reply)) => Found::Reply(Box::new(reply), taken),
        Ok(_) => Found::Unreadable("it is no reply".to_owned()),
        Err(reason) => Found::Unreadable(reason),
    }
}
