"""Numbers too small for full precision (subnormal) are taken as zero while a model runs.

A processor takes some hundred cycles for each, and the last layers of the model that finds lines make many: with them a
page takes three times the processor time, and the sum over the map of text is the same to the last digit. ONNX Runtime
sets the mode for the threads of its pool (`set_denormal_as_zero`), not for the thread that calls it.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

ENVIRONMENT_BYTES = 64
"""More than any C library here has in its floating-point environment, `fenv_t`."""
# Where the control register is in glibc's and musl's `fenv_t`, and its bits: flush to zero and denormals are zero
# in MXCSR (Intel SDM, volume 1, 10.2.3), flush to zero in FPCR (Arm ARM, C5.2.8).
_REGISTERS = {"x86_64": (28, 0x8040), "aarch64": (0, 1 << 24)}
# Of Microsoft's <float.h>.
_DN_FLUSH, _MCW_DN = 0x0100_0000, 0x0300_0000


@contextmanager
def taken_as_zero() -> Iterator[None]:
    """The mode in the calling thread; no change where it cannot be set. What was set before comes back after."""
    put_back = _set_mode()
    try:
        yield
    finally:
        put_back()


def _set_mode() -> Callable[[], None]:
    """Sets the mode, and gives what puts back the one before."""
    if sys.platform == "win32":
        return _set_on_windows()
    register = _REGISTERS.get(platform.machine()) if sys.platform == "linux" else None
    library = _math_library()
    if register is None or library is None:
        return _nothing
    offset, bits = register
    before = ctypes.create_string_buffer(ENVIRONMENT_BYTES)
    library.fegetenv(before)
    now = ctypes.create_string_buffer(before.raw, ENVIRONMENT_BYTES)
    control = ctypes.c_uint32.from_buffer(now, offset)
    control.value |= bits
    library.fesetenv(now)
    return lambda: _put_back(library, before)


def _put_back(library: ctypes.CDLL, before: ctypes.Array[ctypes.c_char]) -> None:
    library.fesetenv(before)


def _set_on_windows() -> Callable[[], None]:
    library = _math_library()
    if library is None:
        return _nothing
    before = ctypes.c_uint()
    library._controlfp_s(ctypes.byref(before), 0, 0)
    library._controlfp_s(ctypes.byref(ctypes.c_uint()), _DN_FLUSH, _MCW_DN)
    return lambda: library._controlfp_s(ctypes.byref(ctypes.c_uint()), before.value & _MCW_DN, _MCW_DN)


@cache
def _math_library() -> ctypes.CDLL | None:
    """The library with the calls; None where it has none."""
    try:
        if sys.platform == "win32":
            library = ctypes.CDLL("ucrtbase")
            return library if hasattr(library, "_controlfp_s") else None
        library = ctypes.CDLL("libm.so.6")
        return library if hasattr(library, "fesetenv") else None
    except OSError:
        return None


def _nothing() -> None:
    pass
