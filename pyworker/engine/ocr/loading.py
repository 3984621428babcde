"""Loads the OCR models beside the engine's thread, so that a request whose deadline passes meanwhile ends in
time and the next one finds them loaded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from pyworker.context import RequestContext

_Loaded = TypeVar("_Loaded")


class Loading(Generic[_Loaded]):
    """Something that takes seconds to load on a busy machine: begun at the first `wait`, done once."""

    def __init__(self, load: Callable[[], _Loaded]) -> None:
        self._load = load
        self._thread: threading.Thread | None = None
        self._result: _Loaded | None = None
        self._error: Exception | None = None

    def wait(self, context: RequestContext) -> _Loaded:
        """What was loaded. Raises DeadlinePassed where that takes too long, and what the loading raised; then the
        next call tries again.
        """
        if self._result is not None:
            return self._result
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ocr-loading", daemon=True)
            self._thread.start()
        self._thread.join(max(0.0, context.remaining()))
        if self._thread.is_alive():
            raise context.timeout()
        self._thread = None
        if self._result is None:
            error, self._error = self._error, None
            raise error if error is not None else RuntimeError("the OCR models were not loaded")
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._load()
        except Exception as error:  # raised again in the engine's thread
            self._error = error
