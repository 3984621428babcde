"""Annotations that pdfium does not draw for want of an appearance stream are given one, in memory only.

pdfium makes appearances itself for squares, circles, ink, free text, notes and marked text, and none for lines,
polygons, stamps and carets: a revision cloud, a dimension or an approval drawn by a program that leaves the
appearance to the viewer would be missing in the picture.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.annotation_shapes import Drawing

if TYPE_CHECKING:
    import pypdfium2

KINDS = (
    pdfium.FPDF_ANNOT_LINE,
    pdfium.FPDF_ANNOT_POLYGON,
    pdfium.FPDF_ANNOT_POLYLINE,
    pdfium.FPDF_ANNOT_STAMP,
    pdfium.FPDF_ANNOT_CARET,
)
MAX_ANNOTATIONS = 5000
"""Of one page that are looked at."""
_NORMAL = pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL
_EMPTY = 2
"""Bytes that pdfium reports for an appearance that is not there: the end of the string."""


def draw_missing(page: pypdfium2.PdfPage, drawings: Callable[[list[int]], dict[int, Drawing]]) -> None:
    """Gives every annotation of `page` that pdfium would leave out the appearance that its entries tell.

    `drawings` is asked for what annotations (by their places on the page) look like, and only where there are some.
    """
    count = min(pdfium.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
    missing = [place for place in range(count) if _at(page, place, _is_missing)]
    if not missing:
        return
    for place, drawing in drawings(missing).items():
        _at(page, place, lambda annotation, shown=drawing: _set(annotation, shown))  # type: ignore[misc]


def _at(page: pypdfium2.PdfPage, place: int, act: Callable[[Any], bool]) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, place)
    if not annotation:
        return False
    try:
        return act(annotation)
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)


def _is_missing(annotation: Any) -> bool:
    if pdfium.FPDFAnnot_GetSubtype(annotation) not in KINDS:
        return False
    if not pdfium.FPDFAnnot_HasKey(annotation, b"AP"):
        return True
    return bool(pdfium.FPDFAnnot_GetAP(annotation, _NORMAL, None, 0) <= _EMPTY)


def _set(annotation: Any, drawing: Drawing) -> bool:
    left, bottom, right, top = drawing.box
    # The rectangle becomes the form's box, so that the content is drawn where it says, unscaled.
    if not pdfium.FPDFAnnot_SetRect(annotation, pdfium.FS_RECTF(left, top, right, bottom)):
        return False
    text = (drawing.content + "\0").encode("utf-16-le")
    units = (ctypes.c_ushort * (len(text) // 2)).from_buffer_copy(text)
    return bool(pdfium.FPDFAnnot_SetAP(annotation, _NORMAL, units))
