//! What the pool is told and what it says: its only ways in and out.

use crate::ids::WorkerId;
use crate::ids::{CallerId, Ticket};
use crate::restart::BreakerState;
use tach_protocol::{ErrorBody, ErrorCode};

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
    /// A worker's RSS now, looked at without an answer.
    Measured { worker: WorkerId, rss_mb: f64 },
    /// A late worker came back.
    Recovered { worker: WorkerId },
    /// A worker takes no more requests and will end by itself.
    Leaving { worker: WorkerId },
    /// A worker has exited. `in_flight` is the request that it had begun; `error` is what callers hear should it never have been
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
    /// Its own; no other cause follows.
    Own,
    /// Its own; an [`Event::Attributed`] follows.
    Attributed,
    /// An external process killed it. That says nothing about the next worker, so it is not counted as a crash.
    ExternalKill,
}

/// What a crash is counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// Not counted.
    NotCounted,
    /// Counted by itself.
    Unknown,
    /// Counted once for this content, however often it crashes a worker.
    Document(u64),
}

/// What is to be done about it.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// Start a worker under this name.
    Start { worker: WorkerId },
    /// Give a request to a worker.
    Send { worker: WorkerId, ticket: Ticket, attempt: u32 },
    /// Pass the worker's own last answer on to the caller.
    Deliver { ticket: Ticket },
    /// Answer the caller with this error.
    Refuse { ticket: Ticket, error: ErrorBody },
    /// Note that the request gets a second try.
    Retried { ticket: Ticket, code: ErrorCode },
    /// Free the worker from a request that no caller waits for.
    Abandon { worker: WorkerId, ticket: Ticket },
    /// Let the worker stop in good order.
    Stop { worker: WorkerId, recycled: bool },
    /// The breaker changed.
    Breaker(BreakerState),
    /// No worker gets ready, and this is why.
    GiveUpStart(ErrorBody),
    /// All workers have exited after a shutdown.
    Finished,
}
