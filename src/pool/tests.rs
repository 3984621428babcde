//! The pool against a model that knows only what callers and processes see: whatever happens in whatever order, each request is
//! answered once, by one worker at a time, and starts stay bounded.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};

fn policy(workers: usize, spares: usize) -> PoolPolicy {
    PoolPolicy {
        workers,
        spares,
        recycle_requests: 7,
        recycle_rss_mb: 100,
        start_failure_memory: Duration::from_secs(5),
        killed_start_timeout: Duration::from_secs(60),
        restart: RestartPolicy { crash_limit: 4, ..RestartPolicy::default() },
    }
}

fn error(code: ErrorCode) -> ErrorBody {
    ErrorBody::new(code, "for the test")
}

/// What a process can do next; `usize` chooses which process or request.
#[derive(Clone, Copy, Debug)]
enum Step {
    Submit(usize),
    Cancel(usize),
    Ready(usize),
    StartFails(usize),
    Answers(usize, Option<ErrorCode>, bool),
    Recovers(usize),
    Leaves(usize),
    Dies(usize, bool),
    Wait(u64),
    Shutdown,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0_usize..64;
    prop_oneof![
        8 => which.clone().prop_map(Step::Submit),
        1 => which.clone().prop_map(Step::Cancel),
        8 => which.clone().prop_map(Step::Ready),
        1 => which.clone().prop_map(Step::StartFails),
        8 => (which.clone(), prop_oneof![
            4 => Just((None, false)),
            1 => Just((Some(ErrorCode::Timeout), true)),
            1 => Just((Some(ErrorCode::WorkerCrashed), false)),
            1 => Just((Some(ErrorCode::PdfCorrupt), false)),
        ]).prop_map(|(which, (code, late))| Step::Answers(which, code, late)),
        2 => which.clone().prop_map(Step::Recovers),
        1 => which.clone().prop_map(Step::Leaves),
        4 => (which.clone(), any::<bool>()).prop_map(|(which, external)| Step::Dies(which, external)),
        4 => (0_u64..8000).prop_map(Step::Wait),
        1 => prop_oneof![20 => Just(Step::Wait(1)), 1 => Just(Step::Shutdown)],
    ]
}

/// A process as its task sees it.
#[derive(Debug, Default)]
struct Process {
    ready: bool,
    request: Option<Ticket>,
    late: bool,
    stopping: bool,
}

#[derive(Debug)]
struct Model {
    pool: Pool,
    now: Instant,
    processes: BTreeMap<WorkerId, Process>,
    waiting: BTreeSet<Ticket>,
    answered: HashSet<Ticket>,
    next: Ticket,
    finished: bool,
    most: usize,
}

impl Model {
    fn new(workers: usize, spares: usize) -> Self {
        let mut model = Self {
            pool: Pool::new(policy(workers, spares)),
            now: Instant::now(),
            processes: BTreeMap::new(),
            waiting: BTreeSet::new(),
            answered: HashSet::new(),
            next: Ticket(0),
            finished: false,
            most: workers + spares,
        };
        model.event(Event::Tick);
        model
    }

    fn event(&mut self, event: Event) {
        for action in self.pool.handle(self.now, 0.5, event) {
            match action {
                Action::Start { worker, .. } => {
                    let starting =
                        self.processes.values().filter(|process| !process.ready && !process.stopping).count();
                    assert!(starting < self.most, "no more start at a time than are wanted");
                    assert!(self.processes.insert(worker, Process::default()).is_none(), "a name is used once");
                }
                Action::Send { worker, ticket, attempt } => {
                    assert!(attempt <= 2 && self.waiting.contains(&ticket), "only what waits is sent, twice at most");
                    let taken = self.processes.values().any(|process| process.request == Some(ticket));
                    assert!(!taken, "a request is with one worker at a time");
                    let process = self.processes.get_mut(&worker).expect("only to a process");
                    assert!(process.ready && process.request.is_none() && !process.late && !process.stopping);
                    process.request = Some(ticket);
                }
                Action::Deliver { ticket } | Action::Refuse { ticket, .. } => {
                    assert!(self.waiting.remove(&ticket), "only who waits is answered");
                    assert!(self.answered.insert(ticket), "once");
                }
                Action::Stop { worker, .. } => {
                    let process = self.processes.get_mut(&worker).expect("a process");
                    assert!(process.request.is_none(), "a stop loses no request");
                    process.stopping = true;
                }
                Action::Finished => self.finished = true,
                Action::Retried { .. } | Action::Abandon { .. } | Action::Breaker(_) | Action::GiveUpStart(_) => {}
            }
        }
    }

    fn pick(&self, which: usize, can: impl Fn(&Process) -> bool) -> Option<WorkerId> {
        let able: Vec<WorkerId> = self.processes.iter().filter(|(_, it)| can(it)).map(|(id, _)| *id).collect();
        (!able.is_empty()).then(|| able[which % able.len()])
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Submit(which) => {
                let ticket = self.next;
                self.next.0 += 1;
                self.waiting.insert(ticket);
                let document = (which % 3 > 0).then_some(which as u64 % 5);
                self.event(Event::Submitted { ticket, caller: CallerId(which as u64 % 2), document });
            }
            Step::Cancel(which) => {
                let Some(ticket) = self.waiting.iter().nth(which).copied() else { return };
                self.waiting.remove(&ticket);
                self.answered.insert(ticket);
                self.event(Event::Cancelled { ticket });
            }
            Step::Ready(which) => {
                let Some(worker) = self.pick(which, |it| !it.ready && !it.stopping) else { return };
                self.processes.get_mut(&worker).expect("picked").ready = true;
                self.event(Event::Ready { worker });
            }
            Step::StartFails(which) => {
                let Some(worker) = self.pick(which, |it| !it.ready) else { return };
                self.event(Event::StartFailed { worker, error: error(ErrorCode::StartupFailed) });
                self.exit(worker, ExitCause::Expected);
            }
            Step::Answers(which, failed, late) => {
                let Some(worker) = self.pick(which, |it| it.request.is_some()) else { return };
                let process = self.processes.get_mut(&worker).expect("picked");
                process.request = None;
                process.late = late;
                if failed == Some(ErrorCode::WorkerCrashed) {
                    process.stopping = true;
                    self.event(Event::Leaving { worker });
                }
                let rss_mb = Some(which as f64 * 2.0);
                self.event(Event::Answered { worker, rss_mb, late, failed });
            }
            Step::Recovers(which) => {
                let Some(worker) = self.pick(which, |it| it.late && !it.stopping) else { return };
                self.processes.get_mut(&worker).expect("picked").late = false;
                self.event(Event::Recovered { worker });
            }
            Step::Leaves(which) => {
                let Some(worker) = self.pick(which, |it| it.ready && !it.stopping && it.request.is_none()) else {
                    return;
                };
                self.processes.get_mut(&worker).expect("picked").stopping = true;
                self.event(Event::Leaving { worker });
            }
            Step::Dies(which, external) => {
                let Some(worker) = self.pick(which, |_| true) else { return };
                self.exit(worker, if external { ExitCause::ExternalKill } else { ExitCause::Attributed });
            }
            Step::Wait(milliseconds) => {
                self.now += Duration::from_millis(milliseconds);
                self.event(Event::Tick);
            }
            Step::Shutdown => self.event(Event::Shutdown),
        }
    }

    fn exit(&mut self, worker: WorkerId, cause: ExitCause) {
        let Some(process) = self.processes.remove(&worker) else { return };
        let in_flight = process.request;
        let cause = if process.stopping { ExitCause::Expected } else { cause };
        self.event(Event::Exited { worker, in_flight, cause, error: error(ErrorCode::StartupFailed) });
        if in_flight.is_some() {
            let blame = if cause == ExitCause::ExternalKill { Blame::NotCounted } else { Blame::Unknown };
            let error = error(ErrorCode::WorkerCrashed);
            self.event(Event::Attributed { ticket: in_flight, blame, refused: None, error });
        }
    }

    /// From now on all goes well: within a bounded number of steps everybody has an answer.
    fn settle(&mut self) {
        for _ in 0..4000 {
            if self.waiting.is_empty() {
                return;
            }
            if self.pick(0, |it| it.request.is_some()).is_some() {
                self.step(Step::Answers(0, None, false));
            } else if self.pick(0, |it| !it.ready && !it.stopping).is_some() {
                self.step(Step::Ready(0));
            } else if let Some(worker) = self.pick(0, |it| it.late || it.stopping) {
                self.exit(worker, ExitCause::Expected);
            } else {
                self.step(Step::Wait(500));
            }
        }
        panic!("a caller waits for ever: {:?}", self.pool);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_is_answered_once_whatever_happens(
        workers in 1_usize..4,
        spares in 0_usize..2,
        steps in proptest::collection::vec(step(), 0..250),
    ) {
        let mut model = Model::new(workers, spares);
        for step in steps {
            if model.finished {
                break;
            }
            model.step(step);
        }
        model.settle();
        model.event(Event::Shutdown);
        while let Some(worker) = model.pick(0, |_| true) {
            model.exit(worker, ExitCause::Expected);
        }
        prop_assert!(model.finished);
        prop_assert_eq!(model.answered.len() as u64, model.next.0);
    }
}

#[test]
fn a_second_try_goes_to_the_same_worker_where_there_is_no_other() {
    let mut model = Model::new(1, 0);
    model.step(Step::Ready(0));
    model.step(Step::Submit(0));
    model.step(Step::Answers(0, Some(ErrorCode::Timeout), true));
    // The replacement dies before it is ready, just after the late one came back: no other is started then.
    model.step(Step::Recovers(0));
    let replacement = model.pick(0, |it| !it.ready).expect("a replacement starts");
    model.exit(replacement, ExitCause::ExternalKill);
    model.settle();
}

#[test]
fn external_kills_of_starting_workers_refuse_callers_only_after_a_minute() {
    let mut model = Model::new(1, 0);
    model.step(Step::Submit(0));
    for _ in 0..250 {
        let worker = model.pick(0, |_| true).expect("one is starting");
        model.exit(worker, ExitCause::ExternalKill);
        assert_eq!(model.waiting.len(), 1, "no caller is refused before a minute has passed");
        model.step(Step::Wait(200));
    }
    // A ready worker serves who waited.
    model.step(Step::Ready(0));
    model.step(Step::Answers(0, None, false));
    assert!(model.waiting.is_empty());
}

#[test]
fn a_minute_without_a_ready_worker_is_told() {
    let mut model = Model::new(1, 0);
    model.step(Step::Submit(0));
    for _ in 0..4 {
        let worker = model.pick(0, |_| true).expect("one is starting");
        model.exit(worker, ExitCause::ExternalKill);
        model.step(Step::Wait(25_000));
    }
    assert!(model.waiting.is_empty());
}
