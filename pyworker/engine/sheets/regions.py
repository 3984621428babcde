"""Where the graphics of a sheet are: patches of strokes close to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.canvas import Canvas

SQUARE = 14.0
"""Units: side of a square of the raster; strokes less than about two squares apart are of one patch."""
LARGE_MARK = 120.0
"""Units: a path with a larger box is told by its rules alone, since it may run around much that is empty."""
SLIM, STRAIGHT = 0.08, 4.0
"""A long path with a box so narrow for its length, such as a contour or a road, is nowhere far from any of it; units
below which it is a straight line, which the rules tell."""
BORDER = 4.0
"""Units by which a rule from one side of the sheet's border to the other may miss it."""
MAX_SQUARES = 150_000


def patches(
    canvas: Canvas, frame: Rect | None, excluded: Sequence[Rect], check: Callable[[], None]
) -> list[Rect]:
    """Boxes around the patches of strokes outside `excluded`, the largest first; `frame` is the sheet's border."""
    border = frame or Rect(0.0, 0.0, canvas.width, canvas.height)
    side = max(SQUARE, (canvas.width * canvas.height / MAX_SQUARES) ** 0.5)
    columns = int(canvas.width / side) + 1
    filled: set[int] = set()

    def fill(rect: Rect) -> None:
        first, last = max(0, int(rect.left / side)), min(columns - 1, int(rect.right / side))
        for row in range(max(0, int(rect.top / side)), int(rect.bottom / side) + 1):
            start = row * columns
            filled.update(range(start + first, start + last + 1))

    for mark in canvas.marks:
        small, large = sorted((mark.width, mark.height))
        if large <= LARGE_MARK or STRAIGHT <= small <= SLIM * large:
            fill(mark)
    check()
    for rule in canvas.rules:
        # A sheet's border and the edge of a strip along it are nothing's graphics.
        low, high = (border.left, border.right) if rule.horizontal else (border.top, border.bottom)
        if rule.start <= low + BORDER and rule.end >= high - BORDER:
            continue
        if rule.horizontal:
            fill(Rect(rule.start, rule.at, rule.end, rule.at))
        else:
            fill(Rect(rule.at, rule.start, rule.at, rule.end))
    for image in canvas.images:
        if image.area < 0.5 * canvas.width * canvas.height:
            fill(image)
    check()
    for rect in excluded:
        first, last = int(rect.left / side), int(rect.right / side)
        for row in range(int(rect.top / side), int(rect.bottom / side) + 1):
            filled.difference_update(range(row * columns + max(0, first), row * columns + last + 1))
    found: list[Rect] = []
    while filled:
        check()
        stack = [filled.pop()]
        rows, places = [], []
        while stack:
            square = stack.pop()
            row, column = divmod(square, columns)
            rows.append(row)
            places.append(column)
            for dr in (-1, 0, 1):
                for dc in (-1, 0, 1):
                    if 0 <= column + dc < columns:
                        near = square + dr * columns + dc
                        if near in filled:
                            filled.discard(near)
                            stack.append(near)
        if len(rows) > 2:
            found.append(
                Rect(
                    min(places) * side,
                    min(rows) * side,
                    (max(places) + 1) * side,
                    (max(rows) + 1) * side,
                )
            )
    return sorted(found, key=lambda rect: -rect.area)


def together(patches: Sequence[Rect], gap: float, apart: Sequence[Rect]) -> list[Rect]:
    """Boxes around patches no further than `gap` from each other, the largest first; a box never grows over one of
    `apart`.
    """
    boxes = list(patches)
    index = 0
    while index < len(boxes):
        for other in range(index + 1, len(boxes)):
            a, b = boxes[index], boxes[other]
            if max(a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom) > gap:
                continue
            both = union([a, b])
            if any(both.common_area(rect) > 0 for rect in apart):
                continue
            boxes[index] = both
            del boxes[other]
            index = -1
            break
        index += 1
    return sorted(boxes, key=lambda rect: -rect.area)
