"""Short text that the detection model overlooks in a form or a title block: a letter, initials, a small label."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from pyworker.engine.ocr.ink import ink_of
from pyworker.engine.ocr.lines import BOX_HEIGHT_IN_EM
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.page_content import Ruling

if TYPE_CHECKING:
    from pyworker.engine.ocr.detection import TextBox
    from pyworker.engine.ocr.level import LevelPicture

LOWEST, HIGHEST = 0.4, 2.5
"""Times the usual font size: the height of ink that may be text."""
NARROWEST, LONGEST = 0.15, 25.0
"""Times the usual font size: its width."""
SPACE = 0.6
"""Of the usual font size: gaps up to this are within one text."""
PAD = 0.3
"""Of its height that a box is larger than its ink, as the detector's boxes are."""
EDGE = 0.012
"""Inches beside a rule that its blurred edges take."""
MOST = 24
"""Places that are read; where there are more, they are a drawing."""
LEAST_INK, MOST_INK = 0.06, 0.8
"""Share of its box that the ink of a text fills."""


def missed_text(picture: LevelPicture, taken: Sequence[Rect], rules: Sequence[Ruling]) -> list[TextBox]:
    """Boxes of level text in `picture` outside the boxes `taken` (pixels) of lines that were read, and the `rules`."""
    import cv2
    import numpy as np

    from pyworker.engine.ocr.detection import TextBox

    if not taken:
        return []
    em = median(min(rect.width, rect.height) for rect in taken) / BOX_HEIGHT_IN_EM
    ink = ink_of(picture.pixels, picture.dpi)
    for rect in [*taken, *(_drawn(rule, picture) for rule in rules)]:
        left, top, right, bottom = (max(0, round(value)) for value in rect)
        ink[top:bottom, left:right] = 0
    # Dirt is smaller than the strokes of letters; what is left of those in a row grows together.
    ink = cv2.medianBlur(ink, 3)
    reach = max(1, round(SPACE * em))
    grown = cv2.dilate(ink, np.ones((max(1, reach // 3), reach), dtype=np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    found = []
    for number, (left, top, width, height, _) in enumerate(stats[1:].tolist(), 1):
        if not (height >= LOWEST * em and width <= LONGEST * em and height <= 2 * HIGHEST * em):
            continue
        own = (labels[top : top + height, left : left + width] == number) & (
            ink[top : top + height, left : left + width] > 0
        )
        rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
        if not rows.size:
            continue
        x0, x1 = left + int(columns[0]), left + int(columns[-1]) + 1
        y0, y1 = top + int(rows[0]), top + int(rows[-1]) + 1
        high, wide = y1 - y0, x1 - x0
        share = float(own.sum()) / (high * wide)
        if not (LOWEST * em <= high <= HIGHEST * em and wide >= NARROWEST * em):
            continue
        if not LEAST_INK <= share <= MOST_INK:
            continue
        pad = PAD * max(high, 0.7 * em)
        corners = [[x0 - pad, y0 - pad], [x1 + pad, y0 - pad], [x1 + pad, y1 + pad], [x0 - pad, y1 + pad]]
        found.append(TextBox(np.array(corners, dtype=np.float32)))
    return found if len(found) <= MOST else []


def _drawn(rule: Ruling, picture: LevelPicture) -> Rect:
    """The place of a rule with its blurred edges, in pixels."""
    scale, edge = picture.dpi / POINTS_PER_INCH, EDGE * picture.dpi
    across, along = rule.width / 2 * scale + edge, edge
    left, top = picture.frame.left, picture.frame.top
    if rule.horizontal:
        y, x0, x1 = (rule.at - top) * scale, (rule.start - left) * scale, (rule.end - left) * scale
        return Rect(x0 - along, y - across, x1 + along, y + across)
    x, y0, y1 = (rule.at - left) * scale, (rule.start - top) * scale, (rule.end - top) * scale
    return Rect(x - across, y0 - along, x + across, y1 + along)
