//! The job object that holds a worker's tree together.

use super::calls::{os_error, raw, u32_size_of};
use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::JobObjects::{
    CreateJobObjectW, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_JOB_MEMORY,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectExtendedLimitInformation,
    SetInformationJobObject, TerminateJobObject,
};

/// Exit code of a process that we kill: the one that the Task Manager gives too. Who killed it and why is told by the
/// supervisor's own report, never read from this number.
const KILLED: u32 = 1;

/// A job object of which no process can break out.
///
/// The system closes the handle when this process ends, however it ends, and then kills every process in the job.
#[derive(Debug)]
pub(super) struct Job {
    handle: OwnedHandle,
    bounds_memory: bool,
}

impl Job {
    /// Makes a job. `memory_cap` bounds what all its processes together have committed, in bytes.
    pub(super) fn new(memory_cap: Option<u64>) -> io::Result<Self> {
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
        // SAFETY: the structure is the one that the class names, and of the size given.
        unsafe {
            SetInformationJobObject(
                raw(&handle),
                JobObjectExtendedLimitInformation,
                (&raw const limits).cast(),
                u32_size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>(),
            )
        }
        .map_err(os_error)?;
        Ok(Self { handle, bounds_memory: cap.is_some() })
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
        self.bounds_memory
    }
}

/// The bound of committed memory for a bound of resident memory. Numeric libraries commit buffers for each thread that they
/// never touch, so the bound is kept well above: it stops a bomb, the guard inside the worker stops a leak.
fn committed(resident: u64) -> u64 {
    resident.saturating_mul(2).saturating_add(1 << 30)
}
