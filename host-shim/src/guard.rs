//! The guard thread: deadlines, memory and the parent, watched without the interpreter's lock.
//!
//! It takes no lock that anybody holds while he may block, and writes nothing itself: what has to be said goes to the
//! errands thread. So neither native code that keeps the interpreter's lock nor a peer that does not read can hold it up.

use crate::farewell::{Errand, Farewell, timeout};
use crate::os::{self, Parent};
use crate::session::Session;
use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};
use tach_protocol::version::exit_code;

/// Time between two looks at the resident set and the parent while a request runs. The first one comes after what is left of
/// [`IDLE_TICK`].
const BUSY_TICK: Duration = Duration::from_millis(100);
/// The same while none runs.
const IDLE_TICK: Duration = Duration::from_millis(250);
/// How long the engine may take to come back after its deadline.
pub const GRACE: Duration = Duration::from_millis(500);
/// How long the peer may leave a line unread.
const PATIENCE_WITH_PEER: Duration = Duration::from_secs(60);

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
            session.send_errand(Errand::Answer(overdue.ticket, Box::new(error)));
        }
        if let Some(cmd) = session.slot().wedged(now, GRACE) {
            session.leave(Farewell::wedged(cmd));
        }
        if session.is_leaving() || !session.slot().wait(next_tick, GRACE) {
            return;
        }
    }
}

fn look_around(session: &Session, parent: &Parent) {
    if parent.is_gone() {
        // Nobody is left to read an answer, and our own children must not outlive us.
        os::kill_own_group();
        session.leave_now(exit_code::GRACEFUL);
    }
    let rss_mb = session.memory().rss_mb();
    if rss_mb > session.settings().limits.ram_hard_mb as f64 {
        out_of_memory(session, rss_mb);
    }
    if let Some(stalled) = session.writer().stalled_for().filter(|stalled| *stalled > PATIENCE_WITH_PEER) {
        session.leave(Farewell::stalled(stalled));
    }
}

/// Ends a worker whose resident set is `rss_mb`, over the hard limit. The guard and pyworker's monitor both come here;
/// the first one acts.
pub fn out_of_memory(session: &Session, rss_mb: f64) {
    let limit_mb = session.settings().limits.ram_hard_mb;
    session.leave(if session.is_ready() {
        Farewell::out_of_memory(rss_mb, limit_mb, session.slot().unanswered_id())
    } else {
        Farewell::too_big_to_start(rss_mb, limit_mb)
    });
}
