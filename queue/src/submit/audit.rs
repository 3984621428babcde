//! Looks for requests that wait long: a server that loses its disk must not leave a submitter waiting.

use crate::names::Address;
use crate::streams::Streams;
use async_nats::jetstream::stream::DirectGetErrorKind;

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

/// Looks for each. The request is looked for first: it is deleted only after its reply is stored.
pub(super) async fn look(streams: Streams, addresses: Vec<Address>) -> Vec<(Address, Found)> {
    let mut found = Vec::with_capacity(addresses.len());
    for address in addresses {
        let request = streams.requests.direct_get_last_for_subject(address.request()).await;
        let state = match request {
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => {
                match streams.replies.direct_get_last_for_subject(address.reply()).await {
                    Ok(_) => Found::Answered,
                    Err(error) if error.kind() == DirectGetErrorKind::NotFound => Found::Lost,
                    Err(_) => Found::Waits,
                }
            }
            _ => Found::Waits,
        };
        found.push((address, state));
    }
    found
}
