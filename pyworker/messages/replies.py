"""Reply lines: the `data` of each command, errors, and what a request cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from pyworker.messages.base import (
    U32,
    Bbox,
    ErrorCode,
    Message,
    SheetKind,
    TableExport,
    ZoneKind,
)


class MmapRegion(Message):
    """Where the bytes of a picture lie; the receiver owns the file and removes it."""

    path: str
    offset: int
    length: int


class Evidence(Message):
    """Data of `extract_evidence`: `base64` or `mmap` holds the picture."""

    base64: str | None = None
    mmap: MmapRegion | None = None
    width: U32
    """Pixels."""
    height: U32
    """Pixels."""
    mime: str
    bbox: Bbox
    """The box really cut, after clipping to the page, in the request's coord_origin."""
    text: str | None = None


class Table(Message):
    """One table."""

    page_index: U32
    bbox: Bbox
    engine: str
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    """How sure the structure is."""
    warnings: list[str] = []
    """Why it may be wrong; empty where the confidence is not low."""
    data: dict[str, Any]
    """docling-core's TableData as its own JSON."""
    exports: dict[TableExport, str] = {}


class Tables(Message):
    """Data of `parse_table`."""

    tables: list[Table]


class TextLine(Message):
    """One line of text."""

    text: str
    bbox: Bbox
    source: Literal["pdf", "ocr"]
    confidence: Annotated[float, Field(ge=0, le=1)]
    direction: Literal[0, 90, 180, 270] | None = None
    """On drawings: 0 to the right, 90 downwards, 180 upside down, 270 upwards."""


class PageText(Message):
    """Data of `extract_text`."""

    text: str
    lines: list[TextLine]


class PageSize(Message):
    """Size of a page as displayed, in points, and its clockwise turn in degrees."""

    width: float
    height: float
    rotation: Literal[0, 90, 180, 270]


class OutlineEntry(Message):
    """One entry of a document's outline."""

    title: str
    page_index: U32 | None
    """None where it leads to no page of the document."""
    level: Annotated[int, Field(ge=1)]
    """1 for the uppermost entries."""


class Layer(Message):
    """One layer: an optional-content group."""

    name: str
    visible: bool
    """As the document says."""


class SheetField(Message):
    """One field of a title block."""

    name: str
    label: str
    """As written; empty where the value has none."""
    value: str
    bbox: Bbox
    label_bbox: Bbox | None = None
    confidence: Annotated[float, Field(ge=0, le=1)]


class TitleBlock(Message):
    """The block that says which sheet it is; null for what the sheet doesn't say."""

    bbox: Bbox
    number: str | None
    title: str | None
    project: str | None
    date: str | None
    revision: str | None
    scale: str | None
    fields: list[SheetField]


class SheetZone(Message):
    """A part of a sheet."""

    kind: ZoneKind
    title: str | None
    number: str | None = None
    """Of a view, beside its title."""
    bbox: Bbox
    scale: str | None
    confidence: Annotated[float, Field(ge=0, le=1)]


class Sheet(Message):
    """Data of `read_sheet`."""

    kind: SheetKind
    title_block: TitleBlock | None
    zones: list[SheetZone]


class DocumentDetails(Message):
    """Data of `document_info`."""

    page_count: U32
    pages: list[PageSize] | None = None
    """Only where `include_pages` is true."""
    encrypted: bool
    metadata: dict[str, str]
    outline: list[OutlineEntry]
    page_labels: list[str]
    """One for each page; empty where the document gives none."""
    layers: list[Layer]
    truncated: list[Literal["outline", "layers"]]
    """Lists that have more entries than are told."""


class TextMatch(Message):
    """One place of the text that was looked for."""

    page_index: U32
    text: str
    context: str
    boxes: list[Bbox]
    """Of the words that hold it, one box a line."""
    zone: SheetZone | None = None
    """The part of a drawing that it is in; null on other pages."""


class FoundText(Message):
    """Data of `find_text`."""

    matches: list[TextMatch]
    truncated: bool
    """Whether there may be more than `limit`."""
    unreadable_pages: list[U32]


class ErrorBody(Message):
    """The `error` of a reply."""

    code: ErrorCode
    message: str
    details: dict[str, Any] = {}


class Perf(Message):
    """What a request cost."""

    duration_ms: float
    peak_ram_mb: float
    page_cache_mb: float = 0.0
    """MB of pixels kept of pages that are slow to draw; left out where there are none."""


class Reply(Message):
    """One reply line: `data` where status is success, `error` where it is error."""

    req_id: str | None
    status: Literal["success", "error"]
    data: dict[str, Any] | None = None
    error: ErrorBody | None = None
    perf: Perf
