"""Bullets of lists that are small pictures: the line beside each gets a bullet, and the picture goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyworker.engine.layout.blocks import Block, StyledLine
from pyworker.engine.layout.list_markers import list_marker
from pyworker.engine.pdf.geometry import Rect, union

BULLET = "• "
# In em of the line beside it.
LARGEST = 1.5
FARTHEST = 3.0
LEAST = 2
"""Such pictures on a page: a single one is a picture."""
MOST = 200
"""More pictures than this are pieces of a drawing."""


def with_bullets(parts: Sequence[StyledLine | Block]) -> list[StyledLine | Block]:
    """The parts of a page with a bullet in the place of each small picture before a line; in tagged text the tags say
    what an item is, and the picture goes alone.
    """
    if sum(isinstance(part, Block) and part.kind == "picture" for part in parts) > MOST:
        return list(parts)
    lines = [
        (index, line)
        for index, part in enumerate(parts)
        for line in ([part] if isinstance(part, StyledLine) else part.lines[:1])
    ]
    beside: dict[int, int] = {}
    for index, part in enumerate(parts):
        if isinstance(part, Block) and part.kind == "picture":
            box = part.places[0][1]
            place = next((at for at, line in lines if _is_before(box, line)), None)
            if place is not None:
                beside[index] = place
    if len(beside) < LEAST:
        return list(parts)
    whole = list(parts)
    for picture, place in beside.items():
        line, bullet = whole[place], parts[picture]
        if isinstance(line, StyledLine) and isinstance(bullet, Block) and list_marker(line.text) is None:
            rect = union([bullet.places[0][1], line.rect])
            whole[place] = replace(line, text=BULLET + line.text, rect=rect)
    return [part for index, part in enumerate(whole) if index not in beside]


def _is_before(picture: Rect, line: StyledLine) -> bool:
    """Whether a picture is as small as a letter of `line` and stands where a bullet of it would."""
    if max(picture.width, picture.height) > LARGEST * line.size:
        return False
    gap = picture.left - line.rect.right if line.leftwards else line.rect.left - picture.right
    level = line.rect.top <= picture.center[1] <= line.rect.bottom
    return level and -0.2 * line.size <= gap <= FARTHEST * line.size
