"""What the wire's messages are made of: enumerations, checked numbers and texts, and the base of every model."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pyworker import limits

CoordOrigin = Literal["TOPLEFT", "BOTTOMLEFT"]
ImageFormat = Literal["jpeg", "png", "webp", "raw"]
Transport = Literal["inline", "mmap"]
OcrMode = Literal["auto", "never", "always"]
TableExport = Literal["html", "markdown", "csv"]
ConvertFormat = Literal["docling", "markdown", "text", "html", "doctags", "chunks"]
ConvertImages = Literal["placeholder", "embedded", "none"]
ConvertStructure = Literal["auto", "fonts"]
SheetKind = Literal["drawing", "text", "scan", "mixed"]
ZoneKind = Literal["title_block", "notes", "legend", "schedule", "revisions", "view", "key", "stamp", "other"]
FaultKind = Literal[
    "hang",
    "hang_gil",
    "leak",
    "raise",
    "panic",
    "segv",
    "abort",
    "exit",
    "stdout_noise",
    "stderr_flood",
    "slow",
    "grandchild",
    "escape",
]
StopReason = Literal["stdin_closed", "signal", "shutdown"]
ErrorCode = Literal[
    "invalid_json",
    "invalid_request",
    "unknown_command",
    "file_not_found",
    "file_unreadable",
    "path_not_allowed",
    "unsupported_format",
    "pdf_corrupt",
    "pdf_encrypted",
    "page_out_of_range",
    "bbox_out_of_page",
    "image_too_large",
    "engine_unavailable",
    "engine_error",
    "timeout",
    "out_of_memory",
    "worker_crashed",
    "protocol_error",
    "startup_failed",
    "unavailable",
    "quarantined",
    "overloaded",
    "cancelled",
    "shutting_down",
]


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError("text", "the string holds a lone surrogate, which is no text") from error
    return value


def _absolute(path: str) -> str:
    if "\0" in path:
        raise PydanticCustomError("path", "`file_path` must not hold a NUL character")
    # pathlib, because os.path.isabs takes "\\folder" for absolute on Windows before Python 3.13.
    if not Path(path).is_absolute():
        raise PydanticCustomError("path", "`file_path` must be an absolute path")
    return path


def _usable_box(bbox: list[float]) -> list[float]:
    for index, name in enumerate(("x", "y", "width", "height")):
        # The error's `index` becomes part of details.field.
        if not math.isfinite(bbox[index]):
            raise PydanticCustomError("box", "{name} must be a finite number", {"name": name, "index": index})
        if index >= 2 and bbox[index] <= 0:
            raise PydanticCustomError(
                "box", "{name} must be above 0, in points", {"name": name, "index": index}
            )
    return bbox


def _in_order(page_range: list[int]) -> list[int]:
    if page_range[0] > page_range[1]:
        raise PydanticCustomError("range", "`page_range` is [first, last]; first must not be above last")
    return page_range


U32 = Annotated[int, Field(ge=0, le=0xFFFF_FFFF)]
Text = Annotated[str, AfterValidator(_text)]
FilePath = Annotated[Text, AfterValidator(_absolute)]
Bbox = Annotated[list[float], Field(min_length=4, max_length=4), AfterValidator(_usable_box)]
PageRange = Annotated[list[U32], Field(min_length=2, max_length=2), AfterValidator(_in_order)]
Layers = list[Text] | None
PageBreak = Annotated[Text, StringConstraints(max_length=limits.MAX_PAGE_BREAK_CHARS)]
Language = Annotated[Text, StringConstraints(min_length=1)]
RequestId = Annotated[str, StringConstraints(min_length=1, max_length=limits.MAX_ID_CHARS)]
TimeoutMs = Annotated[int, Field(ge=1, le=limits.MAX_TIMEOUT_MS)]


class Message(BaseModel):
    """What every model shares: strict types, no unknown fields, finite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)
