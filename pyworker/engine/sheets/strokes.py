"""A sheet whose letters are strokes: read as a drawing by the words that OCR has found on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pyworker.engine.ocr.plots import read_plot
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.sheets.kind import drawing
from pyworker.engine.sheets.scans import READ_CONFIDENCE
from pyworker.engine.sheets.sheet import Reading

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.ocr.lines import OcrLine
    from pyworker.engine.pdf.documents import OpenPage

APART = 40
"""Between the orders of words of two lines, so that no line follows another like a word."""
SPACE = 2.0
"""Font sizes up to which a gap in a line is a space: these fonts are wide, and so are their spaces."""
NARROW = 0.25
"""What such a space is taken for."""


def stroked_sheet(
    page: OpenPage, languages: list[str], context: RequestContext, load_ocr: Callable[[], OcrEngine]
) -> Reading | None:
    """A page without text of its own, whose letters are strokes, read as a sheet; None where it is none.

    Raises EngineUnavailable where there is no OCR, and DeadlinePassed.
    """
    whole = Rect(0.0, 0.0, page.geometry.width, page.geometry.height)
    lines = read_plot(page, whole, languages, context, load_ocr()) or []
    found = sheet_of_lines(page, lines, context.check)
    if found is None:
        return None
    reading, _ = found
    if reading.title_block is not None:
        for field in reading.title_block.fields:
            field.confidence = round(field.confidence * READ_CONFIDENCE, 4)
    return reading


def sheet_of_lines(
    page: OpenPage, lines: Sequence[OcrLine], check: Callable[[], None]
) -> tuple[Reading, dict[int, float]] | None:
    """A page read as a sheet by the `lines` that OCR read on all of it, and how sure each word is by its order.

    None where the page is no drawing.
    """
    words, confidences = words_of_lines(lines)
    reading = drawing(page, check, words)
    return None if reading is None else (reading, confidences)


def words_of_lines(lines: Sequence[OcrLine], order: int = 0) -> tuple[list[Word], dict[int, float]]:
    """The words of `lines`, each with an order of its own above `order`, and how sure each is by that."""
    words = []
    confidences: dict[int, float] = {}
    for line in lines:
        order += APART
        for word in _closed_up(line.words):
            # The fonts of CAD programs draw both alike.
            text = re.sub(r"(?<=\d)O(?=\d)", "0", word.text)
            words.append(word._replace(text=text, order=order))
            confidences[order] = line.confidence
            order += len(word.text) + 1
    return words, confidences


def _closed_up(words: Sequence[Word]) -> list[Word]:
    """The words of a line, each drawn out to the next one where a space parts them."""
    found = []
    for word, after in zip(words, [*words[1:], None], strict=True):
        rect = word.rect
        if after is not None and after.direction == word.direction:
            size, by = word.font_size, NARROW * word.font_size
            if word.direction == 0 and rect.right < after.rect.left - by <= rect.right + SPACE * size:
                rect = Rect(rect.left, rect.top, after.rect.left - by, rect.bottom)
            elif word.direction == 180 and rect.left > after.rect.right + by >= rect.left - SPACE * size:
                rect = Rect(after.rect.right + by, rect.top, rect.right, rect.bottom)
            elif word.direction == 90 and rect.bottom < after.rect.top - by <= rect.bottom + SPACE * size:
                rect = Rect(rect.left, rect.top, rect.right, after.rect.top - by)
            elif word.direction == 270 and rect.top > after.rect.bottom + by >= rect.top - SPACE * size:
                rect = Rect(rect.left, after.rect.bottom + by, rect.right, rect.bottom)
        found.append(word._replace(rect=rect))
    return found
