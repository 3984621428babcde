"""Request lines: the payload of each command."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from pyworker import limits
from pyworker.messages.base import (
    U32,
    Bbox,
    ConvertFormat,
    ConvertImages,
    ConvertStructure,
    CoordOrigin,
    FaultKind,
    FilePath,
    ImageFormat,
    Language,
    Layers,
    Message,
    OcrMode,
    PageBreak,
    PageRange,
    RequestId,
    TableExport,
    Text,
    TimeoutMs,
    Transport,
)


def _spoken(query: str) -> str:
    if not query.strip():
        raise PydanticCustomError("query", "`query` must hold more than white space")
    return query


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
