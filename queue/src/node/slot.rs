//! One slot of a node: pulls a request, has it answered, pulls the next.

use super::answer;
use super::gate;
use super::hold::{End, Hold};
use super::pull::Puller;
use super::shared::Shared;
use crate::plan::{Course, backoff};
use async_nats::jetstream::message::{AckKind, Message};
use std::sync::Arc;
use std::time::Duration;

/// The wait after a sick node handed a request back.
const SICK_PAUSE: Duration = Duration::from_secs(5);

/// Runs until the node stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut failures = 0;
    let mut puller = None;
    while !shared.is_stopping() {
        let place = tokio::select! {
            place = shared.gate.enter() => place,
            () = shared.stopped() => return,
        };
        let received = tokio::select! {
            received = pull(&shared, &mut puller) => received,
            () = shared.stopped() => return,
        };
        let pause = match received {
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
async fn pull(shared: &Shared, puller: &mut Option<Puller>) -> Result<Option<Message>, String> {
    let mut kept = match puller.take() {
        Some(kept) => kept,
        None => Puller::new(shared).await?,
    };
    let received = kept.next().await;
    if received.is_ok() {
        *puller = Some(kept);
    }
    received
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
