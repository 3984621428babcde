"""Small drawn objects of a PDF page: what may be a bullet."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.linework import count_objects

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

MOST_OBJECTS = 600
"""A page of more objects is a drawing."""
OBJECTS_BETWEEN_CHECKS = 200
_DRAWN = (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING, pdfium.FPDF_PAGEOBJ_FORM)


def small_objects(page: OpenPage, largest: float, check: Callable[[], None]) -> list[Rect]:
    """Displayed boxes of the paths, shadings and forms of a page that are at most `largest` points wide and high.

    What is drawn inside forms is left out. Empty on a page of more than 600 objects.
    """
    handle = page.page.raw
    count = count_objects(page)
    if not 0 < count <= MOST_OBJECTS:
        return []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    found = []
    for index in range(count):
        if index % OBJECTS_BETWEEN_CHECKS == 0:
            check()
        item = pdfium.FPDFPage_GetObject(handle, index)
        if pdfium.FPDFPageObj_GetType(item) not in _DRAWN:
            continue
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            continue
        box = page.geometry.rect_to_displayed(left.value, bottom.value, right.value, top.value)
        if 0 < box.width <= largest and 0 < box.height <= largest:
            found.append(box)
    return found
