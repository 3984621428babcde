"""Lines that answer nothing: lifecycle events and progress."""

from __future__ import annotations

from typing import Literal

from pyworker.messages.base import (
    Message,
    StopReason,
)


class Limits(Message):
    """Memory limits and default deadline that a worker runs under."""

    ram_soft_mb: int
    ram_hard_mb: int
    timeout_ms: int


class Ready(Message):
    """The self-check passed and requests are taken."""

    type: Literal["lifecycle"] = "lifecycle"
    event: Literal["ready"] = "ready"
    protocol: int
    version: str
    pid: int
    capabilities: list[str]
    sandbox: str | None
    """The layers of the sandbox that are in force, or what is missing and why; one line for people."""
    python: str
    docling: str | None
    profile: str
    limits: Limits


class StartupFailed(Message):
    """Instead of `ready`; the worker then exits with 78."""

    type: Literal["lifecycle"] = "lifecycle"
    event: Literal["startup_failed"] = "startup_failed"
    code: str
    message: str


class MemoryWarning(Message):
    """RSS passed the soft limit."""

    type: Literal["lifecycle"] = "lifecycle"
    event: Literal["memory_warning"] = "memory_warning"
    rss_mb: float
    limit_mb: int


class MemoryCritical(Message):
    """RSS passed the hard limit; the worker is about to exit with 137."""

    type: Literal["lifecycle"] = "lifecycle"
    event: Literal["memory_critical"] = "memory_critical"
    rss_mb: float
    limit_mb: int
    req_id: str | None


class Stopping(Message):
    """A graceful stop began."""

    type: Literal["lifecycle"] = "lifecycle"
    event: Literal["stopping"] = "stopping"
    reason: StopReason


class Progress(Message):
    """How far a long request has come."""

    type: Literal["progress"] = "progress"
    req_id: str
    done: int
    total: int


LIFECYCLE: dict[str, type[Message]] = {
    "ready": Ready,
    "startup_failed": StartupFailed,
    "memory_warning": MemoryWarning,
    "memory_critical": MemoryCritical,
    "stopping": Stopping,
}
"""The model of each lifecycle event."""
