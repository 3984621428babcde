//! One worker process: started, spoken with, watched and reaped by one task.
//!
//! [`task`] owns the process and does the I/O; [`state`] decides, without I/O; the parent learns of it by [`WorkerEvent`]s and
//! speaks by [`WorkerCommand`]s. Whatever happens, the last event is `Exited`, exactly once.

mod alarm;
pub(crate) mod codec;
mod documents;
pub(crate) mod environment;
pub mod exit;
pub(crate) mod expectation;
pub(crate) mod handshake;
mod held;
mod report_rate;
pub(crate) mod spawn;
pub(crate) mod state;
pub(crate) mod stderr;
pub(crate) mod task;

use crate::ids::Ticket;
use exit::{ExitReport, KillReason};
use expectation::Expectation;
use std::path::PathBuf;
use std::time::Duration;
use tach_protocol::reply::Ready;
use tach_protocol::{ErrorBody, Reply};

/// What the parent asks of a worker's task.
#[derive(Debug)]
pub(crate) enum WorkerCommand {
    /// Run a request; only for a ready worker without one.
    Run(Assignment),
    /// The caller no longer waits for this request: come free of it within the grace.
    Abandon(Ticket),
    /// Stop in good order.
    Stop,
    /// End now.
    Kill(KillReason),
}

/// A request as a worker gets it.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub ticket: Ticket,
    /// The id on the wire: unique within this supervisor, so that a late reply is never taken for another's.
    pub wire_id: String,
    /// The request line with its `\n`.
    pub line: Vec<u8>,
    /// The document that it reads.
    pub document: Option<PathBuf>,
    /// The deadline that the worker was told.
    pub timeout: Duration,
    /// Longest reply line that this request can have.
    pub reply_limit: usize,
    /// What the reply may hold.
    pub expected: Expectation,
}

/// What a worker's task tells.
#[derive(Debug)]
pub(crate) enum WorkerEvent {
    /// The process runs.
    Spawned { pid: u32, memory_cap: &'static str },
    /// The handshake is done.
    Ready(Ready),
    /// There will be no handshake, and another start would meet the same fault.
    StartFailed(ErrorBody),
    /// The request is answered. `late`: the worker may still be busy with it.
    Answered { ticket: Ticket, reply: Reply, late: bool },
    /// A late worker is free again.
    Recovered,
    /// It takes no more requests and will end by itself.
    Leaving,
    /// A long request came on.
    Progress { ticket: Ticket, done: u64, total: u64 },
    /// RSS passed a limit.
    Memory { rss_mb: f64, limit_mb: u64, critical: bool },
    /// The process has exited and is reaped, and so is its tree. `in_flight` got no answer.
    Exited { report: ExitReport, in_flight: Option<Ticket>, was_ready: bool, was_stopping: bool },
}
