//! The wire protocol between a supervisor and a document worker: types and pure functions only.
//!
//! One JSON object a line, UTF-8, `\n` ends a line. `docs/protocol.md` is the contract; this crate is its Rust form and
//! `pyworker/messages.py` its Python form. Nothing here does I/O, starts a thread or knows of Python.
//!
//! - [`request`]: what a caller may ask, with defaults and limits
//! - [`reply`]: what a worker says: replies, lifecycle events, progress
//! - [`error`]: the error codes
//! - [`escape`]: text of documents made safe to show
//! - [`line`]: bytes to requests: bounded lines and the checks that name the field at fault
//! - [`version`]: protocol version and the exit codes of a worker

pub mod error;
pub mod escape;
pub mod line;
mod payload;
pub mod reply;
pub mod request;
mod setters;
mod values;
pub mod version;

pub use error::{ErrorBody, ErrorCode};
pub use line::{LineCutter, MAX_LINE_BYTES, Refusal, parse_request};
pub use reply::{Lifecycle, Outcome, Perf, Progress, Reply, WorkerMessage};
pub use request::{Bbox, Command, Password, Request};
pub use version::{PROTOCOL_VERSION, WORKER_VERSION};
