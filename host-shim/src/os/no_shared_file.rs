//! Systems on which no document is handed over by descriptor.

use std::io;

/// Never made here.
#[derive(Debug)]
pub enum SharedFile {}

impl SharedFile {
    /// # Errors
    /// Always: no document comes by descriptor.
    pub fn copy_of(_descriptor: i32) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The descriptor's number.
    pub fn number(&self) -> i32 {
        match *self {}
    }
}

/// Reads nothing.
pub fn read_whole_at(_descriptor: i32, _buffer: &mut [u8], _position: u64) -> bool {
    false
}
