//! What a client may read of an error: its own name of the document, never a private file's or a folder of the server.

use serde::{Deserialize, Serialize};
use tach_supervisor::{ErrorBody, Reply};

/// The real path of a document as text, and what the client calls it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Naming {
    pub(crate) real: String,
    pub(crate) shown: String,
    /// The private folder that holds it alone, of an upload.
    pub(crate) folder: Option<String>,
}

impl Naming {
    /// The reply as the client may see it.
    pub(crate) fn reply(&self, mut reply: Reply) -> Reply {
        if let Err(error) = &mut reply.outcome {
            *error = self.error(error);
        }
        reply
    }

    /// The error as the client may see it.
    pub(crate) fn error(&self, error: &ErrorBody) -> ErrorBody {
        let folder = self.folder.as_deref();
        let replace = |text: &str| {
            let text = text.replace(&self.real, &self.shown);
            folder.map_or(text.clone(), |folder| text.replace(folder, ""))
        };
        let details = serde_json::to_string(&error.details).unwrap_or_default();
        let details = details.replace(&escaped(&self.real), &escaped(&self.shown));
        let details = folder.map_or(details.clone(), |folder| details.replace(&escaped(folder), ""));
        ErrorBody {
            code: error.code,
            message: replace(&error.message),
            details: serde_json::from_str(&details).unwrap_or_default(),
        }
    }
}

/// A text as JSON writes it.
fn escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.trim_matches('"').to_owned()
}
