//! The document worker's host: CPython embedded behind the wire protocol, and a guard that needs no interpreter lock.
//!
//! ```text
//! stdin ─► reader ─► validate ─► queue of 64 ─► dispatch (engine thread) ─► Engine ─► writer ─► stdout
//!             │ refusals                            ▲      │                            ▲
//!             └──────────────────────────────────── │ ─────│────────────────────────────┤
//!            signals ── stop ───────────────────────┘   flight (who answers)            │
//!                                                          │                            │
//!              guard: deadline, resident set, parent ──────┴──► deferred writes: timeouts, exit notices
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
pub mod confinement;
pub mod deferred_writes;
pub mod dispatch;
pub mod engine;
pub mod exit_notice;
pub mod flight;
pub mod guard;
pub mod os;
pub mod python;
pub mod reader;
pub mod sandbox;
pub mod session;
pub mod settings;
pub mod signals;
pub mod stdio;
pub mod validate;
pub mod writer;

use engine::Engine;
use os::Memory;
use session::Session;
use settings::Settings;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;
use tach_protocol::reply::{Lifecycle, Ready};

/// The shared state with its two threads: the guard, and the one that writes for it. `memory` was opened before the process was
/// confined; `leave` ends the process with a code.
///
/// # Errors
/// The system's error where a thread can't be started.
pub fn start(
    output: impl Write + Send + 'static,
    settings: Settings,
    memory: Memory,
    leave: impl Fn(i32) + Send + Sync + 'static,
) -> io::Result<Arc<Session>> {
    let (session, writes) = Session::new(output, settings, memory, leave);
    deferred_writes::start(&session, writes)?;
    guard::start(&session)?;
    Ok(session)
}

/// Writes `ready`, then serves the requests of `input` on this thread until a graceful stop has ended, or the worker exits.
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
    session.report(Lifecycle::Ready(ready));
    let shared = Arc::clone(session);
    thread::Builder::new().name("reader".to_owned()).spawn(move || reader::read_requests(input, &shared))?;
    dispatch::serve(session, engine);
    session.slot().close();
    Ok(())
}

#[cfg(test)]
mod tests;
