//! The pulls of one slot: one request at a time, all over one inbox. An inbox for each pull would be a subscription for each
//! request, made and dropped by the server. The acknowledgement of a request asks for the next one, which spares a message.

use super::shared::Shared;
use crate::names::NODES;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{PullConsumer, pull::BatchConfig};
use async_nats::jetstream::message::Message;
use async_nats::{StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use std::time::Duration;

/// How long one pull waits. A pull is lost when the consumer's leader changes, so none lives long.
const PULL_EXPIRES: Duration = Duration::from_secs(5);
/// How often the server shows that a pull is alive; two missed end it.
const PULL_HEARTBEAT: Duration = Duration::from_secs(1);

/// An acknowledgement that asks for the next request, which comes to the inbox.
pub(super) struct NextPull {
    pub(super) inbox: Subject,
    pub(super) payload: Bytes,
}

fn one() -> BatchConfig {
    BatchConfig { batch: 1, expires: Some(PULL_EXPIRES), idle_heartbeat: PULL_HEARTBEAT, ..BatchConfig::default() }
}

/// What a slot pulls with. After an error another one is made: this one's pull may still be answered.
pub(super) struct Puller {
    context: Context,
    consumer: PullConsumer,
    inbox: Subject,
    subscriber: Subscriber,
}

impl Puller {
    pub(super) async fn new(shared: &Shared) -> Result<Self, String> {
        let (context, consumer) = (shared.connection.jetstream.clone(), shared.streams.nodes.clone());
        let client = context.client();
        let inbox = Subject::from(client.new_inbox());
        let subscriber = client.subscribe(inbox.clone()).await.map_err(|error| error.to_string())?;
        Ok(Self { context, consumer, inbox, subscriber })
    }

    /// Asks for the next request.
    pub(super) async fn ask(&self) -> Result<(), String> {
        self.consumer.request_batch(one(), self.inbox.clone()).await.map_err(|error| error.to_string())
    }

    /// How a request is acknowledged and the next one asked for.
    pub(super) fn acknowledgement(&self) -> Result<NextPull, serde_json::Error> {
        let text = format!("+NXT {}", serde_json::to_string(&one())?);
        Ok(NextPull { inbox: self.inbox.clone(), payload: text.into() })
    }

    /// The request that was asked for, or `None` where there was none within a pull's time.
    pub(super) async fn next(&mut self) -> Result<Option<Message>, String> {
        match tokio::time::timeout(PULL_EXPIRES + 2 * PULL_HEARTBEAT, self.answer()).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("the consumer {NODES} is silent")),
        }
    }

    /// The message that ends a pull, as every pull is ended by one.
    async fn answer(&mut self) -> Result<Option<Message>, String> {
        while let Some(message) = self.subscriber.next().await {
            match message.status {
                None | Some(StatusCode::OK) => return Ok(Some(Message { message, context: self.context.clone() })),
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => return Ok(None),
                Some(status) => {
                    return Err(format!("status {status}: {}", message.description.as_deref().unwrap_or_default()));
                }
            }
        }
        Err("the subscription ended".to_owned())
    }
}
