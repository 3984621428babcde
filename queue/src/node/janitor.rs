//! Looks for requests that the server keeps and delivers to no one.
//!
//! A server that is killed can have noted an acknowledgement without having deleted the message. Such a message is never delivered
//! again. With a reply it is deleted here; without one it is stored anew, and so delivered.

use super::shared::Shared;
use crate::names::{Address, NODES, STRIKES, subjects};
use crate::publish;
use async_nats::HeaderMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a node looks.
const PERIOD: Duration = Duration::from_secs(15);
/// Messages that one look goes through.
const MESSAGES: usize = 1000;

/// Looks now and then until the node stops.
pub(super) async fn run(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = shared.stopped() => return,
        }
        if let Err(reason) = look(&shared).await {
            tracing::debug!("cannot look for forgotten requests: {reason}");
        }
    }
}

async fn look(shared: &Shared) -> Result<(), String> {
    let requests = &shared.streams.requests;
    let nodes = requests.consumer_info(NODES).await.map_err(|error| error.to_string())?;
    // While requests are held, the old ones in the stream are theirs.
    if nodes.num_ack_pending > 0 {
        return Ok(());
    }
    let mut next = 1;
    for _ in 0..MESSAGES {
        let Ok(message) = requests.direct_get_next_for_subject(subjects("req", None), Some(next)).await else { break };
        // What comes after this has not been delivered yet.
        if message.sequence > nodes.delivered.stream_sequence {
            break;
        }
        next = message.sequence + 1;
        let Some(address) = Address::parse(&message.subject) else { continue };
        if shared.streams.replies.direct_get_last_for_subject(address.reply()).await.is_ok() {
            let _ = requests.delete_message(message.sequence).await;
            continue;
        }
        let mut headers = HeaderMap::new();
        for (name, values) in message.headers.iter().filter(|(name, _)| name.to_string().starts_with("Tach-")) {
            for value in values {
                headers.append(name.clone(), value.clone());
            }
        }
        if headers.get(STRIKES).is_none() {
            headers.insert(STRIKES, "0");
        }
        tracing::warn!("{} was forgotten by the server and is stored anew", message.subject);
        let jetstream = &shared.connection.jetstream;
        let _ = publish::store(jetstream, address.request(), headers, message.payload, message.sequence).await;
    }
    Ok(())
}
