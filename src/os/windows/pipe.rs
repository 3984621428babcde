//! Pipes to a child: our ends asynchronous, as the standard library's types for them demand, the child's ends ordinary.

use super::calls::{os_error, raw};
use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicU32, Ordering};
use windows::Win32::Foundation::{
    GENERIC_READ, GENERIC_WRITE, HANDLE, HANDLE_FLAG_INHERIT, HANDLE_FLAGS, INVALID_HANDLE_VALUE, SetHandleInformation,
};
use windows::Win32::Storage::FileSystem::{
    CreateFileW, FILE_ATTRIBUTE_NORMAL, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, FILE_SHARE_NONE,
    OPEN_EXISTING, PIPE_ACCESS_INBOUND, PIPE_ACCESS_OUTBOUND,
};
use windows::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_READMODE_BYTE, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, PIPE_WAIT,
};
use windows::core::PCWSTR;

/// Bytes that a pipe holds before a writer waits, as on Linux.
const BUFFER: u32 = 64 * 1024;

/// The child's ends of its stdin, stdout and stderr.
pub(super) struct ChildEnds([OwnedHandle; 3]);

impl ChildEnds {
    pub(super) fn handles(&self) -> [HANDLE; 3] {
        [raw(&self.0[0]), raw(&self.0[1]), raw(&self.0[2])]
    }

    /// Lets the next process inherit them, or no longer. They are inheritable only around its creation.
    pub(super) fn set_inheritable(&self, inheritable: bool) -> io::Result<()> {
        let flags = if inheritable { HANDLE_FLAG_INHERIT } else { HANDLE_FLAGS(0) };
        for handle in self.handles() {
            // SAFETY: the handle is open.
            unsafe { SetHandleInformation(handle, HANDLE_FLAG_INHERIT.0, flags) }.map_err(os_error)?;
        }
        Ok(())
    }
}

/// Makes the three pipes.
pub(super) fn three() -> io::Result<(ChildEnds, ChildStdin, ChildStdout, ChildStderr)> {
    let (our_stdin, their_stdin) = pair(Direction::ToChild)?;
    let (our_stdout, their_stdout) = pair(Direction::FromChild)?;
    let (our_stderr, their_stderr) = pair(Direction::FromChild)?;
    Ok((
        ChildEnds([their_stdin, their_stdout, their_stderr]),
        ChildStdin::from(our_stdin),
        ChildStdout::from(our_stdout),
        ChildStderr::from(our_stderr),
    ))
}

#[derive(Clone, Copy)]
enum Direction {
    ToChild,
    FromChild,
}

/// Our end and the child's end of a pipe. A pipe needs a name to have an asynchronous end; no other process can take the name first
/// (`FIRST_PIPE_INSTANCE`), and its one instance is connected before this returns.
fn pair(direction: Direction) -> io::Result<(OwnedHandle, OwnedHandle)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!(r"\\.\pipe\tach-{}-{number}-{:016x}", std::process::id(), fastrand::u64(..));
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let (our_access, their_access) = match direction {
        Direction::ToChild => (PIPE_ACCESS_OUTBOUND, GENERIC_READ),
        Direction::FromChild => (PIPE_ACCESS_INBOUND, GENERIC_WRITE),
    };
    // SAFETY: the name ends with NUL and outlives the call.
    let ours = unsafe {
        CreateNamedPipeW(
            PCWSTR(name.as_ptr()),
            our_access | FILE_FLAG_FIRST_PIPE_INSTANCE | FILE_FLAG_OVERLAPPED,
            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            1,
            BUFFER,
            BUFFER,
            0,
            None,
        )
    };
    if ours == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: a fresh handle that nothing else owns.
    let ours = unsafe { OwnedHandle::from_raw_handle(ours.0) };
    // SAFETY: the name ends with NUL and outlives the call.
    let theirs = unsafe {
        CreateFileW(
            PCWSTR(name.as_ptr()),
            their_access.0,
            FILE_SHARE_NONE,
            None,
            OPEN_EXISTING,
            FILE_ATTRIBUTE_NORMAL,
            None,
        )
    }
    .map_err(os_error)?;
    // SAFETY: a fresh handle that nothing else owns.
    let theirs = unsafe { OwnedHandle::from_raw_handle(theirs.0) };
    Ok((ours, theirs))
}
