//! Resident set on macOS, read with `proc_pidinfo` as psutil does.

use super::megabyte::MB;
use crate::confinement::{Outcome, Plan};
use std::mem;

/// Reads the resident set of this process. The system has no peak that can be set back, so the peak is the present value.
#[derive(Debug)]
pub struct Memory {
    pid: libc::c_int,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// A reader for this process.
    pub fn new() -> Self {
        Self { pid: std::process::id().cast_signed() }
    }

    /// Resident set now, in MB; 0 where the system does not tell.
    pub fn rss_mb(&self) -> f64 {
        let mut info = mem::MaybeUninit::<libc::proc_taskinfo>::zeroed();
        let size = mem::size_of::<libc::proc_taskinfo>() as libc::c_int;
        // SAFETY: the buffer is writable and of the size given; all-zero bytes are a valid proc_taskinfo.
        let info = unsafe {
            libc::proc_pidinfo(self.pid, libc::PROC_PIDTASKINFO, 0, info.as_mut_ptr().cast(), size);
            info.assume_init()
        };
        info.pti_resident_size as f64 / MB
    }

    /// Nothing: there is no peak to set back.
    #[expect(clippy::unused_self, reason = "twin of the Linux reader")]
    pub fn reset_peak(&self) {}

    /// Resident set now, in MB.
    pub fn peak_mb(&self) -> f64 {
        self.rss_mb()
    }
}

/// Nothing: the parent closes its descriptors.
pub fn close_inherited(_kept: Option<i32>) {}

/// Nothing is confined here.
pub fn confine(_plan: &Plan) -> Outcome {
    Outcome { is_confined: false, report: "macOS: there is no sandbox for it yet".to_owned() }
}

/// Nothing: pyworker removes its folder itself.
pub fn release_image_folder() {}
