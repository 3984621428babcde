"""Reply lines of the Python host: JSON in UTF-8, pictures as base64, never longer than a reply line may be."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from pyworker.errors import EngineError, ImageTooLarge, WorkerError, describe
from pyworker.limits import ENVELOPE_BYTES, MAX_LINE_BYTES, MAX_PICTURE_LINE_BYTES

MEGABYTE = 1 << 20


def line(message: dict[str, Any]) -> bytes:
    """The message with its newline. Raises ValueError where it holds a number that JSON cannot."""
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A PDF's text may hold lone surrogates, which UTF-8 cannot.
    return text.encode("utf-8", "replace") + b"\n"


def success(
    req_id: str, data: dict[str, Any], read_at: float, rss_mb: float, page_cache_bytes: int = 0
) -> bytes:
    """The reply with `data`, or with an error where that does not fit a line. `read_at` is `time.monotonic()`."""
    image = data.get("base64")
    if image is not None:
        data["base64"] = base64.b64encode(image).decode("ascii")
    perf = _perf(read_at, rss_mb, page_cache_bytes)
    try:
        reply = line({"req_id": req_id, "status": "success", "data": data, "perf": perf})
        if len(reply) > _limit(is_image=image is not None):
            raise _too_long(len(reply), is_image=image is not None)
    except (ValueError, WorkerError) as error:
        return failure(req_id, describe(error), read_at, rss_mb, page_cache_bytes)
    return reply


def failure(
    req_id: str | None,
    described: tuple[str, str, dict[str, Any]],
    read_at: float,
    rss_mb: float,
    page_cache_bytes: int = 0,
) -> bytes:
    """The reply with an error as `errors.describe` returns it."""
    code, message, details = described
    error = {"code": code, "message": message, "details": details}
    perf = _perf(read_at, rss_mb, page_cache_bytes)
    return line({"req_id": req_id, "status": "error", "error": error, "perf": perf})


def _perf(read_at: float, rss_mb: float, page_cache_bytes: int) -> dict[str, float]:
    perf = {"duration_ms": round((time.monotonic() - read_at) * 1000, 3), "peak_ram_mb": round(rss_mb, 2)}
    if page_cache_bytes:
        perf["page_cache_mb"] = round(page_cache_bytes / MEGABYTE, 2)
    return perf


def _limit(*, is_image: bool) -> int:
    return (MAX_PICTURE_LINE_BYTES if is_image else MAX_LINE_BYTES) - ENVELOPE_BYTES


def _too_long(length: int, *, is_image: bool) -> WorkerError:
    limit = _limit(is_image=is_image)
    message = f"the reply would be {length} bytes long, over the {limit} that fit a line; "
    if is_image:
        return ImageTooLarge(
            message + "ask for it with the mmap transport, or at a lower dpi", limit_bytes=limit
        )
    return EngineError(message + "ask for fewer pages or a smaller region", limit_bytes=limit)
