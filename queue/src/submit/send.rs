//! Sends one request: uploads its document, then stores it, and waits where the queue is full.

use super::ledger::Outstanding;
use super::upload::Uploads;
use crate::connection::Connection;
use crate::names::{DOCUMENT, Key, SUFFIX};
use crate::plan::{Refused, backoff};
use crate::publish;
use crate::streams::Streams;
use async_nats::HeaderMap;
use std::sync::Arc;
use std::time::Duration;
use tach_protocol::{ErrorBody, ErrorCode};

/// The wait before the second attempt.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// What became of it.
pub(super) struct Sent {
    pub(super) key: Key,
    /// The server has it; or why it never gets there, which is its answer.
    pub(super) outcome: Result<(), ErrorBody>,
}

/// Sends one request. It tries as long as the server cannot be reached or is full; the submission's own timeout ends that.
pub(super) async fn send(
    connection: Connection,
    streams: Streams,
    uploads: Option<Arc<Uploads>>,
    request: Outstanding,
) -> Sent {
    let key = request.address.key;
    Sent { key, outcome: try_send(&connection, &streams, uploads.as_deref(), request).await }
}

async fn try_send(
    connection: &Connection,
    streams: &Streams,
    uploads: Option<&Uploads>,
    request: Outstanding,
) -> Result<(), ErrorBody> {
    let mut headers = HeaderMap::new();
    if let (Some(uploads), Some(path)) = (uploads, &request.document) {
        let uploaded = uploads.upload(&streams.documents, path).await?;
        headers.insert(DOCUMENT, uploaded.name.as_str());
        if !uploaded.suffix.is_empty() {
            headers.insert(SUFFIX, uploaded.suffix.as_str());
        }
    }
    for attempt in 0.. {
        let (subject, payload) = (request.address.request(), request.payload.clone());
        match publish::store(&connection.jetstream, subject, headers.clone(), payload, 0).await {
            Ok(()) | Err(Refused::AlreadyThere) => break,
            Err(Refused::TooLong) => {
                let (bytes, limit) = (request.payload.len(), connection.max_payload());
                let message = format!("the request has {bytes} bytes; the server takes messages of {limit}");
                return Err(ErrorBody::new(ErrorCode::InvalidRequest, message).with("limit_bytes", limit));
            }
            Err(Refused::Full) => tokio::time::sleep(backoff(attempt, FIRST_WAIT, Duration::from_millis(400))).await,
            Err(Refused::Unreachable) => tokio::time::sleep(backoff(attempt, FIRST_WAIT, Duration::from_secs(2))).await,
        }
    }
    Ok(())
}
