"""The title block of a scanned sheet: found by its rules in the picture, then read by OCR, that zone alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyworker.engine.ocr.ink import rulings_of
from pyworker.engine.ocr.level import render_level
from pyworker.engine.ocr.rule_tilt import tilt_of_rules
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.linework import Linework
from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.pdf.tilt import Tilt
from pyworker.engine.sheets.canvas import Canvas, canvas_of
from pyworker.engine.sheets.cells import around, groups, text_cells
from pyworker.engine.sheets.fields import read_fields
from pyworker.engine.sheets.frame import frame_of
from pyworker.engine.sheets.read_words import without_rules, without_stray_accents
from pyworker.engine.sheets.revisions import own_tables
from pyworker.engine.sheets.types import Field, TitleBlock

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenPage

LOOK_DPI, READ_DPI = 100.0, 200.0
MAX_PIXELS = 12e6
STRIP = 0.3
"""Of the sheet's width or height: the widest strip along an edge that may be a title block."""
LARGEST = 0.3
"""Of the sheet's area."""
MEETS = 8.0
"""Points by which the rules of a scan may miss each other."""
LEAST_RULES = 4
"""Rules inside a title block at least."""
READ_CONFIDENCE = 0.9
"""What a field's confidence is multiplied by, because its text was read and is not stored."""


def scanned_block(
    page: OpenPage, languages: list[str], context: RequestContext, load_ocr: Callable[[], OcrEngine]
) -> TitleBlock | None:
    """The title block of a page that is a picture; None where no zone looks like one or nothing in it is a label.

    `load_ocr` is called only where such a zone is there; it may raise EngineUnavailable.
    """
    whole = Rect(0.0, 0.0, page.geometry.width, page.geometry.height)
    looked = render_level(page, whole, _dpi(whole, LOOK_DPI), Tilt())
    context.check()
    tilt = tilt_of_rules(looked.pixels, whole)
    if tilt.angle:
        looked = render_level(page, whole, _dpi(whole, LOOK_DPI), tilt)
    context.check()
    zone = _zone(whole, rulings_of(looked))
    if zone is None:
        return None
    zone = tilt.displayed(zone)
    grown = zone.grown(4, 4, whole)
    read = load_ocr().read(page, grown, languages, context)
    words = [word for line in read.lines for word in line.words]
    if not words:
        return None
    work = Linework(rulings_of(render_level(page, grown, _dpi(grown, READ_DPI), read.tilt)))
    words = without_stray_accents(without_rules(words, work.rules))
    words = [word._replace(order=20 * number) for number, word in enumerate(words)]
    context.check()
    main = canvas_of(whole.width, whole.height, words, work, context.check)
    fields: list[Field] = []
    for direction in sorted({word.direction for word in main.words}):
        canvas = main.seen_in(direction)
        cells, _ = text_cells(canvas, context.check)
        apart = [around(rows) for group in groups(cells) for _, rows in own_tables(group)]
        for field in read_fields(canvas, canvas.from_page(read.tilt.level(grown)), apart, nearly=True):
            field.rect = read.tilt.displayed(canvas.to_page(field.rect))
            if field.label_rect is not None:
                field.label_rect = read.tilt.displayed(canvas.to_page(field.label_rect))
            field.confidence = round(field.confidence * READ_CONFIDENCE, 4)
            fields.append(field)
    # Without a label it is some table, or a stamp.
    if sum(bool(field.label) for field in fields) < 2:
        return None
    fields.sort(key=lambda f: (f.rect.top, f.rect.left))
    return TitleBlock(zone, fields)


def _dpi(area: Rect, wanted: float) -> float:
    return min(wanted, math.sqrt(MAX_PIXELS * POINTS_PER_INCH**2 / area.area))


def _zone(whole: Rect, rules: list[Ruling]) -> Rect | None:
    """The strip or the corner of a sheet that holds the most rules for its size."""
    frame = frame_of(Canvas(whole.width, whole.height, [], rules)) or _bounds(rules)
    if frame is None:
        return None
    whole_strips: list[Rect] = []
    strips: list[Rect] = []
    corners: list[Rect] = []
    for rule in rules:
        length = rule.end - rule.start
        if rule.horizontal:
            if (
                length >= 0.85 * frame.width
                and frame.bottom - STRIP * frame.height <= rule.at < frame.bottom - 15
            ):
                reaches = rule.start <= frame.left + MEETS and rule.end >= frame.right - MEETS
                strip = Rect(frame.left, rule.at, frame.right, frame.bottom)
                (whole_strips if reaches else strips).append(strip)
        elif rule.at < frame.right - 15:
            if length >= 0.85 * frame.height and rule.at >= frame.right - STRIP * frame.width:
                reaches = rule.start <= frame.top + MEETS and rule.end >= frame.bottom - MEETS
                strip = Rect(rule.at, frame.top, frame.right, frame.bottom)
                (whole_strips if reaches else strips).append(strip)
            # The left side of a box in the lower right corner, under a rule that goes to the border.
            elif rule.end >= frame.bottom - MEETS and any(
                other.horizontal
                and abs(other.at - rule.start) <= MEETS
                and other.start <= rule.at + MEETS
                and other.end >= frame.right - MEETS
                for other in rules
            ):
                corners.append(Rect(rule.at, rule.start, frame.right, frame.bottom))
    # A wall may be as long as a strip's edge, but ends before the border.
    candidates = (whole_strips or strips) + corners
    best: tuple[float, Rect] | None = None
    for rect in candidates:
        # A column of the block has the block's top too.
        if any(
            abs(o.top - rect.top) <= MEETS and o.left < rect.left - MEETS and o.area <= LARGEST * frame.area
            for o in candidates
        ):
            continue
        held = sum(_inside(rule, rect) for rule in rules)
        share = rect.area / frame.area
        if held < LEAST_RULES or share > LARGEST:
            continue
        score = held / share**0.25
        if best is None or score > best[0]:
            best = (score, rect)
    return best[1] if best else None


def _bounds(rules: list[Ruling]) -> Rect | None:
    """The box around the rules of a sheet without a border."""
    level = [rule for rule in rules if rule.horizontal]
    upright = [rule for rule in rules if not rule.horizontal]
    if not level or not upright:
        return None
    return Rect(
        min(r.start for r in level),
        min(r.start for r in upright),
        max(r.end for r in level),
        max(r.end for r in upright),
    )


def _inside(rule: Ruling, rect: Rect) -> bool:
    middle = (rule.start + rule.end) / 2
    x, y = (middle, rule.at) if rule.horizontal else (rule.at, middle)
    return rect.left + MEETS < x < rect.right - MEETS and rect.top + MEETS < y < rect.bottom - MEETS
