//! One slot of a node: pulls a request, has it answered, pulls the next.

use super::answer;
use super::gate;
use super::hold::{End, Hold};
use super::shared::Shared;
use crate::names::NODES;
use crate::plan::{Course, backoff};
use async_nats::jetstream::message::{AckKind, Message};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;

/// How long one pull waits. A pull is lost when the consumer's leader changes, so none lives long.
const PULL_EXPIRES: Duration = Duration::from_secs(5);
/// How often the server shows that a pull is alive; two missed end it.
const PULL_HEARTBEAT: Duration = Duration::from_secs(1);
/// The wait after a sick node handed a request back.
const SICK_PAUSE: Duration = Duration::from_secs(5);

/// Runs until the node stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut failures = 0;
    while !shared.is_stopping() {
        let place = tokio::select! {
            place = shared.gate.enter() => place,
            () = shared.stopped() => return,
        };
        let pulled = tokio::select! {
            pulled = pull(&shared) => pulled,
            () = shared.stopped() => return,
        };
        let pause = match pulled {
            Ok(Some(message)) => {
                failures = 0;
                match take(&shared, message, place).await {
                    End::Done => continue,
                    End::HandedBack => Duration::from_millis(200),
                    End::Sick => SICK_PAUSE,
                }
            }
            Ok(None) => {
                failures = 0;
                continue;
            }
            Err(reason) => {
                drop(place);
                tracing::debug!("a pull failed: {reason}");
                failures += 1;
                backoff(failures, Duration::from_millis(50), Duration::from_secs(2))
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.stopped() => return,
        }
    }
}

/// The next request, or `None` where there was none within a pull's time.
async fn pull(shared: &Shared) -> Result<Option<Message>, String> {
    let batch = shared.streams.nodes.batch().max_messages(1).expires(PULL_EXPIRES).heartbeat(PULL_HEARTBEAT);
    let received = async {
        let mut messages = batch.messages().await.map_err(|error| error.to_string())?;
        messages.next().await.transpose().map_err(|error| error.to_string())
    };
    match tokio::time::timeout(PULL_EXPIRES + 2 * PULL_HEARTBEAT, received).await {
        Ok(received) => received,
        Err(_) => Err(format!("the consumer {NODES} is silent")),
    }
}

async fn take(shared: &Shared, message: Message, place: gate::Shared) -> End {
    let Some(hold) = Hold::new(shared, message.clone()) else {
        tracing::warn!("a message that is no request was dropped");
        let _ = message.ack_with(AckKind::Term).await;
        return End::Done;
    };
    if hold.strikes > 0 && hold.is_answered().await {
        hold.done().await;
        return End::Done;
    }
    match shared.settings.poison.course(hold.strikes) {
        Course::Run => answer::run(shared, hold).await,
        Course::Quarantine => answer::quarantine(shared, hold).await,
        Course::RunAlone => {
            let Some(_alone) = hold.while_working(shared.gate.alone(place)).await else {
                hold.hand_back().await;
                return End::HandedBack;
            };
            answer::run(shared, hold).await
        }
    }
}
