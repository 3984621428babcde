//! How many replies there were of each kind.

use std::collections::BTreeMap;
use std::fmt::Write;
use tach_supervisor::{ErrorBody, ErrorCode};

/// Counts of replies.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    success: u64,
    errors: BTreeMap<&'static str, u64>,
}

impl Tally {
    pub(crate) fn count(&mut self, error: Option<&ErrorBody>) {
        match error.map(|error| error.code) {
            None => self.success += 1,
            Some(code) => *self.errors.entry(ErrorCode::as_str(code)).or_default() += 1,
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// One line, such as `611 answered: 603 success, 8 pdf_corrupt`.
    pub(crate) fn describe(&self) -> String {
        let answered = self.success + self.errors.values().sum::<u64>();
        let mut text = format!("{answered} answered: {} success", self.success);
        for (code, count) in &self.errors {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {count} {code}");
        }
        text
    }
}
