"""The wire's messages as pydantic models, field for field what the Rust crate `protocol` has.

Strict: a string is no number, 1.0 is no integer, a bool is no number; an integer stands where a float is due.
Long because it stands beside docs/protocol.md, model by model.

Unknown fields are refused. The values of the enumerations are plain strings, in both hosts.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any, Literal

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


def _spoken(query: str) -> str:
    if not query.strip():
        raise PydanticCustomError("query", "`query` must hold more than white space")
    return query


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


class Payload(Message):
    """Payload of a command."""


class FilePayload(Payload):
    """What every command that reads a file takes."""

    file_path: FilePath
    """The document, absolute, in the system's own form."""
    password: Text | None = None
    """Password of an encrypted document."""


class ExtractEvidence(FilePayload):
    """Cut a picture out of a page."""

    page_index: U32
    bbox: Bbox
    """[x, y, width, height] in displayed-page points."""
    dpi: Annotated[float, Field(ge=limits.MIN_DPI, le=limits.MAX_DPI)] = limits.DEFAULT_DPI
    format: ImageFormat = "jpeg"
    quality: Annotated[int, Field(ge=limits.MIN_QUALITY, le=limits.MAX_QUALITY)] = limits.DEFAULT_QUALITY
    """Of JPEG and WebP."""
    coord_origin: CoordOrigin = "TOPLEFT"
    transport: Transport = "inline"
    include_text: bool = False
    languages: list[Language] = []
    """ISO 639-1 codes that OCR shall read for `text`; the engine's default where empty."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""


class ParseTable(FilePayload):
    """Read the table in a box, or every table of a page."""

    page_index: U32
    bbox: Bbox | None = None
    coord_origin: CoordOrigin = "TOPLEFT"
    exports: list[TableExport] = []
    languages: list[Language] = []
    """ISO 639-1 codes that OCR shall read; the engine's default where empty."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""


class ExtractText(FilePayload):
    """Read text with line boxes."""

    page_index: U32
    bbox: Bbox | None = None
    coord_origin: CoordOrigin = "TOPLEFT"
    ocr: OcrMode = "auto"
    languages: list[Language] = []
    """ISO 639-1 codes; the engine's default where empty."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""


class ReadSheet(FilePayload):
    """Kind, zones and title block of a page."""

    page_index: U32
    languages: list[Language] = []
    """Of OCR in a scanned title block, ISO 639-1 codes; the engine's default where empty."""
    include_zones: bool = True
    """Without the zones the reply comes sooner."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""


class DocumentInfo(FilePayload):
    """Pages, sizes, metadata, outline, page labels and layers of a document."""

    include_pages: bool = True
    """Whether the reply has `pages`; without them a document of many thousand pages is told sooner."""


class Convert(FilePayload):
    """A whole document as DoclingDocument, Markdown or text."""

    page_range: PageRange | None = None
    """[first, last], from 0, both included; the whole document where absent."""
    format: ConvertFormat = "docling"
    images: ConvertImages = "placeholder"
    """What stands for the document's pictures."""
    structure: ConvertStructure = "auto"
    """What a PDF's structure may be taken from; `fonts`: no layout model."""
    languages: list[Language] = []
    """ISO 639-1 codes that OCR shall read; the engine's default where empty."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""
    page_break: PageBreak | None = None
    """With `format` markdown: what stands between the texts of two pages; nothing where absent."""


class FindText(FilePayload):
    """Look for a text in a document."""

    query: Annotated[
        Text, StringConstraints(min_length=1, max_length=limits.MAX_QUERY_CHARS), AfterValidator(_spoken)
    ]
    page_range: PageRange | None = None
    """[first, last], from 0, both included; the whole document where absent."""
    match_case: bool = False
    whole_words: bool = False
    """Whether no letter or digit may touch the match."""
    limit: Annotated[int, Field(ge=1, le=limits.MAX_MATCHES)] = limits.DEFAULT_MATCHES
    """Most matches told."""
    layers: Layers = None
    """Names of the layers to show; those that the document shows where absent."""


class Ping(Payload):
    """Nothing: shows that the engine thread is alive."""


class Shutdown(Payload):
    """A graceful stop."""


class Fault(Payload):
    """Misbehave on purpose; only where TACH_TEST_FAULTS=1."""

    kind: FaultKind
    amount: U32 = 0
    """Megabytes, milliseconds or an exit code, as the kind has it."""


AnyPayload = (
    ExtractEvidence
    | ParseTable
    | ExtractText
    | ReadSheet
    | DocumentInfo
    | Convert
    | FindText
    | Ping
    | Shutdown
    | Fault
)

PAYLOADS: dict[str, type[Payload]] = {
    "extract_evidence": ExtractEvidence,
    "parse_table": ParseTable,
    "extract_text": ExtractText,
    "read_sheet": ReadSheet,
    "document_info": DocumentInfo,
    "convert": Convert,
    "find_text": FindText,
    "ping": Ping,
    "shutdown": Shutdown,
    "fault": Fault,
}
"""The payload of each command."""


class Request(Message):
    """One request line."""

    id: RequestId
    cmd: str
    payload: AnyPayload
    timeout_ms: TimeoutMs | None = None
    """Deadline in milliseconds; the worker's default where absent."""


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
