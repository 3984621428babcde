//! Whether the runtime and the process that a supervisor is to live in can carry one.

use crate::error::StartError;
use crate::os;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Checks what would otherwise be a panic in a background task, or a worker whose end cannot be explained.
///
/// # Errors
/// [`StartError::Settings`] that says what to change.
pub(crate) fn check() -> Result<(), StartError> {
    let wrong = |what: &str| Err(StartError::Settings(what.to_owned()));
    if tokio::runtime::Handle::try_current().is_err() {
        return wrong("a supervisor must be started inside a tokio runtime (tokio::runtime::Builder::enable_all)");
    }
    // Tokio has no way to ask but to try.
    if catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_err() {
        return wrong("the tokio runtime has no timers; build it with enable_time() or enable_all()");
    }
    if catch_unwind(AssertUnwindSafe(os::try_async_pipe)).is_err() {
        return wrong("the tokio runtime has no I/O; build it with enable_io() or enable_all()");
    }
    if os::exits_are_discarded() {
        return wrong(
            "SIGCHLD is ignored in this process, so that the system discards how workers end; set it to SIG_DFL before start()",
        );
    }
    Ok(())
}
