//! The errors of the library: why no supervisor could be started, and why a request failed.

use std::fmt;
use tach_protocol::{ErrorBody, ErrorCode};

/// Why [`Builder::start`](crate::Builder::start) failed.
///
/// `Debug` is as readable as `Display`, for applications that return it from `main`.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A setting, an environment variable or the runtime is not usable.
    #[error("{0}")]
    Settings(String),
    /// The worker's program or its Python environment was not found. The message names everything that is missing and how to
    /// get it.
    #[error("{0}")]
    NotFound(String),
    /// No worker got ready.
    #[error("{}", .0.message)]
    Worker(ErrorBody),
    /// The system refused a folder or a thread.
    #[error(transparent)]
    System(#[from] std::io::Error),
}

impl fmt::Debug for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        match self {
            Self::Worker(body) => {
                let tail = body.details.get("stderr_tail").and_then(serde_json::Value::as_str).unwrap_or_default();
                if tail.is_empty() { Ok(()) } else { write!(formatter, "\nLast lines of the worker's stderr:\n{tail}") }
            }
            Self::Settings(_) | Self::NotFound(_) | Self::System(_) => Ok(()),
        }
    }
}

/// Why a request failed: the `error` of its reply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{body}")]
#[non_exhaustive]
pub struct Error {
    /// Code, message and details.
    pub body: ErrorBody,
}

impl Error {
    /// The code that a program acts on.
    pub fn code(&self) -> ErrorCode {
        self.body.code
    }
}

impl From<ErrorBody> for Error {
    fn from(body: ErrorBody) -> Self {
        Self { body }
    }
}
