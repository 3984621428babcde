"""How a document names and lists its pages: its outline and its page labels, read by pdfium without loading a page."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from pyworker.limits import MAX_NAME_CHARS, MAX_OUTLINE_ENTRIES

MAX_DEPTH = 64
"""Levels of an outline; deeper entries are left out."""


class OutlineEntry(NamedTuple):
    """One entry of an outline."""

    title: str
    page_index: int | None
    """The page that it leads to, from 0; None where it leads to none of this document."""
    level: int
    """1 for the uppermost entries."""


def outline(document: pypdfium2.PdfDocument, check: Callable[[], None]) -> tuple[list[OutlineEntry], bool]:
    """The entries in reading order, at most MAX_OUTLINE_ENTRIES, and whether there are more."""
    found: list[OutlineEntry] = []
    for entry in _entries(document, check):
        if len(found) == MAX_OUTLINE_ENTRIES:
            return found, True
        found.append(entry)
    return found, False


def page_labels(document: pypdfium2.PdfDocument, page_count: int, check: Callable[[], None]) -> list[str]:
    """The label of each page, cut at MAX_NAME_CHARS; nothing where the document gives none."""
    buffer = ctypes.create_string_buffer(2 * (MAX_NAME_CHARS + 1))
    labels: list[str] = []
    for page_index in range(page_count):
        check()
        length = pdfium.FPDF_GetPageLabel(document, page_index, buffer, len(buffer))
        if not length and not page_index:
            return []
        raw = buffer.raw[: max(0, length - 2)]
        if length > len(buffer):
            whole = ctypes.create_string_buffer(length)
            pdfium.FPDF_GetPageLabel(document, page_index, whole, length)
            raw = whole.raw[: length - 2]
        labels.append(_text(raw))
    return labels


def _entries(document: pypdfium2.PdfDocument, check: Callable[[], None]) -> Iterator[OutlineEntry]:
    """Every entry once, however the links between them run."""
    seen: set[int] = set()
    path = [pdfium.FPDFBookmark_GetFirstChild(document, None)]
    while path:
        entry = path[-1]
        address = ctypes.cast(entry, ctypes.c_void_p).value
        if address is None or address in seen:
            path.pop()
            if path:
                path[-1] = pdfium.FPDFBookmark_GetNextSibling(document, path[-1])
            continue
        check()
        seen.add(address)
        yield OutlineEntry(_title(entry), _page_index(document, entry), len(path))
        child = pdfium.FPDFBookmark_GetFirstChild(document, entry) if len(path) < MAX_DEPTH else None
        if child:
            path.append(child)
        else:
            path[-1] = pdfium.FPDFBookmark_GetNextSibling(document, entry)


def _title(entry: Any) -> str:
    length = pdfium.FPDFBookmark_GetTitle(entry, None, 0)
    if length <= 2:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFBookmark_GetTitle(entry, buffer, length)
    return _text(buffer.raw[: length - 2])


def _page_index(document: pypdfium2.PdfDocument, entry: Any) -> int | None:
    target = pdfium.FPDFBookmark_GetDest(document, entry)
    index: int = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
    return index if index >= 0 else None


def _text(utf16: bytes) -> str:
    # A lone surrogate is no text and could not be sent.
    return utf16.decode("utf-16-le", "replace")[:MAX_NAME_CHARS]
