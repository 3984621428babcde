//! What Linux has and other Unix systems lack: each function says what happens instead.

use super::no_documents::DocumentSocket;
use rustix::process::Pid;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::path::PathBuf;

/// Environment variable by which a worker's descendants are known. Nothing can read it in other processes here.
pub(super) use tach_protocol::limits::WORKER_TREE as MARK;

/// Not reported by the system in a way that needs no rights.
pub(crate) fn rss_bytes(_pid: u32) -> Option<u64> {
    None
}

/// Finds nothing: the system does not let the environment of other processes be read.
pub(super) fn kill_marked(_mark: &str) {}

/// Finds nothing; descendants in the worker's group are killed with it.
pub(super) fn descendants(_root: Pid) -> Vec<Pid> {
    Vec::new()
}

/// There are no cgroups.
pub(super) fn make_cgroup(_cap: u64) -> Option<(PathBuf, bool)> {
    None
}

/// There are no cgroups.
pub(super) fn join_cgroup(_procs: &std::ffi::CStr) {}

/// There is no parent-death signal; the worker's guard watches its parent itself.
pub(super) fn die_with_parent(_parent: Pid) -> io::Result<()> {
    Ok(())
}

/// Workers open their documents themselves.
#[expect(clippy::unnecessary_wraps, reason = "twin of the one on Linux")]
pub(super) fn document_socket() -> io::Result<Option<(DocumentSocket, OwnedFd)>> {
    Ok(None)
}

/// Nothing is inherited.
pub(super) fn inherit(_descriptor: RawFd) {}
