"""The border of a sheet: the innermost box of long rules near its edges."""

from __future__ import annotations

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.sheets.canvas import Canvas

EDGE = 0.16
"""Of the sheet's size: how far from its edge a side of the border may be; trimmed sheets have binding margins."""
LONG = 0.6
"""Of the sheet's size: the least length of a side."""
MARKS = 30.0
"""Units: the widest strip between an outer border and the inner one, which holds the names of the grid's zones."""


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
    return Rect(
        max([at for at in over_height if at <= outer.left + MARKS], default=outer.left),
        max([at for at in over_width if at <= outer.top + MARKS], default=outer.top),
        min([at for at in over_height if at >= outer.right - MARKS], default=outer.right),
        min([at for at in over_width if at >= outer.bottom - MARKS], default=outer.bottom),
    )
