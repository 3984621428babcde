//! What follows from the pool's state, whatever the event was: requests to free workers, refusals, stops, starts.

use super::events::Action;
use super::slot::{Slot, WorkerState};
use super::{Pool, Turn, breaker_open};
use crate::ids::WorkerId;

impl Pool {
    /// What follows from the state whatever the event was: requests to free workers, starts, stops.
    pub(super) fn settle(&mut self, turn: &mut Turn) {
        self.dispatch(turn);
        self.refuse_unservable(turn);
        self.stop_surplus(turn);
        self.start_missing(turn);
        if self.shutting_down && self.slots.is_empty() && !self.finished {
            self.finished = true;
            turn.actions.push(Action::Finished);
        }
    }

    /// Refuses the queued requests where no worker serves and none may be started, so that none waits for ever.
    fn refuse_unservable(&mut self, turn: &mut Turn) {
        if self.queue.is_empty() || self.live() > 0 {
            return;
        }
        if let Some(error) = self.starts.given_up().cloned() {
            self.refuse_queued(turn, &error);
        } else if let Some(retry_after) = self.restarts.open_for_another(turn.now) {
            self.refuse_queued(turn, &breaker_open(retry_after));
        }
    }

    fn dispatch(&mut self, turn: &mut Turn) {
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
                let avoided = others.then_some(id);
                queue.take_for(avoided, |document| documents.contains(&document)).map(|waiting| (id, waiting))
            });
            let Some((worker, waiting)) = found else { break };
            let (Some(slot), Some(open)) = (self.slots.get_mut(&worker), self.open.get_mut(&waiting.ticket)) else {
                continue;
            };
            slot.begin(waiting.ticket, waiting.document);
            open.attempts += 1;
            turn.actions.push(Action::Send { worker, ticket: waiting.ticket, attempt: open.attempts });
        }
    }

    fn stop_surplus(&mut self, turn: &mut Turn) {
        let wanted = self.policy.workers + self.policy.spares;
        let mut ready_count = self.slots.values().filter(|slot| slot.is_serving()).count();
        for (worker, slot) in self.slots.iter_mut().rev() {
            let surplus = slot.state == WorkerState::Idle && !slot.worn && ready_count > wanted;
            let replaced = slot.state == WorkerState::Idle && slot.worn && ready_count >= self.policy.workers;
            let leaving = self.shutting_down && matches!(slot.state, WorkerState::Idle | WorkerState::Starting);
            if surplus {
                ready_count -= 1;
            }
            if surplus || replaced || leaving || (self.shutting_down && slot.state == WorkerState::Late) {
                slot.state = WorkerState::Stopping;
                turn.actions.push(Action::Stop { worker: *worker, recycled: replaced && !leaving });
            }
        }
    }

    fn start_missing(&mut self, turn: &mut Turn) {
        if self.shutting_down || !self.restarts.may_start() || !self.starts.permit(turn.now) {
            return;
        }
        while self.live() < self.policy.workers + self.policy.spares {
            let worker = self.next_worker;
            self.next_worker.0 += 1;
            self.slots.insert(worker, Slot::starting());
            turn.actions.push(Action::Start { worker });
        }
    }
}
