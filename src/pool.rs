//! Which worker does what: pure decisions, `(state, event) → actions`, without I/O and without a clock of its own.

use crate::queue::{CallerId, Queue, Ticket, Waiting};
use crate::restart::{Admission, BreakerState, RestartPolicy, Restarts};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode};

/// Names a worker within this supervisor; never used twice.
pub type WorkerId = u64;

/// No worker has this name.
const NOBODY: WorkerId = 0;
/// Documents that a worker is taken to have open.
const DOCUMENTS_REMEMBERED: usize = 8;
/// Workers that crashed before `ready`, in a row, until that counts as a failed start.
const LOST_STARTS_LIMIT: u32 = 3;
/// Pause after a start that somebody else ended, so that whoever kills at once is no reason to start as fast as can be.
const KILLED_START_PAUSE: Duration = Duration::from_millis(50);
/// Starts that somebody else ended, in a row, until the next ones are made quick.
const KILLED_STARTS_UNTIL_QUICK: u32 = 2;
/// How long starts stay quick after the last one that somebody else ended.
const QUICK_FOR: Duration = Duration::from_secs(30);

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

/// What a worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerState {
    /// Not ready yet.
    Starting,
    /// Ready, without a request.
    Idle,
    /// With a request in flight.
    Busy,
    /// Its request is answered with `timeout`, and it has not come back yet.
    Late,
    /// Asked to stop.
    Stopping,
}

#[derive(Debug)]
struct Slot {
    state: WorkerState,
    ticket: Option<Ticket>,
    requests: u64,
    documents: VecDeque<u64>,
    /// To be replaced as soon as another is ready.
    worn: bool,
    /// It said that it ends by itself.
    leaving: bool,
}

impl Slot {
    /// Whether it serves, or will.
    fn is_live(&self) -> bool {
        matches!(self.state, WorkerState::Starting | WorkerState::Idle | WorkerState::Busy)
            && !self.worn
            && !self.leaving
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

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A caller asks.
    Submitted { ticket: Ticket, caller: CallerId, document: Option<u64> },
    /// A caller no longer waits.
    Cancelled { ticket: Ticket },
    /// A worker is ready.
    Ready { worker: WorkerId },
    /// A worker's start failed for a reason that another start would meet again.
    StartFailed { worker: WorkerId, error: ErrorBody },
    /// A worker answered; `rss_mb` is its RSS now where known. `late`: it said `timeout` and its engine may still be busy.
    Answered { worker: WorkerId, rss_mb: Option<f64>, late: bool, failed: Option<ErrorCode> },
    /// A late worker came back.
    Recovered { worker: WorkerId },
    /// A worker takes no more requests and will end by itself.
    Leaving { worker: WorkerId },
    /// A worker is gone. `in_flight` is the request that it had begun; `error` is what callers hear should it never have been
    /// ready.
    Exited { worker: WorkerId, in_flight: Option<Ticket>, cause: ExitCause, error: ErrorBody },
    /// What a worker was lost to is known now: `culprit` names the document's content, `error` is what its request in flight
    /// gets, `refused` what it gets instead of a second try where the document is in quarantine.
    Attributed { ticket: Option<Ticket>, blame: Blame, refused: Option<ErrorBody>, error: ErrorBody },
    /// Time passed.
    Tick,
    /// No more requests; leave when the ones in flight are done.
    Shutdown,
}

/// Whose doing a worker's end was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCause {
    /// It was asked to go, or had said that it goes.
    Expected,
    /// Its own, and nobody else will be named for it.
    Own,
    /// Its own; an [`Event::Attributed`] follows.
    Attributed,
    /// Somebody outside killed it. That tells nothing of the next worker, and so is not counted against it.
    Stranger,
}

/// What a crash is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Not counted.
    Nobody,
    /// Counted by itself.
    Unknown,
    /// Counted once for this content, however often it crashes a worker.
    Document(u64),
}

/// What is to be done about it.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Start a worker under this name. `quick`: what can be loaded later is not to be waited for, since somebody kills workers
    /// faster than they get ready.
    Start { worker: WorkerId, quick: bool },
    /// Give a request to a worker.
    Send { worker: WorkerId, ticket: Ticket, attempt: u32 },
    /// Pass the worker's own last answer on to the caller.
    Deliver { ticket: Ticket },
    /// Answer the caller with this error.
    Refuse { ticket: Ticket, error: ErrorBody },
    /// Note that the request gets a second try.
    Retried { ticket: Ticket, code: ErrorCode },
    /// Free the worker from a request that nobody waits for.
    Abandon { worker: WorkerId, ticket: Ticket },
    /// Let the worker stop in good order.
    Stop { worker: WorkerId, recycled: bool },
    /// The breaker changed.
    Breaker(BreakerState),
    /// No worker gets ready, and this is why.
    GiveUpStart(ErrorBody),
    /// All workers are gone after a shutdown.
    Finished,
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
    start_not_before: Option<Instant>,
    lost_starts: u32,
    /// Starts in a row that somebody else ended, and when the first of them was.
    killed_starts: u32,
    killed_since: Option<Instant>,
    quick_until: Option<Instant>,
    broken: Option<(ErrorBody, Instant)>,
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
            start_not_before: None,
            lost_starts: 0,
            killed_starts: 0,
            killed_since: None,
            quick_until: None,
            broken: None,
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
            Event::Ready { worker } => self.ready(worker),
            Event::StartFailed { worker, error } => self.start_failed(now, worker, error, &mut actions),
            Event::Answered { worker, rss_mb, late, failed } => {
                self.answered(worker, rss_mb, late, failed, &mut actions);
            }
            Event::Recovered { worker } => self.become_idle(worker),
            Event::Leaving { worker } => self.leaving(worker),
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
        if self.shutting_down || self.broken.is_some() || self.live() >= self.policy.workers + self.policy.spares {
            return None;
        }
        self.start_not_before
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
        } else if let Some((error, until)) = &self.broken
            && now < *until
        {
            Some(error.clone())
        } else {
            None
        };
        if let Some(error) = refusal {
            actions.push(Action::Refuse { ticket, error });
            return;
        }
        let probe = match self.restarts.admit(now) {
            Admission::Admit => false,
            Admission::Probe => {
                actions.push(Action::Breaker(BreakerState::HalfOpen));
                self.start_not_before = None;
                true
            }
            Admission::Refuse { retry_after } => {
                actions.push(Action::Refuse { ticket, error: breaker_open(retry_after) });
                return;
            }
        };
        self.broken = None;
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

    fn ready(&mut self, worker: WorkerId) {
        self.lost_starts = 0;
        self.killed_starts = 0;
        self.killed_since = None;
        self.broken = None;
        self.become_idle(worker);
    }

    fn become_idle(&mut self, worker: WorkerId) {
        if let Some(slot) = self.slots.get_mut(&worker)
            && slot.state != WorkerState::Stopping
        {
            slot.state = if slot.leaving { WorkerState::Stopping } else { WorkerState::Idle };
            slot.ticket = None;
        }
    }

    fn start_failed(&mut self, now: Instant, worker: WorkerId, error: ErrorBody, actions: &mut Vec<Action>) {
        self.slots.remove(&worker);
        if self.restarts.probe_failed(now) {
            actions.push(Action::Breaker(BreakerState::Open));
        }
        let until = now + self.policy.start_failure_memory;
        self.start_not_before = Some(until);
        if self.live() == 0 {
            // Nobody is left who could serve those who wait; another start would meet the same fault, so none is made until
            // somebody asks again.
            actions.push(Action::GiveUpStart(error.clone()));
            self.broken = Some((error, until));
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
        let ticket = slot.ticket.take();
        slot.requests += 1;
        let worn_by_count = self.policy.recycle_requests > 0 && slot.requests >= self.policy.recycle_requests;
        let worn_by_rss =
            self.policy.recycle_rss_mb > 0 && rss_mb.is_some_and(|rss| rss >= self.policy.recycle_rss_mb as f64);
        slot.worn |= worn_by_count || worn_by_rss;
        slot.state = match (slot.state, late) {
            (WorkerState::Stopping, _) => WorkerState::Stopping,
            (_, true) => WorkerState::Late,
            (_, false) if slot.leaving => WorkerState::Stopping,
            (_, false) => WorkerState::Idle,
        };
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

    fn leaving(&mut self, worker: WorkerId) {
        if let Some(slot) = self.slots.get_mut(&worker) {
            slot.leaving = true;
            if slot.state == WorkerState::Idle {
                slot.state = WorkerState::Stopping;
            }
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

    fn exited(
        &mut self,
        now: Instant,
        random: f64,
        worker: WorkerId,
        cause: ExitCause,
        error: ErrorBody,
        actions: &mut Vec<Action>,
    ) {
        let Some(slot) = self.slots.remove(&worker) else { return };
        if slot.state == WorkerState::Starting && cause == ExitCause::Stranger {
            if self.start_killed(now) {
                let memory = u64::try_from(self.policy.start_failure_memory.as_millis()).unwrap_or(u64::MAX);
                let told = ErrorBody { code: ErrorCode::Unavailable, ..error };
                self.start_failed(now, worker, told.with("retry_after_ms", memory), actions);
            }
            return;
        }
        if slot.state == WorkerState::Starting && cause != ExitCause::Expected {
            self.lost_starts += 1;
            if self.lost_starts >= LOST_STARTS_LIMIT {
                self.lost_starts = 0;
                self.start_failed(now, worker, error, actions);
                return;
            }
        }
        if cause == ExitCause::Own {
            self.crashed(now, random, None, actions);
        }
    }

    /// Notes a start that somebody else ended. Tells whether those who wait have waited long enough.
    ///
    /// It says nothing of the next start, so that the count does not matter, only the time without a ready worker.
    fn start_killed(&mut self, now: Instant) -> bool {
        let pause = now + KILLED_START_PAUSE;
        self.start_not_before = Some(self.start_not_before.map_or(pause, |until| until.max(pause)));
        self.killed_starts += 1;
        if self.killed_starts >= KILLED_STARTS_UNTIL_QUICK || self.is_quick(now) {
            self.quick_until = Some(now + QUICK_FOR);
        }
        let since = *self.killed_since.get_or_insert(now);
        let enough = now.duration_since(since) >= self.policy.killed_start_patience;
        if enough {
            self.killed_starts = 0;
            self.killed_since = None;
        }
        enough
    }

    fn is_quick(&self, now: Instant) -> bool {
        self.quick_until.is_some_and(|until| now < until)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    fn attributed(
        &mut self,
        now: Instant,
        random: f64,
        ticket: Option<Ticket>,
        blame: Blame,
        refused: Option<ErrorBody>,
        error: ErrorBody,
        actions: &mut Vec<Action>,
    ) {
        match blame {
            Blame::Nobody => {}
            Blame::Unknown => self.crashed(now, random, None, actions),
            Blame::Document(content) => self.crashed(now, random, Some(content), actions),
        }
        let Some(ticket) = ticket else { return };
        let Some(open) = self.open.get(&ticket) else { return };
        let again = error.code.is_retried() && open.attempts < 2 && !self.shutting_down;
        match refused {
            Some(refused) if again => self.refuse(ticket, refused, actions),
            _ if again && self.restarts.state() != BreakerState::Open => {
                self.try_again(ticket, None, error.code, actions);
            }
            _ => self.refuse(ticket, error, actions),
        }
    }

    /// Counts a crash; opens the breaker over everybody who waits when it was one too many.
    fn crashed(&mut self, now: Instant, random: f64, culprit: Option<u64>, actions: &mut Vec<Action>) {
        let opened = self.restarts.crashed(now, culprit) || self.restarts.probe_failed(now);
        self.start_not_before = Some(now + self.restarts.delay(now, random));
        if opened {
            actions.push(Action::Breaker(BreakerState::Open));
            let retry_after = self.restarts.open_for_another(now).unwrap_or_default();
            self.refuse_queued(&breaker_open(retry_after), actions);
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

    /// What follows from the state whatever the event was: requests to free workers, starts, stops.
    fn settle(&mut self, now: Instant, actions: &mut Vec<Action>) {
        self.dispatch(actions);
        self.refuse_the_hopeless(now, actions);
        self.stop_surplus(actions);
        self.start_missing(now, actions);
        if self.shutting_down && self.slots.is_empty() && !self.finished {
            self.finished = true;
            actions.push(Action::Finished);
        }
    }

    /// Answers those who wait where no worker serves and none may be started: nobody waits for ever.
    fn refuse_the_hopeless(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.queue.is_empty() || self.live() > 0 {
            return;
        }
        if let Some((error, _)) = &self.broken {
            let error = error.clone();
            self.refuse_queued(&error, actions);
        } else if let Some(retry_after) = self.restarts.open_for_another(now) {
            self.refuse_queued(&breaker_open(retry_after), actions);
        }
    }

    fn dispatch(&mut self, actions: &mut Vec<Action>) {
        while !self.queue.is_empty() && self.in_flight() < self.policy.workers {
            let mut idle: Vec<WorkerId> =
                self.slots.iter().filter(|(_, slot)| slot.state == WorkerState::Idle).map(|(id, _)| *id).collect();
            // Fresh ones first; then the one with most documents open, so that a spare stays a spare.
            idle.sort_by_key(|id| (self.slots[id].worn, usize::MAX - self.slots[id].documents.len()));
            let queue = &mut self.queue;
            let slots = &self.slots;
            let affine = idle.iter().find_map(|id| {
                let documents = &slots[id].documents;
                let others = idle.len() > 1;
                // With a choice of workers, the first look is for one that has the very document open.
                (others && queue.next_document().is_some_and(|document| documents.contains(&document))).then_some(*id)
            });
            let order = affine.into_iter().chain(idle.iter().copied());
            let found = order.into_iter().find_map(|id| {
                let documents = &slots[&id].documents;
                // A second try is kept from the worker that failed the first one only while another one serves, or will.
                let others = slots.iter().any(|(other, slot)| *other != id && slot.is_live());
                let avoided = if others { id } else { NOBODY };
                queue.take_for(avoided, |document| documents.contains(&document)).map(|waiting| (id, waiting))
            });
            let Some((worker, waiting)) = found else { break };
            let (Some(slot), Some(open)) = (self.slots.get_mut(&worker), self.open.get_mut(&waiting.ticket)) else {
                continue;
            };
            slot.state = WorkerState::Busy;
            slot.ticket = Some(waiting.ticket);
            if let Some(document) = waiting.document {
                slot.documents.retain(|known| *known != document);
                slot.documents.push_front(document);
                slot.documents.truncate(DOCUMENTS_REMEMBERED);
            }
            open.attempts += 1;
            actions.push(Action::Send { worker, ticket: waiting.ticket, attempt: open.attempts });
        }
    }

    fn stop_surplus(&mut self, actions: &mut Vec<Action>) {
        let wanted = self.policy.workers + self.policy.spares;
        let ready =
            |slot: &Slot| matches!(slot.state, WorkerState::Idle | WorkerState::Busy) && !slot.worn && !slot.leaving;
        let mut ready_count = self.slots.values().filter(|slot| ready(slot)).count();
        for (worker, slot) in self.slots.iter_mut().rev() {
            let surplus = slot.state == WorkerState::Idle && !slot.worn && ready_count > wanted;
            let replaced = slot.state == WorkerState::Idle && slot.worn && ready_count >= self.policy.workers;
            let leaving = self.shutting_down && matches!(slot.state, WorkerState::Idle | WorkerState::Starting);
            if surplus {
                ready_count -= 1;
            }
            if surplus || replaced || leaving || (self.shutting_down && slot.state == WorkerState::Late) {
                slot.state = WorkerState::Stopping;
                actions.push(Action::Stop { worker: *worker, recycled: replaced && !leaving });
            }
        }
    }

    fn start_missing(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let held_back = self.start_not_before.is_some_and(|until| now < until);
        if self.shutting_down || held_back || self.broken.is_some() || !self.restarts.may_start() {
            return;
        }
        self.start_not_before = None;
        while self.live() < self.policy.workers + self.policy.spares {
            let worker = self.next_worker;
            self.next_worker += 1;
            let slot = Slot {
                state: WorkerState::Starting,
                ticket: None,
                requests: 0,
                documents: VecDeque::new(),
                worn: false,
                leaving: false,
            };
            self.slots.insert(worker, slot);
            actions.push(Action::Start { worker, quick: self.is_quick(now) });
        }
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
