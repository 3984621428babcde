//! Names of the statuses that end a process on Windows, from the values that Microsoft's [MS-ERREF] lists.

/// The name of an exit code that is the status of an unhandled exception or of the loader; `None` for a program's own code.
pub(super) fn name(code: u32) -> Option<&'static str> {
    Some(match code {
        0x4000_0015 => "STATUS_FATAL_APP_EXIT",
        0x8000_0003 => "STATUS_BREAKPOINT",
        0xC000_0005 => "STATUS_ACCESS_VIOLATION",
        0xC000_0006 => "STATUS_IN_PAGE_ERROR",
        0xC000_0008 => "STATUS_INVALID_HANDLE",
        0xC000_0017 => "STATUS_NO_MEMORY",
        0xC000_001D => "STATUS_ILLEGAL_INSTRUCTION",
        0xC000_0025 => "STATUS_NONCONTINUABLE_EXCEPTION",
        0xC000_007B => "STATUS_INVALID_IMAGE_FORMAT",
        0xC000_008C => "STATUS_ARRAY_BOUNDS_EXCEEDED",
        0xC000_008E => "STATUS_FLOAT_DIVIDE_BY_ZERO",
        0xC000_0090 => "STATUS_FLOAT_INVALID_OPERATION",
        0xC000_0094 => "STATUS_INTEGER_DIVIDE_BY_ZERO",
        0xC000_0095 => "STATUS_INTEGER_OVERFLOW",
        0xC000_0096 => "STATUS_PRIVILEGED_INSTRUCTION",
        0xC000_009A => "STATUS_INSUFFICIENT_RESOURCES",
        0xC000_00FD => "STATUS_STACK_OVERFLOW",
        0xC000_012D => "STATUS_COMMITMENT_LIMIT",
        0xC000_0135 => "STATUS_DLL_NOT_FOUND",
        0xC000_0139 => "STATUS_ENTRYPOINT_NOT_FOUND",
        0xC000_013A => "STATUS_CONTROL_C_EXIT",
        0xC000_0142 => "STATUS_DLL_INIT_FAILED",
        0xC000_0374 => "STATUS_HEAP_CORRUPTION",
        // Also the fast fail of Rust's and of the C runtime's abort().
        0xC000_0409 => "STATUS_STACK_BUFFER_OVERRUN",
        0xC000_0417 => "STATUS_INVALID_CRUNTIME_PARAMETER",
        0xC000_0420 => "STATUS_ASSERTION_FAILURE",
        0xC000_0602 => "STATUS_FAIL_FAST_EXCEPTION",
        0xE06D_7363 => "uncaught C++ exception",
        0xC000_0000.. => "unnamed NTSTATUS",
        _ => return None,
    })
}
