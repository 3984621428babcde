"""Which parts of a page OCR reads beside the page's own text: pictures of paper with no text of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pyworker.engine.layout.coarse_picture import DPI, coarse_picture
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_images
from pyworker.engine.pdf.render import render_grey

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

STAMP_CHARACTERS = 100
"""A picture with no more text on it than this has a stamp, a header or a page number added to it: it is still
read. More is a text layer that some OCR has made before, or text over a background."""
LEAST_SHARE = 0.1
"""Share of the region below which a picture is a logo or an icon."""
WHOLE = 0.6
"""Share from which on a picture is a scan whatever it looks like."""
PAPER = 0.5
"""Share of its pixels that have about one shade, the paper's, in a picture of text; photographs have many."""
SHADES = 16
"""Of 256, that the paper may be lighter or darker."""
FAINTEST_INK = 8
"""Difference between the lightest and the darkest of 256 shades."""
TOUCHING = 1.0
"""Points between two parts of one picture: scanners cut pages into strips."""
MAX_IMAGES = 300
"""More pictures than this are parts of one."""


def scan_areas(page: OpenPage, words: Sequence[Word], region: Rect, check: Callable[[], None]) -> list[Rect]:
    """The pictures in `region` that are read by OCR, whole or what of them is in it. `words` are the page's
    own in the region.
    """
    whole = _area(region)
    areas = []
    for image in joined(page_images(page, check)):
        check()
        area = _common(image, region)
        if area is None or _area(area) < LEAST_SHARE * whole:
            continue
        if sum(len(word.text) for word in words if _has_middle_in(word.rect, area)) > STAMP_CHARACTERS:
            continue
        if _area(area) >= WHOLE * whole or _looks_like_paper(page, area):
            areas.append(area)
    return areas


def has_ink(page: OpenPage, region: Rect) -> bool:
    """Whether anything at all is drawn in `region`: a coarse picture of it has more than one shade."""
    kept = coarse_picture(page)
    if kept is not None:
        if not _contrast(kept.histogram(page, region, inwards=False)):
            return False
        if _contrast(kept.histogram(page, region, inwards=True)):
            return True
    # Pixels on the edge show ink: a drawing of the region alone tells on which side it is.
    return _contrast(_drawn_alone(page, region))


def _contrast(counts: list[int]) -> bool:
    # Of 256 shades; faint noise of a renderer is no ink.
    shades = [shade for shade, count in enumerate(counts) if count]
    return bool(shades) and shades[-1] - shades[0] > FAINTEST_INK


def _looks_like_paper(page: OpenPage, area: Rect) -> bool:
    counts = _histogram(page, area)
    paper = max(range(len(counts)), key=counts.__getitem__)
    return sum(counts[max(0, paper - SHADES) : paper + SHADES + 1]) >= PAPER * sum(counts) and has_ink(
        page, area
    )


def _histogram(page: OpenPage, region: Rect) -> list[int]:
    kept = coarse_picture(page)
    counts = [] if kept is None else kept.histogram(page, region, inwards=True)
    return counts if any(counts) else _drawn_alone(page, region)


def _drawn_alone(page: OpenPage, region: Rect) -> list[int]:
    counts: list[int] = render_grey(page, region, DPI).histogram()
    return counts


def joined(images: list[Rect]) -> list[Rect]:
    """The rectangles, those that touch or overlap taken as one."""
    if len(images) > MAX_IMAGES:
        return [_around(images)]
    groups: list[Rect] = []
    for image in images:
        group = image
        # A group that has grown may touch another one.
        while touching := [other for other in groups if _touch(group, other)]:
            groups = [other for other in groups if other not in touching]
            group = _around([group, *touching])
        groups.append(group)
    return groups


def _touch(a: Rect, b: Rect) -> bool:
    return (
        a.left <= b.right + TOUCHING
        and b.left <= a.right + TOUCHING
        and a.top <= b.bottom + TOUCHING
        and b.top <= a.bottom + TOUCHING
    )


def _around(rects: list[Rect]) -> Rect:
    return Rect(
        min(rect.left for rect in rects),
        min(rect.top for rect in rects),
        max(rect.right for rect in rects),
        max(rect.bottom for rect in rects),
    )


def _common(a: Rect, b: Rect) -> Rect | None:
    rect = Rect(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))
    return rect if rect.width > 0 and rect.height > 0 else None


def _area(rect: Rect) -> float:
    return rect.width * rect.height


def _has_middle_in(rect: Rect, area: Rect) -> bool:
    x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
    return area.left <= x <= area.right and area.top <= y <= area.bottom
