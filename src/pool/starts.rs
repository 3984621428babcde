//! When the next worker may start, as far as earlier starts decide: those that failed, and those that somebody else ended.
//!
//! What crashes of ready workers decide is in `restart.rs`.

use std::time::{Duration, Instant};
use tach_protocol::ErrorBody;

/// Workers that crashed before `ready`, in a row, until that counts as a failed start.
const LOST_LIMIT: u32 = 3;
/// Pause after a start that somebody else ended, so that whoever kills at once is no reason to start as fast as can be.
const KILLED_PAUSE: Duration = Duration::from_millis(50);
/// Starts that somebody else ended, in a row, until the next ones are made quick.
const KILLED_UNTIL_QUICK: u32 = 2;
/// How long starts stay quick after the last one that somebody else ended.
const QUICK_FOR: Duration = Duration::from_secs(30);

/// The starts of the recent past.
#[derive(Debug, Default)]
pub(super) struct Starts {
    not_before: Option<Instant>,
    /// Workers in a row that crashed before they were ready.
    lost: u32,
    /// Starts in a row that somebody else ended, and when the first of them was.
    killed: u32,
    killed_since: Option<Instant>,
    quick_until: Option<Instant>,
    /// Why no start is tried until somebody asks again, and until when new callers are told so.
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

    /// Nobody is left to serve after a failed start: none is made until somebody asks, who is told `error` up to `until`.
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

    /// Somebody else ended a start. Tells whether those who wait have done so for `patience`.
    ///
    /// It says nothing of the next start, so that the count does not matter, only the time without a ready worker.
    pub(super) fn killed(&mut self, now: Instant, patience: Duration) -> bool {
        let pause = now + KILLED_PAUSE;
        self.not_before = Some(self.not_before.map_or(pause, |until| until.max(pause)));
        self.killed += 1;
        if self.killed >= KILLED_UNTIL_QUICK || self.are_quick(now) {
            self.quick_until = Some(now + QUICK_FOR);
        }
        let since = *self.killed_since.get_or_insert(now);
        let enough = now.duration_since(since) >= patience;
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

    /// Somebody asks. Gives the error that they are told while a failed start is remembered; after that another is tried.
    pub(super) fn refuse(&self, now: Instant) -> Option<&ErrorBody> {
        self.broken.as_ref().filter(|(_, until)| now < *until).map(|(error, _)| error)
    }

    /// Somebody's request was taken: what failed before is tried again.
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

    /// Whether starts are to leave out what can be loaded later, since somebody kills workers faster than they get ready.
    pub(super) fn are_quick(&self, now: Instant) -> bool {
        self.quick_until.is_some_and(|until| now < until)
    }
}
