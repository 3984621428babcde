//! Everything that differs between systems: starting, stopping, measuring and reaping a process tree.
//!
//! `unix.rs` and `windows.rs` hold the same function names, and no other file of this crate asks which system it runs on.

mod document;
mod exit;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(all(unix, not(target_os = "linux")))]
#[path = "other_unix.rs"]
mod linux;
#[cfg(not(target_os = "linux"))]
mod no_documents;
mod spec;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as imp;
#[cfg(windows)]
use windows as imp;

pub(crate) use document::{FileKey, Refusal};
pub use exit::Exit;
#[cfg(windows)]
pub(crate) use imp::rss_bytes;
pub(crate) use imp::{
    KILLS_LOOK_LIKE_EXITS, Tree, describe_exit, exits_are_discarded, log_folder, log_options, make_private_folder,
    open_in_folder, open_without_waiting, process_exists, spawn, try_async_pipe, wait_then_kill_tree,
};
#[cfg(target_os = "linux")]
pub(crate) use linux::DocumentSocket;
#[cfg(unix)]
pub(crate) use linux::rss_bytes;
#[cfg(not(target_os = "linux"))]
pub(crate) use no_documents::DocumentSocket;
pub(crate) use spec::SpawnSpec;
