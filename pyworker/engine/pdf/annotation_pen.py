"""What annotations say of their places, colours and lines, and the operators of content streams for it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pyworker.engine.pdf.layers import is_array, is_dictionary

Point = tuple[float, float]

MAX_POINTS = 10_000
MAX_WIDTH = 200.0


class Pen(NamedTuple):
    """Colours and line width."""

    stroke: str | None
    fill: str | None
    width: float
    dash: str

    @classmethod
    def of(cls, entries: Any, default: str) -> Pen:
        """From an annotation's `C`, `IC`, `BS` and `Border`; `default` is the colour where it names none."""
        width, dash = _border(entries)
        stroke = _colour(entries.get("/C"), "RG G K") if "/C" in entries else f"{default} RG"
        return cls(stroke if width > 0 else None, _colour(entries.get("/IC"), "rg g k"), width, dash)

    def setup(self) -> str:
        """The operators that take it up."""
        parts = [self.stroke or "", self.fill or "", f"{self.width:g} w"]
        return " ".join(part for part in parts if part) + self.dash + "\n"

    def paint(self, closed: bool) -> str:
        """The operator that draws a path."""
        filled = closed and self.fill is not None
        if self.stroke is None:
            return "f\n" if filled else "n\n"
        return "b\n" if filled else "s\n" if closed else "S\n"


def points_of(value: Any) -> list[Point]:
    """The points of an array of coordinates, at most MAX_POINTS; none where it is no array."""
    numbers = [float(part) for part in list(value)[: 2 * MAX_POINTS]] if is_array(value) else []
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def rect_of(entries: Any) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of an annotation's rectangle."""
    x1, y1, x2, y2 = (float(side) for side in entries.Rect)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def around(points: list[Point], margin: float) -> tuple[float, float, float, float]:
    """The box around points, `margin` larger on every side."""
    xs, ys = zip(*points, strict=True)
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def path_through(points: list[Point]) -> str:
    """A path of straight lines."""
    return f"{at(points[0])} m\n" + "".join(f"{at(point)} l\n" for point in points[1:])


def at(point: Point) -> str:
    """A point as the operands of an operator."""
    return f"{point[0]:.3f} {point[1]:.3f}"


def number_of(value: Any, default: float = 0.0) -> float:
    """A number of a PDF, `default` where it is missing or not finite."""
    number = default if value is None else float(value)
    return number if math.isfinite(number) else default


def _border(entries: Any) -> tuple[float, str]:
    """Line width, and the operator for a dashed line."""
    style, border = entries.get("/BS"), entries.get("/Border")
    width, dash = 1.0, None
    if is_dictionary(style):
        width = number_of(style.get("/W"), 1.0)
        if style.get("/S") == "/D":
            dash = style.get("/D", [3])
    elif is_array(border) and len(border) >= 3:
        width = number_of(border[2], 1.0)
        dash = border[3] if len(border) > 3 and is_array(border[3]) else None
    steps = [number_of(step) for step in list(dash)[:10]] if dash is not None else []
    usable = bool(steps) and min(steps) >= 0 < sum(steps)
    pattern = f" [{' '.join(f'{step:g}' for step in steps)}] 0 d" if usable else ""
    return min(max(width, 0.0), MAX_WIDTH), pattern


def _colour(value: Any, operators: str) -> str | None:
    """The operator for a colour array of one, three or four numbers; None where it has none: transparent."""
    parts = [min(max(number_of(part), 0.0), 1.0) for part in value] if is_array(value) else []
    rgb, grey, cmyk = operators.split()
    operator = {1: grey, 3: rgb, 4: cmyk}.get(len(parts))
    return None if operator is None else " ".join(f"{part:g}" for part in parts) + f" {operator}"
