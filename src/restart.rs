//! When the next worker may start, and when too many crashes open the breaker: pure decisions over time.
//!
//! The window counts what different things crashed, not how often one of them did: ten crashes of one file are that file's
//! fault (see `quarantine.rs`), ten crashes of ten files are ours.

use serde::Serialize;
use std::collections::{HashSet, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The numbers of the restart policy.
#[derive(Clone, Debug)]
pub(crate) struct RestartPolicy {
    /// Crashes older than this are forgotten. Answered requests do not shorten it.
    pub window: Duration,
    /// This many counted crashes within the window open the breaker.
    pub crash_limit: usize,
    /// Delay before the start after the second crash; it doubles with each further one.
    pub backoff_base: Duration,
    /// Longest delay before a start.
    pub backoff_max: Duration,
    /// How long the breaker stays open at first; it doubles each time a probe fails.
    pub open_for: Duration,
    /// Longest time that the breaker stays open.
    pub open_max: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            crash_limit: 10,
            backoff_base: Duration::from_millis(100),
            backoff_max: Duration::from_secs(5),
            open_for: Duration::from_secs(5),
            open_max: Duration::from_secs(60),
        }
    }
}

/// The breaker as `status()` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BreakerState {
    /// Requests are taken.
    Closed,
    /// Requests are refused with `unavailable`.
    Open,
    /// One request is let through; its end decides.
    HalfOpen,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Breaker {
    Closed,
    Open { until: Instant, period: Duration },
    HalfOpen { period: Duration },
}

/// Whether a request may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Yes.
    Admit,
    /// Yes, and its end decides whether the breaker closes.
    Probe,
    /// No; worth another try after this time.
    Refuse { retry_after: Duration },
}

/// Crashes of the recent past and the breaker. `K` names what crashed a worker.
#[derive(Debug)]
pub(crate) struct Restarts<K> {
    policy: RestartPolicy,
    crashes: VecDeque<(Instant, Option<K>)>,
    breaker: Breaker,
}

impl<K: Eq + Hash> Restarts<K> {
    pub(crate) fn new(policy: RestartPolicy) -> Self {
        Self { policy, crashes: VecDeque::new(), breaker: Breaker::Closed }
    }

    /// Notes a crash by `culprit` (`None`: nothing was in flight). Tells whether the breaker opened by it.
    pub(crate) fn crashed(&mut self, now: Instant, culprit: Option<K>) -> bool {
        self.crashes.push_back((now, culprit));
        let counted = self.counted(now);
        match self.breaker {
            Breaker::Closed if counted >= self.policy.crash_limit => {
                self.open(now, self.policy.open_for);
                true
            }
            _ => false,
        }
    }

    /// Notes that the half-open probe failed: open again, for twice as long. Tells whether that was so.
    pub(crate) fn probe_failed(&mut self, now: Instant) -> bool {
        let Breaker::HalfOpen { period } = self.breaker else { return false };
        self.open(now, (period * 2).min(self.policy.open_max));
        true
    }

    /// Notes that the half-open probe was answered. Tells whether the breaker closed by it.
    pub(crate) fn probe_answered(&mut self) -> bool {
        let closes = matches!(self.breaker, Breaker::HalfOpen { .. });
        if closes {
            self.breaker = Breaker::Closed;
            self.crashes.clear();
        }
        closes
    }

    /// Decides about a request that comes in now.
    pub(crate) fn admit(&mut self, now: Instant) -> Admission {
        match self.breaker {
            Breaker::Closed => Admission::Admit,
            Breaker::Open { until, period } if now >= until => {
                self.breaker = Breaker::HalfOpen { period };
                Admission::Probe
            }
            Breaker::Open { until, .. } => Admission::Refuse { retry_after: until - now },
            Breaker::HalfOpen { .. } => Admission::Refuse { retry_after: Duration::from_millis(100) },
        }
    }

    /// Takes a probe back that never ran: the breaker is open and due at once.
    pub(crate) fn probe_withdrawn(&mut self, now: Instant) {
        if let Breaker::HalfOpen { period } = self.breaker {
            self.breaker = Breaker::Open { until: now, period };
        }
    }

    /// How long an open breaker stays so; `None` where it is not open.
    pub(crate) fn open_for_another(&self, now: Instant) -> Option<Duration> {
        match self.breaker {
            Breaker::Open { until, .. } => Some(until.saturating_duration_since(now)),
            Breaker::Closed | Breaker::HalfOpen { .. } => None,
        }
    }

    /// Whether workers may be started at all.
    pub(crate) fn may_start(&self) -> bool {
        !matches!(self.breaker, Breaker::Open { .. })
    }

    /// How long to wait before the next start. `random` in 0..1 is the jitter: the delay is 75 to 125 % of its step.
    pub(crate) fn delay(&mut self, now: Instant, random: f64) -> Duration {
        let counted = self.counted(now);
        let Some(doublings) = counted.checked_sub(2) else { return Duration::ZERO };
        let factor = 2_u32.saturating_pow(u32::try_from(doublings).unwrap_or(u32::MAX));
        let step = self.policy.backoff_base.saturating_mul(factor).min(self.policy.backoff_max);
        step.mul_f64(0.75 + random / 2.0)
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.breaker {
            Breaker::Closed => BreakerState::Closed,
            Breaker::Open { .. } => BreakerState::Open,
            Breaker::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Crashes within the window, those of one culprit counted once.
    pub(crate) fn counted(&mut self, now: Instant) -> usize {
        while self.crashes.front().is_some_and(|(at, _)| now.duration_since(*at) > self.policy.window) {
            self.crashes.pop_front();
        }
        let culprits: HashSet<&K> = self.crashes.iter().filter_map(|(_, culprit)| culprit.as_ref()).collect();
        culprits.len() + self.crashes.iter().filter(|(_, culprit)| culprit.is_none()).count()
    }

    fn open(&mut self, now: Instant, period: Duration) {
        self.breaker = Breaker::Open { until: now + period, period };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RestartPolicy {
        RestartPolicy { crash_limit: 3, ..RestartPolicy::default() }
    }

    #[test]
    fn one_culprit_never_opens_the_breaker_many_do() {
        let start = Instant::now();
        let mut restarts = Restarts::new(policy());
        for _ in 0..50 {
            assert!(!restarts.crashed(start, Some("poison")));
        }
        assert!(!restarts.crashed(start, Some("second")));
        assert!(restarts.crashed(start, Some("third")));
        assert_eq!(restarts.state(), BreakerState::Open);
    }

    #[test]
    fn the_breaker_probes_once_and_closes() {
        let start = Instant::now();
        let mut restarts: Restarts<u8> = Restarts::new(policy());
        for _ in 0..3 {
            restarts.crashed(start, None);
        }
        assert_eq!(restarts.admit(start), Admission::Refuse { retry_after: Duration::from_secs(5) });
        assert!(!restarts.may_start());
        let later = start + Duration::from_secs(5);
        assert_eq!(restarts.admit(later), Admission::Probe);
        assert!(restarts.may_start());
        assert!(matches!(restarts.admit(later), Admission::Refuse { .. }));
        assert!(restarts.probe_failed(later));
        assert_eq!(restarts.admit(later), Admission::Refuse { retry_after: Duration::from_secs(10) });
        assert_eq!(restarts.admit(later + Duration::from_secs(10)), Admission::Probe);
        assert!(restarts.probe_answered());
        assert_eq!(restarts.admit(later), Admission::Admit);
        assert_eq!(restarts.counted(later), 0);
    }

    #[test]
    fn delays_double_with_jitter_and_the_window_forgets() {
        let start = Instant::now();
        let mut restarts: Restarts<u8> = Restarts::new(RestartPolicy::default());
        let mut delays = Vec::new();
        for _ in 0..9 {
            restarts.crashed(start, None);
            delays.push(restarts.delay(start, 0.5).as_millis());
        }
        assert_eq!(delays, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!(restarts.delay(start, 0.0).as_millis(), 3750);
        assert_eq!(restarts.delay(start + Duration::from_secs(61), 0.5), Duration::ZERO);
    }
}
