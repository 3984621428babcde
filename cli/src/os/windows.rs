//! The command line's system calls on Windows.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use windows::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation, SetInformationJobObject,
};
use windows::Win32::System::Threading::GetCurrentProcess;
use windows::core::BOOL;

/// Gives a file that was made private the rights of an ordinary new one: on Windows it has them already, its folder's.
pub(crate) fn make_ordinary(_file: &File) {}

/// The user's folder for what can be made anew.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let base = std::env::var_os("LOCALAPPDATA").map(PathBuf::from).filter(|path| path.is_absolute());
    base.map(|base| base.join("tach").join("cache"))
}

/// Makes a folder, and those above it that are missing. The rights of the user's profile keep others out.
pub(crate) fn make_private_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Windows always keeps how children end.
pub(crate) fn hear_of_children() {}

/// Runs another program on the same standard streams and exits with its exit code; the program dies with this process.
/// A console event that asks for an end is the program's to obey: it has the same console. Returns only where that fails.
pub(crate) fn run_in_place(command: &mut Command) -> io::Result<ExitCode> {
    // SAFETY: the handler is a function of this program and touches nothing.
    unsafe { SetConsoleCtrlHandler(Some(outlive_the_program), true) }?;
    enter_job()?;
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}

/// Puts this process into a job, and so everything that it starts from now on. The system closes the job's handle when this
/// process has ended, and ends the others.
fn enter_job() -> io::Result<()> {
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    let size = u32::try_from(size_of_val(&limits)).map_err(io::Error::other)?;
    // SAFETY: no security attributes and no name; the structure is the one that the class names and of the size given; the job's
    // handle is open, and stays so until the process ends: closed any earlier, it would end this process too.
    unsafe {
        let job = CreateJobObjectW(None, None)?;
        SetInformationJobObject(job, JobObjectExtendedLimitInformation, (&raw const limits).cast(), size)?;
        AssignProcessToJobObject(job, GetCurrentProcess())?;
    }
    Ok(())
}

/// Keeps this process while the program that it runs stops; this process's end would be that program's too.
unsafe extern "system" fn outlive_the_program(event: u32) -> BOOL {
    /// The system ends the process when the handler comes back from a close, and after some seconds in any case.
    const TIME_TO_STOP: Duration = Duration::from_secs(20);
    if event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT {
        std::thread::sleep(TIME_TO_STOP);
    }
    true.into()
}
