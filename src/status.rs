//! What a supervisor shows of itself: a snapshot on request, and a stream of events.

use crate::ids::WorkerId;
use crate::pool::WorkerState;
use crate::quarantine::{Fingerprint, Suspect};
use crate::restart::BreakerState;
use crate::worker::exit::ExitReport;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;
use tach_protocol::ErrorCode;
use tach_protocol::reply::Ready;

/// A snapshot of a supervisor.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Every worker process.
    pub workers: Vec<WorkerStatus>,
    /// Requests that wait.
    pub queued: usize,
    /// Requests that run.
    pub in_flight: usize,
    /// Requests answered since the start, errors included.
    pub answered: u64,
    /// Workers started since the start of the supervisor.
    pub starts: u64,
    /// Workers that were lost: crashed, killed for their deadline or their protocol, out of memory.
    pub lost: u64,
    /// Workers replaced in good order.
    pub recycled: u64,
    /// How the last lost worker ended.
    pub last_exit: Option<ExitReport>,
    /// The breaker.
    pub breaker: BreakerState,
    /// Crashes that the breaker counts at the moment.
    pub recent_crashes: usize,
    /// Documents that killed workers.
    pub quarantine: Vec<Suspect>,
    /// The log file of the workers' stderr.
    pub log_file: Option<PathBuf>,
}

/// One worker process.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// Its name within this supervisor.
    pub worker: WorkerId,
    /// What it is doing.
    pub state: WorkerState,
    /// Its process id, once it runs.
    pub pid: Option<u32>,
    /// Its RSS in MB, where the system tells it.
    pub rss_mb: Option<f64>,
    /// MB of pixels that it kept of pages that are slow to draw, when it answered last.
    pub page_cache_mb: f64,
    /// Requests that it answered.
    pub requests: u64,
    /// Seconds since it was started.
    pub age_s: f64,
    /// How the system bounds its memory.
    pub memory_cap: &'static str,
    /// What it said in its `ready`.
    pub ready: Option<Ready>,
}

/// Something that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A worker process was started.
    Started {
        /// The worker.
        worker: WorkerId,
        /// Its process id.
        pid: u32,
    },
    /// A worker is ready.
    Ready {
        /// The worker.
        worker: WorkerId,
        /// From the start of its process.
        after: Duration,
    },
    /// A worker could not be started.
    StartFailed {
        /// The worker.
        worker: WorkerId,
        /// Why.
        message: String,
    },
    /// A worker has exited.
    Exited {
        /// The worker.
        worker: WorkerId,
        /// How it ended.
        report: ExitReport,
    },
    /// A worker's memory passed a limit.
    Memory {
        /// The worker.
        worker: WorkerId,
        /// RSS in MB.
        rss_mb: f64,
        /// The limit in MB.
        limit_mb: u64,
        /// Whether it was the hard limit.
        critical: bool,
    },
    /// A request gets its second try.
    Retried {
        /// The caller's id of the request.
        req_id: String,
        /// Why the first try failed.
        code: ErrorCode,
    },
    /// A worker is replaced in good order, for its memory or its number of requests.
    Recycled {
        /// The worker.
        worker: WorkerId,
    },
    /// A document killed a worker.
    Suspected {
        /// Its path.
        path: PathBuf,
        /// Its content.
        fingerprint: Fingerprint,
        /// Workers that it killed.
        kills: u32,
        /// Whether it is refused from now on.
        quarantined: bool,
    },
    /// The breaker changed.
    Breaker {
        /// Its state now.
        state: BreakerState,
    },
}
