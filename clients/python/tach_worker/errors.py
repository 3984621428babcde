"""What goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TachError(Exception):
    """An error reply, or the same for what never reached a worker.

    `code` is one of `types.ErrorCode`, or one of the service's own (`unauthorized`, `too_large`, …); `details`
    gives limits and places, as docs/protocol.md says.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = dict(details or {})

    @classmethod
    def of(cls, error: Mapping[str, Any]) -> TachError:
        """The error of a reply."""
        return cls(error.get("code", "protocol_error"), error.get("message", ""), error.get("details"))

    def body(self) -> dict[str, Any]:
        """The `error` of a reply."""
        return {"code": self.code, "message": self.message, "details": self.details}
