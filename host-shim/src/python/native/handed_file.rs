//! A document that was handed over by descriptor, read by pdfium through its file-access callback without Python.

use crate::os;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use std::ffi::{c_int, c_ulong, c_void};

/// `FPDF_FILEACCESS` (fpdfview.h).
#[repr(C)]
struct FileAccess {
    length: c_ulong,
    get_block: unsafe extern "C" fn(*mut c_void, c_ulong, *mut u8, c_ulong) -> c_int,
    /// A pointer in C; here the number of the descriptor.
    parameter: usize,
}

/// A descriptor of its own of a handed document, open as long as this lives, and what pdfium reads it by.
#[pyclass(frozen)]
pub struct HandedFile {
    file: os::SharedFile,
    access: Box<FileAccess>,
}

#[pymethods]
impl HandedFile {
    /// Copies `descriptor`; the file has `length` bytes.
    #[new]
    fn new(descriptor: i32, length: u64) -> PyResult<Self> {
        let file = os::SharedFile::copy_of(descriptor).map_err(PyOSError::new_err)?;
        let number = usize::try_from(file.number()).unwrap_or_default();
        let length = c_ulong::try_from(length).unwrap_or(c_ulong::MAX);
        let access = Box::new(FileAccess { length, get_block, parameter: number });
        Ok(Self { file, access })
    }

    /// The descriptor's number.
    #[getter]
    fn descriptor(&self) -> i32 {
        self.file.number()
    }

    /// Where pdfium finds its `FPDF_FILEACCESS`, until this is dropped.
    #[getter]
    fn access(&self) -> usize {
        std::ptr::from_ref(&*self.access) as usize
    }
}

/// Reads `size` bytes at `position`; 0 where they are not all there.
///
/// # Safety
/// pdfium passes `parameter` as it was given, and a buffer of `size` bytes.
#[allow(clippy::useless_conversion, reason = "`c_ulong` has 32 bits on Windows")]
unsafe extern "C" fn get_block(parameter: *mut c_void, position: c_ulong, buffer: *mut u8, size: c_ulong) -> c_int {
    let (Ok(descriptor), Ok(size)) = (i32::try_from(parameter as usize), usize::try_from(size)) else { return 0 };
    if buffer.is_null() {
        return 0;
    }
    // SAFETY: the buffer is writable and `size` bytes long, as the caller promises.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer, size) };
    c_int::from(os::read_whole_at(descriptor, buffer, u64::from(position)))
}
