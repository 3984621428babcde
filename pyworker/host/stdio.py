"""Takes the standard streams away from everybody else, and writes lines to the one that was stdout.

After `take_over` descriptor 0 is the null device and descriptor 1 is stderr: no print of any library, native ones
too, reaches the protocol stream.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable

ROOM_BYTES = 4 << 20
"""Unsent bytes from which on writers are held up."""


def take_over() -> tuple[int, int]:
    """Private descriptors of what were stdin and stdout."""
    try:
        os.fstat(2)
    except OSError:
        # Without stderr the next descriptor opened would become 2, and tracebacks would go into it.
        spare = os.open(os.devnull, os.O_WRONLY)
        if spare != 2:
            os.dup2(spare, 2)
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        msvcrt.setmode(requests, os.O_BINARY)
        msvcrt.setmode(replies, os.O_BINARY)
        # Native code asks the system for its handles, not the C runtime.
        kernel32 = ctypes.CDLL("kernel32")
        for which, descriptor in ((-10, 0), (-11, 1)):
            kernel32.SetStdHandle(which, ctypes.c_void_p(msvcrt.get_osfhandle(descriptor)))
    return requests, replies


class Output:
    """Writes lines to a descriptor from a thread of its own, so that a peer that does not read blocks no other thread.

    `on_room` is called, on that thread, when fewer than ROOM_BYTES are unsent again; `on_broken` when no
    process can ever read the rest.
    """

    def __init__(self, descriptor: int, on_room: Callable[[], None], on_broken: Callable[[], None]) -> None:
        self.descriptor = descriptor
        self._on_room = on_room
        self._on_broken = on_broken
        self._lines: deque[bytes] = deque()
        self._unsent = 0
        self._progress_at = time.monotonic()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="output", daemon=True).start()

    @property
    def has_room(self) -> bool:
        """Whether fewer than ROOM_BYTES are unsent."""
        return self._unsent < ROOM_BYTES

    def stalled_for(self) -> float:
        """Seconds for which the peer has taken nothing although there is something."""
        return time.monotonic() - self._progress_at if self._unsent else 0.0

    def send(self, line: bytes) -> None:
        """Queues a line that is whole, with its newline. Any thread."""
        with self._changed:
            if not self._unsent:
                self._progress_at = time.monotonic()
            self._lines.append(line)
            self._unsent += len(line)
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Blocks until there is room."""
        with self._changed:
            self._changed.wait_for(lambda: self.has_room)

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything is sent; False where the peer did not take it in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._unsent == 0, timeout_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                rest = memoryview(self._lines.popleft())
            while rest:
                try:
                    sent = os.write(self.descriptor, rest)
                except OSError:
                    self._on_broken()
                    return
                rest = rest[sent:]
                with self._changed:
                    had_room = self.has_room
                    self._unsent -= sent
                    self._progress_at = time.monotonic()
                    self._changed.notify_all()
                if self.has_room and not had_room:
                    self._on_room()
