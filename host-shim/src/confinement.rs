//! What a system is asked to confine a worker to, and what it says of it. Plain data between `sandbox` and `os`.

use std::path::PathBuf;

/// The capability of a worker whose every layer is in force and tested.
pub const CAPABILITY: &str = "sandbox";

/// Paths by what may be done with them. One that does not exist counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files, and folders with everything below, that may be read.
    pub readable: Vec<PathBuf>,
    /// Files of `/proc` that may be read. The kernel forgets a rule for one that nothing holds open.
    pub process: Vec<PathBuf>,
    /// Folders whose entries may be listed, not read.
    pub listable: Vec<PathBuf>,
    /// The folder for images that the supervisor named; without one the worker makes its own.
    pub images: Option<PathBuf>,
    /// Other folders that may be read and written.
    pub writable: Vec<PathBuf>,
    /// The descriptor over which documents come; the rules above then name none.
    pub document_socket: Option<i32>,
    /// Whether memory may be writable and executable at once, which Torch's code generator needs.
    pub allows_writable_code: bool,
}

/// How far the worker is confined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether every layer is in force and the self-test passed: [`CAPABILITY`].
    pub is_confined: bool,
    /// The layers in force, or what is missing and why; one line.
    pub report: String,
}
