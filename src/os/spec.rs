//! What a process is started from, and its pipes once it runs.

#[cfg(target_os = "linux")]
use super::linux::DocumentSocket;
#[cfg(not(target_os = "linux"))]
use super::no_documents::DocumentSocket;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ChildStderr, ChildStdin, ChildStdout};

/// What to start.
#[derive(Clone, Debug)]
pub(crate) struct SpawnSpec {
    /// The executable, an absolute path.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Its whole environment; of two variables with one name the later one counts.
    pub env: Vec<(OsString, OsString)>,
    /// Memory in bytes that the system lets the tree have, where it can enforce it.
    pub memory_cap: Option<u64>,
    /// Whether the system confines the process, as far as a supervisor can do that from outside: on Windows alone, for on Linux the
    /// worker confines itself.
    #[cfg_attr(not(windows), expect(dead_code, reason = "the twin in windows.rs reads it"))]
    pub is_confined: bool,
    /// Whether the process gets its documents by descriptor, where the system has that.
    #[cfg_attr(windows, expect(dead_code, reason = "only Linux has it"))]
    pub takes_documents: bool,
}

/// A started process with its pipes.
///
/// The thread that called `spawn` must stay alive as long as the process does: on Linux the parent-death signal follows
/// the thread, not the process.
pub(crate) struct Spawned<Child, Tree> {
    /// The process, for `wait_then_kill_tree`.
    pub child: Child,
    /// The process and all its descendants.
    pub tree: Tree,
    /// Writes to the process's stdin.
    pub stdin: ChildStdin,
    /// Reads the process's stdout.
    pub stdout: ChildStdout,
    /// Reads the process's stderr.
    pub stderr: ChildStderr,
    /// Hands documents over to the process.
    pub documents: Option<DocumentSocket>,
}
