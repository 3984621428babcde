//! One slot of a node: pulls a request, has it answered, pulls the next.

use super::answer;
use super::gate;
use super::hold::{End, Hold};
use super::pull::{NextPull, Puller};
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
    // Kept where the next request has been asked for.
    let mut kept_place = None;
    while !shared.is_stopping() {
        let is_asked = kept_place.is_some();
        let place = if let Some(place) = kept_place.take() {
            place
        } else {
            tokio::select! {
                place = shared.gate.enter() => place,
                () = shared.stopped() => return,
            }
        };
        let received = tokio::select! {
            received = pull(&shared, &mut puller, is_asked) => received,
            () = shared.stopped() => return,
        };
        let pause = match received {
            Ok(Some((message, next_pull))) => {
                failures = 0;
                let (end, place) = take(&shared, message, next_pull, place).await;
                match end {
                    End::Done { next_is_asked } => {
                        kept_place = place.filter(|_| next_is_asked);
                        continue;
                    }
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

/// The next request, asked for unless it is already, and what its acknowledgement asks for; `None` where there was none within a pull's
/// time.
async fn pull(
    shared: &Shared,
    puller: &mut Option<Puller>,
    is_asked: bool,
) -> Result<Option<(Message, NextPull)>, String> {
    let mut kept = match puller.take() {
        Some(kept) => kept,
        None => Puller::new(shared).await?,
    };
    if !is_asked {
        kept.ask().await?;
    }
    let received = kept.next().await?;
    let next_pull = kept.acknowledgement().map_err(|error| error.to_string())?;
    *puller = Some(kept);
    Ok(received.map(|message| (message, next_pull)))
}

/// What became of a request, and the place that was held meanwhile, unless it was given up.
async fn take(
    shared: &Shared,
    message: Message,
    next_pull: NextPull,
    place: gate::Shared,
) -> (End, Option<gate::Shared>) {
    let Some(hold) = Hold::new(shared, message.clone(), next_pull) else {
        tracing::warn!("a message that is no request was dropped");
        let _ = message.ack_with(AckKind::Term).await;
        return (End::Done { next_is_asked: false }, None);
    };
    if hold.strikes > 0 && hold.is_answered().await {
        return (hold.done().await, Some(place));
    }
    match shared.settings.poison.course(hold.strikes) {
        Course::Run => (answer::run(shared, hold).await, Some(place)),
        Course::Quarantine => (answer::quarantine(shared, hold).await, Some(place)),
        Course::RunAlone => {
            let Some(_alone) = hold.while_working(shared.gate.alone(place)).await else {
                hold.hand_back().await;
                return (End::HandedBack, None);
            };
            (answer::run(shared, hold).await, None)
        }
    }
}
