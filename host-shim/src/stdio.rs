//! Takes the protocol stream away from everything else in the process, before Python starts.
//!
//! Afterwards a `print`, a `printf` of native code or a child process writes to stderr and reads end of file: nothing but
//! [`crate::writer::Writer`] can reach the stream.

use crate::os;
use std::fs::File;
use std::io;

/// The two private ends of the protocol stream.
#[derive(Debug)]
pub struct Stream {
    /// Where requests come from.
    pub input: File,
    /// Where replies go.
    pub output: File,
}

/// Makes stdin and stdout private; see [`os::take_over_stdio`]. Call it once, first of all, from the only thread.
///
/// # Errors
/// The system's error, before anything was changed or with the streams already closed to others.
pub fn take_over() -> io::Result<Stream> {
    let (input, output) = os::take_over_stdio()?;
    Ok(Stream { input, output })
}
