//! What every call of the system needs: its errors, raw handles, and sizes of structures.

use std::io;
use std::mem;
use std::os::windows::io::AsRawHandle;
use windows::Win32::Foundation::HANDLE;

/// The system's error with its own number, which the standard library knows by kind; an `HRESULT` it does not.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn os_error(error: windows::core::Error) -> io::Error {
    const FROM_WIN32: u32 = 0x8007_0000;
    let code = error.code().0.cast_unsigned();
    match code & 0xFFFF_0000 {
        FROM_WIN32 => io::Error::from_raw_os_error((code & 0xFFFF).cast_signed()),
        _ => io::Error::other(error.to_string()),
    }
}

pub(super) fn raw(handle: &impl AsRawHandle) -> HANDLE {
    HANDLE(handle.as_raw_handle())
}

/// The size of a structure of the system, as its calls take it. None is near 4 GB.
pub(super) const fn u32_size_of<T>() -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the structures have some hundred bytes")]
    let size = mem::size_of::<T>() as u32;
    size
}
