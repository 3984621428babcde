"""Marks that stand alone in a scan and that the detection model overlooks: a dash, a dot, a single digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyworker.engine.ocr.ink import ink_of, line_boxes
from pyworker.engine.ocr.recognition import Recognised

if TYPE_CHECKING:
    from pyworker.engine.ocr.detection import TextBox
    from pyworker.engine.ocr.level import LevelPicture

BOX_HEIGHT_IN_EM = 1.6
"""The detector's boxes are about this many times as high as the text's em."""
# Fractions of the em.
LARGEST = (2.2, 1.1)
SMALLEST = 0.08
DASH = (0.18, 0.3)
"""Least width and greatest height of a dash."""
DASH_SHAPE = 1.5
"""Least width over height of a dash; blur makes thin ones higher."""
WIDE_DASH = 0.42
BULLET = (0.25, 0.45)
"""Least and greatest diameter of a bullet, which is round and full of ink."""
ROUND = (0.58, 0.9)
"""Share of its box that a disk fills; a square fills more, letters less."""
GLYPH = 0.45
"""Least height of a letter or a digit."""
ALONE = 0.6
"""Free space left and right of a mark: what stands nearer to other ink is a piece of it, or dirt."""
MIDDLE = 0.3
"""How far from the middle of its line a dash may stand, as a share of the line's box."""
DOTS = (".", "\u00b7")
DOTS_PER_LINE = 0.5
"""More dots than this for each text line are dirt."""
TINY = 1.5
"""Longer side of a box that may hold a mark alone: the detection model finds some of them."""
MAX_MARKS = 400
CERTAIN = 0.9
"""Confidence given to a mark that is told by its shape."""


_Bounds = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels."""


@dataclass(frozen=True, eq=False)
class Mark:
    """A mark, with what its shape says."""

    box: TextBox
    read: Recognised | None
    """None where it must be read."""


def small_marks(picture: LevelPicture, boxes: list[TextBox]) -> tuple[list[Mark], list[TextBox]]:
    """The marks in the rows of the upright text lines `boxes` (pixels of `picture`) that lie in none of them, and the
    boxes without those that hold nothing but such a mark.
    """
    import cv2
    import numpy as np

    bounds = {id(box): _bounds(box) for box in boxes}
    level = [bounds[id(box)] for box in boxes if not box.sideways]
    if not level:
        return [], boxes
    em = float(np.median([bottom - top for _, top, _, bottom in level])) / BOX_HEIGHT_IN_EM
    tiny = {id(box) for box in boxes if max(box.width, box.height) <= TINY * em}
    lines = [line for line in level if max(line[2] - line[0], line[3] - line[1]) > TINY * em]
    grey = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    ink = ink_of(picture.pixels, picture.dpi)
    # Half as dark as text at least: the corner of a band is not.
    darkest = (float(np.median(grey)) + float(np.percentile(grey[ink > 0], 10) if ink.any() else 0.0)) / 2
    for horizontal in (True, False):
        for left, top, width, height in line_boxes(ink, picture.dpi, horizontal):
            ink[max(0, top - 2) : top + height + 2, max(0, left - 2) : left + width + 2] = 0
    # What is in a line that was found is read with it.
    for box in boxes:
        if id(box) not in tiny:
            x0, y0, x1, y1 = (max(0, int(value)) for value in bounds[id(box)])
            ink[y0 : y1 + 1, x0 : x1 + 1] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    parts = [s for s in stats[1:].tolist() if max(s[2], s[3]) >= max(2.0, SMALLEST * em)]
    parts = [s for s in parts if grey[s[1] : s[1] + s[3], s[0] : s[0] + s[2]].min() <= darkest]
    if len(parts) > MAX_MARKS:
        return [], boxes
    marks: list[Mark] = []
    for part in parts:
        mark = _mark(part, parts, lines, em)
        if mark is None:
            continue
        within = [box for box in boxes if id(box) in tiny and _holds(bounds[id(box)], part)]
        if not within:
            marks.append(mark)
        elif mark.read is not None:
            marks.append(mark)
            boxes = [box for box in boxes if box not in within]
    dots = [mark for mark in marks if mark.read is not None and mark.read.text in DOTS]
    if len(dots) > max(2.0, DOTS_PER_LINE * len(lines)):
        marks = [mark for mark in marks if mark not in dots]
    return marks, boxes


def _mark(part: list[int], parts: list[list[int]], lines: list[_Bounds], em: float) -> Mark | None:
    """The mark that a connected part of the ink is; None for dirt, and for a piece of something larger."""
    left, top, width, height, area = part
    row = _row(left + width / 2, top + height / 2, lines)
    if row is None or width > LARGEST[0] * em or height > LARGEST[1] * em:
        return None
    reach = ALONE * em
    if any(other is not part and _near(part, other, reach) for other in parts) or any(
        left - reach < line[2] and left + width + reach > line[0] and top < line[3] and top + height > line[1]
        for line in lines
    ):
        return None
    off = abs(top + height / 2 - (row[1] + row[3]) / 2) / (row[3] - row[1])
    text = _by_shape(width, height, area, off, em)
    if text is None:
        return None
    return Mark(_box(part, row, em), Recognised(text, CERTAIN, (0.5,)) if text else None)


def _by_shape(width: float, height: float, area: float, off: float, em: float) -> str | None:
    """A dash, a dot or a bullet; the empty text for what must be read; None for dirt. `area` counts its pixels, `off`
    tells how far off the line's middle it stands, as a share of the line's height.
    """
    disk = 0.8 <= width / height <= 1.25 and ROUND[0] <= area / (width * height) <= ROUND[1]
    if disk and BULLET[0] * em <= max(width, height) <= BULLET[1] * em and off <= MIDDLE:
        return "•"
    if height >= GLYPH * em:
        return ""
    if width >= DASH[0] * em and height <= DASH[1] * em and width >= DASH_SHAPE * height:
        if off > MIDDLE:
            return None
        return "–" if width > WIDE_DASH * em else "-"
    if max(width, height) <= DASH[1] * em and 0.5 <= width / height <= 2.0:
        return "." if off > MIDDLE / 3 else "·"
    return None


def _bounds(box: TextBox) -> _Bounds:
    (left, top), (right, bottom) = box.corners.min(axis=0), box.corners.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _row(x: float, y: float, lines: list[_Bounds]) -> _Bounds | None:
    """The line nearest to the point whose height the point is in."""
    level = [line for line in lines if line[1] <= y <= line[3]]
    return min(level, key=lambda b: max(b[0] - x, x - b[2], 0.0), default=None)


def _holds(bounds: _Bounds, part: list[int]) -> bool:
    x, y = part[0] + part[2] / 2, part[1] + part[3] / 2
    return bounds[0] <= x <= bounds[2] and bounds[1] <= y <= bounds[3]


def _near(a: list[int], b: list[int], reach: float) -> bool:
    return (
        a[0] - reach < b[0] + b[2]
        and b[0] - reach < a[0] + a[2]
        and a[1] - reach / 2 < b[1] + b[3]
        and b[1] - reach / 2 < a[1] + a[3]
    )


def _box(part: list[int], row: _Bounds, em: float) -> TextBox:
    """The box of a mark, as high as its line's."""
    import numpy as np

    from pyworker.engine.ocr.detection import TextBox

    left, top, width, height, _ = part
    pad = 0.15 * em
    upper, lower = min(row[1], top - pad), max(row[3], top + height + pad)
    corners = [
        [left - pad, upper],
        [left + width + pad, upper],
        [left + width + pad, lower],
        [left - pad, lower],
    ]
    return TextBox(np.array(corners, dtype=np.float32))
