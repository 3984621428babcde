//! Why an operation on the queue failed.

use std::fmt::Display;

/// What went wrong, as a sentence that says what to do where that is known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An argument or a file of credentials cannot be used.
    #[error("{0}")]
    Settings(String),
    /// No server could be reached, or it refused the credentials.
    #[error("cannot connect to {servers}: {reason}")]
    Connect {
        /// The addresses that were tried, without credentials.
        servers: String,
        /// What the client says.
        reason: String,
    },
    /// The server refused an operation.
    #[error("{doing}: {reason}")]
    Server {
        /// What was attempted.
        doing: String,
        /// What the server says.
        reason: String,
    },
    /// Nothing was answered for as long as the caller wanted to wait.
    #[error("{0}")]
    Stalled(String),
    /// The receiver of replies does not take any more.
    #[error("the receiver of the replies is closed")]
    Closed,
}

impl Error {
    /// The server refused `doing` for `reason`.
    pub(crate) fn server(doing: impl Into<String>, reason: &impl Display) -> Self {
        Self::Server { doing: doing.into(), reason: reason.to_string() }
    }
}
