"""Charts and pictures on a page, whose labels would otherwise pass for tables."""

from __future__ import annotations

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import PageContent
from pyworker.engine.tables.types import Check

# Points. Parts of one drawing lie this close together; a drawing smaller than SIDE both ways is an ornament.
NEARBY = 12.0
SIDE = 36.0
# Parts beyond this number are left out, to bound the work.
MAX_PARTS = 1500
# Up to so many lines within CLOSE points of a figure are its axis or legend.
CAPTION_LINES = 4
CLOSE = 15.0


def figures(content: PageContent, check: Check) -> list[Rect]:
    """Rectangles of charts, plots and pictures; a scan that fills the page is none."""
    page_area = content.width * content.height
    parts = [
        r for r in content.drawings if r.width < 0.95 * content.width or r.height < 0.95 * content.height
    ]
    found = [box for box in clusters(parts, check) if min(box.width, box.height) >= SIDE]
    found += [
        box
        for box in clusters(content.images, check)
        if min(box.width, box.height) >= SIDE and box.width * box.height < 0.7 * page_area
    ]
    return found


def clusters(rects: list[Rect], check: Check) -> list[Rect]:
    """Boxes around the groups of rectangles that overlap or lie nearby."""
    groups: list[Rect] = []
    for number, rect in enumerate(sorted(rects[:MAX_PARTS], key=lambda r: (r.top, r.left))):
        if number % 200 == 0:
            check()
        merged = rect
        while True:
            near = [g for g in groups if _near(g, merged)]
            if not near:
                break
            groups = [g for g in groups if not _near(g, merged)]
            merged = union([merged, *near])
        groups.append(merged)
    return groups


def _near(a: Rect, b: Rect, reach: float = NEARBY) -> bool:
    across = a.left - reach <= b.right and b.left - reach <= a.right
    return across and a.top - reach <= b.bottom and b.top - reach <= a.bottom


def in_figure(rect: Rect, boxes: list[Rect], lines: int | None = None) -> bool:
    """Whether a region is a figure's labels: it lies over one, or has only a few `lines` and is close to one."""
    area = max(rect.width * rect.height, 1.0)
    for box in boxes:
        if lines is not None and lines <= CAPTION_LINES and _near(box, rect, CLOSE):
            return True
        width = min(rect.right, box.right) - max(rect.left, box.left)
        height = min(rect.bottom, box.bottom) - max(rect.top, box.top)
        if width > 0 and height > 0 and width * height >= 0.25 * area:
            return True
    return False
