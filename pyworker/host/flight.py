"""The request in flight, and who answers it."""

from __future__ import annotations

import threading

from pyworker.host.reader import Accepted


class Flight:
    """The request in the engine; the first to claim it answers it."""

    def __init__(self, accepted: Accepted) -> None:
        self.req_id = accepted.request.id
        self.read_at = accepted.read_at
        self._lock = threading.Lock()
        self.answered = False

    def claim(self) -> bool:
        """Whether the caller is the one to answer."""
        with self._lock:
            first, self.answered = not self.answered, True
            return first
