//! A request in a node's hands: signs of life while work goes on, and the ways to end it.

use super::pull::NextPull;
use super::shared::Shared;
use crate::names::{Address, STRIKES};
use crate::plan::strikes;
use crate::publish;
use async_nats::jetstream::message::{AckKind, Message};
use async_nats::{HeaderMap, HeaderValue};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What became of a request.
pub(super) enum End {
    Done {
        /// Whether the slot's next request was asked for.
        next_is_asked: bool,
    },
    /// Another node runs it; this one waits a little.
    HandedBack,
    /// The same, and this node cannot serve now.
    Sick,
}

/// A delivered request.
pub(super) struct Hold<'a> {
    pub(super) message: Message,
    pub(super) address: Address,
    /// Deliveries that count against it.
    pub(super) strikes: u32,
    sequence: u64,
    period: Duration,
    next_pull: NextPull,
    shared: &'a Shared,
}

impl<'a> Hold<'a> {
    /// `None` for a message that is none of ours: its subject has another form.
    pub(super) fn new(shared: &'a Shared, message: Message, next_pull: NextPull) -> Option<Self> {
        let address = Address::parse(&message.subject)?;
        let (delivered, sequence) = {
            let info = message.info().ok()?;
            (info.delivered, info.stream_sequence)
        };
        let carried = message.headers.as_ref().and_then(|headers| headers.get(STRIKES)).map(ToString::to_string);
        let strikes = strikes(carried.as_deref(), delivered);
        if strikes > 0 {
            shared.counts.redelivered.fetch_add(1, Ordering::Relaxed);
        }
        shared.counts.held.fetch_add(1, Ordering::Relaxed);
        Some(Self { message, address, strikes, sequence, period: shared.ack_wait / 3, next_pull, shared })
    }

    /// A header of the request.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.message.headers.as_ref()?.get(name).map(HeaderValue::as_str)
    }

    /// Waits for `work` and tells the server meanwhile that the request is in hand.
    pub(super) async fn while_working<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(self.period) => {
                    if let Err(error) = self.message.ack_with(AckKind::Progress).await {
                        tracing::debug!("cannot report progress: {error}");
                    }
                }
            }
        }
    }

    /// Whether the reply is stored already.
    pub(super) async fn is_answered(&self) -> bool {
        self.shared.streams.replies.direct_get_last_for_subject(self.address.reply()).await.is_ok()
    }

    /// The request is answered: the server drops it, and sends the next one unless the node stops or is wanted by a suspect. No
    /// confirmation is waited for: where this is lost, the request comes again, and the next node sees the reply.
    pub(super) async fn done(self) -> End {
        let next_is_asked = !self.shared.is_stopping() && !self.shared.gate.is_wanted();
        let acknowledged = match (&self.message.reply, next_is_asked) {
            (Some(reply), true) => {
                let NextPull { inbox, payload } = &self.next_pull;
                let client = self.shared.connection.jetstream.client();
                client.publish_with_reply(reply.clone(), inbox.clone(), payload.clone()).await.map_err(Into::into)
            }
            _ => self.message.ack().await,
        };
        if let Err(error) = acknowledged {
            tracing::debug!("a request cannot be acknowledged: {error}");
            return End::Done { next_is_asked: false };
        }
        End::Done { next_is_asked }
    }

    /// Gives the request back unharmed: it is stored anew at the end of the queue, with the strikes that it had, in the place of the
    /// delivered message. Where that one has been replaced or answered already, nothing is done.
    pub(super) async fn hand_back(self) {
        let mut headers = self.message.headers.clone().unwrap_or_default();
        headers.insert(STRIKES, self.strikes.to_string());
        let (subject, payload) = (self.address.request(), self.message.payload.clone());
        let jetstream = &self.shared.connection.jetstream;
        let stored = publish::store(jetstream, subject, without_conditions(&headers), payload, self.sequence).await;
        if let Err(reason) = stored {
            // The strikes grow by one then.
            tracing::debug!("a request is handed back by a negative acknowledgement ({reason:?})");
            let _ = self.message.ack_with(AckKind::Nak(Some(Duration::from_secs(1)))).await;
        }
        self.shared.counts.handed_back.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.shared.counts.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The stored message keeps the headers it was published with; its condition is not the next one's.
fn without_conditions(headers: &HeaderMap) -> HeaderMap {
    headers.iter().filter(|(name, _)| !name.to_string().starts_with("Nats-")).fold(
        HeaderMap::new(),
        |mut kept, (name, values)| {
            for value in values {
                kept.append(name.clone(), value.clone());
            }
            kept
        },
    )
}
