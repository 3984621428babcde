"""Where on a page letters are drawn as strokes: small paths near each other, as CAD programs plot their own fonts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.linework import count_paths, read_linework

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

MANY_PATHS = 100
"""Paths below which a page is no plot."""
SMALLEST, LARGEST = 1.0, 40.0
"""Points: the longer side of what may be a letter, or a stroke of one."""
LEAST_LETTERS = 12
"""On a page; fewer are symbols."""
LEAST_HEIGHT = 3.5
"""Of a letter in points, as taken where its strokes are paths of their own."""
TOGETHER = 3
"""Small paths near each other that may be a word; fewer are symbols."""
DASHES = 6
"""Paths of one or two sizes in a row that make a dashed line, or one of dashes and dots."""
ALIKE = 0.5
"""Points by which dashes of one size may differ."""
SYMBOL_SIZES, SYMBOLS, OF_FEW_SIZES = 4, 1000, 0.6
"""So many sizes that so many paths have, and that share of all small ones, are those of points, crosses or hatching: of
the strokes of letters on the plots looked at four sizes made 0.25 to 0.45."""
LETTERS_ACROSS = 150.0
"""Heights of a letter that an area may be wide: it is then at least seven pixels high where lines are looked for."""
NARROWEST, WIDEST = 300.0, 1200.0
"""Points, of an area."""
MARGIN = 4.0
"""Heights of a letter around an area: with one alone lines are lost, with two to twelve none."""
MAX_AREAS = 16
"""Looking for lines takes about half a second each; of a sheet with more, each is larger."""
MAX_CELLS = 16e6


def text_areas(page: OpenPage, region: Rect, check: Callable[[], None]) -> list[Rect]:
    """The parts of `region` (displayed-page points) that hold what may be letters; none on a page of few paths.

    Each is small enough for OCR to see letters of the page's usual height. Needs OpenCV. No letter is in two of them,
    but they may overlap.
    """
    if count_paths(page, MANY_PATHS) < MANY_PATHS:
        return []
    marks = [
        mark
        for mark in read_linework(page, check).marks
        if SMALLEST <= max(mark.width, mark.height) <= LARGEST and region.contains(*mark.center)
    ]
    marks = _without_symbols(marks)
    if len(marks) < LEAST_LETTERS:
        return []
    height = max(LEAST_HEIGHT, median(max(mark.width, mark.height) for mark in marks))
    check()
    groups = _groups(marks, region, height)
    if not groups:
        return []
    side = min(max(LETTERS_ACROSS * height, NARROWEST), WIDEST)
    return [tile.grown(MARGIN * height, MARGIN * height, region) for tile in tiles(groups, region, side)]


def _without_symbols(marks: list[Rect]) -> list[Rect]:
    """`marks` without those of the few sizes that most have: a survey or a scatter plot draws thousands alike."""
    sizes = [(round(mark.width / ALIKE), round(mark.height / ALIKE)) for mark in marks]
    while True:
        few = Counter(sizes).most_common(SYMBOL_SIZES)
        count = sum(number for _, number in few)
        if count < max(SYMBOLS, OF_FEW_SIZES * len(sizes)):
            return marks
        alike = {size for size, _ in few}
        marks = [mark for mark, size in zip(marks, sizes, strict=True) if size not in alike]
        sizes = [size for size in sizes if size not in alike]


def _groups(marks: list[Rect], region: Rect, height: float) -> list[Rect]:
    """The boxes around marks that are no further apart than letters and lines are."""
    import cv2
    import numpy as np

    cells = min(1.0, math.sqrt(MAX_CELLS / region.area))
    reach = max(1, round(0.5 * height * cells))
    across, down = math.ceil(region.width * cells), math.ceil(region.height * cells)
    picture = np.zeros((down + 1, across + 1), dtype=np.uint8)
    for mark in marks:
        left, top = round((mark.left - region.left) * cells), round((mark.top - region.top) * cells)
        right, bottom = round((mark.right - region.left) * cells), round((mark.bottom - region.top) * cells)
        cv2.rectangle(picture, (left, top), (right, bottom), 1, -1)
    grown = cv2.dilate(picture, np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8))
    _, labels = cv2.connectedComponents(grown, connectivity=8)
    members: dict[int, list[Rect]] = {}
    for mark in marks:
        x, y = mark.center
        place = (
            min(down, max(0, round((y - region.top) * cells))),
            min(across, max(0, round((x - region.left) * cells))),
        )
        members.setdefault(int(labels[place]), []).append(mark)
    return [union(group) for group in members.values() if len(group) >= TOGETHER and not _is_dashed(group)]


def _is_dashed(group: list[Rect]) -> bool:
    """Whether paths in a row are dashes: few sizes, each as high as the row."""
    if len(group) < DASHES:
        return False
    row = union(group)
    high = min(row.width, row.height)
    sizes = {(round(mark.width / ALIKE), round(mark.height / ALIKE)) for mark in group}
    return len(sizes) <= 4 and all(high - min(mark.width, mark.height) <= ALIKE for mark in group)


def tiles(groups: Sequence[Rect], region: Rect, side: float) -> list[Rect]:
    """Areas of about `side` x `side` points that hold the groups, MAX_AREAS or not many more."""
    found = _tiles(groups, region, side)
    if len(found) > MAX_AREAS:
        found = _tiles(groups, region, side * math.sqrt(len(found) / MAX_AREAS) * 1.5)
    return found


def _tiles(groups: Sequence[Rect], region: Rect, side: float) -> list[Rect]:
    """Areas of about `side` x `side` points that hold the groups, each group in one; a larger one is cut."""
    tiles: dict[tuple[int, int], list[Rect]] = {}
    for group in groups:
        for part in _cut(group, side):
            x, y = part.center
            tiles.setdefault((int((y - region.top) / side), int((x - region.left) / side)), []).append(part)
    return [union(parts) for _, parts in sorted(tiles.items())]


def _cut(group: Rect, side: float) -> list[Rect]:
    across, down = (max(1, math.ceil(length / side)) for length in (group.width, group.height))
    width, height = group.width / across, group.height / down
    return [
        Rect(
            group.left + column * width,
            group.top + row * height,
            group.left + (column + 1) * width,
            group.top + (row + 1) * height,
        )
        for row in range(down)
        for column in range(across)
    ]
