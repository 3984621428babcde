"""The `fault` command: ways to misbehave on purpose, so that tests see what the worker and its supervisor do.

It exists only where TACH_TEST_FAULTS=1. docs/protocol.md lists the kinds.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from pyworker.context import RequestContext
from pyworker.engine.commands import escapes
from pyworker.limits import ExitCode

MEGABYTE = 1 << 20
LEAK_CHUNK_MB = 64
WINDOWS = sys.platform == "win32"

_leaked: list[int] = []


def run(payload: Any, context: RequestContext, documents: Sequence[tuple[str, int]] = ()) -> dict[str, Any]:
    """Misbehaves as `payload.kind` says with `payload.amount`; returns {} where the kind lets it.

    `escape` returns what escapes.run does of the `documents` that were handed over, each with its descriptor.
    """
    del context
    if payload.kind == "escape":
        return escapes.run(documents)
    data: dict[str, Any] | None = _KINDS[payload.kind](payload.amount)
    return data or {}


def _hang(_: int) -> NoReturn:
    while True:
        time.sleep(0.05)


def _hang_gil(_: int) -> NoReturn:
    """Native code that no signal wakes, called without giving the interpreter's lock away."""
    if WINDOWS:
        ctypes.PyDLL("kernel32").Sleep(ctypes.c_uint(0xFFFF_FFFF))
    else:
        libc = ctypes.PyDLL(None)
        mutex = ctypes.create_string_buffer(256)
        libc.pthread_mutex_init(mutex, None)
        libc.pthread_mutex_lock(mutex)
        # A thread that locks a plain mutex twice waits for itself, for ever.
        libc.pthread_mutex_lock(mutex)
    raise RuntimeError("the native hang came back")


def _leak(megabytes: int) -> None:
    """Allocates, touches and keeps `megabytes`, in native code that holds the interpreter's lock."""
    libc = ctypes.PyDLL("ucrtbase" if WINDOWS else None)
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = (ctypes.c_size_t,)
    libc.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    left = megabytes
    while left > 0:
        size = min(left, LEAK_CHUNK_MB) * MEGABYTE
        block = libc.malloc(size)
        if not block:
            raise MemoryError(f"no memory for {size} bytes more")
        libc.memset(block, 0x5A, size)
        _leaked.append(block)
        left -= LEAK_CHUNK_MB


def _raise(_: int) -> NoReturn:
    raise RuntimeError("a fault was asked for")


def _panic(_: int) -> NoReturn:
    os.write(2, b"panic: a fault was asked for\n")
    os._exit(ExitCode.INTERNAL_PANIC)


def _segv(_: int) -> None:
    if WINDOWS:
        # ctypes turns an access violation in its own calls into an exception; a native thread has no such net.
        kernel32 = ctypes.CDLL("kernel32")
        kernel32.CreateThread(None, ctypes.c_size_t(0), ctypes.c_void_p(16), None, 0, None)
        time.sleep(60)
    else:
        ctypes.string_at(16)


def _abort(_: int) -> NoReturn:
    os.abort()


def _exit(code: int) -> NoReturn:
    os._exit(code & 0xFF)


def _stdout_noise(_: int) -> None:
    print("noise from Python", flush=True)
    libc = ctypes.CDLL("ucrtbase" if WINDOWS else None)
    libc.puts(b"noise from native code")
    libc.fflush(None)
    with contextlib.suppress(OSError):  # where the reader of stderr has exited
        os.write(1, b"noise from the descriptor\n")


def _stderr_flood(megabytes: int) -> None:
    block = (b"flood " * 16 + b"\n") * (MEGABYTE // 97 + 1)
    for _ in range(megabytes):
        rest = memoryview(block)[:MEGABYTE]
        while rest:
            rest = rest[os.write(2, rest) :]


def _slow(milliseconds: int) -> None:
    time.sleep(milliseconds / 1000)


def _grandchild(_: int) -> None:
    """Leaves a child that sleeps for an hour and holds every pipe of this process, the protocol's too."""
    if not WINDOWS:
        for descriptor in range(3, 256):
            try:
                mode = os.fstat(descriptor).st_mode
            except OSError:
                continue
            if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
                os.set_inheritable(descriptor, True)
    command = (
        [sys.executable, "-c", "import time; time.sleep(3600)"]
        if WINDOWS
        else ["/bin/sh", "-c", "exec sleep 3600"]
    )
    subprocess.Popen(command, close_fds=False)  # noqa: S603


_KINDS: dict[str, Callable[[int], Any]] = {
    "hang": _hang,
    "hang_gil": _hang_gil,
    "leak": _leak,
    "raise": _raise,
    "panic": _panic,
    "segv": _segv,
    "abort": _abort,
    "exit": _exit,
    "stdout_noise": _stdout_noise,
    "stderr_flood": _stderr_flood,
    "slow": _slow,
    "grandchild": _grandchild,
}
