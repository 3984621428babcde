"""Text that a clipping path hides, as CAD programs leave it of a referenced drawing of which they show a part."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

OBJECTS_BETWEEN_CHECKS = 2000
MAX_OBJECTS = 20_000
"""About 30 ms; text behind so many objects is taken as shown."""
MAX_CLIPS = 8
"""Clipping paths of one object that are looked at."""


def shown_words(page: OpenPage, words: Sequence[Word], check: Callable[[], None]) -> list[Word]:
    """`words` without those of text objects of the page itself that are wholly outside their clipping paths."""
    hidden = _hidden(page, check)
    if not hidden:
        return list(words)
    text_page = page.page.get_textpage()
    try:
        told = [(box, _text(item, text_page.raw)) for box, item in hidden]
    finally:
        text_page.close()
    return [
        word
        for word in words
        # Text that is shown may stand at the same place.
        if not any(box.contains(*word.rect.center) and word.text in text for box, text in told)
    ]


def _text(item: Any, text_page: Any) -> str:
    size = pdfium.FPDFTextObj_GetText(item, text_page, None, 0)
    letters = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFTextObj_GetText(item, text_page, letters, size)
    return bytes(letters)[:size].decode("utf-16-le", "replace")


def _hidden(page: OpenPage, check: Callable[[], None]) -> list[tuple[Rect, Any]]:
    """The text objects that are hidden, with their boxes on the page as displayed."""
    handle, to_rect = page.page.raw, page.geometry.rect_to_displayed
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    found: list[tuple[Rect, Any]] = []
    get, type_of, is_text = pdfium.FPDFPage_GetObject, pdfium.FPDFPageObj_GetType, pdfium.FPDF_PAGEOBJ_TEXT
    for index in range(min(max(pdfium.FPDFPage_CountObjects(handle), 0), MAX_OBJECTS)):
        if index % OBJECTS_BETWEEN_CHECKS == 0:
            check()
        item = get(handle, index)
        if type_of(item) != is_text:
            continue
        clip = _clip(item)
        if clip is None or not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        if (
            left.value >= clip.right
            or right.value <= clip.left
            or bottom.value >= clip.bottom
            or top.value <= clip.top
        ):
            found.append((to_rect(left.value, bottom.value, right.value, top.value), item))
    return found


def _clip(item: Any) -> Rect | None:
    """The box that an object's clipping paths leave, `top` below `bottom` as in page space; None without one."""
    path = pdfium.FPDFPageObj_GetClipPath(item)
    if not path:
        return None
    x, y = ctypes.c_float(), ctypes.c_float()
    found: Rect | None = None
    for number in range(min(max(pdfium.FPDFClipPath_CountPaths(path), 0), MAX_CLIPS)):
        xs, ys = [], []
        for index in range(max(pdfium.FPDFClipPath_CountPathSegments(path, number), 0)):
            if pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(path, number, index), x, y):
                xs.append(x.value)
                ys.append(y.value)
        if len(xs) < 2:
            continue
        rect = Rect(min(xs), min(ys), max(xs), max(ys))
        found = (
            rect
            if found is None
            else Rect(
                max(rect.left, found.left),
                max(rect.top, found.top),
                min(rect.right, found.right),
                min(rect.bottom, found.bottom),
            )
        )
    return found
