//! Process trees on Windows: a job object for each worker, which is created inside it, so that no moment of it is outside.

mod calls;
mod command_line;
mod job;
mod ntstatus;
mod pipe;

use super::exit::Exit;
use super::spec::{SpawnSpec, Spawned};
use calls::{os_error, raw, u32_size_of};
use job::Job;
use pipe::ChildEnds;
use std::ffi::c_void;
use std::io;
use std::mem;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::os::windows::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use windows::Win32::Foundation::{ERROR_ACCESS_DENIED, HANDLE, WAIT_FAILED, WAIT_TIMEOUT};
use windows::Win32::Storage::FileSystem::{BY_HANDLE_FILE_INFORMATION, GetFileInformationByHandle};
use windows::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW, CREATE_UNICODE_ENVIRONMENT, CreateProcessW,
    DeleteProcThreadAttributeList, EXTENDED_STARTUPINFO_PRESENT, GetExitCodeProcess, INFINITE,
    InitializeProcThreadAttributeList, LPPROC_THREAD_ATTRIBUTE_LIST, OpenProcess, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
    PROC_THREAD_ATTRIBUTE_JOB_LIST, PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, PROCESS_INFORMATION,
    PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE, STARTF_USESTDHANDLES, STARTUPINFOEXW,
    UpdateProcThreadAttribute, WaitForSingleObject,
};
use windows::core::{PCWSTR, PWSTR};

/// `TerminateProcess` ends a process with a code that its caller likes, as if it had left by itself.
pub(crate) const KILLS_LOOK_LIKE_EXITS: bool = true;

/// A running process.
#[derive(Debug)]
pub(crate) struct Child {
    process: OwnedHandle,
    pid: u32,
}

impl Child {
    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.pid
    }
}

/// A worker and all its descendants. Killing it twice, or after it has exited, does nothing.
#[derive(Clone, Debug)]
pub(crate) struct Tree(Arc<Job>);

impl Tree {
    /// Kills the leader and every descendant at once.
    pub(crate) fn kill(&self) {
        self.0.terminate();
    }

    /// Lets the tree start no further process, if it is to be confined.
    pub(crate) fn seal(&self) {
        if let Err(error) = self.0.seal() {
            tracing::warn!(%error, "a worker could not be kept from starting processes");
        }
    }

    /// The system's bound of memory for this tree, in words.
    pub(crate) fn memory_cap(&self) -> &'static str {
        if self.0.bounds_memory() { "job object, committed memory" } else { "none" }
    }
}

/// Starts a process in a job and a process group of its own, without a console window, with three pipes.
///
/// # Errors
/// What the system says when it cannot start the program.
pub(crate) fn spawn(spec: &SpawnSpec) -> io::Result<Spawned<Child, Tree>> {
    let job = Job::new(spec.memory_cap, spec.is_confined)?;
    let (child, stdin, stdout, stderr) = {
        let (ends, stdin, stdout, stderr) = pipe::three()?;
        (create_in_job(spec, &ends, &job)?, stdin, stdout, stderr)
    };
    Ok(Spawned { child, tree: Tree(Arc::new(job)), stdin, stdout, stderr, documents: None })
}

/// What the system refuses a confined process from its first instruction (`winbase.h`): extension points (hooks, input methods, AppInit
/// DLLs), images from other machines, and images that a process of low integrity wrote. None of them touches the callbacks of ctypes or
/// the fonts of GDI.
const MITIGATIONS: [u64; 1] = [(1 << 32) | (1 << 52) | (1 << 56)];

/// One creation at a time: the child's ends of the pipes can be inherited while they exist, and another worker that is created
/// in that moment must not be the one that does.
static CREATION: Mutex<()> = Mutex::new(());

fn create_in_job(spec: &SpawnSpec, ends: &ChildEnds, job: &Job) -> io::Result<Child> {
    let program = command_line::executable(&spec.program)?;
    let mut line = command_line::quoted(&spec.program, &spec.args)?;
    let environment = command_line::environment(spec.env.iter().cloned())?;
    let handles = ends.handles();
    let jobs = [job.handle()];
    let mitigations: &[u64] = if spec.is_confined { &MITIGATIONS } else { &[] };
    let mut list = AttributeList::new(&handles, &jobs, mitigations)?;

    let mut startup = STARTUPINFOEXW::default();
    startup.StartupInfo.cb = u32_size_of::<STARTUPINFOEXW>();
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    [startup.StartupInfo.hStdInput, startup.StartupInfo.hStdOutput, startup.StartupInfo.hStdError] = handles;
    startup.lpAttributeList = list.pointer();
    let flags = CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    let mut made = PROCESS_INFORMATION::default();

    {
        let _one_at_a_time = CREATION.lock().unwrap_or_else(PoisonError::into_inner);
        ends.set_inheritable(true)?;
        // SAFETY: all strings end with NUL and outlive the call, as do the startup structure, its list and the list's
        // handles; the command line is in writable memory, as CreateProcessW demands.
        let created = unsafe {
            CreateProcessW(
                PCWSTR(program.as_ptr()),
                Some(PWSTR(line.as_mut_ptr())),
                None,
                None,
                true,
                flags,
                Some(environment.as_ptr().cast()),
                None,
                &raw const startup.StartupInfo,
                &raw mut made,
            )
        };
        ends.set_inheritable(false)?;
        created.map_err(os_error)?;
    }
    // SAFETY: a successful call hands over both handles, and nothing else owns them.
    let (process, _thread) =
        unsafe { (OwnedHandle::from_raw_handle(made.hProcess.0), OwnedHandle::from_raw_handle(made.hThread.0)) };
    Ok(Child { process, pid: made.dwProcessId })
}

/// The list that names the only handles a new process inherits, whatever else is inheritable in this one, and the jobs that it
/// is created in.
///
/// A confined process also gets its mitigation policies.
struct AttributeList<'a> {
    /// Pointers' worth of memory, so that the list is aligned.
    memory: Vec<usize>,
    handles: std::marker::PhantomData<&'a [HANDLE]>,
}

impl<'a> AttributeList<'a> {
    fn new(inherited: &'a [HANDLE], jobs: &'a [HANDLE], mitigations: &'a [u64]) -> io::Result<Self> {
        let mut attributes = vec![
            (PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited.as_ptr().cast::<c_void>(), mem::size_of_val(inherited)),
            (PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs.as_ptr().cast(), mem::size_of_val(jobs)),
        ];
        if !mitigations.is_empty() {
            let policy = (mitigations.as_ptr().cast(), mem::size_of_val(mitigations));
            attributes.push((PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, policy.0, policy.1));
        }
        let count = attributes.len() as u32;
        let mut bytes = 0;
        // SAFETY: without a list the call only tells the size, through a pointer to a live variable. It reports this as an error.
        let _ = unsafe { InitializeProcThreadAttributeList(None, count, None, &raw mut bytes) };
        let mut list =
            Self { memory: vec![0; bytes.div_ceil(mem::size_of::<usize>())], handles: std::marker::PhantomData };
        let pointer = LPPROC_THREAD_ATTRIBUTE_LIST(list.memory.as_mut_ptr().cast());
        // SAFETY: the memory is as large as the system asked for.
        if let Err(error) = unsafe { InitializeProcThreadAttributeList(Some(pointer), count, None, &raw mut bytes) } {
            // Nothing to delete yet.
            list.memory.clear();
            return Err(os_error(error));
        }
        for (attribute, value, size) in attributes {
            // SAFETY: the list is initialised for so many attributes, and what they point to outlives it by its lifetime.
            let set =
                unsafe { UpdateProcThreadAttribute(pointer, 0, attribute as usize, Some(value), size, None, None) };
            match set {
                // A release of the system that knows a policy less starts the worker without.
                Err(error) if attribute == PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY => {
                    tracing::warn!(%error, "a worker starts without mitigation policies");
                }
                other => other.map_err(os_error)?,
            }
        }
        Ok(list)
    }

    fn pointer(&mut self) -> LPPROC_THREAD_ATTRIBUTE_LIST {
        LPPROC_THREAD_ATTRIBUTE_LIST(self.memory.as_mut_ptr().cast())
    }
}

impl Drop for AttributeList<'_> {
    fn drop(&mut self) {
        if !self.memory.is_empty() {
            let pointer = self.pointer();
            // SAFETY: the list was initialised, and is not used after this.
            unsafe { DeleteProcThreadAttributeList(pointer) };
        }
    }
}

/// Waits until the leader is dead and kills what is left of its tree. Blocks.
///
/// # Errors
/// What the system says when it cannot wait.
pub(crate) fn wait_then_kill_tree(child: &mut Child, tree: &Tree) -> io::Result<ExitStatus> {
    // SAFETY: the handle is open and has the right to be waited for.
    if unsafe { WaitForSingleObject(raw(&child.process), INFINITE) } == WAIT_FAILED {
        return Err(io::Error::last_os_error());
    }
    tree.kill();
    let mut code = 0;
    // SAFETY: the handle is open, the pointer is to a live variable.
    unsafe { GetExitCodeProcess(raw(&child.process), &raw mut code) }.map_err(os_error)?;
    Ok(ExitStatus::from_raw(code))
}

/// Tells a dead process's exit code, or the exception that ended it.
pub(crate) fn describe_exit(status: ExitStatus) -> Exit {
    match status.code() {
        Some(code) => match ntstatus::name(code.cast_unsigned()) {
            Some(name) => Exit::NtStatus { code: code.cast_unsigned(), name },
            None => Exit::Code(code),
        },
        None => Exit::Unknown,
    }
}

/// Working set of a process in bytes, what psutil calls its RSS; `None` where it has exited or the system does not tell.
pub(crate) fn rss_bytes(pid: u32) -> Option<u64> {
    // SAFETY: no pointers; the handle becomes ours below.
    let process = unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, false, pid) }.ok()?;
    // SAFETY: a fresh handle that nothing else owns.
    let process = unsafe { OwnedHandle::from_raw_handle(process.0) };
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    // SAFETY: the structure is writable and of the size given.
    let told = unsafe {
        K32GetProcessMemoryInfo(raw(&process), &raw mut counters, u32_size_of::<PROCESS_MEMORY_COUNTERS>()).as_bool()
    };
    // A dead process to which a handle is still open has none.
    (told && counters.WorkingSetSize > 0).then_some(counters.WorkingSetSize as u64)
}

/// Whether a process of this number runs, under any user.
pub(crate) fn process_exists(pid: u32) -> bool {
    // SAFETY: no pointers; the handle becomes ours below.
    match unsafe { OpenProcess(PROCESS_SYNCHRONIZE, false, pid) } {
        Ok(process) => {
            // SAFETY: a fresh handle that nothing else owns.
            let process = unsafe { OwnedHandle::from_raw_handle(process.0) };
            // A process to which a handle is still open keeps its number after its end.
            // SAFETY: the handle is open.
            unsafe { WaitForSingleObject(raw(&process), 0) == WAIT_TIMEOUT }
        }
        Err(error) => error.code() == ERROR_ACCESS_DENIED.to_hresult(),
    }
}

/// Opens a file for reading. Nothing that a path names here makes the caller wait as a FIFO does.
pub(crate) fn open_without_waiting(path: &std::path::Path) -> std::io::Result<std::fs::File> {
    std::fs::File::open(path)
}

/// Opens a file of a folder for reading: its name is not followed where it is a link, and what is no ordinary file is refused.
///
/// # Errors
/// What the system says, or that it is no ordinary file with one name.
pub(crate) fn open_in_folder(folder: &std::path::Path, name: &str) -> io::Result<std::fs::File> {
    use std::os::windows::fs::OpenOptionsExt;
    const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
    let mut options = std::fs::OpenOptions::new();
    let file = options.read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(folder.join(name))?;
    let mut told = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file` lives, and the structure is a live variable of the right type.
    unsafe { GetFileInformationByHandle(raw(&file), &raw mut told) }.map_err(os_error)?;
    // A second name may be that of a file elsewhere: a hard link.
    if !file.metadata()?.file_type().is_file() || told.nNumberOfLinks != 1 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no ordinary file with one name"));
    }
    Ok(file)
}

/// How a log file is opened. It has the rights of its folder, which is in the user's profile.
pub(crate) fn log_options() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).create(true).append(true);
    options
}

/// Makes a folder, with those above it; the rights of the user's profile see to it that others can't enter.
///
/// # Errors
/// What the system says.
pub(crate) fn make_private_folder(folder: &std::path::Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// The folder for log files that the system's conventions name: `%LOCALAPPDATA%\tach`.
pub(crate) fn log_folder() -> Option<PathBuf> {
    let base = std::env::var_os("LOCALAPPDATA").map(PathBuf::from).filter(|path| path.is_absolute());
    base.map(|base| base.join("tach"))
}

/// Makes a pipe for the runtime in use; on Windows only a real one would show that it has no I/O.
pub(crate) fn try_async_pipe() {}

/// Whether the system throws away how children end. Windows never does.
pub(crate) fn exits_are_discarded() -> bool {
    false
}

#[cfg(test)]
mod tests;
