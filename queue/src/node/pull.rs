//! The pulls of one slot: one request at a time, all over one inbox. An inbox for each pull would be a subscription for each
//! request, made and dropped by the server.

use super::shared::Shared;
use crate::names::NODES;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{PullConsumer, pull::BatchConfig};
use async_nats::jetstream::message::Message;
use async_nats::{StatusCode, Subject, Subscriber};
use futures_util::StreamExt;
use std::time::Duration;

/// How long one pull waits. A pull is lost when the consumer's leader changes, so none lives long.
const PULL_EXPIRES: Duration = Duration::from_secs(5);
/// How often the server shows that a pull is alive; two missed end it.
const PULL_HEARTBEAT: Duration = Duration::from_secs(1);

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

    /// The next request, or `None` where there was none within a pull's time.
    pub(super) async fn next(&mut self) -> Result<Option<Message>, String> {
        let pull = BatchConfig {
            batch: 1,
            expires: Some(PULL_EXPIRES),
            idle_heartbeat: PULL_HEARTBEAT,
            ..BatchConfig::default()
        };
        self.consumer.request_batch(pull, self.inbox.clone()).await.map_err(|error| error.to_string())?;
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
