//! Publishing with the condition that decides who is first, and what the server's refusal means.

use crate::plan::{Refused, refused};
use async_nats::HeaderMap;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context};
use bytes::Bytes;
use std::error::Error as _;

/// Stores a message where the last one of its subject has the sequence `after`; 0 means that there is none.
///
/// # Errors
/// What the refusal means.
pub(crate) async fn store(
    jetstream: &Context,
    subject: String,
    headers: HeaderMap,
    payload: Bytes,
    after: u64,
) -> Result<(), Refused> {
    let message = PublishMessage::build().headers(headers).payload(payload).expected_last_subject_sequence(after);
    let stored = async { jetstream.send_publish(subject, message).await?.await };
    match stored.await {
        Ok(_) => Ok(()),
        Err(error) => {
            let code = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
            let code = code.map(|error| error.error_code().0);
            let meaning = refused(error.kind(), code);
            tracing::debug!("a publish was refused ({meaning:?}): {error}");
            Err(meaning)
        }
    }
}
