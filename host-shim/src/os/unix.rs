//! Unix: descriptors, signals and process groups.

use rustix::process::{Pid, Signal};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;
use tach_protocol::limits::WORKER_TREE;

/// The signal that makes faulthandler write all Python stacks to stderr; `kill -USR2` asks a live worker for them too.
pub const STACKS_SIGNAL: Option<i32> = Some(libc::SIGUSR2);

/// Nothing: a crash is quiet here.
pub fn prepare_to_crash() {}

/// Moves stdin and stdout to private descriptors that no child inherits, then points descriptor 0 at the null device and
/// descriptor 1 at stderr.
///
/// # Errors
/// The system's error where a descriptor can't be copied or the null device can't be opened.
pub fn take_over_stdio() -> io::Result<(File, File)> {
    // `try_clone` copies to a descriptor of 3 or above with close-on-exec set.
    let input = File::from(std::os::fd::AsFd::as_fd(&io::stdin()).try_clone_to_owned()?);
    let output = File::from(std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?);
    let null = File::open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok((input, output))
}

/// The process that started this one.
#[derive(Debug)]
pub struct Parent(Option<Pid>);

impl Parent {
    /// The parent as it is now.
    pub fn current() -> Self {
        Self(rustix::process::getppid())
    }

    /// Whether it has ended: this process then has another parent.
    pub fn is_gone(&self) -> bool {
        rustix::process::getppid() != self.0
    }
}

/// Kills the process group, this process included, if this process leads it, and before it the descendants that left for a
/// session of their own; else does nothing.
pub fn kill_own_group() {
    let own = rustix::process::getpid();
    if rustix::process::getpgrp() == own {
        kill_marked(own);
        // Failure leaves this process alive, and the caller goes on to leave by itself.
        let _ = rustix::process::kill_process_group(own, Signal::KILL);
    }
}

/// Kills the other processes that carry the supervisor's mark of this worker in their environment (Linux only).
fn kill_marked(own: Pid) {
    let Some(mark) = std::env::var_os(WORKER_TREE) else { return };
    let wanted = [WORKER_TREE.as_bytes(), b"=", mark.as_bytes()].concat();
    let Ok(entries) = std::fs::read_dir("/proc") else { return };
    let pids = entries.flatten().filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?));
    for pid in pids.filter(|pid| *pid != own) {
        let environment = std::fs::read(format!("/proc/{}/environ", pid.as_raw_nonzero())).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|one| one == wanted) {
            let _ = rustix::process::kill_process(pid, Signal::KILL);
        }
    }
}

/// Ends the process at once: no destructor, no exit handler of any library. Its descendants go first: a killed supervisor closes
/// our stdin before we have another parent, and then nothing is left to end them.
pub fn leave(code: i32) -> ! {
    kill_marked(rustix::process::getpid());
    // SAFETY: _exit has no preconditions and does not return.
    unsafe { libc::_exit(code) }
}

/// Calls `act` on a thread of its own at the first SIGINT or SIGTERM; later ones are swallowed, because the stop is under way.
///
/// A pipe and not a socket pair wakes the thread: a confined worker may have no socket.
///
/// # Errors
/// The system's error where a handler can't be installed.
pub fn on_stop_signal(act: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (mut caught, notify) = io::pipe()?;
    signal_hook::low_level::pipe::register(libc::SIGINT, notify.try_clone()?)?;
    signal_hook::low_level::pipe::register(libc::SIGTERM, notify)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if caught.read_exact(&mut [0]).is_ok() {
            act();
        }
        // Kept open: the handlers go on writing to the other end.
        std::mem::forget(caught);
    })?;
    Ok(())
}

/// Makes faulthandler write the stacks of all Python threads to stderr. Its handler for [`STACKS_SIGNAL`] runs on the
/// calling thread and needs no lock of the interpreter. Does nothing where no handler is installed.
pub fn dump_stacks() {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: reads the present action into writable memory, for which all-zero bytes are valid; raise then runs a handler
    // that is made for it.
    unsafe {
        let known = libc::sigaction(libc::SIGUSR2, std::ptr::null(), action.as_mut_ptr()) == 0;
        if known && action.assume_init().sa_sigaction != libc::SIG_DFL {
            libc::raise(libc::SIGUSR2);
        }
    }
}

/// `path` as Python's own decoding of file names has it: UTF-8, and each byte that is not as a lone surrogate (PEP 383).
pub fn wide(path: &Path) -> Vec<libc::wchar_t> {
    let mut wide = Vec::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        wide.extend(chunk.valid().chars().map(|character| character as libc::wchar_t));
        wide.extend(chunk.invalid().iter().map(|byte| 0xDC00 + libc::wchar_t::from(*byte)));
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_keeps_every_byte() {
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/t\xC3\xAD\xFF"));
        assert_eq!(wide(path), [0x2F, 0x74, 0xED, 0xDCFF]);
    }

    #[test]
    fn parent_is_still_there() {
        assert!(!Parent::current().is_gone());
        assert!(Parent(Pid::from_raw(i32::MAX)).is_gone());
    }
}
