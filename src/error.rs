//! The errors of the library: why no supervisor could be started, and why a request failed.

use tach_protocol::{ErrorBody, ErrorCode};

/// Why [`Builder::start`](crate::Builder::start) failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting is out of range.
    #[error("{0}")]
    Settings(String),
    /// The worker's program or its Python environment is not there.
    #[error("{0}")]
    NotFound(String),
    /// No worker got ready.
    #[error("{}", .0.message)]
    Worker(ErrorBody),
    /// The system refused a folder or a thread.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Why a request failed: the `error` of its reply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{body}")]
pub struct Error {
    /// Code, message and details.
    pub body: ErrorBody,
}

impl Error {
    /// The code a program acts on.
    pub fn code(&self) -> ErrorCode {
        self.body.code
    }
}

impl From<ErrorBody> for Error {
    fn from(body: ErrorBody) -> Self {
        Self { body }
    }
}
