//! What differs between systems: the only `cfg(unix)` and `cfg(windows)` of the shim. Twins have the same names.
//!
//! - `prepare_to_crash`: no dialog for a dead worker
//! - `take_over_stdio`: private files for the protocol, and harmless ones in the places of stdin and stdout
//! - `Memory`: resident set and its peak
//! - `close_inherited`, `confine`, `release_image_folder`: the sandbox
//! - `DocumentSocket`, `SharedFile`, `read_whole_at`: documents that the supervisor hands over
//! - `Parent`: whether the process that started this one is still there
//! - `on_stop_signal`: SIGINT and SIGTERM, or `CTRL_C` and `CTRL_BREAK`
//! - `dump_stacks`: the stacks of all Python threads on stderr, without the interpreter's lock
//! - `wide`: a path as the wide string that Python's configuration takes
//! - `kill_own_group`, `leave`: the end of the process

mod megabyte;

#[cfg(not(target_os = "linux"))]
mod no_document_socket;
#[cfg(not(target_os = "linux"))]
pub use no_document_socket::DocumentSocket;

#[cfg(unix)]
mod shared_file;
#[cfg(unix)]
pub use shared_file::{SharedFile, read_whole_at};
#[cfg(windows)]
mod no_shared_file;
#[cfg(windows)]
pub use no_shared_file::{SharedFile, read_whole_at};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::{
    Parent, STACKS_SIGNAL, dump_stacks, kill_own_group, leave, on_stop_signal, prepare_to_crash, take_over_stdio, wide,
};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::{
    Memory, Parent, STACKS_SIGNAL, close_inherited, confine, dump_stacks, kill_own_group, leave, on_stop_signal,
    prepare_to_crash, release_image_folder, take_over_stdio, wide,
};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub use linux::{DocumentSocket, Memory, close_inherited, confine, release_image_folder};

#[cfg(target_vendor = "apple")]
mod apple;
#[cfg(target_vendor = "apple")]
pub use apple::{Memory, close_inherited, confine, release_image_folder};

#[cfg(not(any(target_os = "linux", target_vendor = "apple", windows)))]
compile_error!("the guard cannot read the resident set on this system; add a twin of os/linux.rs");
