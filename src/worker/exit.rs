//! How a worker ended, as data, and which error its request in flight gets for it.

use crate::os::{self, Exit};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;
use tach_protocol::version::exit_code;
use tach_protocol::{ErrorBody, ErrorCode};

/// Codes that a worker leaves with before it is ready: its own, and those of the Rust and Python runtimes.
const CODES_OF_A_START: [i32; 9] = [
    exit_code::GRACEFUL,
    exit_code::BAD_ARGUMENTS,
    exit_code::INTERNAL_PANIC,
    exit_code::SELF_CHECK_FAILED,
    exit_code::OUT_OF_MEMORY,
    1,
    2,
    101,
    120,
];

/// Why the supervisor killed a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KillReason {
    /// No answer by the deadline and the grace after it.
    Deadline,
    /// Not ready by the startup deadline.
    StartupDeadline,
    /// It wrote what the protocol does not allow.
    ProtocolViolation(String),
    /// Its request was cancelled and it did not come back within the grace.
    Cancelled,
    /// It was asked to stop and did not within the grace.
    StopGrace,
    /// The supervisor is going away.
    SupervisorGone,
}

impl fmt::Display for KillReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => formatter.write_str("killed: no answer by the deadline and the grace after it"),
            Self::StartupDeadline => formatter.write_str("killed: not ready by the startup deadline"),
            Self::ProtocolViolation(what) => write!(formatter, "killed: it broke the protocol ({what})"),
            Self::Cancelled => formatter.write_str("killed: its request was cancelled"),
            Self::StopGrace => formatter.write_str("killed: it did not stop within the grace"),
            Self::SupervisorGone => formatter.write_str("killed: the supervisor went away"),
        }
    }
}

/// All that is known of a worker's end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExitReport {
    /// What the system says.
    pub exit: Exit,
    /// Our own kill and why; `None` where the worker exited by itself or an external process killed it.
    pub killed: Option<KillReason>,
    /// RSS in MB that the worker named in `memory_critical` before it left.
    pub memory_critical_mb: Option<f64>,
    /// The last bytes of its stderr, as text.
    pub stderr_tail: String,
}

impl fmt::Display for ExitReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.killed, self.memory_critical_mb) {
            (Some(reason), _) => reason.fmt(formatter),
            (None, Some(rss)) => write!(formatter, "over its hard memory limit at {rss:.0} MB, {}", self.exit),
            (None, None) => self.exit.fmt(formatter),
        }
    }
}

impl ExitReport {
    /// Whether this is the end that a worker comes to when it was asked to stop.
    pub fn is_graceful(&self) -> bool {
        self.killed.is_none() && self.exit == Exit::Code(exit_code::GRACEFUL)
    }

    /// Whether an external process killed it: by a signal that no fault of a program raises, or, where a kill looks like an exit and it
    /// was still starting, with a code that no start ends with. (1, which Task Manager gives, is Python's own too.)
    pub fn was_killed_externally(&self, was_ready: bool) -> bool {
        let signals = ["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];
        let outside = match self.exit {
            Exit::Signal { name, .. } => signals.contains(&name),
            Exit::Code(code) => os::KILLS_LOOK_LIKE_EXITS && !was_ready && !CODES_OF_A_START.contains(&code),
            Exit::NtStatus { .. } | Exit::Unknown => false,
        };
        self.killed.is_none() && outside
    }

    /// The error for the request that was in flight and got no reply.
    ///
    /// Our own kill never counts as the worker's fault, and an external kill never as a lack of memory.
    pub fn error(&self) -> ErrorBody {
        let (code, message) = match &self.killed {
            Some(KillReason::Deadline) => {
                (ErrorCode::Timeout, "the deadline passed and the worker did not come back; it was killed".to_owned())
            }
            Some(KillReason::ProtocolViolation(what)) => {
                (ErrorCode::ProtocolError, format!("the worker broke the protocol and was killed: {what}"))
            }
            Some(KillReason::Cancelled) => (ErrorCode::Cancelled, "the request was cancelled".to_owned()),
            Some(KillReason::StartupDeadline) => {
                (ErrorCode::StartupFailed, "the worker was not ready by the startup deadline and was killed".to_owned())
            }
            Some(KillReason::StopGrace | KillReason::SupervisorGone) => {
                (ErrorCode::ShuttingDown, "the supervisor stopped before the request was done".to_owned())
            }
            None => self.own_end(),
        };
        ErrorBody { code, message, details: self.details() }
    }

    fn own_end(&self) -> (ErrorCode, String) {
        match (self.exit, self.memory_critical_mb) {
            (Exit::Code(exit_code::OUT_OF_MEMORY), Some(rss)) => (
                ErrorCode::OutOfMemory,
                format!(
                    "the worker went over its hard memory limit ({rss:.0} MB); raise TACH_WORKER_RAM_LIMIT_MB or ask for less at once"
                ),
            ),
            (Exit::Code(exit_code::OUT_OF_MEMORY), None) => (
                ErrorCode::OutOfMemory,
                "the worker went over its hard memory limit; raise TACH_WORKER_RAM_LIMIT_MB or ask for less at once"
                    .to_owned(),
            ),
            (Exit::Code(exit_code::WEDGED), _) => (
                ErrorCode::Timeout,
                "the deadline and the grace after it passed, and the worker gave itself up".to_owned(),
            ),
            (exit, _) => (ErrorCode::WorkerCrashed, format!("the worker died in mid-request with {exit}")),
        }
    }

    /// `exit_code`, `signal` or `ntstatus`, `killed`, and the tail of stderr, for a reply.
    pub fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        match self.exit {
            Exit::Code(code) => {
                details.insert("exit_code".into(), code.into());
            }
            Exit::Signal { number, name } => {
                details.insert("signal".into(), number.into());
                details.insert("signal_name".into(), name.into());
            }
            Exit::NtStatus { code, name } => {
                details.insert("exit_code".into(), code.into());
                details.insert("ntstatus".into(), format!("{code:#010X}").into());
                details.insert("ntstatus_name".into(), name.into());
            }
            Exit::Unknown => {}
        }
        if let Some(reason) = &self.killed {
            details.insert("killed".into(), reason.to_string().into());
        }
        if !self.stderr_tail.is_empty() {
            details.insert("stderr_tail".into(), self.stderr_tail.clone().into());
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(exit: Exit, killed: Option<KillReason>, memory_critical_mb: Option<f64>) -> ExitReport {
        ExitReport { exit, killed, memory_critical_mb, stderr_tail: "last words".into() }
    }

    #[test]
    fn every_end_gets_its_own_code() {
        let kill = Exit::Signal { number: 9, name: "SIGKILL" };
        let table = [
            (kill, None, None, ErrorCode::WorkerCrashed),
            (kill, Some(KillReason::Deadline), None, ErrorCode::Timeout),
            (kill, Some(KillReason::Cancelled), None, ErrorCode::Cancelled),
            (kill, Some(KillReason::ProtocolViolation("x".into())), None, ErrorCode::ProtocolError),
            (kill, Some(KillReason::SupervisorGone), Some(2000.0), ErrorCode::ShuttingDown),
            (Exit::Code(0), None, None, ErrorCode::WorkerCrashed),
            (Exit::Code(70), None, None, ErrorCode::WorkerCrashed),
            (Exit::Code(124), None, None, ErrorCode::Timeout),
            (Exit::Code(137), None, Some(1600.0), ErrorCode::OutOfMemory),
            (Exit::Code(137), Some(KillReason::Deadline), None, ErrorCode::Timeout),
        ];
        for (exit, killed, critical, code) in table {
            let error = report(exit, killed.clone(), critical).error();
            assert_eq!(error.code, code, "{exit} {killed:?}");
            assert_eq!(error.details["stderr_tail"], "last words");
        }
    }
}
