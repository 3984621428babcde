//! How far `tach convert` has come: pages of one document, or documents of many. Hidden where stderr is no terminal.

use super::super::notes;
use indicatif::{ProgressBar, ProgressStyle};

/// Progress; clones show the same.
#[derive(Clone)]
pub(super) struct Bar {
    bar: ProgressBar,
    counts_pages: bool,
}

impl Bar {
    /// A bar of the pages of one document.
    pub(super) fn of_pages() -> Self {
        Self { bar: styled(0, "{bar:30} {pos}/{len} pages, {eta} left"), counts_pages: true }
    }

    /// A bar of `count` documents.
    pub(super) fn of_documents(count: usize) -> Self {
        Self { bar: styled(count as u64, "{bar:30} {pos}/{len} documents{msg}"), counts_pages: false }
    }

    /// `done` of `total` pages of a document are read.
    pub(super) fn page(&self, done: u64, total: u64) {
        if self.counts_pages {
            self.bar.set_length(total);
            self.bar.set_position(done);
        } else {
            self.bar.set_message(format!(", page {done} of {total}"));
        }
    }

    /// One more document is done.
    pub(super) fn document(&self) {
        self.bar.set_message("");
        self.bar.inc(1);
    }

    /// Writes without disturbing the bar.
    pub(super) fn apart<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Writes a line to stderr without disturbing the bar.
    pub(super) fn note(&self, text: &str) {
        self.apart(|| notes::note(text));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn styled(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
