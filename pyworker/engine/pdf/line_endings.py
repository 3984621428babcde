"""The marks at the ends of line annotations: arrows, squares, circles and their kin (ISO 32000-2, table 179)."""

from __future__ import annotations

import math

from pyworker.engine.pdf.annotation_pen import Point

ARROW = 9.0
"""Times the line's width: length of an arrow's strokes, which are 30 degrees off the line."""
HALF = 3.0
"""Times the line's width: half of a square, a circle or a diamond."""
ROUND = 0.5523
"""Control points of a quarter of a circle, times its radius."""


def reach(width: float) -> float:
    """How far from its line's end a mark can be drawn, in points."""
    return (ARROW + 1) * max(width, 1.0)


def ending(name: str, tip: Point, inner: Point, width: float) -> tuple[str, Point]:
    """The path of a mark at `tip` of the line that comes from `inner`, and where the line itself ends.

    The path is empty for `/None` and for what is not known.
    """
    length = math.hypot(tip[0] - inner[0], tip[1] - inner[1])
    if not length:
        return "", tip
    unit = max(width, 1.0)
    along = (tip[0] - inner[0]) / length, (tip[1] - inner[1]) / length

    def at(forward: float, aside: float) -> Point:
        return (
            tip[0] + unit * (along[0] * forward - along[1] * aside),
            tip[1] + unit * (along[1] * forward + along[0] * aside),
        )

    back, side = ARROW * math.cos(math.radians(30)), ARROW * math.sin(math.radians(30))
    if name in ("/OpenArrow", "/ClosedArrow"):
        return _through(at(-back, side), tip, at(-back, -side)), tip if name == "/OpenArrow" else at(-back, 0)
    if name in ("/ROpenArrow", "/RClosedArrow"):
        return _through(at(back, side), tip, at(back, -side)), tip
    if name == "/Square":
        corners = at(-HALF, -HALF), at(HALF, -HALF), at(HALF, HALF), at(-HALF, HALF)
        return _through(*corners), at(-HALF, 0)
    if name == "/Diamond":
        return _through(at(-HALF, 0), at(0, -HALF), at(HALF, 0), at(0, HALF)), at(-HALF, 0)
    if name == "/Circle":
        return _circle(tip, HALF * unit), at(-HALF, 0)
    if name == "/Butt":
        return _through(at(0, HALF), at(0, -HALF)), tip
    if name == "/Slash":
        return _through(at(-side, -back), at(side, back)), tip
    return "", tip


def _through(*points: Point) -> str:
    first, *rest = (f"{x:.3f} {y:.3f}" for x, y in points)
    return f"{first} m " + " ".join(f"{point} l" for point in rest) + " "


def _circle(middle: Point, radius: float) -> str:
    x, y = middle
    corner = ROUND * radius
    points = [
        (x + radius, y + corner, x + corner, y + radius, x, y + radius),
        (x - corner, y + radius, x - radius, y + corner, x - radius, y),
        (x - radius, y - corner, x - corner, y - radius, x, y - radius),
        (x + corner, y - radius, x + radius, y - corner, x + radius, y),
    ]
    curves = " ".join(" ".join(f"{value:.3f}" for value in curve) + " c" for curve in points)
    return f"{x + radius:.3f} {y:.3f} m {curves} "
