"""The request in flight, as an engine sees it: its deadline and where to report progress."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from pyworker.errors import DeadlinePassed

CROWDED = 100_000
"""Container objects made and not freed since the last collection that start one within a request."""


class RequestContext:
    """Deadline and progress of one request.

    `deadline` is a `time.monotonic()` value. Engines call `check` between lines, tables and pages.
    """

    __slots__ = ("_report", "_timeout_s", "deadline")

    def __init__(self, timeout_s: float, report: Callable[[int, int], None] | None = None) -> None:
        self._timeout_s = timeout_s
        self._report = report
        self.deadline = time.monotonic() + timeout_s

    def remaining(self) -> float:
        """Seconds until the deadline; negative after it."""
        return self.deadline - time.monotonic()

    def check(self) -> None:
        """Raises DeadlinePassed once the deadline has passed; a good place for the garbage of a long request."""
        if time.monotonic() >= self.deadline:
            raise self.timeout()
        # Automatic collection is off (see router.py), and here the engine is in no native call.
        if gc.get_count()[0] > CROWDED:
            gc.collect(1)

    def timeout(self) -> DeadlinePassed:
        """The error of a request whose deadline has passed."""
        milliseconds = round(self._timeout_s * 1000)
        return DeadlinePassed(
            f"the deadline of {milliseconds} ms passed; ask for less or give a larger timeout_ms",
            timeout_ms=milliseconds,
        )

    def progress(self, done: int, total: int) -> None:
        """Sends the protocol's progress message; nothing where the host takes none."""
        if self._report is not None:
            self._report(done, total)
