"""A stderr that no write can fail on, whether its reader has exited or its disk is full; prints go there too."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, TextIO


class GuardedStderr:
    """Passes everything on to `stream`; what cannot be written is dropped."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes what can be written; returns the length of `text` in any case."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes what can be flushed."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def guard() -> None:
    """Puts the guard in the place of `sys.stderr` and of `sys.stdout`, which leads to the same place, once."""
    if sys.stderr is not None and not isinstance(sys.stderr, GuardedStderr):
        sys.stderr = GuardedStderr(sys.stderr)
    if sys.stdout is not None and not isinstance(sys.stdout, GuardedStderr):
        sys.stdout = GuardedStderr(sys.stdout)
