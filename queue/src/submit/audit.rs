//! Looks for requests that wait long: a server that loses its disk must not leave a submitter waiting.

use crate::names::Address;
use crate::streams::Streams;
use async_nats::jetstream::stream::{DirectGetErrorKind, Stream};

/// What is on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The request waits or runs, or the server cannot be asked.
    Waits,
    /// There is a reply.
    Answered,
    /// Neither.
    Lost,
}

/// Looks for each. The reply is looked for before the request and after it: a request is deleted only after its reply is stored.
pub(super) async fn look(streams: Streams, addresses: Vec<Address>) -> Vec<(Address, Found)> {
    let mut found = Vec::with_capacity(addresses.len());
    for address in addresses {
        let mut state = Found::Waits;
        if has(&streams.replies, address.reply()).await == Some(true) {
            state = Found::Answered;
        } else if has(&streams.requests, address.request()).await == Some(false) {
            state = match has(&streams.replies, address.reply()).await {
                Some(true) => Found::Answered,
                Some(false) => Found::Lost,
                None => Found::Waits,
            };
        }
        found.push((address, state));
    }
    found
}

/// Whether a subject has a message; `None` where the server cannot be asked.
async fn has(stream: &Stream, subject: String) -> Option<bool> {
    match stream.direct_get_last_for_subject(subject).await {
        Ok(_) => Some(true),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Some(false),
        Err(_) => None,
    }
}
