//! What follows from the end of a worker: who is to blame, and whether its request is tried again.

use super::events::{Action, Blame, ExitCause};
use super::slot::WorkerState;
use super::{Pool, Turn, breaker_open};
use crate::ids::{Ticket, WorkerId};
use crate::restart::BreakerState;
use tach_protocol::{ErrorBody, ErrorCode};

impl Pool {
    pub(super) fn exited(&mut self, turn: &mut Turn, worker: WorkerId, cause: ExitCause, error: ErrorBody) {
        let Some(slot) = self.slots.remove(&worker) else { return };
        if slot.state == WorkerState::Starting && cause == ExitCause::ExternalKill {
            if self.starts.killed(turn.now, self.policy.killed_start_timeout) {
                let memory = u64::try_from(self.policy.start_failure_memory.as_millis()).unwrap_or(u64::MAX);
                let told = ErrorBody { code: ErrorCode::Unavailable, ..error };
                self.start_failed(turn, worker, told.with("retry_after_ms", memory));
            }
            return;
        }
        if slot.state == WorkerState::Starting && cause != ExitCause::Expected && self.starts.lost() {
            self.start_failed(turn, worker, error);
            return;
        }
        if cause == ExitCause::Own {
            self.crashed(turn, None);
        }
    }

    pub(super) fn attributed(
        &mut self,
        turn: &mut Turn,
        ticket: Option<Ticket>,
        blame: Blame,
        refused: Option<ErrorBody>,
        error: ErrorBody,
    ) {
        match blame {
            Blame::NotCounted => {}
            Blame::Unknown => self.crashed(turn, None),
            Blame::Document(content) => self.crashed(turn, Some(content)),
        }
        let Some(ticket) = ticket else { return };
        let Some(open) = self.open.get(&ticket) else { return };
        let again = error.code.is_retried() && open.attempts < 2 && !self.shutting_down;
        match refused {
            Some(refused) if again => self.refuse(turn, ticket, refused),
            _ if again && self.restarts.state() != BreakerState::Open => {
                self.try_again(turn, ticket, None, error.code);
            }
            _ => self.refuse(turn, ticket, error),
        }
    }

    /// Counts a crash; opens the breaker over everybody who waits when it was one too many.
    pub(super) fn crashed(&mut self, turn: &mut Turn, culprit: Option<u64>) {
        let opened = self.restarts.crashed(turn.now, culprit) || self.restarts.probe_failed(turn.now);
        self.starts.delay(turn.now + self.restarts.delay(turn.now, turn.random));
        if opened {
            turn.actions.push(Action::Breaker(BreakerState::Open));
            let retry_after = self.restarts.open_for_another(turn.now).unwrap_or_default();
            self.refuse_queued(turn, &breaker_open(retry_after));
        }
    }
}
