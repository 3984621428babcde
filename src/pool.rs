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
    /// How long those who wait do so while somebody else kills each worker before it is ready.
    pub killed_start_patience: Duration,
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
            next_worker: 1,
            starts: Starts::default(),
            shutting_down: false,
            finished: false,
        }
    }

    /// Decides about one event. `random` in 0..1 is the jitter of the restart delay.
    pub(crate) fn handle(&mut self, now: Instant, random: f64, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Submitted { ticket, caller, document } => {
                self.submitted(now, ticket, caller, document, &mut actions);
            }
            Event::Cancelled { ticket } => self.cancelled(now, ticket, &mut actions),
            Event::Ready { worker } => {
                self.starts.succeeded();
                self.become_idle(worker);
            }
            Event::StartFailed { worker, error } => self.start_failed(now, worker, error, &mut actions),
            Event::Answered { worker, rss_mb, late, failed } => {
                self.answered(worker, rss_mb, late, failed, &mut actions);
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
                self.exited(now, random, worker, cause, error, &mut actions);
            }
            Event::Attributed { ticket, blame, refused, error } => {
                self.attributed(now, random, ticket, blame, refused, error, &mut actions);
            }
            Event::Tick => {}
            Event::Shutdown => self.shut_down(&mut actions),
        }
        self.settle(now, &mut actions);
        actions
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

    fn submitted(
        &mut self,
        now: Instant,
        ticket: Ticket,
        caller: CallerId,
        document: Option<u64>,
        actions: &mut Vec<Action>,
    ) {
        let refusal = if self.shutting_down {
            Some(ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shutting down"))
        } else {
            self.starts.refuse(now).cloned()
        };
        if let Some(error) = refusal {
            actions.push(Action::Refuse { ticket, error });
            return;
        }
        let probe = match self.restarts.admit(now) {
            Admission::Admit => false,
            Admission::Probe => {
                actions.push(Action::Breaker(BreakerState::HalfOpen));
                self.starts.hurry();
                true
            }
            Admission::Refuse { retry_after } => {
                actions.push(Action::Refuse { ticket, error: breaker_open(retry_after) });
                return;
            }
        };
        self.starts.try_again();
        self.open.insert(ticket, Open { caller, document, attempts: 0, probe });
        self.queue.push(Waiting { ticket, caller, document, avoid: None, passed_over: 0 }, false);
    }

    fn cancelled(&mut self, now: Instant, ticket: Ticket, actions: &mut Vec<Action>) {
        let Some(open) = self.open.remove(&ticket) else { return };
        let waited = self.queue.remove(ticket);
        let busy = self.slots.iter().find(|(_, slot)| slot.ticket == Some(ticket)).map(|(worker, _)| *worker);
        if let Some(worker) = busy {
            actions.push(Action::Abandon { worker, ticket });
        }
        if open.probe && (waited || busy.is_some()) {
            self.restarts.probe_withdrawn(now);
        }
    }

    fn become_idle(&mut self, worker: WorkerId) {
        if let Some(slot) = self.slots.get_mut(&worker) {
            slot.become_idle();
        }
    }

    fn start_failed(&mut self, now: Instant, worker: WorkerId, error: ErrorBody, actions: &mut Vec<Action>) {
        self.slots.remove(&worker);
        if self.restarts.probe_failed(now) {
            actions.push(Action::Breaker(BreakerState::Open));
        }
        let until = now + self.policy.start_failure_memory;
        self.starts.failed(until);
        if self.live() == 0 {
            // Nobody is left who could serve those who wait; another start would meet the same fault, so none is made until
            // somebody asks again.
            actions.push(Action::GiveUpStart(error.clone()));
            self.starts.give_up(error, until);
        }
    }

    fn answered(
        &mut self,
        worker: WorkerId,
        rss_mb: Option<f64>,
        late: bool,
        failed: Option<ErrorCode>,
        actions: &mut Vec<Action>,
    ) {
        let Some(slot) = self.slots.get_mut(&worker) else { return };
        let ticket = slot.end(late);
        let worn_by_count = self.policy.recycle_requests > 0 && slot.requests >= self.policy.recycle_requests;
        slot.worn |= worn_by_count || rss_mb.is_some_and(|rss| self.policy.is_worn_by_rss(rss));
        let Some(ticket) = ticket else { return };
        let retry = failed.is_some_and(ErrorCode::is_retried);
        match (self.open.get(&ticket), failed) {
            (Some(open), Some(code)) if retry && open.attempts < 2 && !self.shutting_down => {
                self.try_again(ticket, Some(worker), code, actions);
            }
            (Some(_), _) => {
                self.finish(ticket, actions);
                actions.push(Action::Deliver { ticket });
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

    fn shut_down(&mut self, actions: &mut Vec<Action>) {
        self.shutting_down = true;
        let error = ErrorBody::new(ErrorCode::ShuttingDown, "the supervisor is shutting down");
        self.refuse_queued(&error, actions);
    }

    fn refuse_queued(&mut self, error: &ErrorBody, actions: &mut Vec<Action>) {
        for ticket in self.queue.drain() {
            self.open.remove(&ticket);
            actions.push(Action::Refuse { ticket, error: error.clone() });
        }
    }

    fn refuse(&mut self, ticket: Ticket, error: ErrorBody, actions: &mut Vec<Action>) {
        self.open.remove(&ticket);
        actions.push(Action::Refuse { ticket, error });
    }

    fn try_again(&mut self, ticket: Ticket, avoid: Option<WorkerId>, code: ErrorCode, actions: &mut Vec<Action>) {
        let Some(open) = self.open.get(&ticket) else { return };
        let waiting = Waiting { ticket, caller: open.caller, document: open.document, avoid, passed_over: 0 };
        self.queue.push(waiting, true);
        actions.push(Action::Retried { ticket, code });
    }

    /// Takes an answered request off the books; a probe's answer closes the breaker.
    fn finish(&mut self, ticket: Ticket, actions: &mut Vec<Action>) {
        if self.open.remove(&ticket).is_some() && self.restarts.probe_answered() {
            actions.push(Action::Breaker(BreakerState::Closed));
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
