"""The scanned parts of a page as the table engines take them: words by OCR, lines and bands from pixels, all level."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyworker.engine.layout.scan_areas import WHOLE
from pyworker.engine.layout.what_to_read import what_to_read
from pyworker.engine.ocr.ink import fills_of, rulings_of
from pyworker.engine.ocr.level import render_level
from pyworker.engine.ocr.lines import Reading
from pyworker.engine.ocr.picture_look import is_worth_reading
from pyworker.engine.ocr.small_marks import DOTS
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.page_content import Fill, PageContent, Ruling, Word

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenPage

LINES_DPI = 200.0
MAX_PIXELS = 8e6


@dataclass(frozen=True)
class ScannedPart:
    """A part of a page that OCR has read."""

    area: Rect
    """In displayed-page points."""
    reading: Reading
    content: PageContent
    """In level coordinates: the words read, each with a number of its own, those of the page's own text that stand
    on the part, and what is drawn."""
    orders: tuple[tuple[int, ...], ...]
    """The numbers of the words of each line of `reading`."""


def scanned_parts(
    page: OpenPage,
    words: Sequence[Word],
    region: Rect,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
    *,
    every_picture: bool = False,
) -> tuple[list[Word], list[ScannedPart]]:
    """The page's own `words` that are on no scan, and the scanned parts of `region`.

    `load_ocr` is called only where something must be read; it may raise EngineUnavailable. On a page with text of
    its own the pictures that look like tables or text are read; with `every_picture` the others too.
    """
    inside = [word for word in words if region.contains(*word.rect.center)]
    usable, areas = what_to_read(page, inside, region, context.check)
    if usable and not every_picture:
        large = WHOLE * region.width * region.height
        areas = [it for it in areas if it.width * it.height >= large or is_worth_reading(page, it)]
    if not areas:
        return list(words), []
    ocr = load_ocr()
    kept = {word.order for word in usable}
    rest = [word for word in words if word.order in kept or not region.contains(*word.rect.center)]
    order = max((word.order for word in words), default=-1) + 1
    parts = []
    for area in areas:
        reading = ocr.read(page, area, languages, context, [word.rect for word in usable])
        context.check()
        own = [word for word in rest if area.contains(*word.rect.center)]
        rest = [word for word in rest if not area.contains(*word.rect.center)]
        fills: list[Fill] = []
        rulings: list[Ruling] = []
        if reading.lines:
            square_inches = area.width * area.height / POINTS_PER_INCH**2
            dpi = min(LINES_DPI, math.sqrt(MAX_PIXELS / square_inches))
            picture = render_level(page, area, dpi, reading.tilt)
            fills = fills_of(picture)
            rulings = rulings_of(picture, fills)
            reading = without_rests(reading, rulings)
        read: list[Word] = []
        orders = []
        for line in reading.lines:
            numbers = range(order, order + len(line.words))
            read += [word._replace(order=number) for word, number in zip(line.words, numbers, strict=True)]
            orders.append(tuple(numbers))
            order += len(line.words)
        content = PageContent(page.geometry.width, page.geometry.height, read, fills=fills, rulings=rulings)
        content.words += [word._replace(rect=reading.tilt.level(word.rect)) for word in own]
        parts.append(ScannedPart(area, reading, content, tuple(orders)))
    return rest, parts


def without_rests(reading: Reading, rulings: list[Ruling]) -> Reading:
    """`reading` without the dots that stand on a ruling: noise leaves pieces of it, which look like them."""

    def rest(word: Word, rule: Ruling) -> bool:
        (left, top, right, bottom), (x, y) = word.rect, word.rect.center
        if rule.horizontal:
            return top <= rule.at <= bottom and rule.start <= x <= rule.end
        return left <= rule.at <= right and rule.start <= y <= rule.end

    lines = []
    for line in reading.lines:
        kept = [w for w in line.words if w.text not in DOTS or not any(rest(w, rule) for rule in rulings)]
        if len(kept) == len(line.words):
            lines.append(line)
        elif kept:
            lines.append(replace(line, words=tuple(kept), text=" ".join(word.text for word in kept)))
    return replace(reading, lines=lines)
