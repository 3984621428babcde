//! The wire protocol between a supervisor and a document worker: types and pure functions only.
//!
//! One JSON object a line, UTF-8, `\n` ends a line. `docs/protocol.md` is the contract; this crate is its Rust form and
//! `pyworker/messages` its Python form. Nothing here does I/O, starts a thread or knows of Python.
//!
//! - [`request`]: what a caller may ask, with defaults and limits
//! - [`reply`]: what a worker says: replies, lifecycle events, progress
//! - [`error`]: the error codes
//! - [`escape`]: text of documents made safe to show
//! - [`handover`]: documents that a supervisor hands over by descriptor
//! - [`limits`]: numbers and names that all programs share
//! - [`mod@line`]: a byte stream cut into lines of bounded length
//! - [`parse`]: a line made into a request, by checks that name the field at fault
//! - [`version`]: version of the worker and its exit codes

mod check;
pub mod error;
pub mod escape;
pub mod handover;
pub mod limits;
pub mod line;
mod members;
mod object;
pub mod parse;
mod payload;
pub mod reply;
pub mod request;
mod setters;
mod values;
pub mod version;

pub use error::{ErrorBody, ErrorCode};
pub use limits::{MAX_LINE_BYTES, PROTOCOL_VERSION};
pub use line::LineCutter;
pub use members::Members;
pub use parse::{Refusal, parse_request};
pub use reply::{Lifecycle, Outcome, Perf, Progress, Reply, WorkerMessage};
pub use request::{Bbox, Command, Password, Request};
pub use version::WORKER_VERSION;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
