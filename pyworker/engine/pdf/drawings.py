"""Rulings, filled rectangles, drawings and images of a PDF page from pdfium's page objects."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.matrix import IDENTITY, Matrix, times
from pyworker.engine.pdf.page_content import Fill, PageContent, Ruling

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

SEGMENTS_BETWEEN_CHECKS = 2000
# A page with more is a map or a plot: its lines are not a table's, and reading on would cost seconds.
MAX_SEGMENTS = 60_000
MAX_DEPTH = 8
# A filled rectangle thinner than this (points) is a ruling; the thickest table rules in print are 3 points.
RULE_THICKNESS = 3.0
# Points. A line whose ends differ by no more than this is horizontal or vertical.
SLANT = 0.35


class _Reader:
    def __init__(
        self, geometry: Any, content: PageContent, check: Callable[[], None], images_only: bool = False
    ) -> None:
        self.geometry, self.content, self.check, self.images_only = geometry, content, check, images_only
        self.has_inactive = False
        self.active = ctypes.c_int()
        self.segments = 0
        self.x, self.y = ctypes.c_float(), ctypes.c_float()
        self.colour = [ctypes.c_uint() for _ in range(4)]
        x0, y0 = geometry.to_displayed(0.0, 0.0)
        x1, y1 = geometry.to_displayed(1.0, 0.0)
        self.scale = max(abs(x1 - x0), abs(y1 - y0))

    def walk(self, count: int, get: Callable[[int], Any], matrix: Matrix, depth: int) -> None:
        for index in range(count):
            if self.segments > MAX_SEGMENTS:
                return
            if index % 500 == 0:
                self.check()
            item = get(index)
            if not item or (self.has_inactive and not self.is_active(item)):
                continue
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_PATH and not self.images_only:
                self.path(item, times(_matrix(item), matrix))
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                self.image(times(_matrix(item), matrix))
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                children = pdfium.FPDFFormObj_CountObjects(item)
                self.walk(
                    max(children, 0),
                    lambda child, form=item: pdfium.FPDFFormObj_GetObject(form, child),  # type: ignore[misc]
                    times(_matrix(item), matrix),
                    depth + 1,
                )

    def is_active(self, item: Any) -> bool:
        """Whether the object belongs to no layer that is switched off."""
        return not pdfium.FPDFPageObj_GetIsActive(item, self.active) or bool(self.active.value)

    def image(self, matrix: Matrix) -> None:
        a, b, c, d, e, f = matrix
        xs, ys = (e, e + a, e + c, e + a + c), (f, f + b, f + d, f + b + d)
        rect = self.geometry.rect_to_displayed(min(xs), min(ys), max(xs), max(ys))
        width, height = rect.right - rect.left, rect.bottom - rect.top
        # Some producers draw rules as stretched one-pixel images.
        if min(width, height) <= RULE_THICKNESS and max(width, height) > 4 * RULE_THICKNESS:
            self.thin(rect)
        elif self.on_page(rect):
            self.content.images.append(rect)

    def path(self, item: Any, matrix: Matrix) -> None:
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(item, mode, stroke):
            return
        filled = mode.value != pdfium.FPDF_FILLMODE_NONE and self.visible(
            pdfium.FPDFPageObj_GetFillColor, item
        )
        colour = (self.colour[0].value, self.colour[1].value, self.colour[2].value)
        stroked = bool(stroke.value) and self.visible(pdfium.FPDFPageObj_GetStrokeColor, item)
        if not filled and not stroked:
            return
        width = ctypes.c_float()
        pdfium.FPDFPageObj_GetStrokeWidth(item, width)
        pen = width.value * (abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5) * self.scale
        subpaths, plain = self.subpaths(item, matrix)
        if not plain:
            points = [p for points, _ in subpaths for p in points]
            if points and not _rounded_box(subpaths):
                rect = Rect(
                    min(p[0] for p in points),
                    min(p[1] for p in points),
                    max(p[0] for p in points),
                    max(p[1] for p in points),
                )
                if self.on_page(rect):
                    self.content.drawings.append(rect)
        for points, closed in subpaths:
            if stroked:
                ring = [*points, points[0]] if closed else points
                for (xa, ya), (xb, yb) in itertools.pairwise(ring):
                    self.stroke(xa, ya, xb, yb, pen)
            if filled:
                self.fill(points, colour, stroked)

    def subpaths(
        self, item: Any, matrix: Matrix
    ) -> tuple[list[tuple[list[tuple[float, float]], bool]], bool]:
        """Sub-paths as displayed points, whether each is closed; and whether all are straight and axis-parallel."""
        found: list[tuple[list[tuple[float, float]], bool]] = []
        points: list[tuple[float, float]] = []
        plain = True
        a, b, c, d, e, f = matrix
        for number in range(max(pdfium.FPDFPath_CountSegments(item), 0)):
            self.segments += 1
            if self.segments > MAX_SEGMENTS:
                break
            if self.segments % SEGMENTS_BETWEEN_CHECKS == 0:
                self.check()
            segment = pdfium.FPDFPath_GetPathSegment(item, number)
            if not pdfium.FPDFPathSegment_GetPoint(segment, self.x, self.y):
                continue
            x, y = self.x.value, self.y.value
            point = self.geometry.to_displayed(a * x + c * y + e, b * x + d * y + f)
            if not (-1e6 < point[0] < 1e6 and -1e6 < point[1] < 1e6):
                continue
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                if len(points) > 1:
                    found.append((points, False))
                points = [point]
            else:
                if kind == pdfium.FPDF_SEGMENT_BEZIERTO or (
                    points and abs(point[0] - points[-1][0]) > 1 and abs(point[1] - points[-1][1]) > 1
                ):
                    plain = False
                points.append(point)
            if pdfium.FPDFPathSegment_GetClose(segment) and len(points) > 1:
                found.append((points, True))
                points = [points[0]]
        if len(points) > 1:
            found.append((points, False))
        return found, plain

    def visible(self, get: Any, item: Any) -> bool:
        if not get(item, *self.colour):
            return True  # a pattern or a colour space pdfium doesn't resolve: drawn all the same
        return bool(self.colour[3].value > 8)

    def stroke(self, xa: float, ya: float, xb: float, yb: float, pen: float) -> None:
        if abs(ya - yb) <= SLANT and xa != xb:
            if pen > RULE_THICKNESS and pen > abs(xa - xb):
                self.ruling(False, (xa + xb) / 2, ya - pen / 2, ya + pen / 2, abs(xa - xb))
            else:
                self.ruling(True, (ya + yb) / 2, min(xa, xb), max(xa, xb), pen)
        elif abs(xa - xb) <= SLANT and ya != yb:
            if pen > RULE_THICKNESS and pen > abs(ya - yb):
                self.ruling(True, (ya + yb) / 2, xa - pen / 2, xa + pen / 2, abs(ya - yb))
            else:
                self.ruling(False, (xa + xb) / 2, min(ya, yb), max(ya, yb), pen)

    def fill(self, points: list[tuple[float, float]], colour: tuple[int, int, int], stroked: bool) -> None:
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        rect = Rect(min(xs), min(ys), max(xs), max(ys))
        box = all(
            min(abs(x - rect.left), abs(x - rect.right)) <= SLANT
            and min(abs(y - rect.top), abs(y - rect.bottom)) <= SLANT
            for x, y in points
        )
        if not box or len(points) < 4:
            return
        if min(rect.right - rect.left, rect.bottom - rect.top) <= RULE_THICKNESS:
            if not stroked:
                self.thin(rect)
        elif self.on_page(rect):
            self.content.fills.append(Fill(rect, colour))

    def thin(self, rect: Rect) -> None:
        width, height = rect.right - rect.left, rect.bottom - rect.top
        if width >= height:
            self.ruling(True, (rect.top + rect.bottom) / 2, rect.left, rect.right, height)
        else:
            self.ruling(False, (rect.left + rect.right) / 2, rect.top, rect.bottom, width)

    def ruling(self, horizontal: bool, at: float, start: float, end: float, width: float) -> None:
        page_width, page_height = self.content.width, self.content.height
        limit, length = (page_height, page_width) if horizontal else (page_width, page_height)
        if -1 <= at <= limit + 1 and end > 0 and start < length:
            self.content.rulings.append(Ruling(horizontal, at, max(start, 0.0), min(end, length), width))

    def on_page(self, rect: Rect) -> bool:
        return (
            rect.right > 0
            and rect.bottom > 0
            and rect.left < self.content.width
            and rect.top < self.content.height
        )


def _rounded_box(subpaths: list[tuple[list[tuple[float, float]], bool]]) -> bool:
    """Whether paths are boxes with round corners: long axis-parallel sides joined by short curves."""
    for points, _ in subpaths:
        straight = slanted = 0.0
        for (xa, ya), (xb, yb) in itertools.pairwise(points):
            dx, dy = abs(xa - xb), abs(ya - yb)
            if min(dx, dy) <= SLANT:
                straight += dx + dy
            else:
                slanted += dx + dy
        if straight < 3 * slanted:
            return False
    return True


def _matrix(item: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def read_drawings(page: OpenPage, content: PageContent, check: Callable[[], None]) -> None:
    """Fill `content`'s rulings, fills, drawings and images from `page`'s objects, forms included."""
    _walk(page, _Reader(page.geometry, content, check))


def read_images(page: OpenPage, check: Callable[[], None]) -> list[Rect]:
    """Where the images of `page` are, forms included; those thin enough for a ruling left out."""
    content = PageContent(page.geometry.width, page.geometry.height)
    _walk(page, _Reader(page.geometry, content, check, images_only=True))
    return content.images


def _walk(page: OpenPage, reader: _Reader) -> None:
    handle = page.page.raw
    reader.has_inactive = page.copy is not None
    reader.walk(
        max(pdfium.FPDFPage_CountObjects(handle), 0),
        lambda index: pdfium.FPDFPage_GetObject(handle, index),
        IDENTITY,
        0,
    )
