//! The error codes of a reply, and which of them a supervisor may retry.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal),+ $(,)?) => {
        /// Why a request failed. The wire form is the `snake_case` name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the protocol's table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }
    };
}

error_codes! {
    /// The line is not JSON in UTF-8.
    InvalidJson = "invalid_json",
    /// A field is missing, unknown, of a wrong type or out of range; `details.field` names it.
    InvalidRequest = "invalid_request",
    /// `cmd` is none of the protocol's.
    UnknownCommand = "unknown_command",
    /// Nothing exists at `file_path`.
    FileNotFound = "file_not_found",
    /// The system refuses to read the file, or it is no regular file.
    FileUnreadable = "file_unreadable",
    /// The file lies outside `TACH_ALLOWED_ROOTS`.
    PathNotAllowed = "path_not_allowed",
    /// The command does not read files of this kind.
    UnsupportedFormat = "unsupported_format",
    /// The PDF is broken beyond what the engine can repair.
    PdfCorrupt = "pdf_corrupt",
    /// A password is needed, or the one given is wrong.
    PdfEncrypted = "pdf_encrypted",
    /// `page_index` is not below the number of pages.
    PageOutOfRange = "page_out_of_range",
    /// The box lies wholly off the page.
    BboxOutOfPage = "bbox_out_of_page",
    /// The image would pass the limit of pixels.
    ImageTooLarge = "image_too_large",
    /// The capability is not there; the message says how to get it.
    EngineUnavailable = "engine_unavailable",
    /// The engine raised; class and message here, the traceback on stderr.
    EngineError = "engine_error",
    /// The deadline passed.
    Timeout = "timeout",
    /// The worker went over its hard memory limit during this request.
    OutOfMemory = "out_of_memory",
    /// The worker died; `details` has `exit_code` or `signal` and the tail of its stderr.
    WorkerCrashed = "worker_crashed",
    /// The worker broke the protocol and was killed.
    ProtocolError = "protocol_error",
    /// No worker could be started.
    StartupFailed = "startup_failed",
    /// Too many workers crashed and the breaker is open.
    Unavailable = "unavailable",
    /// This very file has killed too many workers.
    Quarantined = "quarantined",
    /// The queue is full.
    Overloaded = "overloaded",
    /// The caller gave the request up.
    Cancelled = "cancelled",
    /// The supervisor or the worker is stopping.
    ShuttingDown = "shutting_down",
}

impl ErrorCode {
    /// Whether a supervisor sends the request once more, to another or a fresh worker.
    pub const fn is_retried(self) -> bool {
        matches!(self, Self::Timeout | Self::WorkerCrashed | Self::ProtocolError)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The `error` object of a reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// The code a program acts on.
    pub code: ErrorCode,
    /// The sentence a person reads: what happened and what to do.
    pub message: String,
    /// Facts that belong to the code: `field`, `exit_code`, `signal`, limits.
    #[serde(default)]
    pub details: Map<String, Value>,
}

impl ErrorBody {
    /// An error without details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Map::new() }
    }

    /// The same error with one more entry in `details`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ErrorBody {}
