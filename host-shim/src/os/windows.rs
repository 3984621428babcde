//! Windows: handles and C runtime descriptors, console events and exceptions.

mod integrity;

use super::megabyte::MB;
use crate::confinement::{Outcome, Plan};
use std::ffi::c_char;
use std::fs::{File, OpenOptions};
use std::io;
use std::mem;
use std::os::windows::ffi::OsStrExt;
use std::os::windows::io::{AsHandle, AsRawHandle, FromRawHandle, IntoRawHandle, OwnedHandle};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;
use windows::Win32::Foundation::{
    FILETIME, HANDLE, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAGS, HMODULE, WAIT_OBJECT_0,
};
use windows::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, GetStdHandle, STD_ERROR_HANDLE, STD_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
    SetConsoleCtrlHandler, SetStdHandle,
};
use windows::Win32::System::Diagnostics::Debug::{
    AddVectoredExceptionHandler, EXCEPTION_POINTERS, RaiseException, SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX,
    SetErrorMode,
};
use windows::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};
use windows::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows::Win32::System::Threading::{
    GetCurrentProcess, GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_SYNCHRONIZE,
    TerminateProcess, WaitForSingleObject,
};
use windows::core::{BOOL, PCSTR, s};

/// None: faulthandler has no signal to wait for here. [`dump_stacks`] raises an exception instead.
pub const STACKS_SIGNAL: Option<i32> = None;

/// Keeps Windows from holding a crashed worker back with a dialog.
pub fn prepare_to_crash() {
    // SAFETY: sets a flag of this process.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
}

/// Moves stdin and stdout to private handles that no child inherits, then points the standard handles, and descriptors 0 and
/// 1 of every C runtime in the process, at the null device and at stderr. The private files are read and written as they
/// are, without a C runtime's text mode.
///
/// # Errors
/// The system's error where a handle can't be copied or the null device can't be opened.
pub fn take_over_stdio() -> io::Result<(File, File)> {
    let input = File::from(io::stdin().as_handle().try_clone_to_owned()?);
    let output = File::from(io::stdout().as_handle().try_clone_to_owned()?);

    // Each runtime believes that the old handle is its own and closes it. Were that to succeed, the number could come back
    // for another handle, which the next runtime would then close.
    let old = [standard(STD_INPUT_HANDLE), standard(STD_OUTPUT_HANDLE)];
    protect(&old, HANDLE_FLAG_PROTECT_FROM_CLOSE);
    for runtime in [s!("ucrtbase.dll"), s!("msvcrt.dll")] {
        // SAFETY: asks for a module that is loaded, and takes no reference to it; runtimes are never unloaded.
        if let Ok(module) = unsafe { GetModuleHandleA(runtime) } {
            redirect_descriptors(module);
        }
    }
    protect(&old, HANDLE_FLAGS(0));

    let null = OpenOptions::new().read(true).write(true).open("NUL")?;
    // The standard handle owns it from here on.
    set_standard(STD_INPUT_HANDLE, HANDLE(null.into_raw_handle()))?;
    set_standard(STD_OUTPUT_HANDLE, standard(STD_ERROR_HANDLE))?;
    for handle in old.into_iter().filter(|handle| !handle.is_invalid() && !handle.0.is_null()) {
        if handle != standard(STD_ERROR_HANDLE) {
            // SAFETY: nothing uses the handle any more: the standard handles and descriptors name others.
            drop(unsafe { OwnedHandle::from_raw_handle(handle.0) });
        }
    }
    Ok((input, output))
}

fn standard(which: STD_HANDLE) -> HANDLE {
    // SAFETY: reads a field of this process.
    unsafe { GetStdHandle(which) }.unwrap_or_default()
}

fn set_standard(which: STD_HANDLE, handle: HANDLE) -> io::Result<()> {
    // SAFETY: sets a field of this process.
    unsafe { SetStdHandle(which, handle) }.map_err(io::Error::from)
}

fn protect(handles: &[HANDLE], flag: HANDLE_FLAGS) {
    use windows::Win32::Foundation::SetHandleInformation;
    for handle in handles {
        // SAFETY: changes a flag of the handle; fails harmlessly where there is none.
        let _ = unsafe { SetHandleInformation(*handle, HANDLE_FLAG_PROTECT_FROM_CLOSE.0, flag) };
    }
}

type Open = unsafe extern "C" fn(*const c_char, i32, ...) -> i32;
type Dup2 = unsafe extern "C" fn(i32, i32) -> i32;
type Close = unsafe extern "C" fn(i32) -> i32;

/// Points descriptors 0 and 1 of one C runtime at the null device and at its descriptor 2.
fn redirect_descriptors(runtime: HMODULE) {
    const READ_WRITE: i32 = 2;
    const BINARY: i32 = 0x8000;
    // SAFETY: the exports have had these signatures in every version of the runtimes; descriptors are plain numbers, and
    // this is the only thread.
    unsafe {
        let find = |name: PCSTR| GetProcAddress(runtime, name);
        let (Some(open), Some(dup2), Some(close)) = (find(s!("_open")), find(s!("_dup2")), find(s!("_close"))) else {
            return;
        };
        let open: Open = mem::transmute(open);
        let dup2: Dup2 = mem::transmute(dup2);
        let close: Close = mem::transmute(close);
        let null = open(c"NUL".as_ptr(), READ_WRITE | BINARY);
        if null < 0 {
            return;
        }
        // A process without stderr gets the null device there too.
        if dup2(2, 1) != 0 {
            dup2(null, 1);
        }
        dup2(null, 0);
        if null > 2 {
            close(null);
        }
    }
}

/// Reads the working set of this process: what psutil calls `rss`, and `peak_wset`.
#[derive(Debug, Default)]
pub struct Memory {
    peak_before: AtomicU64,
}

impl Memory {
    /// A reader for this process.
    pub fn new() -> Self {
        Self::default()
    }

    fn counters() -> PROCESS_MEMORY_COUNTERS {
        let size = u32::try_from(mem::size_of::<PROCESS_MEMORY_COUNTERS>()).unwrap_or_default();
        let mut counters = PROCESS_MEMORY_COUNTERS { cb: size, ..Default::default() };
        // SAFETY: the structure is writable and of the size given. Where the call fails it stays zero.
        let _ = unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), &raw mut counters, size) };
        counters
    }

    /// Working set now, in MB; 0 where the system does not tell.
    pub fn rss_mb(&self) -> f64 {
        Self::counters().WorkingSetSize as f64 / MB
    }

    /// Starts a new measurement of the peak.
    pub fn reset_peak(&self) {
        self.peak_before.store(Self::counters().PeakWorkingSetSize as u64, Ordering::Relaxed);
    }

    /// Highest working set since [`Self::reset_peak`], in MB. The system's own peak is that of the whole life: where it has not
    /// grown since, the highest is not known, and this is the working set now.
    pub fn peak_mb(&self) -> f64 {
        let counters = Self::counters();
        let grown = counters.PeakWorkingSetSize as u64 > self.peak_before.load(Ordering::Relaxed);
        (if grown { counters.PeakWorkingSetSize } else { counters.WorkingSetSize }) as f64 / MB
    }
}

/// The process that started this one.
#[derive(Debug)]
pub struct Parent(Option<OwnedHandle>);

impl Parent {
    /// The parent as it is now. Where it can't be watched, it counts as running: stdin and the job object still tell.
    pub fn current() -> Self {
        Self(parent_id().and_then(open_older_process))
    }

    /// Whether it has ended.
    pub fn is_gone(&self) -> bool {
        self.0.as_ref().is_some_and(|handle| {
            // SAFETY: the handle is open and may be waited for.
            unsafe { WaitForSingleObject(HANDLE(handle.as_raw_handle()), 0) == WAIT_OBJECT_0 }
        })
    }
}

fn parent_id() -> Option<u32> {
    let size = u32::try_from(mem::size_of::<PROCESSENTRY32W>()).ok()?;
    let mut entry = PROCESSENTRY32W { dwSize: size, ..Default::default() };
    let own = std::process::id();
    // SAFETY: the snapshot is owned here; the entry is writable and says its size.
    unsafe {
        let snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0).ok()?;
        let snapshot = OwnedHandle::from_raw_handle(snapshot.0);
        let handle = HANDLE(snapshot.as_raw_handle());
        let mut more = Process32FirstW(handle, &raw mut entry);
        while more.is_ok() {
            if entry.th32ProcessID == own {
                return Some(entry.th32ParentProcessID);
            }
            more = Process32NextW(handle, &raw mut entry);
        }
    }
    None
}

/// Opens a process for waiting, unless it is younger than this one: then the number has been given to another.
fn open_older_process(id: u32) -> Option<OwnedHandle> {
    // SAFETY: the handles are open, the structures writable.
    unsafe {
        let handle = OpenProcess(PROCESS_SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, false, id).ok()?;
        let process = OwnedHandle::from_raw_handle(handle.0);
        let born = |process: HANDLE| {
            let [mut created, mut exited, mut kernel, mut user] = [FILETIME::default(); 4];
            let times = GetProcessTimes(process, &raw mut created, &raw mut exited, &raw mut kernel, &raw mut user);
            times.ok().map(|()| (created.dwHighDateTime, created.dwLowDateTime))
        };
        (born(handle)? <= born(GetCurrentProcess())?).then_some(process)
    }
}

/// Nothing: the supervisor's job object ends this process's children with it.
pub fn kill_own_group() {}

/// Ends the process at once: no destructor, no exit handler of any library, no notice to any DLL.
pub fn leave(code: i32) -> ! {
    // SAFETY: ends this very process.
    unsafe {
        let _ = TerminateProcess(GetCurrentProcess(), code.cast_unsigned());
    }
    std::process::abort()
}

static STOP: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// Calls `act` on a thread of the system at the first console event that asks for an end: `CTRL_C`, `CTRL_BREAK`, a closed
/// console, the end of the session. Later ones are swallowed, because the stop is under way.
///
/// # Errors
/// The system's error where the handler can't be installed.
pub fn on_stop_signal(act: impl FnOnce() + Send + 'static) -> io::Result<()> {
    *STOP.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(act));
    // SAFETY: the handler is a function of this program and touches only what threads may share.
    unsafe { SetConsoleCtrlHandler(Some(stop), true) }.map_err(io::Error::from)
}

unsafe extern "system" fn stop(event: u32) -> BOOL {
    /// The system ends the process when the handler comes back from a close, and after some seconds in any case.
    const TIME_TO_STOP: Duration = Duration::from_secs(20);
    let act = STOP.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(act) = act {
        act();
    }
    if event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT {
        std::thread::sleep(TIME_TO_STOP);
    }
    true.into()
}

/// An exception code of our own: an error (severity bits 11) of an application (bit 29).
const STACKS_EXCEPTION: u32 = 0xE054_4143;

/// Makes faulthandler write the stacks of all Python threads to stderr. It watches for errors with a vectored exception
/// handler, which needs no lock of the interpreter: so an exception of our own is raised here, and resumed behind it.
pub fn dump_stacks() {
    static RESUME: Once = Once::new();
    // SAFETY: the handler is a function of this program; the exception may be continued, and `resume` continues it.
    unsafe {
        RESUME.call_once(|| {
            AddVectoredExceptionHandler(0, Some(resume));
        });
        RaiseException(STACKS_EXCEPTION, 0, None);
    }
}

unsafe extern "system" fn resume(exception: *mut EXCEPTION_POINTERS) -> i32 {
    const CONTINUE_EXECUTION: i32 = -1;
    const CONTINUE_SEARCH: i32 = 0;
    // SAFETY: the system calls this with valid pointers.
    let code = unsafe { (*(*exception).ExceptionRecord).ExceptionCode.0 };
    if code.cast_unsigned() == STACKS_EXCEPTION { CONTINUE_EXECUTION } else { CONTINUE_SEARCH }
}

/// `path` as Python's configuration takes it.
pub fn wide(path: &Path) -> Vec<libc::wchar_t> {
    path.as_os_str().encode_wide().collect()
}

/// Nothing: a worker inherits only its three pipes.
pub fn close_inherited(_kept: Option<i32>) {}

/// Lowers what this process may write.
pub fn confine(plan: &Plan) -> Outcome {
    integrity::confine(plan)
}

/// Nothing: pyworker removes its folder itself.
pub fn release_image_folder() {}
