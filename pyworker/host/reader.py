"""The reader thread of the Python host: bytes of the peer to checked requests. What is wrong is refused here."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from pyworker.errors import ShuttingDown, WorkerError
from pyworker.host.lines import LineCutter, Refused, parse_request
from pyworker.limits import QUEUE_LENGTH
from pyworker.messages import Request

CHUNK_BYTES = 64 << 10


class Accepted(NamedTuple):
    """A good request and when its line was read, as `time.monotonic()`."""

    request: Request
    read_at: float


class Sink(Protocol):
    """Where the reader puts what it has read."""

    def accept(self, accepted: Accepted) -> None:
        """Queues a good request."""

    def refuse(self, req_id: str | None, error: WorkerError, read_at: float) -> None:
        """Answers a line that no engine will see; may block while the peer does not read."""

    def end_of_input(self) -> None:
        """Queues the end of the requests."""


class Reader:
    """Reads `descriptor` to its end on a thread of its own."""

    def __init__(self, descriptor: int, sink: Sink, is_stopping: Callable[[], bool], *, faults: bool) -> None:
        self._descriptor = descriptor
        self._sink = sink
        self._is_stopping = is_stopping
        self._faults = faults
        self._shutdown_read = False
        self._places = threading.Semaphore(QUEUE_LENGTH)
        self.busy = threading.Lock()
        """Held while the reader works on what it has read."""

    def start(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self._run, name="reader", daemon=True).start()

    def taken(self) -> None:
        """Gives a place in the queue back."""
        self._places.release()

    def _run(self) -> None:
        cutter = LineCutter()
        while True:
            try:
                chunk = os.read(self._descriptor, CHUNK_BYTES)
            except OSError:
                chunk = b""
            with self.busy:
                for line in cutter.feed(chunk) if chunk else cutter.finish():
                    self._take(line)
                if not chunk:
                    self._sink.end_of_input()
                    return

    def _take(self, line: bytes | None) -> None:
        read_at = time.monotonic()
        try:
            request = parse_request(line, faults=self._faults)
        except Refused as refused:
            self._sink.refuse(refused.req_id, refused.error, read_at)
            return
        if not self._shutdown_read:
            self._places.acquire()
        if self._shutdown_read or self._is_stopping():
            self._sink.refuse(request.id, shutting_down(), read_at)
            return
        self._shutdown_read = request.cmd == "shutdown"
        self._sink.accept(Accepted(request, read_at))


def shutting_down() -> ShuttingDown:
    """The answer to a request that was read but is not started."""
    return ShuttingDown("not started: the worker is stopping; send it to another one")
