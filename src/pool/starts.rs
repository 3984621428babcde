//! When the next worker may start, as far as earlier starts decide: those that failed, and those that an external process killed.
//!
//! What crashes of ready workers decide is in `restart.rs`.

use std::time::{Duration, Instant};
use tach_protocol::ErrorBody;

/// Workers that crashed before `ready`, in a row, until that counts as a failed start.
const LOST_LIMIT: u32 = 3;
/// Pause after a start that an external process killed, so that kills in quick succession do not cause starts in quick succession.
const KILLED_PAUSE: Duration = Duration::from_millis(50);

/// The starts of the recent past.
#[derive(Debug, Default)]
pub(super) struct Starts {
    not_before: Option<Instant>,
    /// Workers in a row that crashed before they were ready.
    lost: u32,
    /// Externally killed starts in a row, and when the first of them was.
    killed: u32,
    killed_since: Option<Instant>,
    /// Why no start is tried before the next request, and until when new callers get that error.
    broken: Option<(ErrorBody, Instant)>,
}

impl Starts {
    /// A worker got ready.
    pub(super) fn succeeded(&mut self) {
        self.lost = 0;
        self.killed = 0;
        self.killed_since = None;
        self.broken = None;
    }

    /// A start failed for a reason that the next one would meet again: none is made before `until`.
    pub(super) fn failed(&mut self, until: Instant) {
        self.not_before = Some(until);
    }

    /// No worker is left after a failed start. The next start waits for a request; requests before `until` get `error`.
    pub(super) fn give_up(&mut self, error: ErrorBody, until: Instant) {
        self.broken = Some((error, until));
    }

    /// A worker crashed before it was ready. Tells whether that makes a failed start.
    pub(super) fn lost(&mut self) -> bool {
        self.lost += 1;
        let failed = self.lost >= LOST_LIMIT;
        if failed {
            self.lost = 0;
        }
        failed
    }

    /// An external process killed a starting worker. Returns whether queued requests have waited for `timeout`.
    ///
    /// Such a kill says nothing about the next start, so only the time without a ready worker counts, not the number of kills.
    pub(super) fn killed(&mut self, now: Instant, timeout: Duration) -> bool {
        let pause = now + KILLED_PAUSE;
        self.not_before = Some(self.not_before.map_or(pause, |until| until.max(pause)));
        self.killed += 1;
        let since = *self.killed_since.get_or_insert(now);
        let enough = now.duration_since(since) >= timeout;
        if enough {
            self.killed = 0;
            self.killed_since = None;
        }
        enough
    }

    /// A ready worker crashed, and the next start has to wait.
    pub(super) fn delay(&mut self, until: Instant) {
        self.not_before = Some(until);
    }

    /// The breaker lets a probe through, for which a worker may start at once.
    pub(super) fn hurry(&mut self) {
        self.not_before = None;
    }

    /// The error for a new request while a failed start is remembered; afterwards another start is tried.
    pub(super) fn refuse(&self, now: Instant) -> Option<&ErrorBody> {
        self.broken.as_ref().filter(|(_, until)| now < *until).map(|(error, _)| error)
    }

    /// A request was accepted: what failed before is tried again.
    pub(super) fn try_again(&mut self) {
        self.broken = None;
    }

    /// Why no start is tried, where none is.
    pub(super) fn given_up(&self) -> Option<&ErrorBody> {
        self.broken.as_ref().map(|(error, _)| error)
    }

    /// When the next start is due, where one has to wait for a time.
    pub(super) fn due(&self) -> Option<Instant> {
        self.not_before.filter(|_| self.broken.is_none())
    }

    /// Whether a worker may start now; if so, nothing holds the next ones back either.
    pub(super) fn permit(&mut self, now: Instant) -> bool {
        if self.broken.is_some() || self.not_before.is_some_and(|until| now < until) {
            return false;
        }
        self.not_before = None;
        true
    }
}
