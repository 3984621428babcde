//! The exit codes of `tach`, and failures as a person reads them.

use super::notes;
use std::fmt::Display;
use std::process::ExitCode;
use tach_supervisor::{Error, ErrorCode, StartError};

/// The table that `tach --help` ends with.
pub(super) const HELP: &str = "Exit codes:
  0  done (batch: every request was answered; --fail-on says which answers count as failures)
  1  the request failed: the document, the page or the box; the message says why
  2  wrong arguments
  3  no worker could be started; `tach doctor` says what is missing
  4  the worker was lost: deadline, crash, memory, quarantine
  5  a file could not be read or written, or a server of the queue not be reached
  130, 143  interrupted by Ctrl-C or SIGTERM

Coordinates are PDF points (1/72 inch) of the page as a viewer shows it, from its upper left corner.
Environment: TACH_PYTHON, TACH_WORKER_RAM_LIMIT_MB, TACH_WORKER_TIMEOUT_MS, TACH_DOCLING_PROFILE,
TACH_DOCLING_THREADS, TACH_DOCLING_ARTIFACTS, TACH_ALLOWED_ROOTS, TACH_PAGE_CACHE_MB; docs/protocol.md explains them.";

const REQUEST_FAILED: u8 = 1;
const NO_WORKER: u8 = 3;
const WORKER_LOST: u8 = 4;
const FILE_FAILED: u8 = 5;

/// Why a subcommand failed: its exit code and its line on stderr.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// A file, a pipe or the system refused.
    pub(super) fn system(doing: impl Display, error: &dyn std::error::Error) -> Self {
        Self { code: FILE_FAILED, message: format!("{doing}: {error}") }
    }

    /// A server of the queue cannot be reached, or refused.
    pub(super) fn server(error: &dyn std::error::Error) -> Self {
        Self { code: FILE_FAILED, message: error.to_string() }
    }

    /// Arguments that only make sense together.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Something that a worker needs is missing.
    pub(super) fn environment(message: impl Into<String>) -> Self {
        Self { code: NO_WORKER, message: message.into() }
    }

    /// Its line, for a summary of several.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Tells the person and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        notes::note(&self.message);
        ExitCode::from(self.code)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        // `Debug` adds the end of the worker's stderr.
        Self { code: NO_WORKER, message: format!("{error:?}") }
    }
}

/// Whether a worker did not survive a request, or was not risked for it.
pub(super) fn is_worker_lost(code: ErrorCode) -> bool {
    use ErrorCode::{OutOfMemory, ProtocolError, Quarantined, Timeout, WorkerCrashed};
    matches!(code, Timeout | OutOfMemory | WorkerCrashed | ProtocolError | Quarantined)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error.code() {
            ErrorCode::StartupFailed | ErrorCode::Unavailable => NO_WORKER,
            code if is_worker_lost(code) => WORKER_LOST,
            _ => REQUEST_FAILED,
        };
        let hint = match error.code() {
            ErrorCode::PdfEncrypted if error.body.details.get("reason").is_some_and(|it| it == "password_missing") => {
                " (give the password with --ask-password, --password-file or TACH_PASSWORD)"
            }
            ErrorCode::Timeout => " (give it longer with --timeout SECONDS)",
            _ => "",
        };
        let message = page_as_counted(&error).unwrap_or(error.body.message);
        Self { code, message: format!("{}: {message}{hint}", error.body.code) }
    }
}

/// The command line counts pages from 1, the protocol from 0: what a person reads has to fit what the person typed.
fn page_as_counted(error: &Error) -> Option<String> {
    if error.code() != ErrorCode::PageOutOfRange {
        return None;
    }
    let detail = |name: &str| error.body.details.get(name).and_then(serde_json::Value::as_u64);
    let (page_index, page_count) = (detail("page_index")?, detail("page_count")?);
    Some(format!("there is no page {}: the document has {page_count}", page_index + 1))
}
