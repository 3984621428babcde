//! What follows from the end of a worker: who is to blame, and whether its request is tried again.

use super::events::{Action, Blame, ExitCause};
use super::slot::WorkerState;
use super::{Pool, breaker_open};
use crate::ids::{Ticket, WorkerId};
use crate::restart::BreakerState;
use std::time::Instant;
use tach_protocol::{ErrorBody, ErrorCode};

impl Pool {
    pub(super) fn exited(
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
            if self.starts.killed(now, self.policy.killed_start_patience) {
                let memory = u64::try_from(self.policy.start_failure_memory.as_millis()).unwrap_or(u64::MAX);
                let told = ErrorBody { code: ErrorCode::Unavailable, ..error };
                self.start_failed(now, worker, told.with("retry_after_ms", memory), actions);
            }
            return;
        }
        if slot.state == WorkerState::Starting && cause != ExitCause::Expected && self.starts.lost() {
            self.start_failed(now, worker, error, actions);
            return;
        }
        if cause == ExitCause::Own {
            self.crashed(now, random, None, actions);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    pub(super) fn attributed(
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
    pub(super) fn crashed(&mut self, now: Instant, random: f64, culprit: Option<u64>, actions: &mut Vec<Action>) {
        let opened = self.restarts.crashed(now, culprit) || self.restarts.probe_failed(now);
        self.starts.delay(now + self.restarts.delay(now, random));
        if opened {
            actions.push(Action::Breaker(BreakerState::Open));
            let retry_after = self.restarts.open_for_another(now).unwrap_or_default();
            self.refuse_queued(&breaker_open(retry_after), actions);
        }
    }
}
