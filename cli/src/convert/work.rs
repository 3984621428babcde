//! What `tach convert` does with each document: the request, and how the reply becomes a file.

use super::super::exit::Failure;
use super::super::output;
use super::bar::Bar;
use super::pictures::{self, Pictures};
use clap::ValueEnum;
use serde::Deserialize;
use std::path::Path;
use tach_supervisor::{
    Command, Convert, ConvertFormat, ConvertStructure, Error, Password, Progress, Request, Supervisor,
};
use tokio::sync::mpsc;

/// What a document becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The `DoclingDocument` as JSON
    Json,
    Markdown,
    Text,
    Html,
    /// Docling's tagged text, with places
    Doctags,
    /// JSON: pieces with their headings, page and boxes
    Chunks,
}

impl Format {
    /// What the worker is asked for, and the ending of a file that holds it.
    pub(super) fn on_the_wire(self) -> (ConvertFormat, &'static str) {
        match self {
            Self::Json => (ConvertFormat::Docling, "json"),
            Self::Markdown => (ConvertFormat::Markdown, "md"),
            Self::Text => (ConvertFormat::Text, "txt"),
            Self::Html => (ConvertFormat::Html, "html"),
            Self::Doctags => (ConvertFormat::Doctags, "doctags"),
            Self::Chunks => (ConvertFormat::Chunks, "chunks.json"),
        }
    }
}

/// What is done with each document.
#[derive(Clone)]
pub(super) struct Work {
    pub password: Option<Password>,
    pub pages: Option<[u32; 2]>,
    pub to: Format,
    pub images: Pictures,
    pub structure: ConvertStructure,
    pub languages: Vec<String>,
    pub layers: Option<Vec<String>>,
}

impl Work {
    /// The data of the reply; progress goes to `bar`.
    pub(super) async fn convert(&self, supervisor: &Supervisor, file: &Path, bar: &Bar) -> Result<String, Failure> {
        let path = std::path::absolute(file)
            .map_err(|error| Failure::system(format_args!("cannot use `{}`", file.display()), &error))?;
        let payload = Convert {
            password: self.password.clone(),
            page_range: self.pages,
            format: self.to.on_the_wire().0,
            images: self.images.on_the_wire(),
            structure: self.structure,
            languages: self.languages.clone(),
            layers: self.layers.clone(),
            ..Convert::new(path)
        };
        let (progress, mut steps) = mpsc::unbounded_channel::<Progress>();
        let shown = bar.clone();
        let show = tokio::spawn(async move {
            while let Some(step) = steps.recv().await {
                shown.page(step.done, step.total);
            }
        });
        let request = Request { id: "convert".to_owned(), command: Command::Convert(payload), timeout_ms: None };
        let reply = supervisor.submit_with_progress(request, Some(progress)).await;
        let _ = show.await;
        Ok(reply.outcome.map_err(Error::from)?.get().to_owned())
    }

    /// Writes what `data` holds to `output`, and its pictures, named after `name`, to their folder.
    pub(super) fn write(&self, data: &str, output: &Path, name: &Path) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Text {
            text: String,
        }
        let unread = |error: serde_json::Error| Failure::system("cannot read the reply", &error);
        let text = match self.to {
            Format::Json | Format::Chunks => data.to_owned(),
            _ => serde_json::from_str::<Text>(data).map_err(unread)?.text,
        };
        let text = match &self.images {
            Pictures::Folder(folder) => {
                let place = pictures::Place::new(folder, output, name)?;
                if self.to == Format::Json { place.json(&text)? } else { place.text(&text)? }
            }
            _ => text,
        };
        output::write(output, text.as_bytes())
    }
}
