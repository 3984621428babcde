//! Lines for a person on stderr.

use std::io::{self, Write};
use tach_supervisor::protocol::escape::escaped_lines;

/// Writes a line for a person to stderr. A stderr that is closed or full fails nothing.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "tach: {}", escaped_lines(text));
}
