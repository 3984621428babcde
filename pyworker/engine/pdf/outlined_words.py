"""Words drawn as one filled path, as drawing programs turn text into curves: the boxes of their letters."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.linework import Linework, PathReader, count_objects
from pyworker.engine.pdf.matrix import Matrix, times

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

MOST_OBJECTS, MOST_WORDS = 20_000, 500
"""Of a page with more objects nothing is looked at; so many words are."""
LONG = 1.6
"""Times its height, a word is at least so long."""
SEGMENTS = (24, 20_000)
"""Pieces of a word's path, at least and at most; a rectangle or an arrow has fewer."""


def with_letters(page: OpenPage, marks: list[Rect], capital: float, check: Callable[[], None]) -> list[Rect]:
    """`marks`, boxes of paths, with those of its letters in the place of each that is a word.

    Words are up to three times as high as `capital`. All in points of the page as displayed.
    """
    if count_objects(page) > MOST_OBJECTS:
        return marks
    reader = _Reader(page, Linework(), check, capital)
    reader.read(page)
    words = {_key(word) for word in reader.words}
    return [mark for mark in marks if _key(mark) not in words] + reader.letters


def _key(box: Rect) -> tuple[int, ...]:
    return tuple(round(value) for value in box)


class _Reader(PathReader):
    """Looks into the paths that are filled, and as long and as high as words are."""

    def __init__(self, page: OpenPage, work: Linework, check: Callable[[], None], capital: float) -> None:
        super().__init__(page, work, check, capital)
        self.letters: list[Rect] = []
        self.words: list[Rect] = []

    def path(self, item: Any, outer: Matrix) -> None:
        """Keeps the letters of a path that may be a word."""
        box = self.box(item, outer)
        if box is None or len(self.words) >= MOST_WORDS:
            return
        small, large = sorted((box.width, box.height))
        if not 0.35 * self.letter <= small <= 3.0 * self.letter or large < LONG * small:
            return
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        filled = pdfium.FPDFPath_GetDrawMode(item, mode, stroke) and mode.value != pdfium.FPDF_FILLMODE_NONE
        count = max(pdfium.FPDFPath_CountSegments(item), 0)
        if filled and SEGMENTS[0] <= count <= SEGMENTS[1]:
            parts = self.parts(item, count, times(times(self.own_matrix(item), outer), self.shown))
            if len(parts) > 1:
                self.words.append(box)
                self.letters += parts

    def parts(self, item: Any, count: int, matrix: Matrix) -> list[Rect]:
        """The boxes of a path's closed parts; those inside another, as in A and O, are left out."""
        a, b, c, d, e, f = matrix
        found: list[Rect] = []
        for number in range(count):
            segment = pdfium.FPDFPath_GetPathSegment(item, number)
            if not pdfium.FPDFPathSegment_GetPoint(segment, self.x, self.y):
                continue
            u, v = self.x.value, self.y.value
            x, y = a * u + c * v + e, b * u + d * v + f
            point = Rect(x, y, x, y)
            if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO or not found:
                found.append(point)
            else:
                found[-1] = union((found[-1], point))
        return [
            part
            for part in found
            if part.area > 0
            and not any(
                other is not part and other.area > part.area and other.common_area(part) > 0.9 * part.area
                for other in found
            )
        ]
