//! What a supervisor says, on a socket of its own, of the document that a request reads: the worker may open none itself.
//!
//! A message goes before or beside the request of the same id. A document that the worker doesn't hold comes with the message, as
//! a descriptor; the worker keeps it in the slot named, in place of what was there. The worker says nothing on this socket.

use crate::ErrorBody;
use serde::{Deserialize, Serialize};

/// Environment variable with the number of the descriptor on which documents are handed over; without it a worker opens them.
pub const DOCUMENT_SOCKET: &str = "TACH_DOCUMENT_SOCKET";

/// Documents that a worker holds for its supervisor.
pub const DOCUMENT_SLOTS: usize = 16;

/// Longest message in bytes.
pub const MAX_HANDOVER_BYTES: usize = 64 << 10;

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// The request's id on the wire.
    pub id: String,
    /// Its document.
    pub document: HandedDocument,
}

/// Where a document is, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandedDocument {
    /// In this slot, below [`DOCUMENT_SLOTS`].
    Slot(usize),
    /// The request is answered with this error.
    Error(ErrorBody),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;

    #[test]
    fn messages_read_as_they_are_written() {
        let error = ErrorBody::new(ErrorCode::FileNotFound, "nothing exists at /a").with("path", "/a");
        for document in [HandedDocument::Slot(3), HandedDocument::Error(error)] {
            let message = Handover { id: "7.1:crop".to_owned(), document };
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<Handover>(&text).unwrap(), message, "{text}");
        }
        let text = r#"{"id":"7.1:crop","document":{"slot":3}}"#;
        assert!(serde_json::from_str::<Handover>(text).is_ok());
        assert!(serde_json::from_str::<Handover>(&text.replace("slot", "path")).is_err());
    }
}
