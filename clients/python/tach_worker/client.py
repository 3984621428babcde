"""What a client over stdio and one over HTTP have in common."""

from __future__ import annotations

import base64
import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .commands import Commands
from .errors import TachError
from .types import Evidence

if TYPE_CHECKING:
    from typing_extensions import Self

IN_FLIGHT = 256
"""Requests of one `ask_many` that wait for their replies."""


class Client(Commands):
    """Every request is answered once, by its data or by a TachError. Safe to use from several threads."""

    @abstractmethod
    def ask_many(self, requests: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """Gives the reply of each request, in the order in which they finish.

        A request is `{"id": …, "cmd": …, "payload": {…}, "timeout_ms": …}` with an id of its own; a reply has `req_id`,
        `status` (`success` or `error`), `data` or `error`, and `perf`. Requests are taken from the iterable as replies
        come: a set of a million needs no memory for all.
        """

    @abstractmethod
    def close(self) -> None:
        """Ends the connection. Requests that are still asked get a TachError with the code `shutting_down`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def picture(evidence: Evidence) -> bytes:
    """The bytes of a crop's picture, asked for with the transport `inline`."""
    if "base64" not in evidence:
        raise TachError("invalid_request", "the picture is not in the reply: ask with transport inline")
    return base64.b64decode(evidence["base64"])


def members(payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload without what was left out, and with paths as text."""
    return {
        name: os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in payload.items()
        if value is not None
    }


def data_of(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a reply; a TachError where it is an error."""
    if reply.get("status") != "success":
        raise TachError.of(reply.get("error") or {})
    return dict(reply.get("data") or {})
