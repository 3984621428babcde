//! A timer whose time moves with every request and which hardly ever rings.

use std::pin::Pin;
use std::time::Instant;
use tokio::time::Sleep;

/// Rings when a deadline has passed. Setting a deadline that is later than the one the runtime's timer is set to costs nothing:
/// the timer goes off too early then, once, and is set anew. A timer made for each request would cost two system calls each.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: Pin<Box<Sleep>>,
    set_to: Option<Instant>,
}

impl Alarm {
    /// A timer that is not set.
    pub(crate) fn new() -> Self {
        Self { timer: Box::pin(tokio::time::sleep_until(tokio::time::Instant::now())), set_to: None }
    }

    /// Waits until `deadline` has passed; for ever where there is none. Cancel-safe.
    pub(crate) async fn passed(&mut self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else { return std::future::pending().await };
        while tokio::time::Instant::now() < deadline.into() {
            if self.set_to.is_none_or(|set_to| deadline < set_to) {
                self.timer.as_mut().reset(deadline.into());
                self.set_to = Some(deadline);
            }
            self.timer.as_mut().await;
            self.set_to = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn rings_after(alarm: &mut Alarm, deadline: Duration, timeout: Duration) -> Option<Duration> {
        let start = tokio::time::Instant::now();
        let deadline = start + deadline;
        tokio::time::timeout(timeout, alarm.passed(Some(deadline.into()))).await.ok().map(|()| start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn rings_at_the_deadline_whatever_it_was_set_to_before() {
        let mut alarm = Alarm::new();
        let seconds = Duration::from_secs;
        // Given up before it rings; then an earlier, a later and a much later deadline.
        assert_eq!(rings_after(&mut alarm, seconds(10), seconds(1)).await, None);
        for deadline in [2, 30, 3600, 0, 5] {
            let rang = rings_after(&mut alarm, seconds(deadline), seconds(7200)).await.expect("it rings");
            assert!(rang >= seconds(deadline) && rang < seconds(deadline) + Duration::from_millis(5), "{rang:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_deadline_it_never_rings() {
        let mut alarm = Alarm::new();
        let waited = tokio::time::timeout(Duration::from_secs(86_400), alarm.passed(None)).await;
        assert!(waited.is_err());
    }
}
