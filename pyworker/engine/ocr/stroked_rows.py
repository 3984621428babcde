"""Rows of letters drawn as strokes beside a page's own text: small paths in a row that stand on one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from pyworker.engine.pdf.geometry import Rect, union

SMALLEST = 1.0
"""Points: the longer side of a stroke at least."""
APART = 0.8
"""Of a stroke's height, or of a capital's: strokes of one row are no further apart. Spaces of these fonts are wider."""
LOWEST, HIGHEST = 0.45, 4.0
"""Times the usual capital of the page: the height of a row."""
LEAST_STROKES, FEW_STROKES = 5, 2
"""Strokes of a row at least, and of one as high as those where such rows are: initials, or a revision."""
AS_HIGH = 0.2
"""Share by which the heights of rows differ that are alike."""
LONG = 1.6
"""Times its height, a row is at least so long."""
EDGE = 0.16
"""Of a row's height: a stroke that ends so near the upper or the lower line stands on it."""
STANDING, REACHING = 0.6, 0.3
"""Share of strokes that stand on an edge of their row, and of those that do so on each of both."""
TALL = 0.6
"""Of the row's height: strokes that are so high reach from one line to the other."""
COVERED = 0.4
"""Share of a row's length that its strokes cover."""
WIDEST = 1.4
"""Times the row's height: the widest stroke of a letter."""
SIZES = 3
"""Strokes of fewer sizes are dashes, ticks or a symbol again and again, unless each is as high as the row and narrow
as whole letters are."""
WHOLE, NARROW = 0.9, (0.35, 0.95)
"""Of the row's height: the height and the width of such letters."""
ALIKE = 0.4
LEAST_ROWS, SHARE = 4, 0.05
"""Rows of a page that are worth reading, and how many there are for each word at least; fewer are symbols."""
MAX_STROKES = 20_000
"""Of a page with more, the rows would take seconds to find."""
PLACE = 30.0
MARGIN = 0.6
"""Times its height that a row's box is larger than its strokes."""


def stroked_rows(
    marks: Sequence[Rect], known: Sequence[Rect], capital: float, region: Rect, check: Callable[[], None]
) -> list[Rect]:
    """Boxes in `region` of rows that are drawn as letters, level ones and upright ones; none where they are too few.

    `marks` are the boxes of the page's paths, `known` those of its words, on which no row stands, and `capital` is the
    usual height of a capital. All in displayed-page points.
    """
    told = _Places(known)
    small = [
        mark
        for mark in marks
        if SMALLEST <= max(mark.width, mark.height) <= HIGHEST * capital
        and region.contains(*mark.center)
        and not told.holds(*mark.center)
    ]
    if not LEAST_STROKES <= len(small) <= MAX_STROKES:
        return []
    found: list[Rect] = []
    whole = 0
    for upright in (False, True):
        check()
        groups = _rows(small, capital, upright)
        boxes = [union(group) for group in groups]
        lettered = [_is_lettered(g, row, capital, upright) for g, row in zip(groups, boxes, strict=True)]
        whole += sum(lettered)
        heights = [_height(row, upright) for row, is_row in zip(boxes, lettered, strict=True) if is_row]
        for group, row, is_row in zip(groups, boxes, lettered, strict=True):
            alike = any(abs(_height(row, upright) - height) <= AS_HIGH * height for height in heights)
            if is_row or (alike and _is_lettered(group, row, capital, upright, FEW_STROKES)):
                by = MARGIN * min(row.width, row.height)
                found.append(row.grown(by, by, region))
    if whole < max(LEAST_ROWS, SHARE * len(known)):
        return []
    kept: list[Rect] = []
    for row in sorted(found, key=lambda row: -row.area):
        if not any(row.common_area(other) > 0.3 * row.area for other in kept) and not any(
            row.common_area(word) > 0.2 * word.area for word in known
        ):
            kept.append(row)
    return kept


class _Places:
    """Boxes by the squares that they reach into."""

    def __init__(self, boxes: Sequence[Rect]) -> None:
        self.squares: dict[tuple[int, int], list[Rect]] = {}
        for box in boxes:
            for column in range(int(box.left // PLACE), int(box.right // PLACE) + 1):
                for row in range(int(box.top // PLACE), int(box.bottom // PLACE) + 1):
                    self.squares.setdefault((column, row), []).append(box)

    def holds(self, x: float, y: float) -> bool:
        return any(box.contains(x, y) for box in self.squares.get((int(x // PLACE), int(y // PLACE)), ()))


def _rows(marks: Sequence[Rect], capital: float, upright: bool) -> list[list[Rect]]:
    """Marks put together that are side by side and close to each other along the row."""
    along = [
        (mark.top, mark.bottom, mark.left, mark.right)
        if upright
        else (mark.left, mark.right, mark.top, mark.bottom)
        for mark in marks
    ]
    reaches = [APART * max(capital, min(high - low, HIGHEST * capital)) for _start, _end, low, high in along]
    band, farthest = 2.0 * capital, max(reaches)
    parent = list(range(len(marks)))

    def find(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    open_marks: dict[int, list[int]] = {}
    for number in sorted(range(len(marks)), key=lambda number: along[number][0]):
        start, _, low, high = along[number]
        for place in range(int(low // band), int(high // band) + 1):
            near = [other for other in open_marks.get(place, ()) if along[other][1] >= start - farthest]
            for other in near:
                gap = start - along[other][1]
                if gap <= max(reaches[number], reaches[other]) and (
                    along[other][2] <= high and low <= along[other][3]
                ):
                    parent[find(other)] = find(number)
            near.append(number)
            open_marks[place] = near
    members: dict[int, list[Rect]] = {}
    for number, mark in enumerate(marks):
        members.setdefault(find(number), []).append(mark)
    return list(members.values())


def _height(row: Rect, upright: bool) -> float:
    return row.width if upright else row.height


def _is_lettered(
    group: Sequence[Rect], row: Rect, capital: float, upright: bool, least: int = LEAST_STROKES
) -> bool:
    if len(group) < least:
        return False
    if upright:
        group = [Rect(mark.top, mark.left, mark.bottom, mark.right) for mark in group]
        row = Rect(row.top, row.left, row.bottom, row.right)
    height = row.height
    if not LOWEST * capital <= height <= HIGHEST * capital or row.width < LONG * height:
        return False
    if max(mark.width for mark in group) > WIDEST * height:
        return False
    sizes = {(round(mark.width / ALIKE), round(mark.height / ALIKE)) for mark in group}
    if len(sizes) < min(SIZES, least) and not all(
        mark.height >= WHOLE * height and NARROW[0] <= mark.width / height <= NARROW[1] for mark in group
    ):
        return False
    # A pointed letter such as W has a box that its line's miter joins enlarge.
    tall = [mark for mark in group if mark.height >= TALL * height]
    if not tall:
        return False
    upper, lower = median(mark.top for mark in tall), median(mark.bottom for mark in tall)
    edge = EDGE * height
    up = [abs(mark.top - upper) <= edge for mark in group]
    low = [abs(mark.bottom - lower) <= edge for mark in group]
    standing = sum(a or b for a, b in zip(up, low, strict=True))
    if standing < STANDING * len(group) or min(sum(up), sum(low)) < REACHING * len(group):
        return False
    covered, end = 0.0, row.left
    for mark in sorted(group, key=lambda mark: mark.left):
        covered += max(0.0, mark.right - max(end, mark.left))
        end = max(end, mark.right)
    return covered >= COVERED * row.width
