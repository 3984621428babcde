//! The waiting requests: one lane for each caller, served in turn, so that no caller waits behind a thousand requests of another.

use crate::ids::{CallerId, Ticket, WorkerId};
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How far into a lane a worker looks for a request whose document it has open.
const LOOK_AHEAD: usize = 16;
/// How often a request may be passed over before it goes first.
const MAX_PASSED_OVER: u8 = 16;

/// A request that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub ticket: Ticket,
    pub caller: CallerId,
    /// Hash of the document's path.
    pub document: Option<u64>,
    /// The worker that already failed on it.
    pub avoid: Option<WorkerId>,
    pub passed_over: u8,
}

/// Lanes of waiting requests.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    turn: VecDeque<CallerId>,
    lanes: HashMap<CallerId, VecDeque<Waiting>>,
    len: usize,
}

impl Queue {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a request at the end of its caller's lane, or at its front where it waits for its second try.
    pub(crate) fn push(&mut self, waiting: Waiting, front: bool) {
        let lane = self.lanes.entry(waiting.caller).or_default();
        if lane.is_empty() {
            self.turn.push_back(waiting.caller);
        }
        if front {
            lane.push_front(waiting);
        } else {
            lane.push_back(waiting);
        }
        self.len += 1;
    }

    /// The document of the request whose turn it is.
    pub(crate) fn next_document(&self) -> Option<u64> {
        let caller = self.turn.front()?;
        self.lanes.get(caller)?.front()?.document
    }

    /// Takes the next request for a worker with these documents open, none that avoids `worker`: the caller whose turn it is decides, and within its
    /// lane a request for an open document may overtake a few others.
    pub(crate) fn take_for(&mut self, worker: Option<WorkerId>, open: impl Fn(u64) -> bool) -> Option<Waiting> {
        for _ in 0..self.turn.len() {
            let caller = self.turn.pop_front()?;
            let taken = self.lanes.get_mut(&caller).and_then(|lane| take_from(lane, worker, &open));
            if self.lanes.get(&caller).is_some_and(|lane| !lane.is_empty()) {
                self.turn.push_back(caller);
            } else {
                self.lanes.remove(&caller);
            }
            if taken.is_some() {
                self.len -= 1;
                return taken;
            }
        }
        None
    }

    /// Removes one request. Tells whether it was there.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> bool {
        let Some((&caller, lane)) =
            self.lanes.iter_mut().find(|(_, lane)| lane.iter().any(|waiting| waiting.ticket == ticket))
        else {
            return false;
        };
        lane.retain(|waiting| waiting.ticket != ticket);
        self.len -= 1;
        if lane.is_empty() {
            self.lanes.remove(&caller);
            self.turn.retain(|other| *other != caller);
        }
        true
    }

    /// Takes everything out.
    pub(crate) fn drain(&mut self) -> Vec<Ticket> {
        self.turn.clear();
        self.len = 0;
        self.lanes.drain().flat_map(|(_, lane)| lane).map(|waiting| waiting.ticket).collect()
    }
}

fn take_from(lane: &mut VecDeque<Waiting>, worker: Option<WorkerId>, open: impl Fn(u64) -> bool) -> Option<Waiting> {
    let usable = |waiting: &Waiting| waiting.avoid.is_none() || waiting.avoid != worker;
    let first = lane.iter().position(usable)?;
    let mut chosen = first;
    if lane[first].passed_over < MAX_PASSED_OVER {
        let near = lane.iter().enumerate().skip(first).take(LOOK_AHEAD);
        let found = near.into_iter().find(|(_, waiting)| usable(waiting) && waiting.document.is_some_and(&open));
        if let Some((position, _)) = found {
            chosen = position;
        }
    }
    if chosen != first {
        lane[first].passed_over += 1;
    }
    lane.remove(chosen)
}

/// The hash by which a document is told in the queue: of its path or of its fingerprint.
pub(crate) fn hash_of<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(ticket: u64, caller: u64, document: u64) -> Waiting {
        Waiting {
            ticket: Ticket(ticket),
            caller: CallerId(caller),
            document: Some(document),
            avoid: None,
            passed_over: 0,
        }
    }

    #[test]
    fn callers_take_turns() {
        let mut queue = Queue::default();
        for ticket in 0..4 {
            queue.push(waiting(ticket, 1, 0), false);
        }
        queue.push(waiting(10, 2, 0), false);
        let order: Vec<_> =
            std::iter::from_fn(|| queue.take_for(None, |_| false)).map(|taken| taken.ticket.0).collect();
        assert_eq!(order, [0, 10, 1, 2, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn an_open_document_overtakes_but_nobody_starves() {
        let mut queue = Queue::default();
        queue.push(waiting(0, 1, 7), false);
        for ticket in 1..100 {
            queue.push(waiting(ticket, 1, 8), false);
        }
        let order: Vec<_> =
            std::iter::from_fn(|| queue.take_for(None, |document| document == 8)).map(|t| t.ticket.0).collect();
        assert_eq!(order[0], 1);
        assert_eq!(order.iter().position(|ticket| *ticket == 0), Some(usize::from(MAX_PASSED_OVER)));
        assert_eq!(order.len(), 100);
    }

    #[test]
    fn a_second_try_avoids_the_first_worker() {
        let mut queue = Queue::default();
        queue.push(Waiting { avoid: Some(WorkerId(3)), ..waiting(0, 1, 0) }, true);
        assert_eq!(queue.take_for(Some(WorkerId(3)), |_| false), None);
        assert_eq!(queue.len(), 1);
        assert_eq!(queue.take_for(Some(WorkerId(4)), |_| false).map(|taken| taken.ticket.0), Some(0));
        assert!(!queue.remove(Ticket(0)));
    }
}
