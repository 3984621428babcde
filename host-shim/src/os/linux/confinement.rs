//! Confines this process: capabilities, Landlock, seccomp, and a test that they hold.

use super::image_folder::{self, ImageFolder};
use super::{file_rules, system_calls};
use crate::confinement::{Outcome, Plan};
use rustix::thread::{CapabilitySet, CapabilitySets};
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;

/// Takes from this process, which has one thread, whatever reading documents does not need.
///
/// Each layer is independent: one that this system lacks leaves the others in force, and the report names it.
pub fn confine(plan: &Plan) -> Outcome {
    let images = match image_folder::make(plan.images.as_deref()) {
        Ok(folder) => Some(folder),
        // Without it images cannot be handed over through shared memory; the worker says so by its capabilities.
        Err(error) => {
            tracing::warn!(%error, "there is no folder for images");
            None
        }
    };
    set_variables(images.as_ref());
    for folder in &plan.writable {
        // One that cannot be made is one that nothing is written to.
        let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    }
    let canaries = Canaries::find();
    let mut layers = Layers::default();
    let dropped = drop_capabilities().map_err(|error| error.to_string());
    layers.note("capabilities", dropped.map(|()| "capabilities dropped".to_owned()));
    layers.note("Landlock", file_rules::restrict(plan, images.as_ref()));
    let calls = system_calls::restrict(plan.allows_writable_code, plan.document_socket);
    layers.note("seccomp", calls.map(|()| "seccomp".to_owned()));
    if layers.missing.is_empty() {
        layers.note("self-test", canaries.test().map(|()| "self-test passed".to_owned()));
    }
    layers.outcome()
}

/// What holds and what does not, in words.
#[derive(Default)]
struct Layers {
    in_force: Vec<String>,
    missing: Vec<String>,
}

impl Layers {
    fn note(&mut self, name: &str, outcome: Result<String, String>) {
        match outcome {
            Ok(layer) => self.in_force.push(layer),
            Err(reason) => self.missing.push(format!("{name}: {reason}")),
        }
    }

    fn outcome(self) -> Outcome {
        let in_force = if self.in_force.is_empty() { "nothing".to_owned() } else { self.in_force.join(", ") };
        if self.missing.is_empty() {
            return Outcome { is_confined: true, report: in_force };
        }
        Outcome { is_confined: false, report: format!("in force: {in_force}; missing: {}", self.missing.join("; ")) }
    }
}

/// Closes what the parent left open by accident, all above 2 but `kept`: a descriptor reaches past every rule about names.
pub fn close_inherited(kept: Option<i32>) {
    let close = |first: libc::c_uint, last: libc::c_uint| {
        if first <= last {
            // SAFETY: nothing of this program has opened a descriptor above 2 yet but `kept`.
            unsafe {
                // A kernel that lacks the call leaves them open, as before.
                libc::syscall(libc::SYS_close_range, first, last, 0);
            }
        }
    };
    match kept.and_then(|kept| libc::c_uint::try_from(kept).ok()).filter(|kept| *kept > 2) {
        Some(kept) => {
            close(3, kept - 1);
            close(kept + 1, libc::c_uint::MAX);
        }
        None => close(3, libc::c_uint::MAX),
    }
}

/// Tells pyworker where it may write: images go there, and so do the temporary files of libraries.
fn set_variables(images: Option<&ImageFolder>) {
    let Some(images) = images else { return };
    // SAFETY: this is the only thread.
    unsafe {
        std::env::set_var("TACH_MMAP_DIR", &images.path);
        std::env::set_var("TMPDIR", &images.path);
        if std::env::var_os("HOME").is_none() {
            // Libraries ask for it while they are loaded, and the list of users can't be read any more.
            std::env::set_var("HOME", &images.path);
        }
    }
}

/// Gives up every capability but that of reading other users' files, which a worker of root needs for their documents.
fn drop_capabilities() -> io::Result<()> {
    let held = rustix::thread::capabilities(None)?;
    let kept = held.permitted & CapabilitySet::DAC_READ_SEARCH;
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    Ok(rustix::thread::set_capabilities(None, sets)?)
}

/// What this process can do now and must not be able to do afterwards.
struct Canaries {
    /// A file that every process may read, and that no rule names.
    readable: bool,
    /// A file that this process may write.
    writable: bool,
}

impl Canaries {
    const READ: &str = "/proc/version";
    const WRITE: &str = "/proc/self/comm";

    fn find() -> Self {
        Self { readable: Self::opens(Self::READ, false), writable: Self::opens(Self::WRITE, true) }
    }

    fn opens(path: &str, for_writing: bool) -> bool {
        OpenOptions::new().read(!for_writing).write(for_writing).open(path).is_ok()
    }

    /// Whether files and sockets are refused now.
    fn test(&self) -> Result<(), String> {
        if !self.readable || !self.writable {
            return Err("/proc is not there to test with".to_owned());
        }
        if Self::opens(Self::READ, false) || Self::opens(Self::WRITE, true) {
            return Err("a file that no rule allows could still be opened".to_owned());
        }
        // SAFETY: no pointers; a descriptor that comes back is closed.
        let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
        if socket >= 0 {
            // SAFETY: the descriptor is open and nothing else owns it.
            unsafe { libc::close(socket) };
            return Err("a socket could still be opened".to_owned());
        }
        Ok(())
    }
}
