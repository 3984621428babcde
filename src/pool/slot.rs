//! One worker as the pool sees it, and how its state changes.

use crate::ids::Ticket;
use serde::Serialize;
use std::collections::VecDeque;

/// Documents that a worker is taken to have open.
const DOCUMENTS_REMEMBERED: usize = 8;

/// What a worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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
pub(super) struct Slot {
    pub state: WorkerState,
    pub ticket: Option<Ticket>,
    pub requests: u64,
    /// The last documents first.
    pub documents: VecDeque<u64>,
    /// To be replaced as soon as another is ready.
    pub worn: bool,
    /// It said that it ends by itself.
    pub leaving: bool,
}

impl Slot {
    pub(super) fn starting() -> Self {
        Self {
            state: WorkerState::Starting,
            ticket: None,
            requests: 0,
            documents: VecDeque::new(),
            worn: false,
            leaving: false,
        }
    }

    /// Whether it serves, or will.
    pub(super) fn is_live(&self) -> bool {
        (self.state == WorkerState::Starting || self.is_ready()) && !self.worn && !self.leaving
    }

    /// Whether it serves, and goes on to.
    pub(super) fn is_serving(&self) -> bool {
        self.is_ready() && !self.worn && !self.leaving
    }

    fn is_ready(&self) -> bool {
        matches!(self.state, WorkerState::Idle | WorkerState::Busy)
    }

    /// Ready for the first time, or back from a late request.
    pub(super) fn become_idle(&mut self) {
        if self.state != WorkerState::Stopping {
            self.state = if self.leaving { WorkerState::Stopping } else { WorkerState::Idle };
            self.ticket = None;
        }
    }

    /// Takes a request, of this document.
    pub(super) fn begin(&mut self, ticket: Ticket, document: Option<u64>) {
        self.state = WorkerState::Busy;
        self.ticket = Some(ticket);
        if let Some(document) = document {
            self.documents.retain(|known| *known != document);
            self.documents.push_front(document);
            self.documents.truncate(DOCUMENTS_REMEMBERED);
        }
    }

    /// Has answered its request, which is given back.
    pub(super) fn end(&mut self, late: bool) -> Option<Ticket> {
        self.requests += 1;
        self.state = match (self.state, late) {
            (WorkerState::Stopping, _) => WorkerState::Stopping,
            (_, true) => WorkerState::Late,
            (_, false) if self.leaving => WorkerState::Stopping,
            (_, false) => WorkerState::Idle,
        };
        self.ticket.take()
    }

    /// Said that it takes no more requests.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
        if self.state == WorkerState::Idle {
            self.state = WorkerState::Stopping;
        }
    }
}
