"""How long a kind of work takes, so that none is begun that would end after the deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pyworker.context import RequestContext

_Result = TypeVar("_Result")


class Pace:
    """The pace of one kind of work, learned from the work itself."""

    def __init__(self) -> None:
        self._seconds_each = 0.0
        self._largest = 0.0

    def run(self, amount: float, context: RequestContext, work: Callable[[], _Result]) -> _Result:
        """Do `work` of size `amount`; raises DeadlinePassed instead where it would last past the deadline."""
        context.check()
        if context.remaining() < amount * self._seconds_each:
            # Forgotten a little each time: one slow moment must not refuse everything after it.
            self._seconds_each *= 0.8
            raise context.timeout()
        start = time.monotonic()
        result = work()
        self._learn(amount, (time.monotonic() - start) / max(1.0, amount))
        return result

    def _learn(self, amount: float, seconds_each: float) -> None:
        # Small pieces of work cost more for their size; they say nothing about large ones, unless they were
        # quick.
        if not self._largest or seconds_each < self._seconds_each:
            self._seconds_each = seconds_each
        elif amount >= self._largest / 2:
            self._seconds_each = min(seconds_each, 1.25 * self._seconds_each)
        self._largest = max(self._largest, amount)
