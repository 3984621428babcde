"""extract_text: a page's own text, or OCR where it has none."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyworker.engine.layout.box_text import inside_box
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.layout.scan_areas import has_ink, joined, scan_areas
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.errors import DeadlinePassed, EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenDocument, OpenPage
    from pyworker.messages import ExtractText
    from pyworker.reply_data import PageTextData, TextLineData

UNUSABLE = 0.3
"""Share of characters without a meaning from which on none of a page's own text is used."""
UNUSABLE_WORD = 3
"""Characters without a meaning that make a word be read by OCR; fewer are signs of a list, or icons."""
MAX_AREAS = 8
"""With more places than this to read, the whole region is read at once."""


def extract_text(
    document: OpenDocument, payload: ExtractText, context: RequestContext, load_ocr: Callable[[], OcrEngine]
) -> PageTextData:
    """The `extract_text` command: `{"text": …, "lines": [{text, bbox, source, confidence}]}` in reading
    order.

    `bbox` is in displayed-page points from the request's `coord_origin`; `source` is `pdf` or `ocr`. The
    confidence of a PDF's own text is 1.0, because it is stored and not guessed; OCR's is the mean of the
    characters' probabilities. A line that is partly stored and partly read counts as read. `load_ocr` gives the OCR
    engine, or raises EngineUnavailable; it is called only where something must be read.
    """
    page = document.page(payload.page_index)
    geometry = page.geometry
    if payload.bbox is None:
        region = Rect(0.0, 0.0, geometry.width, geometry.height)
    else:
        region = geometry.clip(payload.bbox, payload.coord_origin)
    inside = inside_box(page_words(page, context.check), region)
    context.check()

    scanned: list[Rect] = []
    if payload.ocr == "always":
        inside, scanned = [], [region]
    elif payload.ocr == "auto":
        inside, scanned = _what_to_read(page, inside, region, context)
    read = _by_ocr(page, scanned, inside, payload, context, load_ocr) if scanned else []
    confidences = {word.order: confidence for word, confidence in read}
    lines: list[TextLineData] = []
    for line in lines_in_order([*inside, *(word for word, _ in read)], geometry.width, geometry.height):
        weights = [(confidences.get(word.order, 1.0), len(word.text)) for word in line.words]
        confidence = sum(value * weight for value, weight in weights) / sum(weight for _, weight in weights)
        stored = confidences.keys().isdisjoint(word.order for word in line.words)
        lines.append(
            {
                "text": line.text,
                "bbox": geometry.to_wire(line.rect, payload.coord_origin),
                "source": "pdf" if stored else "ocr",
                "confidence": round(confidence, 4),
            }
        )
    return {"text": "\n".join(line["text"] for line in lines), "lines": lines}


def _by_ocr(
    page: OpenPage,
    areas: list[Rect],
    words: list[Word],
    payload: ExtractText,
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> list[tuple[Word, float]]:
    """The lines that OCR reads in `areas`, where none of the page's own `words` stand, with their confidence.

    Each line is one word to the reading order, which must not take its spaces away.
    """
    try:
        ocr = load_ocr()
    except EngineUnavailable as error:
        reason = "" if payload.ocr == "always" else "the region has no usable text of its own, and "
        raise EngineUnavailable(f"{reason}{error.message}", **error.details) from error
    known = [word.rect for word in words]
    order = max((word.order for word in words), default=-1)
    read: list[tuple[Word, float]] = []
    try:
        for area in areas:
            for line in ocr.read(page, area, payload.languages, context, known):
                order += 1
                first = line.words[0]
                word = Word(line.text, line.rect, first.font_size, first.direction, order)
                read.append((word, line.confidence))
    except DeadlinePassed as error:
        if not words:
            raise
        raise DeadlinePassed(
            f"{error.message}. The page's own text is there at once with ocr: never", **error.details
        ) from None
    return read


def _what_to_read(
    page: OpenPage, words: list[Word], region: Rect, context: RequestContext
) -> tuple[list[Word], list[Rect]]:
    """For `auto`: the words of the page's own text to keep, and the areas that OCR must read."""
    if not words:
        return [], [region] if has_ink(page, region) else []
    unusable = {word: sum(map(_unusable, word.text)) for word in words}
    if sum(unusable.values()) > UNUSABLE * sum(len(word.text) for word in words):
        return [], [region]
    usable = [word for word in words if unusable[word] < UNUSABLE_WORD]
    # Grown by their height, the words of a line touch.
    areas = joined([_grown(word.rect, region) for word in words if unusable[word] >= UNUSABLE_WORD])
    if len(areas) > MAX_AREAS:
        return [], [region]
    return usable, areas + scan_areas(page, usable, region, context.check)


def _grown(rect: Rect, region: Rect) -> Rect:
    by = min(rect.width, rect.height)
    return Rect(
        max(region.left, rect.left - by),
        max(region.top, rect.top - by / 4),
        min(region.right, rect.right + by),
        min(region.bottom, rect.bottom + by / 4),
    )


def _unusable(character: str) -> bool:
    """Whether a character carries no meaning: unmapped, private use, unassigned or a control."""
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")
