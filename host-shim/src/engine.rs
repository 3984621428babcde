//! What does the work, as the host sees it.

use std::time::Duration;
use tach_protocol::{Command, ErrorBody};

/// Works on one request at a time, always on the same thread. The real one is [`crate::python::PythonEngine`].
pub trait Engine {
    /// Does what `command` says and appends the JSON of the reply's `data` to `data`, which holds other bytes already. After
    /// an error those that were appended are thrown away.
    ///
    /// `timeout` is what is left until the deadline. An engine should give up by then; where it doesn't, the guard answers for it.
    ///
    /// # Errors
    /// The error that becomes the reply.
    fn handle(&mut self, command: &Command, timeout: Duration, data: &mut Vec<u8>) -> Result<(), ErrorBody>;

    /// Loads a part of what the start left for a time without requests. Returns whether more is left.
    fn warm_up(&mut self) -> bool;
}
