//! Which worker does what: pure decisions, `(state, event) → actions`, without I/O and without a clock of its own.

mod events;
mod exits;
mod settle;
mod slot;
mod starts;

pub use slot::WorkerState;

use crate::ids::{CallerId, Ticket, WorkerId};
use crate::queue::{Queue, Waiting};
use crate::restart::{Admission, BreakerState, RestartPolicy, Restarts};
pub(crate) use events::{Action, Blame, Event, ExitCause};
use slot::Slot;
use starts::Starts;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode};

/// The numbers that the pool decides by.
#[derive(Clone, Debug)]
pub(crate) struct PoolPolicy {
    /// Requests that may run at a time.
    pub workers: usize,
    /// Ready workers kept beyond these.
    pub spares: usize,
    /// Requests after which a worker is replaced; 0 for never.
    pub recycle_requests: u64,
    /// RSS in MB above which a worker is replaced between requests; 0 for never.
    pub recycle_rss_mb: u64,
    /// How long a failed start is told to new callers before another start is tried.
    pub start_failure_memory: Duration,
    /// How long queued requests wait while an external process kills each worker before it is ready.
    pub killed_start_timeout: Duration,
    pub restart: RestartPolicy,
}

impl PoolPolicy {
    fn is_worn_by_rss(&self, rss_mb: f64) -> bool {
        self.recycle_rss_mb > 0 && rss_mb >= self.recycle_rss_mb as f64
    }
}

/// One request that is not answered yet.
#[derive(Debug)]
struct Open {
    caller: CallerId,
    document: Option<u64>,
    attempts: u32,
    probe: bool,
}

/// One event's handling: when it is, its random number, and the actions decided so far.
struct Turn {
    now: Instant,
    /// In 0..1, the jitter of a restart's delay.
    random: f64,
    actions: Vec<Action>,
}

/// The workers, the queue and the breaker.
#[derive(Debug)]
pub(crate) struct Pool {
    policy: PoolPolicy,
    slots: BTreeMap<WorkerId, Slot>,
    queue: Queue,
    open: HashMap<Ticket, Open>,
    restarts: Restarts<u64>,
    next_worker: WorkerId,
    starts: Starts,
    shutting_down: bool,
    finished: bool,
}

impl Pool {
    pub(crate) fn new(policy: PoolPolicy) -> Self {
        let restarts = Restarts::new(policy.restart.clone());
        Self {
            policy,
            slots: BTreeMap::new(),
            queue: Queue::default(),
            open: HashMap::new(),
            restarts,
            next_worker: WorkerId(1),
            starts: Starts::default(),
            shutting_down: false,
            finished: false,
        }
    }

    /// Decides about one event. `random` in 0..1 is the jitter of the restart delay.
    pub(crate) fn handle(&mut self, now: Instant, random: f64, event: Event) -> Vec<Action> {
        let mut turn = Turn { now, random, actions: Vec::new() };
        match event {
            Event::Submitted { ticket, caller, document } => {
                self.submitted(&mut turn, ticket, caller, document);
            }
            Event::Cancelled { ticket } => self.cancelled(&mut turn, ticket),
            Event::Ready { worker } => {
                self.starts.succeeded();
                self.become_idle(worker);
            }
            Event::StartFailed { worker, error } => self.start_failed(&mut turn, worker, error),
            Event::Answered { worker, rss_mb, late, failed } => {
                self.answered(&mut turn, worker, rss_mb, late, failed);
            }
            Event::Measured { worker, rss_mb } => {
                if let Some(slot) = self.slots.get_mut(&worker) {
                    slot.worn |= self.policy.is_worn_by_rss(rss_mb);
                }
            }
            Event::Recovered { worker } => self.become_idle(worker),
            Event::Leaving { worker } => {
                if let Some(slot) = self.slots.get_mut(&worker) {
                    slot.leave();
                }
            }
            Event::Exited { worker, in_flight, cause, error } => {
                self.put_back_unbegun(worker, in_flight);
                self.exited(&mut turn, worker, cause, error);
            }
            Event::Attributed { ticket, blame, refused, error } => {
                self.attributed(&mut turn, ticket, blame, refused, error);
            }
            Event::Tick => {}
            Event::Shutdown => self.shut_down(&mut turn),
        }
        self.settle(&mut turn);
        turn.actions
    }

    /// When [`Event::Tick`] is due next.
    pub(crate) fn next_tick(&self) -> Option<Instant> {
        if self.shutting_down || self.live() >= self.policy.workers + self.policy.spares {
            return None;
        }
        self.starts.due()
    }

    pub(crate) fn breaker(&self) -> BreakerState {
        self.restarts.state()
    }

    pub(crate) fn recent_crashes(&mut self, now: Instant) -> usize {
        self.restarts.counted(now)
    }

    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.slots.values().filter(|slot| slot.state == WorkerState::Busy).count()
    }

    pub(crate) fn worker(&self, worker: WorkerId) -> Option<(WorkerState, u64)> {
        self.slots.get(&worker).map(|slot| (slot.state, slot.requests))
    }

    fn submitted(&mut self, turn: &mut Turn, ticket: Ticket, caller: CallerId, document: Option<u64>) {
        let refusal = if self.shutting_down {
            Some(ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shutting down"))
        } else {
            self.starts.refuse(turn.now).cloned()
        };
        if let Some(error) = refusal {
            turn.actions.push(Action::Refuse { ticket, error });
            return;
        }
        let probe = match self.restarts.admit(turn.now) {
            Admission::Admit => false,
            Admission::Probe => {
                turn.actions.push(Action::Breaker(BreakerState::HalfOpen));
                self.starts.hurry();
                true
            }
            Admission::Refuse { retry_after } => {
                turn.actions.push(Action::Refuse { ticket, error: breaker_open(retry_after) });
                return;
            }
        };
        self.starts.try_again();
        self.open.insert(ticket, Open { caller, document, attempts: 0, probe });
        self.queue.push(Waiting { ticket, caller, document, avoid: None, passed_over: 0 }, false);
    }

    fn cancelled(&mut self, turn: &mut Turn, ticket: Ticket) {
        let Some(open) = self.open.remove(&ticket) else { return };
        let waited = self.queue.remove(ticket);
        let busy = self.slots.iter().find(|(_, slot)| slot.ticket == Some(ticket)).map(|(worker, _)| *worker);
        if let Some(worker) = busy {
            turn.actions.push(Action::Abandon { worker, ticket });
        }
        if open.probe && (waited || busy.is_some()) {
            self.restarts.probe_withdrawn(turn.now);
        }
    }

    fn become_idle(&mut self, worker: WorkerId) {
        if let Some(slot) = self.slots.get_mut(&worker) {
            slot.become_idle();
        }
    }

    fn start_failed(&mut self, turn: &mut Turn, worker: WorkerId, error: ErrorBody) {
        self.slots.remove(&worker);
        if self.restarts.probe_failed(turn.now) {
            turn.actions.push(Action::Breaker(BreakerState::Open));
        }
        let until = turn.now + self.policy.start_failure_memory;
        self.starts.failed(until);
        if self.live() == 0 {
            // No worker is left for the queued requests. Another start would meet the same fault, so the next one is made when
            // a new request comes.
            turn.actions.push(Action::GiveUpStart(error.clone()));
            self.starts.give_up(error, until);
        }
    }

    fn answered(
        &mut self,
        turn: &mut Turn,
        worker: WorkerId,
        rss_mb: Option<f64>,
        late: bool,
        failed: Option<ErrorCode>,
    ) {
        let Some(slot) = self.slots.get_mut(&worker) else { return };
        let ticket = slot.end(late);
        let worn_by_count = self.policy.recycle_requests > 0 && slot.requests >= self.policy.recycle_requests;
        slot.worn |= worn_by_count || rss_mb.is_some_and(|rss| self.policy.is_worn_by_rss(rss));
        let Some(ticket) = ticket else { return };
        let retry = failed.is_some_and(ErrorCode::is_retried);
        match (self.open.get(&ticket), failed) {
            (Some(open), Some(code)) if retry && open.attempts < 2 && !self.shutting_down => {
                self.try_again(turn, ticket, Some(worker), code);
            }
            (Some(_), _) => {
                self.finish(turn, ticket);
                turn.actions.push(Action::Deliver { ticket });
            }
            (None, _) => {}
        }
    }

    /// A request that was sent as the worker died, and never reached it, waits again as if nothing had happened.
    fn put_back_unbegun(&mut self, worker: WorkerId, in_flight: Option<Ticket>) {
        let Some(ticket) = self.slots.get_mut(&worker).and_then(|slot| slot.ticket.take()) else { return };
        if in_flight == Some(ticket) {
            return;
        }
        if let Some(open) = self.open.get_mut(&ticket) {
            open.attempts -= 1;
            let (caller, document) = (open.caller, open.document);
            self.queue.push(Waiting { ticket, caller, document, avoid: None, passed_over: 0 }, true);
        }
    }

    fn shut_down(&mut self, turn: &mut Turn) {
        self.shutting_down = true;
        let error = ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shutting down");
        self.refuse_queued(turn, &error);
    }

    fn refuse_queued(&mut self, turn: &mut Turn, error: &ErrorBody) {
        for ticket in self.queue.drain() {
            self.open.remove(&ticket);
            turn.actions.push(Action::Refuse { ticket, error: error.clone() });
        }
    }

    fn refuse(&mut self, turn: &mut Turn, ticket: Ticket, error: ErrorBody) {
        self.open.remove(&ticket);
        turn.actions.push(Action::Refuse { ticket, error });
    }

    fn try_again(&mut self, turn: &mut Turn, ticket: Ticket, avoid: Option<WorkerId>, code: ErrorCode) {
        let Some(open) = self.open.get(&ticket) else { return };
        let waiting = Waiting { ticket, caller: open.caller, document: open.document, avoid, passed_over: 0 };
        self.queue.push(waiting, true);
        turn.actions.push(Action::Retried { ticket, code });
    }

    /// Removes an answered request; a probe's answer closes the breaker.
    fn finish(&mut self, turn: &mut Turn, ticket: Ticket) {
        if self.open.remove(&ticket).is_some() && self.restarts.probe_answered() {
            turn.actions.push(Action::Breaker(BreakerState::Closed));
        }
    }

    /// Workers that serve, or will.
    fn live(&self) -> usize {
        self.slots.values().filter(|slot| slot.is_live()).count()
    }
}

fn breaker_open(retry_after: Duration) -> ErrorBody {
    let message = format!(
        "too many workers crashed and no new one is started for {:.1} s; the log of the workers says why",
        retry_after.as_secs_f64()
    );
    ErrorBody::new(ErrorCode::Unavailable, message)
        .with("retry_after_ms", u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
