//! The document worker's host: CPython embedded behind the wire protocol, and a guard that needs no interpreter lock.
//!
//! ```text
//! stdin ─► reader ─► validate ─► queue of 64 ─► dispatch (engine thread) ─► Engine ─► writer ─► stdout
//!             │ refusals                            ▲      │                            ▲
//!             └──────────────────────────────────── │ ─────│────────────────────────────┤
//!            signals ── stop ───────────────────────┘   flight (who answers)            │
//!                                                          │                            │
//!              guard: deadline, resident set, parent ──────┴──► errands: timeouts, last words
//! ```
//!
//! Invariants:
//! - Only [`writer::Writer`] holds the protocol stream, and it writes whole lines.
//! - Every accepted request is answered once. [`flight::Slot`] decides whether engine, guard or memory path does it, and
//!   [`session::Session`] counts what is owed until it is written.
//! - The guard never blocks: it takes no interpreter lock and writes nothing itself.
//! - Python is called in [`python`] only; everything else runs, and is tested, without it.
//! - What differs between systems is in [`os`] only.

pub mod arguments;
pub mod dispatch;
pub mod engine;
pub mod farewell;
pub mod flight;
pub mod guard;
pub mod os;
pub mod python;
pub mod reader;
pub mod session;
pub mod settings;
pub mod signals;
pub mod stdio;
pub mod validate;
pub mod writer;

use engine::Engine;
use session::Session;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;
use tach_protocol::reply::{Lifecycle, Ready};

/// Says `ready`, then serves the requests of `input` on this thread until a graceful stop has ended, or the worker leaves.
///
/// # Errors
/// The system's error where the reader thread can't be started.
pub fn run(
    input: impl Read + Send + 'static,
    session: &Arc<Session>,
    ready: Ready,
    engine: &mut impl Engine,
) -> io::Result<()> {
    session.set_ready();
    session.tell(Lifecycle::Ready(ready));
    let shared = Arc::clone(session);
    thread::Builder::new().name("reader".to_owned()).spawn(move || reader::read_requests(input, &shared))?;
    dispatch::serve(session, engine);
    session.slot().close();
    Ok(())
}

#[cfg(test)]
mod tests;
