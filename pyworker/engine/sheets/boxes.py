"""The framed fields of a sheet: boxes around a view, notes or a legend."""

from __future__ import annotations

from collections.abc import Sequence

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.sheets.cells import cell_at, innermost
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.title_block import Seen

MOST, LEAST = 0.55, 0.003
"""Of the sheet: a larger box is what the border leaves for all views; a smaller one is a part of a view."""
TITLE = 1.3
"""Times the usual letters, a box's title is at least so large."""


def framed_boxes(seen: Seen, excluded: Sequence[Rect]) -> list[Rect]:
    """The outermost boxes that hold text or other boxes, outside `excluded`."""
    canvas = seen.canvas
    frame = seen.frame or Rect(0.0, 0.0, canvas.width, canvas.height)
    kept = set(map(id, innermost(seen.cells)))
    found = {cell.rect for cell in seen.cells if id(cell) not in kept or len(cell.pieces) >= 3}
    for piece in seen.loose:
        rect = cell_at(canvas, *piece.center)
        if rect is not None:
            found.add(rect)
            # Around a part, whose outline is closed too, the next box is the view's.
            for _ in range(3):
                outer = cell_at(canvas, rect.left - 6, rect.top - 6)
                if outer is None or outer in found or outer.area > MOST * frame.area:
                    break
                found.add(outer)
                rect = outer
    boxes = [
        rect
        for rect in found
        if LEAST * frame.area <= rect.area <= MOST * frame.area
        and frame.contains(*rect.center)
        and not any(other.contains(*rect.center) for other in excluded)
        and not any(rect.contains(*other.center) and other.area > 0.7 * rect.area for other in excluded)
    ]
    boxes.sort(key=lambda rect: -rect.area)
    outermost: list[Rect] = []
    for rect in boxes:
        if not any(
            box.contains(*rect.center) and box.common_area(rect) > 0.8 * rect.area for box in outermost
        ):
            outermost.append(rect)
    return outermost


def box_title(box: Rect, pieces: Sequence[Piece]) -> Piece | None:
    """The title of a box: the largest text in its upper or lower third, larger than the usual letters."""
    inside = [piece for piece in pieces if box.contains(*piece.center)]
    edge = box.height / 3
    found = [
        piece
        for piece in inside
        if piece.size >= TITLE * 9.0
        and sum(c.isalpha() for c in piece.text) >= 3
        and (piece.center[1] <= box.top + edge or piece.center[1] >= box.bottom - edge)
    ]
    return max(found, key=lambda p: (round(p.size), -p.rect.top)) if found else None
