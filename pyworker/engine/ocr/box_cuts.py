"""Text boxes that reach over a rule of a form or a title block, cut at it: what is in two fields is two lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pyworker.engine.pdf.geometry import POINTS_PER_INCH
from pyworker.engine.pdf.page_content import Ruling

if TYPE_CHECKING:
    from pyworker.engine.ocr.detection import TextBox
    from pyworker.engine.ocr.level import LevelPicture

LONGER = 1.3
"""Times a box's height: a shorter stroke may be a letter's."""
CROSSED = 0.7
"""Of a box's height, around its middle, that a rule goes through."""
EDGE = 0.006
"""Inches beside a rule that its blurred edges take."""
LEAST = 0.45
"""Of a box's height: a narrower part is the margin that the box had."""


def cut_at_rules(boxes: Sequence[TextBox], rules: Sequence[Ruling], picture: LevelPicture) -> list[TextBox]:
    """`boxes` (pixels of `picture`) in parts beside the `rules` (level points) that cross them."""
    scale = POINTS_PER_INCH / picture.dpi
    left, top = picture.frame.left, picture.frame.top
    # Each as its place, its start and end along, and half its width, in pixels.
    across: dict[bool, list[tuple[float, float, float, float]]] = {False: [], True: []}
    for rule in rules:
        at, along = (top, left) if rule.horizontal else (left, top)
        across[rule.horizontal].append(
            (
                (rule.at - at) / scale,
                (rule.start - along) / scale,
                (rule.end - along) / scale,
                rule.width / scale / 2 + EDGE * picture.dpi,
            )
        )
    return [part for box in boxes for part in _parts(box, across[box.sideways])]


def _parts(box: TextBox, rules: Sequence[tuple[float, float, float, float]]) -> list[TextBox]:
    """The parts of `box` between the rules that cross it; sideways boxes are crossed by level rules."""
    along, other = (1, 0) if box.sideways else (0, 1)
    low, high = box.corners.min(axis=0), box.corners.max(axis=0)
    start, end = float(low[along]), float(high[along])
    middle, height = float(low[other] + high[other]) / 2, float(high[other] - low[other])
    reach = CROSSED * height / 2
    cuts = sorted(
        (at - half, at + half)
        for at, begin, stop, half in rules
        if start < at + half
        and at - half < end
        and begin <= middle - reach
        and stop >= middle + reach
        and stop - begin >= LONGER * height
    )
    if not cuts:
        return [box]
    edges = [(start, start), *cuts, (end, end)]
    spans = [(a[1], b[0]) for a, b in pairwise(edges)]
    return [_between(box, along, a, b) for a, b in spans if b - a >= LEAST * height]


def _between(box: TextBox, along: int, start: float, end: float) -> TextBox:
    """The part of `box` from `start` to `end` along its line."""
    corners = box.corners.copy()
    corners[:, along] = corners[:, along].clip(start, end)
    return type(box)(corners)
