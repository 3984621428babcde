//! How the system says a process ended, as data.

use serde::Serialize;
use std::fmt;

/// How the system says a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Exit {
    /// It left with a code of its own.
    Code(i32),
    /// A signal ended it (Unix).
    Signal {
        /// The signal's number on this system.
        number: i32,
        /// Its name, such as `SIGSEGV`.
        name: &'static str,
    },
    /// An unhandled exception ended it (Windows).
    NtStatus {
        /// The status, such as `0xC0000005`.
        code: u32,
        /// Its name, such as `STATUS_ACCESS_VIOLATION`.
        name: &'static str,
    },
    /// The system did not tell.
    Unknown,
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "exit code {code}"),
            Self::Signal { number, name } => write!(formatter, "signal {number} ({name})"),
            Self::NtStatus { code, name } => write!(formatter, "status {code:#010X} ({name})"),
            Self::Unknown => formatter.write_str("an unknown end"),
        }
    }
}
