//! What only Linux has: the sandbox, and the resident set, read from `/proc/self` through files that stay open.

mod confinement;
mod document_socket;
mod file_rules;
mod image_folder;
mod system_call_list;
mod system_calls;

pub use confinement::{close_inherited, confine};
pub use document_socket::DocumentSocket;
pub use image_folder::release as release_image_folder;

use super::megabyte::MB;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;

/// Reads the resident set of this process.
///
/// Writing `5` to `clear_refs` sets the kernel's high-water mark back to the present value (proc(5)); `getrusage` then
/// reports the highest since. Both cost less than a microsecond. `ru_maxrss` also remembers the image that called
/// `exec`, which with `vfork` is the whole supervisor: below that floor the mark is read from `status`, in about 7 µs.
#[derive(Debug)]
pub struct Memory {
    statm: Option<File>,
    status: Option<File>,
    clear_refs: Option<File>,
    page_mb: f64,
    inherited_mb: f64,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Memory {
    /// Opens the files. Where `/proc` is missing or closed, the readings that need it are 0.
    pub fn new() -> Self {
        // SAFETY: sysconf has no preconditions.
        let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let mut memory = Self {
            statm: File::open("/proc/self/statm").ok(),
            status: File::open("/proc/self/status").ok(),
            clear_refs: OpenOptions::new().write(true).open("/proc/self/clear_refs").ok(),
            page_mb: page_bytes as f64 / MB,
            inherited_mb: 0.0,
        };
        memory.reset_peak();
        // The kernel's counters are exact only to some pages for each thread.
        let slack_mb = 1.0;
        if memory.usage_peak_mb() > memory.high_water_mb() + slack_mb {
            memory.inherited_mb = memory.usage_peak_mb();
        }
        memory
    }

    /// Resident set now, in MB; 0 where the system does not tell.
    pub fn rss_mb(&self) -> f64 {
        let mut buffer = [0; 128];
        self.statm
            .as_ref()
            .and_then(|file| file.read_at(&mut buffer, 0).ok())
            .and_then(|length| std::str::from_utf8(&buffer[..length]).ok())
            .and_then(|text| text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok())
            .map_or(0.0, |pages| pages as f64 * self.page_mb)
    }

    /// Starts a new measurement of the peak.
    pub fn reset_peak(&self) {
        if let Some(file) = &self.clear_refs {
            // A kernel without the reset leaves the peak of the whole life, which is still a true upper bound.
            let _ = file.write_at(b"5", 0);
        }
    }

    /// Highest resident set since [`Self::reset_peak`], in MB.
    pub fn peak_mb(&self) -> f64 {
        let peak = self.usage_peak_mb();
        if peak > self.inherited_mb { peak } else { self.high_water_mb() }
    }

    #[expect(clippy::unused_self, reason = "a reading of this process, like its siblings")]
    fn usage_peak_mb(&self) -> f64 {
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::uninit();
        // SAFETY: the pointer is to writable memory of the right size, which a successful call fills.
        let usage = unsafe {
            if libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) != 0 {
                return 0.0;
            }
            usage.assume_init()
        };
        usage.ru_maxrss as f64 / 1024.0
    }

    fn high_water_mb(&self) -> f64 {
        let mut buffer = [0; 4096];
        self.status
            .as_ref()
            .and_then(|file| file.read_at(&mut buffer, 0).ok())
            .and_then(|length| std::str::from_utf8(&buffer[..length]).ok())
            .and_then(|text| text.lines().find_map(|line| line.strip_prefix("VmHWM:")))
            .and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok())
            .map_or(0.0, |kilobytes| kilobytes as f64 / 1024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    #[test]
    fn inherited_peak_is_not_taken_for_our_own() {
        let mut memory = Memory::new();
        memory.inherited_mb = 1e9;
        assert!(memory.peak_mb() > 0.5 && memory.peak_mb() < 1e6);
    }
}
