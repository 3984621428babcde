//! The job object that holds a worker's tree together.

use super::calls::{os_error, raw, u32_size_of};
use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::JobObjects::{
    CreateJobObjectW, IsProcessInJob, JOB_OBJECT_LIMIT_ACTIVE_PROCESS, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_JOB_MEMORY, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOB_OBJECT_UILIMIT_DESKTOP,
    JOB_OBJECT_UILIMIT_DISPLAYSETTINGS, JOB_OBJECT_UILIMIT_EXITWINDOWS, JOB_OBJECT_UILIMIT_GLOBALATOMS,
    JOB_OBJECT_UILIMIT_HANDLES, JOB_OBJECT_UILIMIT_READCLIPBOARD, JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS,
    JOB_OBJECT_UILIMIT_WRITECLIPBOARD, JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectBasicUIRestrictions, JobObjectExtendedLimitInformation, SetInformationJobObject, TerminateJobObject,
};
use windows::Win32::System::Threading::GetCurrentProcess;
use windows::core::BOOL;

/// Exit code of a process that we kill: the one that the Task Manager gives too. Who killed it and why is told by the
/// supervisor's own report, never read from this number.
const KILLED: u32 = 1;

/// A job object of which no process can break out.
///
/// The system closes the handle when this process ends, however it ends, and then kills every process in the job.
#[derive(Debug)]
pub(super) struct Job {
    handle: OwnedHandle,
    limits: JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    is_confined: bool,
}

impl Job {
    /// Makes a job. `memory_cap` bounds what all its processes together have committed, in bytes. A confined one keeps its processes
    /// from the clipboard, other desktops and processes' windows, and from the settings and the end of the session.
    pub(super) fn new(memory_cap: Option<u64>, is_confined: bool) -> io::Result<Self> {
        // SAFETY: no security attributes and no name: a handle of ours that no child inherits.
        let handle = unsafe { CreateJobObjectW(None, None) }.map_err(os_error)?;
        // SAFETY: a fresh handle that nothing else owns.
        let handle = unsafe { OwnedHandle::from_raw_handle(handle.0) };
        let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        // A crash ends the process at once: no dialog of the error reporting keeps it alive. Neither flag that would
        // permit a breakaway is set.
        limits.BasicLimitInformation.LimitFlags =
            JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
        let cap = memory_cap.map(committed);
        if let Some(cap) = cap {
            limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_JOB_MEMORY;
            limits.JobMemoryLimit = usize::try_from(cap).unwrap_or(usize::MAX);
        }
        let job = Self { handle, limits, is_confined };
        job.set_limits(&limits)?;
        if is_confined
            && !is_in_a_job()
            && let Err(error) = job.restrict_windows()
        {
            tracing::warn!(%error, "a worker's job has no limits on windows");
        }
        Ok(job)
    }

    /// Lets a confined job have no process beyond those that it has: a console's helper may be one of them.
    pub(super) fn seal(&self) -> io::Result<()> {
        if !self.is_confined {
            return Ok(());
        }
        let mut limits = self.limits;
        limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_ACTIVE_PROCESS;
        limits.BasicLimitInformation.ActiveProcessLimit = 1;
        self.set_limits(&limits)
    }

    fn set_limits(&self, limits: &JOBOBJECT_EXTENDED_LIMIT_INFORMATION) -> io::Result<()> {
        // SAFETY: the structure is the one that the class names, and of the size given.
        unsafe {
            SetInformationJobObject(
                raw(&self.handle),
                JobObjectExtendedLimitInformation,
                std::ptr::from_ref(limits).cast(),
                u32_size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>(),
            )
        }
        .map_err(os_error)
    }

    fn restrict_windows(&self) -> io::Result<()> {
        let restrictions = JOBOBJECT_BASIC_UI_RESTRICTIONS {
            UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
                | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
                | JOB_OBJECT_UILIMIT_EXITWINDOWS
                | JOB_OBJECT_UILIMIT_GLOBALATOMS
                | JOB_OBJECT_UILIMIT_HANDLES
                | JOB_OBJECT_UILIMIT_READCLIPBOARD
                | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
                | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
        };
        // SAFETY: the structure is the one that the class names, and of the size given.
        unsafe {
            SetInformationJobObject(
                raw(&self.handle),
                JobObjectBasicUIRestrictions,
                (&raw const restrictions).cast(),
                u32_size_of::<JOBOBJECT_BASIC_UI_RESTRICTIONS>(),
            )
        }
        .map_err(os_error)
    }

    /// Its handle, open as long as this is there.
    pub(super) fn handle(&self) -> HANDLE {
        raw(&self.handle)
    }

    /// Kills every process in the job.
    pub(super) fn terminate(&self) {
        // SAFETY: the handle is open. A job that is empty already is no failure that anybody could act on.
        let _ = unsafe { TerminateJobObject(raw(&self.handle), KILLED) };
    }

    pub(super) fn bounds_memory(&self) -> bool {
        self.limits.JobMemoryLimit > 0
    }
}

/// Whether this process runs in a job, as in a terminal or on a build machine. A job below another may have no limits on windows.
fn is_in_a_job() -> bool {
    let mut is_in = BOOL(1);
    // SAFETY: the handle is this process's own, and the pointer is to a live variable.
    let asked = unsafe { IsProcessInJob(GetCurrentProcess(), None, &raw mut is_in) };
    asked.is_err() || is_in.as_bool()
}

/// The bound of committed memory for a bound of resident memory. Numeric libraries commit buffers for each thread that they
/// never touch, so the bound is kept well above: it stops a bomb, the guard inside the worker stops a leak.
fn committed(resident: u64) -> u64 {
    resident.saturating_mul(2).saturating_add(1 << 30)
}
