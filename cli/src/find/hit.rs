//! One place that was found, as it is told.

use serde::Serialize;
use std::path::PathBuf;
use tach_supervisor::TextMatch;

/// A place with the label of its page and its picture.
#[derive(Debug, Serialize)]
pub(super) struct Hit {
    #[serde(flatten)]
    pub(super) place: TextMatch,
    /// The page's label, where the document gives it one.
    pub(super) page_label: Option<String>,
    /// Whether OCR read it, and not the document itself says it.
    pub(super) read_by_ocr: bool,
    /// The picture, where one was asked for.
    pub(super) crop: Option<PathBuf>,
}

impl Hit {
    /// A place without a picture; `labels` are those of all pages, or none.
    pub(super) fn new(place: TextMatch, labels: &[String], read_by_ocr: bool) -> Self {
        let page_label = labels.get(place.page_index as usize).cloned();
        Self { place, page_label, read_by_ocr, crop: None }
    }
}
