"""Content streams for annotations that carry no appearance: lines, polygons, stamps and carets from their own entries.

ISO 32000-2, 12.5.6.7 (line), 12.5.6.9 (polygon, polyline), 12.5.6.11 (caret) and 12.5.6.12 (stamp). The content is in
page points: the form that it becomes has the annotation's rectangle as its box.
"""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any, NamedTuple

from pyworker.engine.pdf.annotation_pen import (
    MAX_POINTS,
    Pen,
    Point,
    around,
    at,
    number_of,
    path_through,
    points_of,
    rect_of,
)
from pyworker.engine.pdf.layers import is_array, is_dictionary
from pyworker.engine.pdf.line_endings import ending, reach

FARTHEST = 1e6
"""Page points: a place farther away is damage."""
CLOUD_RADIUS = 4.0
"""Points of a cloudy border's bumps for each unit of intensity, 1 or 2 in practice."""
STAMP_COLOUR = "1 0 0"
DEFAULT_STAMP = "Draft"
CAPTION_SIZE = 9.0
_CAPITALS = (
    "667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611"
)
WIDTHS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", map(int, _CAPITALS.split()), strict=True)) | {" ": 278}
"""Of Helvetica's capitals in thousandths of an em; its figures have 556, as most small letters do."""
FONT = "/Helv"
"""A name that no resources have: pdfium then takes Helvetica."""


class Drawing(NamedTuple):
    """What an annotation looks like."""

    box: tuple[float, float, float, float]
    """Left, bottom, right and top of everything drawn, in page points."""
    content: str


def drawing(entries: Any) -> Drawing | None:
    """What the annotation with these entries (a dictionary of qpdf) looks like; None where they do not tell.

    Raises what qpdf's objects raise where they are not of the type expected.
    """
    kind = str(entries.get("/Subtype"))
    made: Drawing | None = None
    if kind == "/Line":
        made = _line(entries)
    elif kind in ("/Polygon", "/PolyLine"):
        made = _polygon(entries, closed=kind == "/Polygon")
    elif kind == "/Stamp":
        made = _stamp(entries)
    elif kind == "/Caret":
        made = _caret(entries)
    if made is None or not all(math.isfinite(side) and abs(side) < FARTHEST for side in made.box):
        return None
    # The name under which pdfium puts the annotation's opacity.
    opacity = "/GS gs\n" if "/CA" in entries else ""
    return made._replace(content=f"{opacity}q 1 j\n{made.content}Q\n")


def _line(entries: Any) -> Drawing | None:
    points = points_of(entries.get("/L"))
    if len(points) != 2 or points[0] == points[1]:
        return None
    pen = Pen.of(entries, "0 0 0")
    (x1, y1), (x2, y2) = points
    length = math.hypot(x2 - x1, y2 - y1)
    along, aside = ((x2 - x1) / length, (y2 - y1) / length), (-(y2 - y1) / length, (x2 - x1) / length)

    def beside(point: Point, by: float) -> Point:
        return point[0] + aside[0] * by, point[1] + aside[1] * by

    leader = number_of(entries.get("/LL"))
    sign = -1.0 if leader < 0 else 1.0
    offset, over = sign * number_of(entries.get("/LLO")), sign * number_of(entries.get("/LLE"))
    content, drawn = pen.setup(), list(points)
    first, last = (beside(point, leader + (offset if leader else 0.0)) for point in points)
    if leader:
        for point in points:
            ends = beside(point, offset), beside(point, offset + leader + over)
            content += f"{at(ends[0])} m {at(ends[1])} l S\n"
            drawn += ends
    caption = _caption(entries)
    size = min(CAPTION_SIZE, 0.9 * length / (caption[1] + 1)) if caption else 0.0
    if caption and entries.get("/CP") != "/Top":
        # An inline caption has a gap of its own in the line.
        half = size * (caption[1] + 0.6) / 2 / length
        gap = [(x1 + (x2 - x1) * part, y1 + (y2 - y1) * part) for part in (0.5 - half, 0.5 + half)]
        gap = [beside(point, leader + (offset if leader else 0.0)) for point in gap]
        content += _open_line([first, gap[0]], pen, entries, 0) + _open_line([gap[1], last], pen, entries, 1)
        raised = -0.35 * size
    else:
        content += _open_line([first, last], pen, entries, None)
        raised = pen.width + 0.25 * size
    if caption:
        middle = beside(((first[0] + last[0]) / 2, (first[1] + last[1]) / 2), raised)
        begin = middle[0] - along[0] * caption[1] * size / 2, middle[1] - along[1] * caption[1] * size / 2
        turn = f"{along[0]:.4f} {along[1]:.4f} {aside[0]:.4f} {aside[1]:.4f}"
        ink = (pen.stroke or "0 0 0 RG").lower()
        content += f"{ink} BT {FONT} {size:.2f} Tf {turn} {at(begin)} Tm ({caption[0]}) Tj ET\n"
    return Drawing(around([*drawn, first, last], reach(pen.width) + 2 * size), content)


def _open_line(points: list[Point], pen: Pen, entries: Any, only: int | None) -> str:
    """A line through `points` with the endings of `LE`, both or `only` that of its start (0) or end (1)."""
    names = [str(name) for name in entries.get("/LE")] if is_array(entries.get("/LE")) else []
    names = [*names, "/None", "/None"][:2]
    path, marks = list(points), ""
    for place in (0, 1) if only is None else (only,):
        tip, inner = (points[0], points[1]) if place == 0 else (points[-1], points[-2])
        mark, cut = ending(names[place], tip, inner, pen.width)
        if mark:
            path[0 if place == 0 else -1] = cut
            marks += mark + pen.paint(names[place] not in ("/OpenArrow", "/ROpenArrow", "/Butt", "/Slash"))
    return path_through(path) + pen._replace(fill=None).paint(False) + marks


def _polygon(entries: Any, closed: bool) -> Drawing | None:
    pen = Pen.of(entries, "0 0 0")
    parts = entries.get("/Path")
    if is_array(parts) and len(parts):
        steps = [points_of(part) for part in list(parts)[:MAX_POINTS]]
        if not all(len(step) in (1, 3) for step in steps) or len(steps[0]) != 1:
            return None
        content = f"{at(steps[0][0])} m\n" + "".join(
            f"{' '.join(map(at, step))} {'l' if len(step) == 1 else 'c'}\n" for step in steps[1:]
        )
        points = [point for step in steps for point in step]
        return Drawing(around(points, pen.width), pen.setup() + content + pen.paint(closed))
    points = points_of(entries.get("/Vertices"))
    if len(points) < 2:
        return None
    if not closed:
        content = pen.setup() + _open_line(points, pen, entries, None)
        return Drawing(around(points, reach(pen.width)), content)
    effect = entries.get("/BE")
    cloudy = is_dictionary(effect) and effect.get("/S") == "/C" and number_of(effect.get("/I"), 1.0) > 0
    if not cloudy or len(points) < 3:
        return Drawing(around(points, 2 * pen.width), pen.setup() + path_through(points) + pen.paint(True))
    radius = CLOUD_RADIUS * min(number_of(effect.get("/I"), 1.0), 10.0)
    bumps = _cloud(points, radius)
    return Drawing(around(points, 2 * radius + pen.width), pen.setup() + bumps + pen.paint(True))


def _cloud(points: list[Point], radius: float) -> str:
    """A path of bumps that point outwards, along the sides of a polygon."""
    ring = [*points, points[0]]
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
    outwards = 1.0 if area > 0 else -1.0
    content, left = f"{at(points[0])} m\n", MAX_POINTS
    for (x1, y1), (x2, y2) in pairwise(ring):
        length = math.hypot(x2 - x1, y2 - y1)
        count = min(max(1, round(length / (1.7 * radius))), left)
        if length == 0 or count == 0:
            continue
        left -= count
        # A cubic curve whose control points are 4/3 of the height away is half an ellipse.
        high = 4 / 3 * min(radius, length / count / 2) * outwards / length
        out = (y2 - y1) * high, (x1 - x2) * high
        for number in range(count):
            ends = [
                (x1 + (x2 - x1) * part / count, y1 + (y2 - y1) * part / count)
                for part in (number, number + 1)
            ]
            controls = [(x + out[0], y + out[1]) for x, y in ends]
            content += f"{at(controls[0])} {at(controls[1])} {at(ends[1])} c\n"
    return content


def _stamp(entries: Any) -> Drawing | None:
    left, bottom, right, top = box = rect_of(entries)
    width, height = right - left, top - bottom
    if width < 1 or height < 1:
        return None
    name = re.sub(r"^/?#?(SB|SH|D)?(?=[A-Z])", "", str(entries.get("/Name", DEFAULT_STAMP)))
    text = " ".join(re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name.lstrip("/")).upper().split())
    pen = Pen.of(entries, STAMP_COLOUR)
    line = pen._replace(width=min(2.0, 0.06 * height), dash="", fill=None)
    ink = (line.stroke or f"{STAMP_COLOUR} RG").lower()
    inset = 1.5 * line.width
    content = line.setup() + (
        f"{left + inset:.3f} {bottom + inset:.3f} {width - 2 * inset:.3f} {height - 2 * inset:.3f} re S\n"
    )
    shown = _literal(text)
    if shown:
        ems = _ems(text)
        size = min(0.6 * height, 0.88 * width / ems)
        place = (left + right - size * ems) / 2, (bottom + top - 0.72 * size) / 2
        content += f"{ink} BT {FONT} {size:.2f} Tf {at(place)} Td ({shown}) Tj ET\n"
    return Drawing(box, content)


def _caret(entries: Any) -> Drawing | None:
    left, bottom, right, top = box = rect_of(entries)
    ink = (Pen.of(entries, "0 0 1").stroke or "0 0 1 RG").lower()
    middle = (left + right) / 2
    return Drawing(
        box,
        f"{ink} {left:.3f} {bottom:.3f} m {middle:.3f} {bottom:.3f} {middle:.3f} {top:.3f} {middle:.3f} {top:.3f} c "
        f"{middle:.3f} {top:.3f} {middle:.3f} {bottom:.3f} {right:.3f} {bottom:.3f} c f\n",
    )


def _caption(entries: Any) -> tuple[str, float] | None:
    """A line's caption as a string of content and its width in em; None where it has none that Helvetica can show."""
    if not entries.get("/Cap", False):
        return None
    text = " ".join(str(entries.get("/Contents", "")).split())[:200]
    shown = _literal(text)
    return (shown, _ems(text)) if shown else None


def _literal(text: str) -> str:
    """`text` as the inside of a literal string in WinAnsiEncoding; empty where that has not all its letters."""
    try:
        codes = text.encode("cp1252")
    except UnicodeEncodeError:
        return ""
    return "".join(
        chr(code) if 32 <= code < 127 and chr(code) not in "\\()" else f"\\{code:03o}" for code in codes
    )


def _ems(text: str) -> float:
    """Its width in Helvetica."""
    return sum(WIDTHS.get(character, 556) for character in text) / 1000
