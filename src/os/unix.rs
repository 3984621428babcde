//! Process trees on Unix: a process group for each worker, a cgroup v2 where the system lets us have one.

use super::exit::Exit;
use super::linux;
use super::spec::{SpawnSpec, Spawned};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
pub(crate) use std::process::Child;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tach_protocol::handover::DOCUMENT_SOCKET;

/// A kill is a signal, and told as one.
pub(crate) const KILLS_LOOK_LIKE_EXITS: bool = false;

/// A worker and all its descendants. Killing it twice, or after it has exited, does nothing.
#[derive(Clone, Debug)]
pub(crate) struct Tree(Arc<TreeState>);

#[derive(Debug)]
struct TreeState {
    pid: Pid,
    mark: String,
    cap: MemoryCap,
    /// Set before the leader is reaped: from then on its number may belong to another process.
    reaped: Mutex<bool>,
}

/// How the system bounds the memory of a tree.
#[derive(Debug)]
enum MemoryCap {
    /// `memory.max` of a cgroup v2 of its own, counted in resident pages.
    Cgroup(PathBuf),
    /// A cgroup v2 of its own without the memory controller (kill only), and `RLIMIT_DATA`.
    CgroupAndDataLimit(PathBuf),
    /// `RLIMIT_DATA` of each process.
    DataLimit,
    /// Nothing was asked for, or the system has neither.
    None,
}

impl Tree {
    /// Kills the leader and every descendant at once.
    pub(crate) fn kill(&self) {
        let reaped = self.0.reaped.lock().unwrap_or_else(PoisonError::into_inner);
        self.kill_members(!*reaped);
    }

    /// Nothing: on Linux a worker gives up new processes itself.
    #[expect(clippy::unused_self, reason = "twin of the one on Windows")]
    pub(crate) fn seal(&self) {}

    /// The system's bound of memory for this tree, in words.
    pub(crate) fn memory_cap(&self) -> &'static str {
        match self.0.cap {
            MemoryCap::Cgroup(_) => "cgroup v2 memory.max",
            MemoryCap::CgroupAndDataLimit(_) | MemoryCap::DataLimit => {
                "RLIMIT_DATA (no cgroup v2 with a memory controller may be made here)"
            }
            MemoryCap::None => "none",
        }
    }

    fn kill_members(&self, leader_is_ours: bool) {
        if let MemoryCap::Cgroup(folder) | MemoryCap::CgroupAndDataLimit(folder) = &self.0.cap {
            let _ = fs::write(folder.join("cgroup.kill"), "1");
        }
        if leader_is_ours {
            // Descendants that left the process group are found by their parents, as long as these live.
            let strays = linux::descendants(self.0.pid);
            let _ = rustix::process::kill_process_group(self.0.pid, Signal::KILL);
            for stray in strays {
                let _ = rustix::process::kill_process(stray, Signal::KILL);
            }
        }
    }
}

impl Drop for TreeState {
    fn drop(&mut self) {
        if let MemoryCap::Cgroup(folder) | MemoryCap::CgroupAndDataLimit(folder) = &self.cap {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Starts a process in a group of its own, with three pipes, under the memory cap.
///
/// # Errors
/// What the system says when it cannot start the program.
pub(crate) fn spawn(spec: &SpawnSpec) -> io::Result<Spawned<Child, Tree>> {
    let documents = if spec.takes_documents { linux::document_socket()? } else { None };
    let (documents, socket) = documents.unzip();
    let inherited = socket.as_ref().map(AsRawFd::as_raw_fd);
    let cgroup = spec.memory_cap.and_then(linux::make_cgroup);
    let data_limit = match (&cgroup, spec.memory_cap) {
        (Some((_, true)), _) | (_, None) => None,
        // RLIMIT_DATA counts writable private memory that is merely reserved (allocator arenas, thread stacks), so it is
        // kept well above the resident bound: it stops a bomb, the guard inside the worker stops a leak.
        (_, Some(cap)) => Some(cap.saturating_mul(2).saturating_add(1 << 30)),
    };
    let procs = cgroup.as_ref().map(|(folder, _)| folder.join("cgroup.procs"));

    let mut command = Command::new(&spec.program);
    command.args(&spec.args).env_clear().envs(spec.env.iter().map(|(key, value)| (key, value)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    let mark = next_mark();
    command.env(linux::MARK, &mark);
    if let Some(number) = inherited {
        command.env(DOCUMENT_SOCKET, number.to_string());
    }
    let procs_c = procs.map(|path| {
        use std::os::unix::ffi::OsStringExt;
        std::ffi::CString::new(path.into_os_string().into_vec())
    });
    let procs_c = procs_c.transpose().map_err(io::Error::other)?;
    let parent = rustix::process::getpid();
    // SAFETY: the closure runs between fork and exec and calls only async-signal-safe functions: open, write, close, fcntl,
    // setrlimit, prctl and getppid; it allocates nothing.
    unsafe {
        command.pre_exec(move || {
            if let Some(path) = &procs_c {
                linux::join_cgroup(path);
            }
            if let Some(limit) = data_limit {
                set_limit(libc::RLIMIT_DATA, limit);
            }
            if let Some(number) = inherited {
                linux::inherit(number);
            }
            // A core dump would hold the document.
            set_limit(libc::RLIMIT_CORE, 0);
            linux::die_with_parent(parent)
        });
    }
    let mut child = command.spawn().inspect_err(|_| {
        if let Some((folder, _)) = &cgroup {
            let _ = fs::remove_dir(folder);
        }
    })?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("the system gave an impossible process id"))?;
    let cap = match (cgroup, data_limit) {
        (Some((folder, true)), _) => MemoryCap::Cgroup(folder),
        (Some((folder, false)), _) => MemoryCap::CgroupAndDataLimit(folder),
        (None, Some(_)) => MemoryCap::DataLimit,
        (None, None) => MemoryCap::None,
    };
    let tree = Tree(Arc::new(TreeState { pid, mark, cap, reaped: Mutex::new(false) }));
    let (stdin, stdout, stderr) = take_pipes(&mut child)?;
    Ok(Spawned { child, tree, stdin, stdout, stderr, documents })
}

/// Takes the three pipes out of a child that was started with them.
fn take_pipes(child: &mut Child) -> io::Result<(ChildStdin, ChildStdout, ChildStderr)> {
    match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
        (Some(stdin), Some(stdout), Some(stderr)) => Ok((stdin, stdout, stderr)),
        _ => Err(io::Error::other("the child was started without pipes")),
    }
}

/// Waits until the leader is dead, kills what is left of its tree, and reaps it. Blocks.
///
/// The order matters: while the dead leader is not reaped, its number and its group's cannot be given to anybody else.
///
/// # Errors
/// What the system says when it cannot wait.
pub(crate) fn wait_then_kill_tree(child: &mut Child, tree: &Tree) -> io::Result<ExitStatus> {
    loop {
        match rustix::process::waitid(WaitId::Pid(tree.0.pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let mut reaped = tree.0.reaped.lock().unwrap_or_else(PoisonError::into_inner);
    tree.kill_members(true);
    linux::kill_marked(&tree.0.mark);
    let status = child.wait();
    *reaped = true;
    status
}

/// Tells a dead process's exit code or signal.
pub(crate) fn describe_exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(number)) => Exit::Signal { number, name: signal_name(number) },
        (None, None) => Exit::Unknown,
    }
}

fn signal_name(number: i32) -> &'static str {
    match number {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGHUP => "SIGHUP",
        libc::SIGILL => "SIGILL",
        libc::SIGINT => "SIGINT",
        libc::SIGKILL => "SIGKILL",
        libc::SIGPIPE => "SIGPIPE",
        libc::SIGQUIT => "SIGQUIT",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGXCPU => "SIGXCPU",
        _ => "unnamed signal",
    }
}

/// Whether a process of this number runs, under any user.
pub(crate) fn process_exists(pid: u32) -> bool {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Opens a file for reading; a FIFO without a writer does not hold the caller up.
pub(crate) fn open_without_waiting(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
}

/// Opens a file of a folder for reading: its name is not followed where it is a link, nothing is waited for, and what is no
/// regular file, or has a second name, is refused.
///
/// # Errors
/// What the system says, or that it is no regular file with one name.
pub(crate) fn open_in_folder(folder: &Path, name: &str) -> io::Result<fs::File> {
    use rustix::fs::{FileType, Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = rustix::fs::open(folder, flags | OFlags::DIRECTORY, Mode::empty())?;
    let file = rustix::fs::openat(&folder, name, flags | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty())?;
    let status = rustix::fs::fstat(&file)?;
    if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile || status.st_nlink != 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no regular file with one name"));
    }
    Ok(file.into())
}

/// How a log file is opened: it may hold words of a document, so that only its owner may read it.
pub(crate) fn log_options() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = fs::OpenOptions::new();
    options.read(true).create(true).append(true).mode(0o600);
    options
}

/// Makes a folder, with those above it, that only its owner may enter. One that is there keeps its rights: it may be shared.
///
/// # Errors
/// What the system says.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The folder for log files that the system's conventions name: `$XDG_STATE_HOME/tach`, else `~/.local/state/tach`.
pub(crate) fn log_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        .map(|base| base.join("tach"))
}

/// A value of [`linux::MARK`] that no other worker has: a recycled process id of ours meets another time.
fn next_mark() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{nanos}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The type that the system's C library gives the names of limits.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

/// Sets a limit of the calling process in bytes. Async-signal-safe.
fn set_limit(resource: Resource, bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: `limit` outlives the call. A refusal is harmless: the guard inside the worker still bounds memory.
    unsafe {
        let _ = libc::setrlimit(resource, &raw const limit);
    }
}

/// Makes a pipe for the runtime in use. Panics where that has no I/O.
pub(crate) fn try_async_pipe() {
    if let Ok((_reader, writer)) = io::pipe() {
        let _ = tokio::process::ChildStdin::from_std(ChildStdin::from(std::os::fd::OwnedFd::from(writer)));
    }
}

/// Whether the system throws away how children end, because SIGCHLD is ignored.
pub(crate) fn exits_are_discarded() -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the call writes the present action to a live variable and changes nothing; zeros are a valid action.
    unsafe {
        libc::sigaction(libc::SIGCHLD, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}
