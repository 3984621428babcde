"""Bullets of slides that are drawn, and balls with a number in them: the line beside each gets a marker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from pyworker.engine.layout.blocks import Block, StyledLine
from pyworker.engine.layout.list_markers import list_marker
from pyworker.engine.layout.picture_bullets import BULLET
from pyworker.engine.pdf.geometry import Rect

# In em of the line beside it.
SMALLEST, LARGEST = 0.2, 1.0
FARTHEST = 2.0
LEAST = 2
"""Bullets of one size at one place across the page: a single one is a mark."""
_NUMBER = re.compile(r"\d{1,2}(?=\s)")


def with_drawn_bullets(
    parts: Sequence[StyledLine | Block], objects: Sequence[Rect]
) -> list[StyledLine | Block]:
    """The parts of a page with a marker before each line that one of `objects`, its small ones, stands before."""
    beside: dict[int, Rect] = {}
    for index, part in enumerate(parts):
        if isinstance(part, StyledLine) and list_marker(part.text) is None:
            box = next((box for box in objects if _is_before(box, part)), None)
            if box is not None:
                beside[index] = box
    kinds = Counter(_kind(box) for box in beside.values())
    whole = list(parts)
    for index, box in beside.items():
        line = whole[index]
        if kinds[_kind(box)] < LEAST or not isinstance(line, StyledLine):
            continue
        if box.right > line.rect.left:
            whole[index] = replace(line, text=_NUMBER.sub(lambda found: f"{found[0]}.", line.text, count=1))
        else:
            rect = line.rect._replace(left=min(box.left, line.rect.left))
            whole[index] = replace(line, text=BULLET + line.text, rect=rect)
    return whole


def _kind(box: Rect) -> tuple[int, int]:
    return round(box.left / 2), round(box.width)


def _is_before(box: Rect, line: StyledLine) -> bool:
    """Whether a bullet stands before a line, or is the ground of the number at its head."""
    size = line.size
    if line.leftwards or not SMALLEST * size <= min(box.width, box.height) <= LARGEST * size:
        return False
    if max(box.width, box.height) > 1.5 * min(box.width, box.height):
        return False
    if not line.rect.top <= box.center[1] <= line.rect.bottom:
        return False
    if box.left <= line.rect.left < box.right:
        return _NUMBER.match(line.text) is not None
    return 0 <= line.rect.left - box.right <= FARTHEST * size
