"""`extract_text`, and the text in a box for `extract_evidence`: a page's own text, or OCR where it has
none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from pyworker.engine.annotation_text import with_annotation_text
from pyworker.engine.geometry import Rect
from pyworker.engine.page_content import PageContent, Word
from pyworker.engine.pdf_drawings import read_drawings
from pyworker.engine.pdf_words import read_words
from pyworker.engine.reading_order import lines_in_order
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.docling_engine import DoclingEngine
    from pyworker.engine.documents import OpenDocument, OpenPage
    from pyworker.messages import ExtractText

INSIDE = 0.5
"""Share of a word's area that must lie in the box."""
UNUSABLE = 0.3
"""Share of characters without a meaning from which on a page's own text is not used."""
STAMP_CHARACTERS = 100
"""A scan with no more text than this has a stamp, a header or a page number added to it: the scan is still
read."""
INK_DPI = 36.0
FAINTEST_INK = 8
"""Difference between the lightest and the darkest of 256 shades."""
SCAN_COVER = 0.6
"""Share of the region that pictures without any text on them must cover to be read as a scan."""

# Words of the pages that are open: reading them is nine tenths of the work, and a viewer asks for one page
# many times.
_words: WeakKeyDictionary[OpenPage, list[Word]] = WeakKeyDictionary()


def extract_text(
    document: OpenDocument, payload: ExtractText, context: RequestContext, docling: DoclingEngine
) -> dict[str, Any]:
    """The `extract_text` command: `{"text": …, "lines": [{text, bbox, source, confidence}]}` in reading
    order.

    `bbox` is in displayed-page points from the request's `coord_origin`; `source` is `pdf` or `ocr`. The
    confidence of a PDF's own text is 1.0, because it is stored and not guessed; OCR's is the mean of the
    characters' probabilities.
    """
    page = document.page(payload.page_index)
    geometry = page.geometry
    if payload.bbox is None:
        region = Rect(0.0, 0.0, geometry.width, geometry.height)
    else:
        region = geometry.clip(payload.bbox, payload.coord_origin)
    inside = _inside(page_words(page, context.check), region)
    context.check()

    scanned: list[Rect] = []
    if payload.ocr == "always":
        inside, scanned = [], [region]
    elif payload.ocr == "auto":
        inside, scanned = _what_to_read(page, inside, region, context)
    lines = [
        (line.text, line.rect, "pdf", 1.0) for line in lines_in_order(inside, geometry.width, geometry.height)
    ]
    if scanned:
        try:
            ocr = docling.ocr()
        except EngineUnavailable as error:
            reason = "" if payload.ocr == "always" else "the region has no usable text of its own, and "
            raise EngineUnavailable(f"{reason}{error.message}", **error.details) from error
        for area in scanned:
            found = ocr.read(page, area, payload.languages, context)
            lines += [(line.text, line.rect, "ocr", line.confidence) for line in found]
        if inside:
            lines.sort(key=lambda line: (line[1].top, line[1].left))
    return {
        "text": "\n".join(text for text, *_ in lines),
        "lines": [
            {
                "text": text,
                "bbox": geometry.to_wire(rect, payload.coord_origin),
                "source": source,
                "confidence": confidence,
            }
            for text, rect, source, confidence in lines
        ],
    }


def text_in_box(page: OpenPage, rect: Rect) -> str:
    """The page's own text inside `rect` (displayed-page points), lines in reading order joined by newlines;
    no OCR.

    A word belongs to the box when at least half of its area lies in it.
    """
    words = _inside(page_words(page), rect)
    return "\n".join(line.text for line in lines_in_order(words, page.geometry.width, page.geometry.height))


def page_words(page: OpenPage, check: Callable[[], None] = lambda: None) -> list[Word]:
    """The words of an open page, read once and kept as long as the page is open."""
    words = _words.get(page)
    if words is None:
        with with_annotation_text(page) as readable:
            words = read_words(readable, check)
        _words[page] = words
    return words


def _inside(words: Sequence[Word], region: Rect) -> list[Word]:
    left, top, right, bottom = region
    chosen = []
    for word in words:
        rect = word.rect
        across = min(rect.right, right) - max(rect.left, left)
        down = min(rect.bottom, bottom) - max(rect.top, top)
        if across > 0 and down > 0 and across * down >= INSIDE * rect.width * rect.height:
            chosen.append(word)
    return chosen


def _what_to_read(
    page: OpenPage, words: list[Word], region: Rect, context: RequestContext
) -> tuple[list[Word], list[Rect]]:
    """For `auto`: the words of the page's own text to keep, and the areas that OCR must read."""
    if not words:
        return [], [region] if has_ink(page, region) else []
    text = "".join(word.text for word in words)
    if sum(map(_unusable, text)) > UNUSABLE * len(text):
        return [], [region]
    if len(text) > STAMP_CHARACTERS:
        return words, []
    content = PageContent(page.geometry.width, page.geometry.height)
    read_drawings(page, content, context.check)
    scans = []
    for image in content.images:
        area = _common(image, region)
        if area is not None and not _inside(words, area):
            scans.append(area)
    covered = sum(area.width * area.height for area in scans)
    if covered < SCAN_COVER * region.width * region.height:
        return words, []
    return words, scans


def _common(a: Rect, b: Rect) -> Rect | None:
    rect = Rect(max(a.left, b.left), max(a.top, b.top), min(a.right, b.right), min(a.bottom, b.bottom))
    return rect if rect.width > 0 and rect.height > 0 else None


def _unusable(character: str) -> bool:
    """Whether a character carries no meaning: unmapped, private use, unassigned or a control."""
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")


def has_ink(page: OpenPage, region: Rect) -> bool:
    """Whether anything at all is drawn in `region`: a coarse picture of it has more than one shade."""
    from pyworker.engine.region_image import render_grey

    picture = render_grey(page, region, INK_DPI)
    # The histogram has 256 shades; faint noise of a renderer is no ink.
    shades = [shade for shade, count in enumerate(picture.histogram()) if count]
    return shades[-1] - shades[0] > FAINTEST_INK
