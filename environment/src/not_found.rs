//! The error of a search: everything looked at, why it was passed over, and the remedy.

use std::error::Error;
use std::fmt;

use crate::candidates::Candidate;
use crate::source::{Source, TACH_HOST_SHIM, TACH_PYTHON};

/// What a search was for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// The worker's Python environment.
    Python,
    /// The host shim's executable.
    Shim,
}

/// A place that was looked at and passed over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Looked {
    /// The place.
    pub candidate: Candidate,
    /// Why it was passed over, to be read after the path: "does not exist".
    pub reason: &'static str,
}

/// Nothing fit was found. [`Display`](fmt::Display) is one message of several lines, ready to be shown to a person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotFound {
    /// What was looked for.
    pub wanted: Wanted,
    /// Every place, in the order looked at.
    pub looked: Vec<Looked>,
}

impl NotFound {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        let named = self.looked.last().filter(|looked| looked.candidate.must_exist());
        match (self.wanted, named) {
            (Wanted::Python, Some(_)) => format!(
                "Correct that path: it must be the folder of a Python environment, or a Python executable. Without it and \
                 without {TACH_PYTHON} the environment is looked for beside the executable and in the project."
            ),
            (Wanted::Python, None) => format!(
                "In the project's folder, `cargo xtask demo` makes the environment. Elsewhere set {TACH_PYTHON} to the \
                 folder of a Python environment that holds the pyworker package."
            ),
            (Wanted::Shim, Some(_)) => "Correct that path: it must be the shim's executable.".to_owned(),
            (Wanted::Shim, None) => format!(
                "In the project's folder, `cargo build --package tach-host-shim` builds it. Elsewhere put it beside the \
                 application's executable, or set {TACH_HOST_SHIM} to its path."
            ),
        }
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, variable) = match self.wanted {
            Wanted::Python => ("no Python environment for the worker was found", TACH_PYTHON),
            Wanted::Shim => ("the host shim (tach-host-shim) was not found", TACH_HOST_SHIM),
        };
        writeln!(f, "{what}; looked at:")?;
        for Looked { candidate, reason } in &self.looked {
            let place = match candidate.source {
                Source::Explicit => "the path given",
                Source::TachPython => variable,
                Source::BesideExecutable => "beside the executable",
                Source::VirtualEnv => "VIRTUAL_ENV",
                Source::Project => "project",
            };
            writeln!(f, "  {place}: {} {reason}", candidate.path.display())?;
        }
        f.write_str(&self.remedy())
    }
}

impl Error for NotFound {}
