//! The life of one worker as a state machine: `(state, input) → outputs`, without I/O.

use super::exit::KillReason;
use super::handshake::{self, Handshake};
use super::{WorkerEvent, codec::Frame};
use crate::ids::Ticket;
use std::time::{Duration, Instant};
use tach_protocol::{ErrorBody, ErrorCode, Lifecycle, Outcome, Perf, Reply, WorkerMessage};

/// How long the parts of a worker's life may take.
#[derive(Clone, Debug)]
pub(crate) struct Graces {
    /// From the start to `ready`.
    pub startup: Duration,
    /// After the worker's own deadline, until the supervisor answers in its place.
    pub answer: Duration,
    /// After a `timeout`, until a worker that has not come back is killed.
    pub late: Duration,
    /// After its request was given up, until the worker is killed.
    pub cancel: Duration,
    /// After it was asked to stop, until it is killed.
    pub stop: Duration,
}

#[derive(Debug)]
enum Phase {
    Starting { until: Instant },
    Idle,
    Busy { ticket: Ticket, wire_id: String, since: Instant, timeout: Duration, until: Instant, abandoned: bool },
    Late { wire_id: String, until: Instant },
    Stopping { until: Instant },
    Killed,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Output {
    Emit(WorkerEvent),
    /// Kill the tree for this reason.
    Kill(KillReason),
    /// Send a `ping` under [`PROBE_ID`], whose answer shows that the engine came back.
    Probe,
    /// Close the worker's stdin.
    CloseStdin,
}

/// Id of the `ping` that asks a late worker whether it came back. No ticket makes such an id.
pub(crate) const PROBE_ID: &str = "probe";

/// One worker's state.
#[derive(Debug)]
pub(crate) struct State {
    phase: Phase,
    graces: Graces,
    was_ready: bool,
    start_failed: bool,
    critical_mb: Option<f64>,
    killed: Option<KillReason>,
}

impl State {
    pub(crate) fn new(now: Instant, graces: Graces) -> Self {
        let phase = Phase::Starting { until: now + graces.startup };
        Self { phase, graces, was_ready: false, start_failed: false, critical_mb: None, killed: None }
    }

    /// When [`Self::time_passed`] is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Starting { until }
            | Phase::Busy { until, .. }
            | Phase::Late { until, .. }
            | Phase::Stopping { until } => Some(*until),
            Phase::Idle | Phase::Killed => None,
        }
    }

    /// The request in flight.
    pub(crate) fn in_flight(&self) -> Option<Ticket> {
        match &self.phase {
            Phase::Busy { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }

    pub(crate) fn was_ready(&self) -> bool {
        self.was_ready
    }

    /// Whether the parent knows already that the start failed.
    pub(crate) fn start_failed(&self) -> bool {
        self.start_failed
    }

    pub(crate) fn is_stopping(&self) -> bool {
        matches!(self.phase, Phase::Stopping { .. })
    }

    pub(crate) fn critical_mb(&self) -> Option<f64> {
        self.critical_mb
    }

    pub(crate) fn killed(&self) -> Option<&KillReason> {
        self.killed.as_ref()
    }

    /// A request was sent.
    pub(crate) fn run(&mut self, now: Instant, ticket: Ticket, wire_id: String, timeout: Duration) {
        let until = now + timeout + self.graces.answer;
        self.phase = Phase::Busy { ticket, wire_id, since: now, timeout, until, abandoned: false };
    }

    /// The caller of a request no longer waits.
    pub(crate) fn abandon(&mut self, now: Instant, given_up: Ticket) {
        if let Phase::Busy { ticket, until, abandoned, .. } = &mut self.phase
            && *ticket == given_up
        {
            *abandoned = true;
            *until = (*until).min(now + self.graces.cancel);
        }
    }

    /// The parent wants the worker to stop in good order.
    pub(crate) fn stop(&mut self, now: Instant) -> Vec<Output> {
        match self.phase {
            Phase::Killed => Vec::new(),
            Phase::Starting { .. } => self.kill(KillReason::SupervisorGone),
            _ => {
                self.phase = Phase::Stopping { until: now + self.graces.stop };
                vec![Output::CloseStdin]
            }
        }
    }

    /// Ends the worker now.
    pub(crate) fn kill(&mut self, reason: KillReason) -> Vec<Output> {
        if matches!(self.phase, Phase::Killed) {
            return Vec::new();
        }
        // A request in flight is lost with the worker and stays on the books for the last event.
        if !matches!(self.phase, Phase::Busy { .. }) {
            self.phase = Phase::Killed;
        }
        if self.killed.is_some() {
            return Vec::new();
        }
        self.killed = Some(reason.clone());
        vec![Output::Kill(reason)]
    }

    /// The deadline of the phase passed.
    pub(crate) fn time_passed(&mut self, now: Instant) -> Vec<Output> {
        match &mut self.phase {
            Phase::Idle | Phase::Killed => Vec::new(),
            Phase::Starting { .. } => {
                let seconds = self.graces.startup.as_secs_f64();
                let message = format!(
                    "the worker was not ready within {seconds} s; run `tach doctor`, or give it longer with startup_timeout"
                );
                self.fail_start(ErrorBody::new(ErrorCode::StartupFailed, message), KillReason::StartupDeadline)
            }
            Phase::Busy { until, .. } if self.killed.is_some() => {
                // The kill was sent; only the end of the process is missing.
                *until = now + Duration::from_secs(3600);
                Vec::new()
            }
            Phase::Busy { abandoned: true, .. } => self.kill(KillReason::Cancelled),
            Phase::Busy { ticket, wire_id, since, timeout, .. } => {
                let message = format!("no answer within {} ms; the worker did not speak either", timeout.as_millis());
                let error = ErrorBody::new(ErrorCode::Timeout, message)
                    .with("timeout_ms", u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
                let perf = Perf { duration_ms: now.duration_since(*since).as_secs_f64() * 1000.0, ..Perf::default() };
                let reply = Reply::error(None, error, perf);
                let (ticket, wire_id) = (*ticket, std::mem::take(wire_id));
                self.become_late(now, wire_id);
                vec![Output::Emit(WorkerEvent::Answered { ticket, reply, late: true }), Output::Probe]
            }
            Phase::Late { .. } => self.kill(KillReason::Deadline),
            Phase::Stopping { .. } => self.kill(KillReason::StopGrace),
        }
    }

    /// The worker said something, or its stream ended.
    pub(crate) fn heard(&mut self, now: Instant, frame: Frame) -> Vec<Output> {
        if self.killed.is_some() {
            return Vec::new();
        }
        match frame {
            Frame::Bad(what) => self.violated(what),
            // A worker without stdout can answer nothing; one that stops has closed it, or is about to.
            Frame::End if matches!(self.phase, Phase::Stopping { .. }) => Vec::new(),
            Frame::End => self.violated("it closed its stdout".to_owned()),
            Frame::Message(message) if matches!(self.phase, Phase::Starting { .. }) => self.shake_hands(now, message),
            Frame::Message(WorkerMessage::Reply(reply)) => self.replied(now, reply),
            Frame::Message(WorkerMessage::Progress(progress)) => match &self.phase {
                Phase::Busy { ticket, wire_id, .. } if *wire_id == progress.req_id => {
                    let (ticket, done, total) = (*ticket, progress.done, progress.total);
                    vec![Output::Emit(WorkerEvent::Progress { ticket, done, total })]
                }
                _ => Vec::new(),
            },
            Frame::Message(WorkerMessage::Lifecycle(event)) => self.lifecycle(now, &event),
        }
    }

    fn shake_hands(&mut self, now: Instant, message: WorkerMessage) -> Vec<Output> {
        match handshake::read(message) {
            Handshake::Ready(ready) => {
                self.phase = Phase::Idle;
                self.was_ready = true;
                vec![Output::Emit(WorkerEvent::Ready(ready))]
            }
            Handshake::Failed(error) => {
                self.start_failed = true;
                self.phase = Phase::Stopping { until: now + self.graces.stop };
                vec![Output::Emit(WorkerEvent::StartFailed(error))]
            }
            Handshake::Violation(what) => {
                let error = ErrorBody::new(ErrorCode::StartupFailed, format!("the worker cannot be used: {what}"));
                self.fail_start(error, KillReason::ProtocolViolation(what))
            }
            Handshake::Early => Vec::new(),
        }
    }

    fn fail_start(&mut self, error: ErrorBody, reason: KillReason) -> Vec<Output> {
        self.start_failed = true;
        let mut outputs = vec![Output::Emit(WorkerEvent::StartFailed(error))];
        outputs.extend(self.kill(reason));
        outputs
    }

    fn violated(&mut self, what: String) -> Vec<Output> {
        if matches!(self.phase, Phase::Starting { .. }) {
            let error = ErrorBody::new(ErrorCode::StartupFailed, format!("the worker cannot be used: {what}"));
            return self.fail_start(error, KillReason::ProtocolViolation(what));
        }
        self.kill(KillReason::ProtocolViolation(what))
    }

    fn replied(&mut self, now: Instant, reply: Reply) -> Vec<Output> {
        let id = reply.req_id.as_deref();
        match &mut self.phase {
            Phase::Busy { ticket, wire_id, .. } if id == Some(wire_id) => {
                let (ticket, wire_id) = (*ticket, std::mem::take(wire_id));
                let late = is_timeout(&reply.outcome);
                if tells_of_its_end(&reply.outcome) {
                    // No other request may reach it; it is held to its word.
                    self.phase = Phase::Stopping { until: now + self.graces.stop };
                    let answered = WorkerEvent::Answered { ticket, reply, late: false };
                    return vec![Output::Emit(WorkerEvent::Leaving), Output::Emit(answered), Output::CloseStdin];
                }
                let mut outputs = vec![Output::Emit(WorkerEvent::Answered { ticket, reply, late })];
                if late {
                    self.become_late(now, wire_id);
                    outputs.push(Output::Probe);
                } else {
                    self.phase = Phase::Idle;
                }
                outputs
            }
            // A worker that gives itself up answers what it did not start, the probe too, with an error.
            Phase::Late { .. } if id == Some(PROBE_ID) && reply.outcome.is_err() => Vec::new(),
            Phase::Late { .. } if id == Some(PROBE_ID) => {
                self.phase = Phase::Idle;
                vec![Output::Emit(WorkerEvent::Recovered)]
            }
            // The answer came too late: the request was answered already.
            Phase::Late { wire_id, .. } if id == Some(wire_id) => Vec::new(),
            Phase::Stopping { .. } | Phase::Killed => Vec::new(),
            _ => match reply.req_id {
                Some(id) => self.violated(format!("a reply to `{id}`, which it was not asked")),
                None => self.violated(format!("it did not understand a request: {}", refusal(&reply.outcome))),
            },
        }
    }

    fn lifecycle(&mut self, now: Instant, event: &Lifecycle) -> Vec<Output> {
        match event {
            &Lifecycle::MemoryWarning { rss_mb, limit_mb } => {
                vec![Output::Emit(WorkerEvent::Memory { rss_mb, limit_mb, critical: false })]
            }
            &Lifecycle::MemoryCritical { rss_mb, limit_mb, .. } => {
                self.critical_mb = Some(rss_mb);
                vec![
                    Output::Emit(WorkerEvent::Memory { rss_mb, limit_mb, critical: true }),
                    Output::Emit(WorkerEvent::Leaving),
                ]
            }
            Lifecycle::Stopping { .. } => {
                if matches!(self.phase, Phase::Idle) {
                    self.phase = Phase::Stopping { until: now + self.graces.stop };
                }
                vec![Output::Emit(WorkerEvent::Leaving)]
            }
            Lifecycle::Ready(_) => self.violated("a second `ready`".to_owned()),
            Lifecycle::StartupFailed { .. } => self.violated("`startup_failed` after `ready`".to_owned()),
        }
    }

    fn become_late(&mut self, now: Instant, wire_id: String) {
        self.phase = Phase::Late { wire_id, until: now + self.graces.late };
    }
}

fn is_timeout(outcome: &Outcome) -> bool {
    matches!(outcome, Err(error) if error.code == ErrorCode::Timeout)
}

/// A worker that answers so is about to leave.
pub(crate) fn tells_of_its_end(outcome: &Outcome) -> bool {
    matches!(outcome, Err(error) if matches!(error.code, ErrorCode::WorkerCrashed | ErrorCode::OutOfMemory))
}

fn refusal(outcome: &Outcome) -> String {
    outcome.as_ref().map_or_else(ToString::to_string, |_| "a success without an id".to_owned())
}
