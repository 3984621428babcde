"""A sheet with text of its own that draws other letters as strokes: OCR reads those where nothing else tells them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyworker.engine.ocr.plots import once
from pyworker.engine.ocr.stroked_rows import stroked_rows
from pyworker.engine.ocr.strokes import tiles
from pyworker.engine.pdf.clipped_text import shown_words
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.outlined_words import with_letters
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.sheets.kind import drawing
from pyworker.engine.sheets.scans import READ_CONFIDENCE
from pyworker.engine.sheets.sheet import Reading
from pyworker.engine.sheets.strokes import words_of_lines
from pyworker.errors import DeadlinePassed, EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.ocr.lines import OcrLine
    from pyworker.engine.pdf.documents import OpenPage

CAPITAL = 0.7
"""Of the font size: the height of a capital."""
SURE = 0.7
"""Confidence below which what was read is taken for a drawing and not told."""
TIME = 2.0
"""Seconds that must be left to read one more area; the page's own text is told without it."""
SIDE, AROUND = 400.0, 60.0
"""Points, of an area that is read at once, and around it."""
ON_ROWS = 0.5
"""Share of a word that was read that rows of strokes cover."""
MOST = 0.5
"""Share of a line's letters that stand on rows, from which on all of it is told."""


@dataclass
class Mixed:
    """A sheet with the words that were read on it."""

    reading: Reading
    confidences: dict[int, float] = field(default_factory=dict)
    """How sure each word is that was read, by its order."""
    read: list[Word] = field(default_factory=list)
    """The words that were read."""


def with_strokes(
    page: OpenPage,
    reading: Reading,
    region: Rect,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> Mixed:
    """`reading`, of the page's own words, with what letters drawn as strokes in `region` say beside them.

    Where there is no OCR, or no time, the page's own text stays alone; what was read is kept with the page, so that the
    next request goes on. Raises DeadlinePassed only where the deadline itself has passed.
    """
    mixed = Mixed(reading)
    if not reading.views:
        return mixed
    canvas = reading.views[0].canvas
    words = page_words(page, context.check)
    capital = CAPITAL * 9.0 / canvas.scale
    marks = [canvas.to_page(mark) for mark in canvas.marks]
    marks = with_letters(page, marks, capital, context.check)
    rows = stroked_rows(marks, [word.rect for word in words], capital, region, context.check)
    if not rows:
        return mixed
    lines = _read(page, rows, words, region, languages, context, load_ocr)
    if not lines:
        return mixed
    read, confidences = words_of_lines(lines, max((word.order for word in words), default=0))
    shown = shown_words(page, words, context.check)
    whole = drawing(page, context.check, [*shown, *read])
    if whole is None:
        return mixed
    block = whole.title_block
    for told in block.fields if block is not None else []:
        if any(told.rect.contains(*word.rect.center) for word in read):
            told.confidence = round(told.confidence * READ_CONFIDENCE, 4)
    return Mixed(whole, confidences, read)


def _read(
    page: OpenPage,
    rows: Sequence[Rect],
    words: list[Word],
    region: Rect,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> list[OcrLine]:
    """The lines that OCR reads on `rows` while there is time."""
    kept = page.read_areas.setdefault((region, (*languages, "beside text")), {})
    known = [word.rect for word in words]
    lines: list[OcrLine] = []
    for tile in tiles(rows, region, SIDE):
        area = tile.grown(AROUND, AROUND, region)
        if area not in kept:
            if context.remaining() < TIME:
                break
            try:
                kept[area] = load_ocr().read(page, area, languages, context, known).lines
            except EngineUnavailable:
                return []
            except DeadlinePassed:
                context.check()
                break
        lines += (told for line in kept[area] if (told := _on_rows(line, rows)) is not None)
    return once(lines)


def _on_rows(line: OcrLine, rows: Sequence[Rect]) -> OcrLine | None:
    """Those words of a line that stand on `rows`; None where they are none, or not sure."""
    words = [
        word
        for word in line.words
        if sum(row.common_area(word.rect) for row in rows) >= ON_ROWS * word.rect.area
    ]
    if line.confidence < SURE or not any(c.isalnum() for word in words for c in word.text):
        return None
    letters = sum(len(word.text) for word in words)
    # A word of few strokes beside others is as sure as they are.
    if letters >= MOST * sum(len(word.text) for word in line.words):
        return line
    return replace(line, words=tuple(words), text=" ".join(word.text for word in words))
