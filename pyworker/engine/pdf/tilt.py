"""The small angle by which a scan lies askew: from the page as displayed to the page made level, and back."""

from __future__ import annotations

import math
from typing import NamedTuple

from pyworker.engine.pdf.geometry import Rect


class Tilt(NamedTuple):
    """A turn about a point. *Level* coordinates are those of the page once it is turned back by `angle`."""

    angle: float = 0.0
    """Clockwise, in radians: a text line of the page as displayed falls by this much from left to right."""
    x: float = 0.0
    y: float = 0.0
    """The point that stays where it is, in displayed-page points."""

    def level(self, rect: Rect) -> Rect:
        """The smallest upright rectangle around `rect`, given as displayed, in level coordinates."""
        return self._around(rect, -self.angle)

    def displayed(self, rect: Rect) -> Rect:
        """The smallest upright rectangle around `rect`, given in level coordinates, as displayed."""
        return self._around(rect, self.angle)

    def straightened(self, rect: Rect) -> Rect:
        """The rectangle in level coordinates that `displayed` gives `rect` for: its text without the slope."""
        if not self.angle:
            return rect
        cos, sin = math.cos(self.angle), abs(math.sin(self.angle))
        across = (rect.width * cos - rect.height * sin) / (cos * cos - sin * sin)
        down = (rect.height * cos - rect.width * sin) / (cos * cos - sin * sin)
        x, y = self._around(Rect(*rect.center, *rect.center), -self.angle).center
        across, down = max(across, 1.0) / 2, max(down, 1.0) / 2
        return Rect(x - across, y - down, x + across, y + down)

    def _around(self, rect: Rect, angle: float) -> Rect:
        if not angle:
            return rect
        cos, sin = math.cos(angle), math.sin(angle)
        corners = [(x - self.x, y - self.y) for x in (rect.left, rect.right) for y in (rect.top, rect.bottom)]
        xs = [self.x + x * cos - y * sin for x, y in corners]
        ys = [self.y + x * sin + y * cos for x, y in corners]
        return Rect(min(xs), min(ys), max(xs), max(ys))
