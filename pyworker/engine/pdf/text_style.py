"""How the text of a page is set: size, weight and pitch of each text object, and the marked content it belongs to.

One look at each text object of a page, not at each character: a document's headings differ from its body by these.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

MAX_DEPTH = 8
"""Forms inside forms that are looked into."""
OBJECTS_BETWEEN_CHECKS = 500
BOLD_WEIGHT = 600
"""CSS weights: 400 is regular, 700 bold; from 600 (semibold) on a face is told from the regular one at a glance."""
_BOLD = re.compile(r"bold|black|heavy|semibold|demi|[-,]bd", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|menlo|typewriter|\bcmtt|fixed", re.IGNORECASE)
FIXED_PITCH_FLAG = 1
"""Bit 1 of a font descriptor's flags (ISO 32000-1, table 123)."""


class StyledText(NamedTuple):
    """One text object."""

    rect: Rect
    """In displayed-page points."""
    size: float
    """Of the font, in displayed points."""
    bold: bool
    mono: bool
    mcid: int
    """Its marked-content id on the page; -1 for none."""


class _Face(NamedTuple):
    bold: bool
    mono: bool


def read_styles(page: OpenPage, check: Callable[[], None]) -> list[StyledText]:
    """The text objects of an open page, those in forms too, in the order in which they are drawn."""
    found: list[StyledText] = []
    faces: dict[int, _Face] = {}
    raw = page.page.raw
    count = pdfium.FPDFPage_CountObjects(raw)
    identity = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    for index in range(count):
        if index % OBJECTS_BETWEEN_CHECKS == 0:
            check()
        _take(pdfium.FPDFPage_GetObject(raw, index), page, identity, -1, 0, faces, found)
    return found


_Matrix = tuple[float, float, float, float, float, float]


def _take(
    item: Any,
    page: OpenPage,
    outer: _Matrix,
    mcid: int,
    depth: int,
    faces: dict[int, _Face],
    found: list[StyledText],
) -> None:
    kind = pdfium.FPDFPageObj_GetType(item)
    own = pdfium.FPDFPageObj_GetMarkedContentID(item)
    mcid = own if own >= 0 else mcid
    if kind == pdfium.FPDF_PAGEOBJ_FORM:
        if depth < MAX_DEPTH:
            inner = _product(_matrix(item), outer)
            for index in range(pdfium.FPDFFormObj_CountObjects(item)):
                _take(pdfium.FPDFFormObj_GetObject(item, index), page, inner, mcid, depth + 1, faces, found)
        return
    if kind != pdfium.FPDF_PAGEOBJ_TEXT:
        return
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return
    corners = [_applied(outer, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    rect = page.geometry.rect_to_displayed(min(xs), min(ys), max(xs), max(ys))
    if not all(map(math.isfinite, rect)):
        return
    size = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(item, size)
    scale = _product(_matrix(item), outer)
    points = abs(size.value) * math.hypot(scale[2], scale[3]) * page.geometry.user_unit
    face = _face(pdfium.FPDFTextObj_GetFont(item), faces)
    found.append(StyledText(rect, points, face.bold, face.mono, mcid))


def _matrix(item: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _product(first: _Matrix, then: _Matrix) -> _Matrix:
    """The matrix that does `first` and then `then` to row vectors (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _applied(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return x * a + y * c + e, x * b + y * d + f


def _face(font: Any, faces: dict[int, _Face]) -> _Face:
    if not font:
        return _Face(bold=False, mono=False)
    key = ctypes.cast(font, ctypes.c_void_p).value or 0
    face = faces.get(key)
    if face is None:
        name = _name(font)
        weight = pdfium.FPDFFont_GetWeight(font)
        flags = pdfium.FPDFFont_GetFlags(font)
        face = _Face(
            bold=bool(_BOLD.search(name)) or weight >= BOLD_WEIGHT,
            mono=bool(_MONO.search(name)) or (flags > 0 and bool(flags & FIXED_PITCH_FLAG)),
        )
        faces[key] = face
    return face


def _name(font: Any) -> str:
    length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    if not 0 < length < 1000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, length)
    return buffer.value.decode("utf-8", "replace")
