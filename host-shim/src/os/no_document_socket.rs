//! Systems on which a worker opens its documents itself.

use std::time::Duration;
use tach_protocol::ErrorBody;

/// Never made here.
#[derive(Debug)]
pub enum DocumentSocket {}

impl DocumentSocket {
    /// None: no supervisor hands documents over here.
    ///
    /// # Errors
    /// None.
    #[expect(clippy::unnecessary_wraps, reason = "twin of the one on Linux")]
    pub fn inherited() -> Result<Option<Self>, String> {
        Ok(None)
    }

    /// The descriptor's number.
    pub fn number(&self) -> i32 {
        match *self {}
    }

    /// The descriptor of a document.
    ///
    /// # Errors
    /// None.
    pub fn receive(&mut self, _id: &str, _timeout: Duration) -> Result<i32, ErrorBody> {
        match *self {}
    }
}
