//! The typed calls: one method for each command.

use super::{Answer, Supervisor};
use crate::error::Error;
use crate::results::{Converted, DocumentDetails, Evidence, PageText, Table, misread};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::atomic::Ordering;
use tach_protocol::request::{Convert, ConvertFormat, DocumentInfo, ExtractEvidence, ExtractText, ParseTable, Ping};
use tach_protocol::{Command, Request};

impl Supervisor {
    /// Cuts a picture out of a page.
    ///
    /// # Errors
    /// The error of the reply; see the table of codes in `docs/protocol.md`.
    pub async fn extract_evidence(&self, payload: ExtractEvidence) -> Result<Evidence, Error> {
        let (reply, picture) = self.ask_worker(Command::ExtractEvidence(payload)).await;
        let data = reply.outcome?;
        if picture.is_none() {
            return Ok(Evidence::from_json(data.get(), None)?);
        }
        // Megabytes from a file.
        let read = tokio::task::spawn_blocking(move || Evidence::from_json(data.get(), picture)).await;
        Ok(read.unwrap_or_else(|panic| Err(misread(panic)))?)
    }

    /// Reads the table in a box, or every table of a page.
    ///
    /// # Errors
    /// The error of the reply.
    pub async fn parse_table(&self, payload: ParseTable) -> Result<Vec<Table>, Error> {
        #[derive(Deserialize)]
        struct Tables {
            tables: Vec<Table>,
        }
        self.typed::<Tables>(Command::ParseTable(payload)).await.map(|data| data.tables)
    }

    /// Reads text with line boxes.
    ///
    /// # Errors
    /// The error of the reply.
    pub async fn extract_text(&self, payload: ExtractText) -> Result<PageText, Error> {
        self.typed(Command::ExtractText(payload)).await
    }

    /// Tells pages, sizes and metadata of a document.
    ///
    /// # Errors
    /// The error of the reply.
    pub async fn document_info(&self, payload: DocumentInfo) -> Result<DocumentDetails, Error> {
        self.typed(Command::DocumentInfo(payload)).await
    }

    /// Converts a document. Long work: give it a deadline with [`with_timeout`](Self::with_timeout).
    ///
    /// # Errors
    /// The error of the reply.
    pub async fn convert(&self, payload: Convert) -> Result<Converted, Error> {
        #[derive(Deserialize)]
        struct Text {
            text: String,
        }
        let format = payload.format;
        let data = self.call(Command::Convert(payload)).await?;
        match format {
            ConvertFormat::Docling => Ok(Converted::Docling(data)),
            ConvertFormat::Markdown | ConvertFormat::Text => {
                let text: Text = serde_json::from_str(data.get()).map_err(misread)?;
                Ok(Converted::Text(text.text))
            }
        }
    }

    /// Shows that a worker's engine is alive.
    ///
    /// # Errors
    /// The error of the reply.
    pub async fn ping(&self) -> Result<(), Error> {
        self.call(Command::Ping(Ping {})).await.map(drop)
    }

    async fn typed<T: DeserializeOwned>(&self, command: Command) -> Result<T, Error> {
        let data = self.call(command).await?;
        Ok(serde_json::from_str(data.get()).map_err(misread)?)
    }

    async fn call(&self, command: Command) -> Result<Box<serde_json::value::RawValue>, Error> {
        self.ask_worker(command).await.0.outcome.map_err(Error::from)
    }

    async fn ask_worker(&self, command: Command) -> Answer {
        let id = format!("{}-{}", command.name(), self.shared.next_ticket.load(Ordering::Relaxed));
        self.wait_and_run(Request { id, command, timeout_ms: None }, None).await
    }
}
