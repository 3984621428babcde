"""Text that AutoCAD drew as strokes, from the comments that it leaves beside it.

A drawing's SHX fonts are strokes and no fonts of the PDF. AutoCAD (PDFSHX 1) writes an annotation for each
such text: its title is "AutoCAD SHX Text", its contents are the text, its rectangle is where it is drawn.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

TITLE = "AutoCAD SHX Text"
MAX_BYTES = 4096
"""Of one comment's text, as UTF-16."""
ANNOTATIONS_BETWEEN_CHECKS = 200
UPRIGHT = 1.5
"""Height by width from which on a text of several characters runs upwards; the comment doesn't tell its direction."""


def shx_words(page: OpenPage, words: Sequence[Word], check: Callable[[], None]) -> list[Word]:
    """The words of the page's SHX comments, where none of the page's own `words` stand already."""
    handle = page.page.raw
    found: list[Word] = []
    order = max((word.order + len(word.text) for word in words), default=0) + 2
    for index in range(max(pdfium.FPDFPage_GetAnnotCount(handle), 0)):
        if index % ANNOTATIONS_BETWEEN_CHECKS == 0:
            check()
        annotation = pdfium.FPDFPage_GetAnnot(handle, index)
        if not annotation:
            continue
        try:
            if _string(annotation, b"T") != TITLE:
                continue
            rect = _rect(annotation, page)
            text = _string(annotation, b"Contents")
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if rect is None or not text.strip() or any(rect.contains(*word.rect.center) for word in words):
            continue
        made = _placed(text, rect, order)
        order = made[-1].order + len(made[-1].text) + 2
        found += made
    return found


def _placed(text: str, rect: Rect, order: int) -> list[Word]:
    """The words of a text in its box, each with the share of its length that its characters have."""
    lines = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    direction = 270 if len(text) > 1 and rect.height > UPRIGHT * rect.width and len(lines) == 1 else 0
    found: list[Word] = []
    for number, line in enumerate(lines):
        across = (rect.width if direction else rect.height) / len(lines)
        whole = len(line)
        at = 0
        for part in line.split(" "):
            if part.strip():
                begin, end = at / whole, (at + len(part)) / whole
                if direction:
                    box = Rect(
                        rect.left,
                        rect.bottom - end * rect.height,
                        rect.right,
                        rect.bottom - begin * rect.height,
                    )
                else:
                    top = rect.top + number * across
                    box = Rect(
                        rect.left + begin * rect.width, top, rect.left + end * rect.width, top + across
                    )
                found.append(Word(part, box, across, direction, order + at))
            at += len(part) + 1
        order += whole + 2
    return found


def _rect(annotation: Any, page: OpenPage) -> Rect | None:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, box):
        return None
    values = (box.left, box.bottom, box.right, box.top)
    if not all(-1e6 < value < 1e6 for value in values):
        return None
    rect = page.geometry.rect_to_displayed(*values)
    shown = (
        rect.right > 0
        and rect.bottom > 0
        and rect.left < page.geometry.width
        and rect.top < page.geometry.height
    )
    return rect if shown and rect.width > 0 and rect.height > 0 else None


def _string(annotation: Any, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= MAX_BYTES:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(
        annotation, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size
    )
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")
