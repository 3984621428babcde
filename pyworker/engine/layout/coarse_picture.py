"""A coarse grey picture of each open page, drawn piece by piece as boxes ask for it and kept as long as the page is."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.render import render_grey

if TYPE_CHECKING:
    from PIL.Image import Image

    from pyworker.engine.pdf.documents import OpenPage

DPI = 36.0
PIECE = 128
"""Pixels of a piece's side: 256 points."""
SLOW_S = 0.02
"""Seconds that a drawing may take before the next one takes in more than was asked for."""
LEAST_PIXELS, MOST_PIXELS = 64, 1 << 22
"""Of a page, to be kept: 4 MB; a page of 56 inches square has that many."""
MOST_PAGES = 16


class CoarsePicture:
    """What has been drawn of one page."""

    def __init__(self, page: OpenPage) -> None:
        from PIL import Image

        self._scale = DPI / POINTS_PER_INCH
        self._width = math.ceil(page.geometry.width * self._scale)
        self._height = math.ceil(page.geometry.height * self._scale)
        self._pixels = Image.new("L", (self._width, self._height))
        self._drawn: set[tuple[int, int]] = set()
        self._margin = 0
        """Pieces on each side that the next drawing takes in besides: doubled after each slow one, so that a page
        that is slow to walk is drawn a few times however many boxes ask."""

    def histogram(self, page: OpenPage, region: Rect, inwards: bool) -> list[int]:
        """Number of pixels of each of 256 shades in `region`: of those that touch it, or with `inwards` of those that
        are wholly in it (none of a narrow region).
        """
        up, down = (math.ceil, math.floor) if inwards else (math.floor, math.ceil)
        left, top = max(0, up(region.left * self._scale)), max(0, up(region.top * self._scale))
        right = min(self._width, down(region.right * self._scale))
        bottom = min(self._height, down(region.bottom * self._scale))
        if left >= right or top >= bottom:
            return [0] * 256
        self._draw(page, left // PIECE, top // PIECE, (right - 1) // PIECE, (bottom - 1) // PIECE)
        counts: list[int] = self._pixels.crop((left, top, right, bottom)).histogram()
        return counts

    def _draw(self, page: OpenPage, left: int, top: int, right: int, bottom: int) -> None:
        """Draws those of these columns and rows of pieces that are missing, as one block."""
        missing = [
            (column, row)
            for column in range(left, right + 1)
            for row in range(top, bottom + 1)
            if (column, row) not in self._drawn
        ]
        if not missing:
            return
        columns, rows = zip(*missing, strict=True)
        last_column, last_row = (self._width - 1) // PIECE, (self._height - 1) // PIECE
        left, right = max(0, min(columns) - self._margin), min(last_column, max(columns) + self._margin)
        top, bottom = max(0, min(rows) - self._margin), min(last_row, max(rows) + self._margin)
        began = time.monotonic()
        side = PIECE / self._scale
        edge = Rect(0.0, 0.0, page.geometry.width, page.geometry.height)
        block = Rect(left * side, top * side, (right + 1) * side, (bottom + 1) * side).intersection(edge)
        if block is not None:
            picture: Image = render_grey(page, block, DPI)
            self._pixels.paste(picture, (left * PIECE, top * PIECE))
        self._drawn |= {(c, r) for c in range(left, right + 1) for r in range(top, bottom + 1)}
        if time.monotonic() - began > SLOW_S:
            self._margin = 2 * self._margin + 1


_kept: WeakKeyDictionary[OpenPage, CoarsePicture] = WeakKeyDictionary()


def coarse_picture(page: OpenPage) -> CoarsePicture | None:
    """The picture of an open page; None where the page is too small or too large for one."""
    kept = _kept.get(page)
    if kept is None:
        number = page.geometry.width * page.geometry.height * (DPI / POINTS_PER_INCH) ** 2
        if not LEAST_PIXELS <= number <= MOST_PIXELS:
            return None
        while len(_kept) >= MOST_PAGES:
            _kept.pop(next(iter(_kept.keys())))
        kept = _kept[page] = CoarsePicture(page)
    return kept
