//! The guard thread: deadlines, memory and the parent, watched without the interpreter's lock.
//!
//! It takes no lock that is held across a blocking call, and writes nothing itself: it leaves that to the thread of
//! `deferred_writes.rs`. So neither native code that keeps the interpreter's lock nor a peer that does not read can hold it up.

use crate::exit_notice::{DeferredWrite, ExitNotice, timeout};
use crate::os::{self, Parent};
use crate::session::Session;
use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};
use tach_protocol::limits;
use tach_protocol::version::exit_code;

/// Time between two looks at the resident set and the parent while a request runs. The first one comes after what is left of
/// [`IDLE_TICK`].
const BUSY_TICK: Duration = Duration::from_millis(100);
/// The same while none runs.
const IDLE_TICK: Duration = Duration::from_millis(250);
/// How long the engine may take to come back after its deadline.
pub const GRACE: Duration = Duration::from_millis(limits::GRACE_MS);
/// How long the peer may leave a line unread.
const PEER_TIMEOUT: Duration = Duration::from_millis(limits::PEER_TIMEOUT_MS);

/// Starts the guard. It ends with the session.
///
/// # Errors
/// The system's error where the thread can't be started.
pub fn start(session: &Arc<Session>) -> io::Result<()> {
    let session = Arc::downgrade(session);
    let parent = Parent::current();
    thread::Builder::new().name("guard".to_owned()).spawn(move || watch(&session, &parent))?;
    Ok(())
}

fn watch(session: &Weak<Session>, parent: &Parent) {
    let mut next_tick = Instant::now();
    while let Some(session) = session.upgrade() {
        let now = Instant::now();
        if now >= next_tick {
            next_tick = now + if session.slot().is_busy() { BUSY_TICK } else { IDLE_TICK };
            look_around(&session, parent);
        }
        if let Some(overdue) = session.slot().claim_overdue(now) {
            let error = timeout(&overdue);
            session.defer(DeferredWrite::Answer(overdue.ticket, Box::new(error)));
        }
        if let Some(cmd) = session.slot().wedged(now, GRACE) {
            session.leave(ExitNotice::wedged(cmd));
        }
        if session.is_leaving() || !session.slot().wait(next_tick, GRACE) {
            return;
        }
    }
}

fn look_around(session: &Session, parent: &Parent) {
    if parent.is_gone() {
        // No reader is left, and our own children must not outlive this process.
        os::kill_own_group();
        session.leave_now(exit_code::GRACEFUL);
    }
    let rss_mb = session.memory().rss_mb();
    if rss_mb > session.settings().limits.ram_hard_mb as f64 {
        session.out_of_memory(rss_mb);
    }
    if let Some(stalled) = session.writer().stalled_for().filter(|stalled| *stalled > PEER_TIMEOUT) {
        session.leave(ExitNotice::stalled(stalled));
    }
}
