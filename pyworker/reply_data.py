"""Types of the `data` that commands return: the same fields as the models of `messages`, as plain dictionaries.

A dictionary costs a fraction of a model for a page of 2,000 lines. A test compares the fields of the two.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from typing_extensions import NotRequired


class MmapRegionData(TypedDict):
    """Where the bytes of a picture in shared memory are."""

    path: str
    offset: int
    length: int


class EvidenceData(TypedDict):
    """Data of `extract_evidence`; `base64` is a buffer of bytes until the host encodes it."""

    base64: NotRequired[Any]
    mmap: NotRequired[MmapRegionData]
    width: int
    height: int
    mime: str
    bbox: list[float]
    text: NotRequired[str]


class TableEntryData(TypedDict):
    """One table of `parse_table`."""

    page_index: int
    bbox: list[float]
    engine: str
    confidence: float
    warnings: list[str]
    data: dict[str, Any]
    exports: dict[str, str]


class TablesData(TypedDict):
    """Data of `parse_table`."""

    tables: list[TableEntryData]


class TextLineData(TypedDict):
    """One line of `extract_text`."""

    text: str
    bbox: list[float]
    source: Literal["pdf", "ocr"]
    confidence: float
    direction: NotRequired[int]


class PageTextData(TypedDict):
    """Data of `extract_text`."""

    text: str
    lines: list[TextLineData]


class SheetFieldData(TypedDict):
    """One field of a title block."""

    name: str
    label: str
    value: str
    bbox: list[float]
    label_bbox: NotRequired[list[float]]
    confidence: float


class TitleBlockData(TypedDict):
    """The block that says which sheet it is."""

    bbox: list[float]
    number: str | None
    title: str | None
    project: str | None
    date: str | None
    revision: str | None
    scale: str | None
    fields: list[SheetFieldData]


class SheetZoneData(TypedDict):
    """A part of a sheet."""

    kind: str
    title: str | None
    number: str | None
    bbox: list[float]
    scale: str | None
    confidence: float


class SheetData(TypedDict):
    """Data of `read_sheet`."""

    kind: str
    title_block: TitleBlockData | None
    zones: list[SheetZoneData]


class PageSizeData(TypedDict):
    """Size of a page as displayed, in points, and its clockwise turn in degrees."""

    width: float
    height: float
    rotation: int


class OutlineEntryData(TypedDict):
    """One entry of a document's outline."""

    title: str
    page_index: int | None
    level: int


class LayerData(TypedDict):
    """One layer: an optional-content group."""

    name: str
    visible: bool


class DocumentDetailsData(TypedDict):
    """Data of `document_info`."""

    page_count: int
    pages: NotRequired[list[PageSizeData]]
    encrypted: bool
    metadata: dict[str, str]
    outline: list[OutlineEntryData]
    page_labels: list[str]
    layers: list[LayerData]
    truncated: list[str]


class TextMatchData(TypedDict):
    """One place of a text that was looked for."""

    page_index: int
    text: str
    context: str
    boxes: list[list[float]]
    zone: SheetZoneData | None


class FoundTextData(TypedDict):
    """Data of `find_text`."""

    matches: list[TextMatchData]
    truncated: bool
    unreadable_pages: list[int]
