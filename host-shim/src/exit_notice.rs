//! What a worker says before it exits without a graceful stop: the event, the answers that are owed, the note on stderr.

use crate::flight::{Overdue, Ticket};
use crossbeam_channel::Sender;
use std::time::Duration;
use tach_protocol::reply::Lifecycle;
use tach_protocol::version::exit_code;
use tach_protocol::{ErrorBody, ErrorCode};

/// Why the worker exits, and what it says before.
#[derive(Debug)]
pub struct ExitNotice {
    /// The exit code.
    pub code: i32,
    /// Written first.
    pub event: Option<Lifecycle>,
    /// The answer to the request in flight, if it is still owed.
    pub in_flight: ErrorBody,
    /// The answer to the requests that no engine has touched.
    pub waiting: ErrorBody,
    /// Whether the stacks of all Python threads go to stderr, behind the answers.
    pub stacks: bool,
    /// For stderr.
    pub note: String,
}

impl ExitNotice {
    fn crashed(code: i32, why: &str) -> Self {
        let error = |message: String| ErrorBody::new(ErrorCode::WorkerCrashed, message).with("exit_code", code);
        Self {
            code,
            event: None,
            in_flight: error(format!("the worker exits with code {code}: {why}")),
            waiting: error(format!("not started: {why}, and the worker exits with code {code}; send it again")),
            stacks: false,
            note: format!("exiting with code {code}: {why}"),
        }
    }

    /// The engine has not come back from `cmd` in the grace after its deadline.
    pub fn wedged(cmd: &str) -> Self {
        let why = format!("an earlier request ({cmd}) did not come back after its deadline");
        Self { stacks: true, ..Self::crashed(exit_code::WEDGED, &why) }
    }

    /// The peer has taken no byte of a line for `stalled`.
    pub fn stalled(stalled: Duration) -> Self {
        Self::crashed(exit_code::WEDGED, &format!("the replies have not been read for {} s", stalled.as_secs()))
    }

    /// A thread of the host itself panicked.
    pub fn panicked(message: &str) -> Self {
        Self::crashed(exit_code::INTERNAL_PANIC, &format!("the host panicked: {message}"))
    }

    /// The resident set passed the hard limit. `req_id` is the request in flight.
    pub fn out_of_memory(rss_mb: f64, limit_mb: u64, req_id: Option<String>) -> Self {
        let why = format!("the resident set of {rss_mb:.0} MB passed the hard limit of {limit_mb} MB");
        let message = format!("{why}; ask for less at once or raise TACH_WORKER_RAM_LIMIT_MB");
        let rss_mb = (rss_mb * 10.0).round() / 10.0;
        Self {
            event: Some(Lifecycle::MemoryCritical { rss_mb, limit_mb, req_id }),
            in_flight: ErrorBody::new(ErrorCode::OutOfMemory, message)
                .with("rss_mb", rss_mb)
                .with("limit_mb", limit_mb),
            ..Self::crashed(exit_code::OUT_OF_MEMORY, &why)
        }
    }

    /// The resident set passed the hard limit before the worker was ready: no request is to blame, and a restart won't help.
    pub fn too_big_to_start(rss_mb: f64, limit_mb: u64) -> Self {
        let message = format!(
            "the worker needs more than its hard memory limit of {limit_mb} MB to start ({rss_mb:.0} MB so far): \
             raise TACH_WORKER_RAM_LIMIT_MB (2560 suits the profile full), or choose a smaller TACH_DOCLING_PROFILE"
        );
        let event = Lifecycle::StartupFailed { code: ErrorCode::StartupFailed.to_string(), message: message.clone() };
        Self { event: Some(event), ..Self::crashed(exit_code::SELF_CHECK_FAILED, &message) }
    }
}

/// The answer to a request whose deadline passed.
pub fn timeout(overdue: &Overdue) -> ErrorBody {
    let Overdue { cmd, timeout_ms, .. } = overdue;
    let message = format!(
        "`{cmd}` did not finish within its deadline of {timeout_ms} ms; ask for less or give a larger timeout_ms"
    );
    ErrorBody::new(ErrorCode::Timeout, message).with("timeout_ms", *timeout_ms)
}

/// A write that may block on the peer or on stderr, done for a thread that must not block.
#[derive(Debug)]
pub enum DeferredWrite {
    /// Give an answer.
    Answer(Ticket, Box<ErrorBody>),
    /// Write everything of the notice, then signal that it is done.
    Exit(Box<ExitNotice>, Sender<()>),
}
