//! SIGINT, SIGTERM, `CTRL_C` and `CTRL_BREAK`: a graceful stop.

use crate::os;
use crate::session::Session;
use std::io;
use std::sync::Arc;
use tach_protocol::reply::StopReason;
use tach_protocol::version::exit_code;

/// Makes the first stop signal begin a graceful stop. Before `ready` there is nothing to finish, and the process leaves at once.
///
/// # Errors
/// The system's error where a handler can't be installed.
pub fn watch(session: &Arc<Session>) -> io::Result<()> {
    let session = Arc::clone(session);
    os::on_stop_signal(move || {
        session.begin_stop(StopReason::Signal);
        if !session.is_ready() {
            session.leave_now(exit_code::GRACEFUL);
        }
    })
}
