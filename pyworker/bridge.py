"""What the Rust host calls, in this order: `start` once, `handle` for each request on one thread, `stop` once.

While no request waits it calls `warm_up` on that thread, until that returns False.

The host has checked every payload and filled in its defaults, so nothing is checked here again and pydantic is
not even loaded. The host turns exceptions into errors with `errors.describe`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pyworker import guarded_stderr
from pyworker.context import RequestContext
from pyworker.engine.process.memory_monitor import HostHooks, MemoryMonitor
from pyworker.router import Router
from pyworker.settings import Settings


class Payload:
    """A checked payload: its fields as attributes, as on the models of `messages`."""

    # The host leaves out optional fields that have no value.
    password: str | None = None
    bbox: list[float] | None = None
    page_range: list[int] | None = None
    layers: list[str] | None = None
    page_break: str | None = None

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__ = fields


_router: Router
_hooks: Hooks
_told_bytes = 0
"""What the host was last told of the page cache."""
_monitor: MemoryMonitor


class Hooks(HostHooks, Protocol):
    """What the Rust host lets its Python side do."""

    def page_cache(self, held_bytes: int) -> None:
        """Notes how many bytes of pixels are kept, for the `perf` of the replies."""


def start(hooks: Hooks) -> dict[str, Any]:
    """Reads the settings, loads and checks the engines, starts the memory monitor.

    Returns the fields of `ready`, without `pid`. Raises StartupFailed, which has `code` and `message`.
    """
    global _router, _hooks, _monitor
    guarded_stderr.guard()
    settings = Settings.from_environ()
    _router, _hooks = Router(settings), hooks
    ready = _router.start()
    _monitor = MemoryMonitor(settings, hooks, _router.relieve)
    _monitor.start()
    return ready


def handle(
    cmd: str,
    payload: dict[str, Any],
    timeout_s: float,
    progress: Callable[[int, int], None] | None,
    document: int | None = None,
) -> dict[str, Any]:
    """The `data` of a request's reply; an image stands as a buffer of bytes under `base64`.

    `progress` is called with pages done and pages in all. `document` is the descriptor of the document where the
    supervisor handed it over; else it is opened by its name.
    """
    global _told_bytes
    try:
        return _router.handle(cmd, Payload(payload), RequestContext(timeout_s, progress), document)
    finally:
        if _router.page_cache_bytes != _told_bytes:
            _told_bytes = _router.page_cache_bytes
            _hooks.page_cache(_told_bytes)


def warm_up() -> bool:
    """Loads a part of what was left for a time without requests; whether more is left."""
    return _router.warm_up()


def stop() -> None:
    """Ends the monitor and closes the documents; no request may come after."""
    _monitor.stop()
    _router.close()
