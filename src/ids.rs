//! The numbers by which a supervisor names its requests, callers and workers.

/// Names a request within this supervisor.
pub(crate) type Ticket = u64;
/// Names a caller: each clone of the handle is one.
pub(crate) type CallerId = u64;
/// Names a worker within this supervisor; never used twice.
pub type WorkerId = u64;
