//! The numbers by which a supervisor names its requests, callers and workers: a type each, so that one is never taken for another.

use serde::Serialize;
use std::fmt;

/// Names a request within this supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(pub u64);

/// Names a caller: each clone of the handle is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallerId(pub u64);

/// Names a worker within this supervisor; never used twice. The first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct WorkerId(pub(crate) u64);

impl WorkerId {
    /// The number, as it appears in logs and in the names of log files.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
