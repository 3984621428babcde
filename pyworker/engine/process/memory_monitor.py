"""The memory watchdog: once a second, frees what it can over the soft limit, ends the worker over the hard one.

A thread of Python, so it sees nothing while native code keeps the interpreter's lock; the Rust host's guard
thread does.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from pyworker.settings import Settings

INTERVAL_S = 1.0
MEGABYTE = 1 << 20
WORTHWHILE_MB = 8.0
"""A relief that frees less doubles the wait until the next one."""
MAX_BACKOFF = 64
"""Most looks at the RSS between two reliefs."""
REARM = 0.95
"""The RSS must fall below this share of the soft limit before the next warning."""

STATM = Path("/proc/self/statm")
MAPPED_BYTES = 1 << 20
KEPT_BYTES = 8 << 20
"""Free bytes at the end of the heap that the C library keeps, where blocks are mapped from MAPPED_BYTES on."""
# Of glibc's <malloc.h>.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def give_back_memory() -> None:
    """Returns freed memory to the system where the C library keeps it (glibc)."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        # musl has none: it gives pages back by itself.
        if trim is not None:
            trim(0)


def map_large_blocks() -> None:
    """Makes the C library (glibc) give blocks of MAPPED_BYTES and more back to the system as soon as they are freed.

    Without it blocks up to 32 MB stay in the heap once one was freed. Those of a model's layers split it up: finding
    the lines of a page took 350 MB, of which 180 are in use at once.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, MAPPED_BYTES)
            # A fixed threshold would leave this at 128 kB: the heap's end would be given back after each small picture.
            mallopt(_M_TRIM_THRESHOLD, KEPT_BYTES)


def room_below(ram_soft_mb: int) -> int:
    """Bytes that this process may take and stay below REARM of the soft limit; 0 or less where it is past that."""
    return int(ram_soft_mb * MEGABYTE * REARM) - rss_bytes()


def rss_bytes() -> int:
    """Resident set of this process, as psutil tells it."""
    if sys.platform == "linux":
        # Where psutil reads it (`man 5 proc_pid_statm`). Loading psutil takes a tenth of a worker's start.
        return int(STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.Process().memory_info().rss)


class HostHooks(Protocol):
    """What a host lets the worker's Python side do to the protocol stream and the process."""

    def emit(self, event: dict[str, Any]) -> None:
        """Writes a lifecycle event."""

    def leave_out_of_memory(self, rss_mb: float) -> None:
        """Writes `memory_critical` and, where a request is in flight, its `out_of_memory` reply; exits with 137."""


class MemoryMonitor:
    """Watches the RSS of this process.

    `relieve` frees memory, or arranges for it to be freed as soon as the engine is idle.
    """

    def __init__(self, settings: Settings, hooks: HostHooks, relieve: Callable[[], None]) -> None:
        self._soft_mb = settings.ram_soft_mb
        self._hard_mb = settings.ram_hard_mb
        self._hooks = hooks
        self._relieve = relieve
        self._stop = threading.Event()
        self._warned = False
        self._skip = 0
        self._backoff = 1
        self._before_relief: float | None = None
        self._thread = threading.Thread(target=self._run, name="memory-monitor", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; returns once it has ended."""
        self._stop.set()
        self._thread.join()

    def rss_mb(self) -> float:
        """Resident set size in MB now."""
        return rss_bytes() / MEGABYTE

    def look(self, rss_mb: float) -> None:
        """Acts on one look at the RSS."""
        if rss_mb > self._hard_mb:
            self._hooks.leave_out_of_memory(rss_mb)
            return
        if rss_mb <= self._soft_mb:
            if rss_mb < self._soft_mb * REARM:
                self._warned = False
                self._skip, self._backoff, self._before_relief = 0, 1, None
            return
        if not self._warned:
            self._warned = True
            self._hooks.emit(
                {
                    "type": "lifecycle",
                    "event": "memory_warning",
                    "rss_mb": round(rss_mb, 1),
                    "limit_mb": self._soft_mb,
                }
            )
        if self._skip > 0:
            self._skip -= 1
            return
        if self._before_relief is not None:
            freed = self._before_relief - rss_mb
            self._backoff = 1 if freed >= WORTHWHILE_MB else min(self._backoff * 2, MAX_BACKOFF)
        self._before_relief = rss_mb
        self._skip = self._backoff - 1
        self._relieve()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_S):
            self.look(self.rss_mb())
