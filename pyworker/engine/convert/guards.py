"""What docling-parse must not be given: files that crash it or make it take memory without end.

Found on a corpus of 592 public PDFs with docling-parse 7.23.1; pdfium reads both kinds in milliseconds.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.limits import MAX_PIXELS

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

# Forms that draw each other in a circle end docling-parse with a stack overflow; pdfium stops at its own
# limit, which is deeper than this. Real files nest a handful.
MAX_FORM_DEPTH = 16
# Stream dictionaries are never inside compressed objects (ISO 32000-1, 7.5.7), so they can be searched for.
_SIDE = re.compile(rb"/(Width|Height)[\x00\t\n\f\r ]+(\d{1,9})")
_NEIGHBOURHOOD = 400
"""Bytes within which the two sides of an image stand."""


def has_huge_image(file: Path | io.BytesIO) -> bool:
    """Whether the PDF holds an image of more than MAX_PIXELS.

    As a soft mask it would be blown up to about 120 bytes a pixel: one of 151 megapixels took 17 GB.
    """
    data = file.getbuffer() if isinstance(file, io.BytesIO) else file.read_bytes()
    last: dict[bytes, tuple[int, int]] = {}
    for match in _SIDE.finditer(data):
        last[match.group(1)] = (match.start(), int(match.group(2)))
        if len(last) == 2:
            (width_at, width), (height_at, height) = last[b"Width"], last[b"Height"]
            if abs(width_at - height_at) <= _NEIGHBOURHOOD and width * height > MAX_PIXELS:
                return True
    return False


def nests_too_deeply(document: OpenDocument, page_index: int, check: Callable[[], None]) -> bool:
    """Whether forms on the page are drawn inside each other more than MAX_FORM_DEPTH deep."""
    page = document.page(page_index).page
    return _too_deep(
        pdfium.FPDFPage_CountObjects(page), lambda index: pdfium.FPDFPage_GetObject(page, index), 0, check
    )


def _too_deep(count: int, get: Callable[[int], Any], depth: int, check: Callable[[], None]) -> bool:
    check()
    if depth > MAX_FORM_DEPTH:
        return True
    for index in range(count):
        item = get(index)
        if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
            inner = pdfium.FPDFFormObj_CountObjects(item)

            def inside(place: int, form: Any = item) -> Any:
                return pdfium.FPDFFormObj_GetObject(form, place)

            if _too_deep(inner, inside, depth + 1, check):
                return True
    return False
