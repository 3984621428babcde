"""Displayed-page points, PDF page points and pixels, and the ways between them.

Displayed-page points are 1/72 inch on the page as a viewer shows it: after `/Rotate`, relative to the upper
left corner of the crop box, `UserUnit` applied, y growing downwards. Page points are the PDF's own user space
(ISO 32000-1, 8.3.2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pyworker.errors import BboxOutOfPage

POINTS_PER_INCH = 72.0


class Rect(NamedTuple):
    """A rectangle in displayed-page points, TOPLEFT origin: `left < right`, `top < bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Horizontal size in points."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Vertical size in points."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Width times height, in square points."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """The point in the middle, as (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def contains(self, x: float, y: float) -> bool:
        """Whether the point lies inside or on the edge."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def intersection(self, other: Rect) -> Rect | None:
        """The part common to both, or None where they share no area."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(left, top, right, bottom) if left < right and top < bottom else None

    def grown(self, across: float, down: float, within: Rect) -> Rect:
        """`across` wider to each side and `down` higher above and below, as far as `within` reaches."""
        return Rect(
            max(within.left, self.left - across),
            max(within.top, self.top - down),
            min(within.right, self.right + across),
            min(within.bottom, self.bottom + down),
        )

    def common_area(self, other: Rect) -> float:
        """The area common to both, in square points."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return width * height if width > 0 and height > 0 else 0.0


def union(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around `rects` (at least one)."""
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return Rect(min(lefts), min(tops), max(rights), max(bottoms))


class PageGeometry(NamedTuple):
    """Size and placement of one page."""

    width: float
    """As displayed, points."""
    height: float
    """As displayed, points."""
    rotation: int
    """Clockwise turn in degrees: 0, 90, 180 or 270."""
    box: tuple[float, float, float, float]
    """(left, bottom, right, top) of what is shown, in page points: the crop box cut by the media box."""
    user_unit: float
    """Size of one page point in displayed-page points."""

    def to_displayed(self, x: float, y: float) -> tuple[float, float]:
        """The displayed-page point of a page point."""
        left, bottom, right, top = self.box
        if self.rotation == 0:
            across, down = x - left, top - y
        elif self.rotation == 90:
            across, down = y - bottom, x - left
        elif self.rotation == 180:
            across, down = right - x, y - bottom
        else:
            across, down = top - y, right - x
        return across * self.user_unit, down * self.user_unit

    def to_page(self, x: float, y: float) -> tuple[float, float]:
        """The page point of a displayed-page point; the inverse of `to_displayed`."""
        left, bottom, right, top = self.box
        across, down = x / self.user_unit, y / self.user_unit
        if self.rotation == 0:
            return left + across, top - down
        if self.rotation == 90:
            return left + down, bottom + across
        if self.rotation == 180:
            return right - across, bottom + down
        return right - down, top - across

    def rect_to_displayed(self, left: float, bottom: float, right: float, top: float) -> Rect:
        """The displayed-page rectangle of one in page points, by whatever two corners it was given."""
        x1, y1 = self.to_displayed(left, bottom)
        x2, y2 = self.to_displayed(right, top)
        return Rect(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def clip(self, bbox: Sequence[float], coord_origin: str) -> Rect:
        """The part of the wire's `bbox` ([x, y, width, height] from `coord_origin`) that lies on the page.

        Raises BboxOutOfPage where no part of it does.
        """
        x, y, width, height = bbox
        left, right = (x if x > 0.0 else 0.0), x + width
        if coord_origin == "TOPLEFT":
            top, bottom = y, y + height
        else:
            top, bottom = self.height - y - height, self.height - y
        if right > self.width:
            right = self.width
        if bottom > self.height:
            bottom = self.height
        if top < 0.0:
            top = 0.0
        if left >= right or top >= bottom:
            raise BboxOutOfPage(
                f"the box lies wholly off the page, which is {self.width:g} x {self.height:g} points",
                page_width=self.width,
                page_height=self.height,
            )
        return Rect(left, top, right, bottom)

    def to_wire(self, rect: Rect, coord_origin: str) -> list[float]:
        """The wire's `bbox` of a rectangle, measured from `coord_origin`."""
        left, top, right, bottom = rect
        y = top if coord_origin == "TOPLEFT" else self.height - bottom
        return [left, y, right - left, bottom - top]


def pixels(points: float, dpi: float) -> int:
    """Whole pixels of a length in points: half a pixel rounds up, and nothing gets smaller than one."""
    return int(points * dpi / POINTS_PER_INCH + 0.5) or 1
