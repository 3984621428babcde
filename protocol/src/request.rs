//! What a caller may ask of a worker: the commands, their payloads and defaults.

pub use crate::payload::*;
pub use crate::values::*;
use serde::Serialize;
use std::path::Path;

/// One request line: `{"id":…,"cmd":…,"payload":{…},"timeout_ms":…}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Request {
    /// The caller's name for the request, 1 to [`MAX_ID_CHARS`](crate::limits::MAX_ID_CHARS) characters; the reply carries it as `req_id`.
    pub id: String,
    /// `cmd` and `payload`.
    #[serde(flatten)]
    pub command: Command,
    /// Deadline in milliseconds, 1 to [`MAX_TIMEOUT_MS`](crate::limits::MAX_TIMEOUT_MS); the worker's default where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
}

/// The command of a request with its payload.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "cmd", content = "payload", rename_all = "snake_case")]
pub enum Command {
    /// Cut a picture out of a page.
    ExtractEvidence(ExtractEvidence),
    /// Read the table in a box, or every table of a page.
    ParseTable(ParseTable),
    /// Read text with line boxes.
    ExtractText(ExtractText),
    /// What kind of sheet a page is, its zones and its title block.
    ReadSheet(ReadSheet),
    /// Pages, sizes and metadata of a document.
    DocumentInfo(DocumentInfo),
    /// A whole document as `DoclingDocument`, Markdown or text.
    Convert(Convert),
    /// Where a text stands in a document.
    FindText(FindText),
    /// Nothing: shows that the engine thread is alive.
    Ping(Ping),
    /// A graceful stop.
    Shutdown(Shutdown),
    /// Misbehave on purpose; only where `TACH_TEST_FAULTS=1`.
    Fault(Fault),
}

impl Command {
    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ExtractEvidence(_) => "extract_evidence",
            Self::ParseTable(_) => "parse_table",
            Self::ExtractText(_) => "extract_text",
            Self::ReadSheet(_) => "read_sheet",
            Self::DocumentInfo(_) => "document_info",
            Self::Convert(_) => "convert",
            Self::FindText(_) => "find_text",
            Self::Ping(_) => "ping",
            Self::Shutdown(_) => "shutdown",
            Self::Fault(_) => "fault",
        }
    }

    /// The document that the command reads, if it reads one.
    pub fn file_path(&self) -> Option<&Path> {
        match self {
            Self::ExtractEvidence(payload) => Some(&payload.file_path),
            Self::ParseTable(payload) => Some(&payload.file_path),
            Self::ExtractText(payload) => Some(&payload.file_path),
            Self::ReadSheet(payload) => Some(&payload.file_path),
            Self::DocumentInfo(payload) => Some(&payload.file_path),
            Self::Convert(payload) => Some(&payload.file_path),
            Self::FindText(payload) => Some(&payload.file_path),
            Self::Ping(_) | Self::Shutdown(_) | Self::Fault(_) => None,
        }
    }

    /// Whether it asks for a picture through shared memory (`mmap`).
    pub fn is_by_mmap(&self) -> bool {
        matches!(self, Self::ExtractEvidence(payload) if payload.transport == Transport::Mmap)
    }
}
