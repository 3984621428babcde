//! What only Linux has: cgroups, `/proc`, and a signal when the parent exits.

mod documents;

pub(crate) use documents::DocumentSocket;

use rustix::process::{Pid, Signal};
use std::fs;
use std::io;
use std::os::fd::{OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Environment variable by which a worker's descendants are known, wherever they moved. The shim knows it too.
pub(super) use tach_protocol::limits::WORKER_TREE as MARK;

/// Resident set of a process in bytes; `None` where it has exited.
pub(crate) fn rss_bytes(pid: u32) -> Option<u64> {
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Kills what a dead worker left behind in sessions of their own: the kernel forgot whose children they were, but they carry
/// their environment. Only Linux lets us read it; elsewhere this finds nothing.
pub(super) fn kill_marked(mark: &str) {
    const ROUNDS: u32 = 5;
    let wanted = format!("{MARK}={mark}").into_bytes();
    let carries = |pid: i32| {
        fs::read(format!("/proc/{pid}/environ")).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == wanted))
    };
    // Again while there are some: one may have started another meanwhile.
    for _ in 0..ROUNDS {
        let Ok(entries) = fs::read_dir("/proc") else { return };
        let strays: Vec<i32> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid| carries(*pid))
            .collect();
        if strays.is_empty() {
            return;
        }
        for pid in strays.into_iter().filter_map(Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// Every process below `root`, by what the kernel lists as children.
pub(super) fn descendants(root: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(pid) = waiting.pop() {
        let Ok(tasks) = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())) else { continue };
        for task in tasks.flatten() {
            let Ok(children) = fs::read_to_string(task.path().join("children")) else { continue };
            let children =
                children.split_ascii_whitespace().filter_map(|word| word.parse().ok().and_then(Pid::from_raw));
            for child in children {
                found.push(child);
                waiting.push(child);
            }
        }
    }
    found
}

/// Makes a cgroup v2 below our own. Tells its folder and whether it bounds memory.
pub(super) fn make_cgroup(cap: u64) -> Option<(PathBuf, bool)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    let mount = mounts.lines().find_map(|line| {
        let mut words = line.split(' ');
        let (_, folder, kind) = (words.next()?, words.next()?, words.next()?);
        (kind == "cgroup2").then(|| folder.to_owned())
    })?;
    let parent = Path::new(&mount).join(own.trim_start_matches('/'));
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = parent.join(format!("tach-{}-{number}", std::process::id()));
    fs::create_dir(&folder).ok()?;
    let bounded = fs::write(folder.join("memory.max"), cap.to_string()).is_ok();
    if bounded {
        let _ = fs::write(folder.join("memory.swap.max"), "0");
        let _ = fs::write(folder.join("memory.oom.group"), "1");
    }
    if !folder.join("cgroup.procs").exists() {
        let _ = fs::remove_dir(&folder);
        return None;
    }
    Some((folder, bounded))
}

/// Moves the calling process into a cgroup. Async-signal-safe. A refusal leaves it where it is.
pub(super) fn join_cgroup(procs: &std::ffi::CStr) {
    // SAFETY: `procs` is a NUL-terminated path; the descriptor is closed below.
    let file = unsafe { libc::open(procs.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) };
    if file >= 0 {
        // SAFETY: the buffer is one byte long and `file` is open.
        unsafe {
            let _ = libc::write(file, c"0".as_ptr().cast(), 1);
            libc::close(file);
        }
    }
}

/// Asks the kernel for a SIGTERM when the spawning thread ends. Async-signal-safe.
///
/// SIGTERM and not SIGKILL: the worker's guard then sees that its parent has exited and kills its own children too.
pub(super) fn die_with_parent(parent: Pid) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::TERM))?;
    if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
}

/// The socket for documents and the worker's end of it.
///
/// # Errors
/// What the system says when it cannot make one.
pub(super) fn document_socket() -> io::Result<Option<(DocumentSocket, OwnedFd)>> {
    DocumentSocket::pair().map(Some)
}

/// Lets the program that is about to be started inherit a descriptor. Async-signal-safe.
pub(super) fn inherit(descriptor: RawFd) {
    // SAFETY: no pointers; between fork and exec the descriptor is the copy of one that the parent holds open.
    unsafe {
        libc::fcntl(descriptor, libc::F_SETFD, 0);
    }
}
