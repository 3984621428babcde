"""Straight level and upright strokes of a drawing sheet, and where anything at all is drawn on it.

`drawings` reads pages of text, whose few paths it looks at closely, and stops where a page has more of them than a
table could. A sheet from a CAD program has hundreds of thousands of pieces, most of them letters drawn as strokes and
hatching. Here a path smaller than a letter is only counted, and of the others only what may be a rule is kept.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.matrix import Matrix, times
from pyworker.engine.pdf.page_content import Ruling

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage


MAX_SEGMENTS = 250_000
"""About two seconds of reading; what is drawn after them is left out."""
LONG = 100
"""Segments from which on a path is a contour or a hatching: such paths get half of the others' time, so that a title
block drawn after them is read."""
MAX_DEPTH = 8
MAX_MARKS = 60_000
MAX_CLIPS = 8
"""Clipping paths of one object that are looked at; their boxes stand for them."""
OBJECTS_BETWEEN_CHECKS = 500
SLANT = 0.35
"""Points by which the ends of a level line may differ."""
THIN = 0.3
"""Of its length: a narrower small path may be the dash of a rule and no letter."""


@dataclass
class Linework:
    """What is drawn on a page, in displayed-page points."""

    rules: list[Ruling] = field(default_factory=list)
    marks: list[Rect] = field(default_factory=list)
    """The box of each path."""
    images: list[Rect] = field(default_factory=list)
    segments: int = 0
    slanted: int = 0
    """Number of curved and slanted pieces."""


def read_linework(page: OpenPage, check: Callable[[], None], letter: float = 4.0) -> Linework:
    """The strokes of `page`, forms included; paths smaller than `letter` points both ways are marks only."""
    if _native is not None:
        return _by_native_code(page, check, letter)
    work = Linework()
    PathReader(page, work, check, letter).read(page)
    return work


def _by_native_code(page: OpenPage, check: Callable[[], None], letter: float) -> Linework:
    address = ctypes.cast(page.page.raw, ctypes.c_void_p).value
    bounds = (letter, THIN, SLANT, MAX_SEGMENTS, MAX_MARKS, MAX_CLIPS)
    size = (page.geometry.width, page.geometry.height)
    rules, marks, images, segments, slanted = _native.linework(address, _shown(page), size, bounds, check)
    return Linework(
        [Ruling(*rule) for rule in rules],
        [Rect(*mark) for mark in marks],
        [Rect(*image) for image in images],
        segments,
        slanted,
    )


def _load_native() -> Any:
    """The native reader of the Rust host; None in another."""
    try:
        from tach_native import PdfiumPaths
    except ImportError:
        return None
    functions = (
        pdfium.FPDFPage_CountObjects,
        pdfium.FPDFPage_GetObject,
        pdfium.FPDFPageObj_GetType,
        pdfium.FPDFFormObj_CountObjects,
        pdfium.FPDFFormObj_GetObject,
        pdfium.FPDFPageObj_GetMatrix,
        pdfium.FPDFPageObj_GetBounds,
        pdfium.FPDFPath_GetDrawMode,
        pdfium.FPDFPath_CountSegments,
        pdfium.FPDFPath_GetPathSegment,
        pdfium.FPDFPathSegment_GetPoint,
        pdfium.FPDFPathSegment_GetType,
        pdfium.FPDFPathSegment_GetClose,
        pdfium.FPDFPageObj_GetClipPath,
        pdfium.FPDFClipPath_CountPaths,
        pdfium.FPDFClipPath_CountPathSegments,
        pdfium.FPDFClipPath_GetPathSegment,
        pdfium.FPDFPageObj_GetIsActive,
    )
    return PdfiumPaths([ctypes.cast(function, ctypes.c_void_p).value for function in functions])


_native = _load_native()


def _shown(page: OpenPage) -> Matrix:
    """The matrix from page points to displayed-page points."""
    x0, y0 = page.geometry.to_displayed(0.0, 0.0)
    ax, ay = page.geometry.to_displayed(1.0, 0.0)
    bx, by = page.geometry.to_displayed(0.0, 1.0)
    return ax - x0, ay - y0, bx - x0, by - y0, x0, y0


def count_objects(page: OpenPage) -> int:
    """The number of objects on `page`, a form counted as one."""
    return max(int(pdfium.FPDFPage_CountObjects(page.page.raw)), 0)


def count_paths(page: OpenPage, enough: int) -> int:
    """The number of paths on `page` outside forms, a form counted as `enough`; counting ends there."""
    handle = page.page.raw
    found = 0
    for index in range(count_objects(page)):
        kind = pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(handle, index))
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            found += 1
        elif kind == pdfium.FPDF_PAGEOBJ_FORM:
            found += enough
        if found >= enough:
            break
    return found


class PathReader:
    """Walks through a page's objects, those of forms too, and keeps what is drawn."""

    def __init__(self, page: OpenPage, work: Linework, check: Callable[[], None], letter: float) -> None:
        self.geometry, self.work, self.check, self.letter = page.geometry, work, check, letter
        self.x, self.y = ctypes.c_float(), ctypes.c_float()
        self.sides = [ctypes.c_float() for _ in range(4)]
        self.matrix = pdfium.FS_MATRIX()
        self.active = ctypes.c_int()
        self.page_rect = Rect(0.0, 0.0, page.geometry.width, page.geometry.height)
        self.shown = _shown(page)

    def read(self, page: OpenPage) -> None:
        """Goes through all objects of the page."""
        handle = page.page.raw
        self.walk(
            count_objects(page),
            lambda index: pdfium.FPDFPage_GetObject(handle, index),
            (1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
            0,
        )

    def walk(self, count: int, get: Callable[[int], Any], outer: Matrix, depth: int) -> None:
        """Goes through `count` objects that `get` gives; `outer` is the matrix of the form around them."""
        for index in range(count):
            if self.work.segments > MAX_SEGMENTS:
                return
            if index % OBJECTS_BETWEEN_CHECKS == 0:
                self.check()
            item = get(index)
            if not item or not self.is_active(item):
                continue
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self.path(item, outer)
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                box = self.box(item, outer)
                if box is not None:
                    self.work.images.append(box)
            elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
                self.walk(
                    max(pdfium.FPDFFormObj_CountObjects(item), 0),
                    lambda child, form=item: pdfium.FPDFFormObj_GetObject(form, child),  # type: ignore[misc]
                    times(self.own_matrix(item), outer),
                    depth + 1,
                )

    def is_active(self, item: Any) -> bool:
        """Whether an object is drawn; one of a hidden layer is not."""
        return not pdfium.FPDFPageObj_GetIsActive(item, self.active) or bool(self.active.value)

    def own_matrix(self, item: Any) -> Matrix:
        """The object's own matrix."""
        m = self.matrix
        if not pdfium.FPDFPageObj_GetMatrix(item, m):
            return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        return m.a, m.b, m.c, m.d, m.e, m.f

    def box(self, item: Any, outer: Matrix) -> Rect | None:
        """The object's box on the page as displayed; None where it is off the page."""
        left, bottom, right, top = self.sides
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return None
        a, b, c, d, e, f = times(outer, self.shown)
        x0, y0, x1, y1 = left.value, bottom.value, right.value, top.value
        if not all(-1e6 < value < 1e6 for value in (x0, y0, x1, y1)):
            return None
        xs = (a * x0 + c * y0 + e, a * x1 + c * y1 + e, a * x0 + c * y1 + e, a * x1 + c * y0 + e)
        ys = (b * x0 + d * y0 + f, b * x1 + d * y1 + f, b * x0 + d * y1 + f, b * x1 + d * y0 + f)
        rect, page = Rect(min(xs), min(ys), max(xs), max(ys)), self.page_rect
        if rect.right < 0 or rect.bottom < 0 or rect.left > page.right or rect.top > page.bottom:
            return None
        return rect

    def path(self, item: Any, outer: Matrix) -> None:
        """Keeps the box of a path, and its rules."""
        work = self.work
        box = self.box(item, outer)
        if box is None:
            return
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        if not pdfium.FPDFPath_GetDrawMode(item, mode, stroke):
            return
        if not stroke.value and mode.value == pdfium.FPDF_FILLMODE_NONE:
            return
        clip = self.clip(item, outer)
        if clip is not None:
            left, top = max(box.left, clip.left), max(box.top, clip.top)
            right, bottom = min(box.right, clip.right), min(box.bottom, clip.bottom)
            if left > right or top > bottom:
                return
            box = Rect(left, top, right, bottom)
        width, height = box.width, box.height
        if len(work.marks) < MAX_MARKS:
            work.marks.append(box)
        small, large = min(width, height), max(width, height)
        count = max(pdfium.FPDFPath_CountSegments(item), 0)
        work.segments += 1
        if large < self.letter and small > THIN * large:
            return
        if not stroke.value:
            # A rule drawn as a thin filled rectangle.
            if small <= 2.0 and large > 3 * small:
                self.rule_of(box)
            return
        if count > LONG and work.segments + count > MAX_SEGMENTS // 2:
            work.slanted += count
            return
        work.segments += count
        first = len(work.rules)
        self.pieces(item, count, times(times(self.own_matrix(item), outer), self.shown))
        if clip is not None:
            work.rules[first:] = [cut for rule in work.rules[first:] if (cut := _cut(rule, clip)) is not None]

    def clip(self, item: Any, outer: Matrix) -> Rect | None:
        """The box of what clipping leaves of an object; None where nothing is clipped."""
        handle = pdfium.FPDFPageObj_GetClipPath(item)
        if not handle:
            return None
        a, b, c, d, e, f = times(outer, self.shown)
        found: Rect | None = None
        for number in range(min(max(pdfium.FPDFClipPath_CountPaths(handle), 0), MAX_CLIPS)):
            xs, ys = [], []
            for index in range(max(pdfium.FPDFClipPath_CountPathSegments(handle, number), 0)):
                segment = pdfium.FPDFClipPath_GetPathSegment(handle, number, index)
                if pdfium.FPDFPathSegment_GetPoint(segment, self.x, self.y):
                    u, v = self.x.value, self.y.value
                    xs.append(a * u + c * v + e)
                    ys.append(b * u + d * v + f)
            if len(xs) < 2:
                continue
            rect = Rect(min(xs), min(ys), max(xs), max(ys))
            if found is not None:
                rect = Rect(
                    max(rect.left, found.left),
                    max(rect.top, found.top),
                    min(rect.right, found.right),
                    min(rect.bottom, found.bottom),
                )
            found = rect
        return found

    def rule_of(self, box: Rect) -> None:
        """Keeps a thin box as a rule."""
        if box.width >= box.height:
            at = (box.top + box.bottom) / 2
            self.work.rules.append(Ruling(True, at, box.left, box.right, box.height))
        else:
            at = (box.left + box.right) / 2
            self.work.rules.append(Ruling(False, at, box.top, box.bottom, box.width))

    def pieces(self, item: Any, count: int, matrix: Matrix) -> None:
        """Keeps the level and upright pieces of a path as rules, and counts the others."""
        a, b, c, d, e, f = matrix
        rules, x, y = self.work.rules, self.x, self.y
        get, point, kind_of, closes = (
            pdfium.FPDFPath_GetPathSegment,
            pdfium.FPDFPathSegment_GetPoint,
            pdfium.FPDFPathSegment_GetType,
            pdfium.FPDFPathSegment_GetClose,
        )
        px = py = sx = sy = 0.0
        slanted = 0
        for number in range(count):
            segment = get(item, number)
            if not point(segment, x, y):
                continue
            u, v = x.value, y.value
            qx, qy = a * u + c * v + e, b * u + d * v + f
            kind = kind_of(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                sx, sy = qx, qy
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                dx, dy = abs(qx - px), abs(qy - py)
                if dy <= SLANT:
                    if dx > SLANT:
                        rules.append(Ruling(True, (py + qy) / 2, min(px, qx), max(px, qx), 0.0))
                elif dx <= SLANT:
                    rules.append(Ruling(False, (px + qx) / 2, min(py, qy), max(py, qy), 0.0))
                else:
                    slanted += 1
            else:
                slanted += 1
            px, py = qx, qy
            if closes(segment):
                dx, dy = abs(sx - px), abs(sy - py)
                if dy <= SLANT < dx:
                    rules.append(Ruling(True, (py + sy) / 2, min(px, sx), max(px, sx), 0.0))
                elif dx <= SLANT < dy:
                    rules.append(Ruling(False, (px + sx) / 2, min(py, sy), max(py, sy), 0.0))
                px, py = sx, sy
        self.work.slanted += slanted


def _cut(rule: Ruling, clip: Rect) -> Ruling | None:
    """What of a rule is in `clip`."""
    if rule.horizontal:
        low, high, near, far = clip.left, clip.right, clip.top, clip.bottom
    else:
        low, high, near, far = clip.top, clip.bottom, clip.left, clip.right
    start, end = max(rule.start, low), min(rule.end, high)
    return rule._replace(start=start, end=end) if near <= rule.at <= far and start < end else None
