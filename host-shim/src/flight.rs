//! The request that the engine works on, and who may answer it: exactly one of engine, guard and memory path.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the answer to a request needs, from whichever thread it comes.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The request's `id`.
    pub id: String,
    /// When its line had been read.
    pub read_at: Instant,
}

/// A request in the engine's hands.
#[derive(Debug)]
pub struct Flight {
    /// Whom to answer.
    pub ticket: Ticket,
    /// Name of the command.
    pub cmd: &'static str,
    /// Its deadline in milliseconds.
    pub timeout_ms: u32,
    /// When the engine took it, plus `timeout_ms`.
    pub deadline: Instant,
    answered: bool,
}

impl Flight {
    /// A request that the engine takes now.
    pub fn new(ticket: Ticket, cmd: &'static str, timeout_ms: u32) -> Self {
        let deadline = Instant::now() + Duration::from_millis(timeout_ms.into());
        Self { ticket, cmd, timeout_ms, deadline, answered: false }
    }
}

/// A request whose deadline passed and whose answer the caller has just taken upon itself.
#[derive(Debug)]
pub struct Overdue {
    /// Whom to answer.
    pub ticket: Ticket,
    /// Name of the command.
    pub cmd: &'static str,
    /// The deadline it missed.
    pub timeout_ms: u32,
}

#[derive(Debug)]
struct State {
    flight: Option<Flight>,
    /// When the guard looks next; an earlier deadline has to wake it.
    guard_looks_at: Option<Instant>,
    closed: bool,
}

/// Room for the one request in flight.
#[derive(Debug)]
pub struct Slot {
    state: Mutex<State>,
    wake_guard: Condvar,
}

impl Slot {
    /// An empty slot.
    pub fn new() -> Self {
        let state = State { flight: None, guard_looks_at: None, closed: false };
        Self { state: Mutex::new(state), wake_guard: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine takes a request.
    pub fn begin(&self, flight: Flight) {
        let mut state = self.lock();
        // A system call only for the rare deadline that is nearer than the guard's next look.
        if state.guard_looks_at.is_some_and(|at| flight.deadline < at) {
            self.wake_guard.notify_one();
        }
        state.flight = Some(flight);
    }

    /// The engine has come back. Its ticket if the answer is still owed: then the caller must give it.
    pub fn finish(&self) -> Option<Ticket> {
        self.lock().flight.take().filter(|flight| !flight.answered).map(|flight| flight.ticket)
    }

    /// Takes the answer away from the engine, whatever the time. The caller must give it.
    pub fn claim(&self) -> Option<Ticket> {
        let mut state = self.lock();
        let flight = state.flight.as_mut().filter(|flight| !flight.answered)?;
        flight.answered = true;
        Some(flight.ticket.clone())
    }

    /// Takes the answer away from the engine if the deadline has passed at `now`. The caller must give it.
    pub fn claim_overdue(&self, now: Instant) -> Option<Overdue> {
        let mut state = self.lock();
        let flight = state.flight.as_mut().filter(|flight| !flight.answered && flight.deadline <= now)?;
        flight.answered = true;
        Some(Overdue { ticket: flight.ticket.clone(), cmd: flight.cmd, timeout_ms: flight.timeout_ms })
    }

    /// The command that the engine has not come back from at `now`, `grace` after its deadline.
    pub fn wedged(&self, now: Instant, grace: Duration) -> Option<&'static str> {
        let state = self.lock();
        state.flight.as_ref().filter(|flight| flight.deadline + grace <= now).map(|flight| flight.cmd)
    }

    /// Whether the engine is at work.
    pub fn is_busy(&self) -> bool {
        self.lock().flight.is_some()
    }

    /// The `id` in flight that has no answer yet.
    pub fn unanswered_id(&self) -> Option<String> {
        let state = self.lock();
        state.flight.as_ref().filter(|flight| !flight.answered).map(|flight| flight.ticket.id.clone())
    }

    /// Lets the guard sleep until `at`, or until what the request in flight needs first. False once the slot is closed.
    pub fn wait(&self, at: Instant, grace: Duration) -> bool {
        let mut state = self.lock();
        let due =
            state.flight.as_ref().map(|flight| if flight.answered { flight.deadline + grace } else { flight.deadline });
        let wake_at = due.map_or(at, |due| due.min(at));
        state.guard_looks_at = Some(wake_at);
        let pause = wake_at.saturating_duration_since(Instant::now());
        if !pause.is_zero() && !state.closed {
            state = self.wake_guard.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.closed
    }

    /// Ends [`Self::wait`] for good.
    pub fn close(&self) {
        self.lock().closed = true;
        self.wake_guard.notify_one();
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(timeout_ms: u32) -> Flight {
        Flight::new(Ticket { id: "a".into(), read_at: Instant::now() }, "ping", timeout_ms)
    }

    #[test]
    fn engine_answers_what_nobody_claimed() {
        let slot = Slot::new();
        assert!(slot.finish().is_none());
        slot.begin(flight(1000));
        assert_eq!(slot.unanswered_id().as_deref(), Some("a"));
        assert_eq!(slot.finish().unwrap().id, "a");
        assert!(slot.finish().is_none() && slot.claim().is_none());
    }

    #[test]
    fn a_claimed_answer_is_not_given_twice() {
        let slot = Slot::new();
        slot.begin(flight(1000));
        assert!(slot.claim().is_some());
        assert!(slot.claim().is_none() && slot.claim_overdue(Instant::now() + Duration::from_secs(9)).is_none());
        assert!(slot.unanswered_id().is_none() && slot.finish().is_none());
    }

    #[test]
    fn deadline_and_grace_are_told_apart() {
        let slot = Slot::new();
        let grace = Duration::from_millis(500);
        slot.begin(flight(1000));
        let start = Instant::now();
        assert!(slot.claim_overdue(start).is_none());
        let late = start + Duration::from_millis(1001);
        assert_eq!(slot.claim_overdue(late).unwrap().timeout_ms, 1000);
        assert_eq!(slot.wedged(late, grace), None);
        assert_eq!(slot.wedged(late + grace, grace), Some("ping"));
        slot.finish();
        assert_eq!(slot.wedged(late + grace, grace), None);
    }

    #[test]
    fn a_near_deadline_wakes_the_guard() {
        let slot = Slot::new();
        let start = Instant::now();
        std::thread::scope(|scope| {
            let guard = scope.spawn(|| {
                let mut waits = 0;
                while slot.claim_overdue(Instant::now()).is_none() {
                    slot.wait(start + Duration::from_secs(60), Duration::ZERO);
                    waits += 1;
                }
                waits
            });
            while slot.lock().guard_looks_at.is_none() {
                std::thread::yield_now();
            }
            slot.begin(flight(10));
            assert!(guard.join().unwrap() >= 2);
        });
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn closing_ends_the_wait() {
        let slot = Slot::new();
        slot.close();
        assert!(!slot.wait(Instant::now() + Duration::from_secs(60), Duration::ZERO));
    }
}
