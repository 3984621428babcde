"""Reads the letters that a plot draws as strokes, area by area; what was read is kept with the page.

A sheet takes longer than many a deadline. A request that ran into its own is asked again, and the reading goes on from
the area where it stopped; the next command on the page finds all of it read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.ocr.strokes import text_areas
from pyworker.errors import DeadlinePassed

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.ocr.lines import OcrLine
    from pyworker.engine.pdf.documents import OpenPage
    from pyworker.engine.pdf.geometry import Rect

MOST_READINGS = 4
"""Regions of a page whose lines are kept."""
SAME = 0.5
"""Share of the smaller one of two lines that they have in common, from which on they are one line read twice."""


def read_plot(
    page: OpenPage, region: Rect, languages: list[str], context: RequestContext, ocr: OcrEngine
) -> list[OcrLine] | None:
    """The lines in `region` whose letters are strokes; None where there are none.

    Raises EngineUnavailable where nothing reads one of `languages`, and DeadlinePassed, which says how many areas are
    read.
    """
    areas = text_areas(page, region, context.check)
    if not areas:
        return None
    key = (region, tuple(languages))
    kept = page.read_areas.setdefault(key, {})
    while len(page.read_areas) > MOST_READINGS:
        del page.read_areas[next(iter(page.read_areas))]
    lines: list[OcrLine] = []
    for number, area in enumerate(areas):
        if area not in kept:
            try:
                kept[area] = ocr.read(page, area, languages, context, [line.rect for line in lines]).lines
            except DeadlinePassed as error:
                raise DeadlinePassed(
                    f"{error.message}. The letters of this page are strokes: {number} of {len(areas)} areas are read, "
                    "and the same request, asked again, goes on from there",
                    **error.details,
                ) from None
        lines += kept[area]
    return once(lines)


def once(lines: list[OcrLine]) -> list[OcrLine]:
    """`lines` without those of which a longer one at the same place is read: areas overlap, and cut lines."""
    found: list[OcrLine] = []
    for line in sorted(lines, key=lambda line: -line.rect.area):
        if not any(other.rect.common_area(line.rect) > SAME * line.rect.area for other in found):
            found.append(line)
    kept = set(map(id, found))
    return [line for line in lines if id(line) in kept]
