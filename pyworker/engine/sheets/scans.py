"""The title block of a scanned sheet: found by its rules in the picture, then read by OCR, that zone alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from pyworker.engine.ocr.ink import rulings_of
from pyworker.engine.ocr.level import LevelPicture, at_most, render_level
from pyworker.engine.ocr.rule_tilt import tilt_of_rules
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.linework import Linework
from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.pdf.tilt import Tilt
from pyworker.engine.sheets.canvas import Canvas, canvas_of
from pyworker.engine.sheets.cells import around, groups, text_cells, with_empty_neighbours
from pyworker.engine.sheets.fields import read_fields
from pyworker.engine.sheets.frame import frame_of
from pyworker.engine.sheets.read_words import parted, without_rules, without_stray_accents
from pyworker.engine.sheets.revisions import own_tables
from pyworker.engine.sheets.title_block import Seen, open_block
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
CORNER = (0.35, 0.3)
"""Of the border's width and height: where a block without rules is looked for."""
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
    rules = rulings_of(looked)
    frame = frame_of(Canvas(whole.width, whole.height, [], rules))
    zone = _zone(frame or _bounds(rules), rules)
    if zone is None:
        # A block without rules: a border makes it worth looking for.
        return None if frame is None else _open_block(page, tilt, frame, languages, context, load_ocr)
    zone = tilt.displayed(zone)
    fields: list[Field] = []
    for canvas, level in _read(page, zone.grown(4, 4, whole), tilt, languages, context, load_ocr):
        filled, _ = text_cells(canvas, context.check)
        cells = with_empty_neighbours(canvas, filled, context.check)
        apart = [around(rows) for group in groups(cells) for _, rows in own_tables(group)]
        fields += _fields(canvas, canvas.from_page(level), apart, tilt)
    return _block(zone, fields)


def _open_block(
    page: OpenPage,
    tilt: Tilt,
    frame: Rect,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> TitleBlock | None:
    """A block whose texts no rules part, in the lower right corner of the sheet's border."""
    left, top = frame.right - CORNER[0] * frame.width, frame.bottom - CORNER[1] * frame.height
    whole = Rect(0.0, 0.0, page.geometry.width, page.geometry.height)
    corner = tilt.displayed(Rect(left, top, frame.right, frame.bottom)).grown(0, 0, whole)
    for canvas, _ in _read(page, corner, tilt, languages, context, load_ocr):
        found = open_block(Seen(canvas, None, [], canvas.pieces)) if canvas.pieces else None
        if found is not None:
            return _block(tilt.displayed(canvas.to_page(found[1])), _fields(canvas, found[1], [], tilt))
    return None


def _read(
    page: OpenPage,
    zone: Rect,
    tilt: Tilt,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> Iterator[tuple[Canvas, Rect]]:
    """What is read in `zone`, a box of the page as displayed, seen in each of its directions, and its level box."""
    rules: list[Ruling] = []

    def rules_in(picture: LevelPicture) -> list[Ruling]:
        rules[:] = meeting(rulings_of(at_most(picture, READ_DPI)))
        return rules

    read = load_ocr().read(page, zone, languages, context, rules=rules_in, tilt=tilt)
    words = [word for line in read.lines for word in line.words]
    words = without_stray_accents(without_rules(words, rules))
    if not words:
        return
    words = [word._replace(order=20 * number) for number, word in enumerate(words)]
    main = canvas_of(page.geometry.width, page.geometry.height, words, Linework(rules), context.check)
    for direction in sorted({word.direction for word in main.words}):
        canvas = main.seen_in(direction)
        canvas.pieces = parted(canvas.pieces, canvas.upright)
        yield canvas, read.tilt.level(zone)


def _fields(canvas: Canvas, block: Rect, apart: Sequence[Rect], tilt: Tilt) -> list[Field]:
    """The fields in `block`, a box of `canvas`, with their boxes on the page as displayed."""
    fields = read_fields(canvas, block, apart, nearly=True)
    for field in fields:
        field.rect = tilt.displayed(canvas.to_page(field.rect))
        if field.label_rect is not None:
            field.label_rect = tilt.displayed(canvas.to_page(field.label_rect))
        field.confidence = round(field.confidence * READ_CONFIDENCE, 4)
    return fields


def _block(zone: Rect, fields: list[Field]) -> TitleBlock | None:
    # Without a label it is some table, or a stamp.
    if sum(bool(field.label) for field in fields) < 2:
        return None
    return TitleBlock(zone, sorted(fields, key=lambda f: (f.rect.top, f.rect.left)))


def _dpi(area: Rect, wanted: float) -> float:
    return min(wanted, math.sqrt(MAX_PIXELS * POINTS_PER_INCH**2 / area.area))


def _zone(frame: Rect | None, rules: list[Ruling]) -> Rect | None:
    """The strip or the corner of a sheet within `frame` that holds the most rules for its size."""
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


def meeting(rules: Sequence[Ruling]) -> list[Ruling]:
    """`rules`, each drawn out to one that it just misses: a scan loses the ends of some."""
    met = []
    for rule in rules:
        ends = [
            other.at
            for other in rules
            if other.horizontal != rule.horizontal and other.start - MEETS <= rule.at <= other.end + MEETS
        ]
        start = min((at for at in ends if rule.start - MEETS <= at <= rule.start), default=rule.start)
        end = max((at for at in ends if rule.end <= at <= rule.end + MEETS), default=rule.end)
        met.append(rule._replace(start=start, end=end))
    return met


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
