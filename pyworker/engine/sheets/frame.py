"""The border of a sheet: the innermost box of long rules near its edges."""

from __future__ import annotations

import itertools

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.sheets.canvas import Canvas
from pyworker.engine.sheets.cells import Cell
from pyworker.engine.sheets.labels import field_of, labelled
from pyworker.engine.sheets.pieces import Piece

EDGE = 0.16
"""Of the sheet's size: how far from its edge a side of the border may be; trimmed sheets have binding margins."""
LONG = 0.6
"""Of the sheet's size: the least length of a side."""
MARKS = 30.0
"""Units: the widest strip between an outer border and the inner one, which holds the names of the grid's zones."""


LABELS = 2
"""Labels of fields in a strip at least that make it a title block."""
LEFT_OUT = 2
"""Between the letters before and behind one that is left out."""
NAMES = 4
"""Fields of a strip at least that hold names in their order."""
TOUCH = 3.0
"""Units by which a strip's fields may miss the border."""


def frame_of(canvas: Canvas) -> Rect | None:
    """The box in which everything of the sheet stands, None where no border is drawn."""
    width, height = canvas.width, canvas.height
    level = [rule for rule in canvas.level.rules if rule.end - rule.start >= LONG * width]
    upright = [rule for rule in canvas.upright.rules if rule.end - rule.start >= LONG * height]
    lefts = [rule.at for rule in upright if rule.at <= EDGE * width]
    rights = [rule.at for rule in upright if rule.at >= (1 - EDGE) * width]
    tops = [rule.at for rule in level if rule.at <= EDGE * height]
    bottoms = [rule.at for rule in level if rule.at >= (1 - EDGE) * height]
    if not (lefts and rights and tops and bottoms):
        return None
    outer = Rect(min(lefts), min(tops), max(rights), max(bottoms))
    over_width = [
        r.at for r in level if r.start <= outer.left + MARKS + 3 and r.end >= outer.right - MARKS - 3
    ]
    over_height = [
        r.at for r in upright if r.start <= outer.top + MARKS + 3 and r.end >= outer.bottom - MARKS - 3
    ]
    inner = Rect(
        max([at for at in over_height if at <= outer.left + MARKS], default=outer.left),
        max([at for at in over_width if at <= outer.top + MARKS], default=outer.top),
        min([at for at in over_height if at >= outer.right - MARKS], default=outer.right),
        min([at for at in over_width if at >= outer.bottom - MARKS], default=outer.bottom),
    )
    # A low title block along an edge is no strip of names.
    labels = [piece for piece in canvas.pieces if field_of(piece.text) or labelled(piece.text)]
    return Rect(
        *(
            was if sum(_between(piece, number, was, at) for piece in labels) >= LABELS else at
            for number, (was, at) in enumerate(zip(outer, inner, strict=True))
        )
    )


def _between(piece: Piece, side: int, outer: float, inner: float) -> bool:
    """Whether a piece stands between the outer and the inner border of a side."""
    return min(outer, inner) < piece.center[side % 2] < max(outer, inner)


def inside_strips(frame: Rect, cells: list[Cell]) -> tuple[Rect, bool]:
    """`frame` without the strips along its sides whose fields name the grid's zones, and whether there are such.

    The names are A, B, C or 1, 2, 3. `frame_of` leaves out the strips that run from side to side; where a title block
    cuts a strip off, its fields tell it.
    """
    found = False
    inside = frame
    for side in range(4):
        inner = (side + 2) % 4
        for strip in (_strip(cells, side, frame[side]), _strip(cells, inner, frame[side])):
            if len(strip) >= NAMES and _in_order([cell.pieces[0].text for cell in strip]):
                found = True
                edges = [cell.rect[inner] for cell in strip]
                edge = max(edges) if side < 2 else min(edges)
                if (edge > inside[side]) == (side < 2):
                    inside = Rect(*(edge if number == side else at for number, at in enumerate(inside)))
    return inside, found


def _strip(cells: list[Cell], side: int, at: float) -> list[Cell]:
    """The narrow cells whose `side` is at `at` and whose text may be a name, in their order along it."""
    wide = side % 2
    strip = [
        cell
        for cell in cells
        if abs(cell.rect[side] - at) <= TOUCH
        and (cell.rect.height if wide else cell.rect.width) <= MARKS
        and len(cell.pieces) == 1
        and len(cell.pieces[0].text) <= 2
    ]
    return sorted(strip, key=lambda cell: cell.rect.left if wide else cell.rect.top)


def _in_order(names: list[str]) -> bool:
    """Whether names are numbers or letters one after the other, in either direction."""
    if all(name.isdigit() for name in names):
        steps = {int(b) - int(a) for a, b in itertools.pairwise(names)}
    elif all(len(name) == 1 for name in names):
        # The letters I and O are left out, since they look like figures.
        steps = {ord(b) - ord(a) for a, b in itertools.pairwise(names)}
        steps = {step // abs(step) if abs(step) == LEFT_OUT else step for step in steps}
    else:
        return False
    return steps in ({1}, {-1})
