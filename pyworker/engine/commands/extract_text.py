"""extract_text: a page's own text, or OCR where it has none."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

from pyworker.engine.layout.box_text import inside_box, text_in_box
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.layout.what_to_read import what_to_read
from pyworker.engine.ocr.plots import read_plot
from pyworker.engine.pdf.geometry import PageGeometry, Rect, union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.sheets.kind import drawing
from pyworker.engine.sheets.mixed import Mixed, with_strokes
from pyworker.engine.sheets.reading import zone_lines
from pyworker.engine.sheets.strokes import sheet_of_lines
from pyworker.errors import DeadlinePassed, EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.ocr.lines import OcrLine
    from pyworker.engine.pdf.documents import OpenDocument, OpenPage
    from pyworker.messages import ExtractEvidence, ExtractText
    from pyworker.reply_data import PageTextData, TextLineData


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
        inside, scanned = what_to_read(page, inside, region, context.check)
    # A plot without text of its own may have letters that are strokes.
    bare = payload.ocr == "auto" and not inside
    read = _by_ocr(page, scanned, inside, payload, context, load_ocr, strokes=bare) if scanned else []
    confidences = {word.order: line.confidence for word, line in read}
    displayed = {word.order: line.rect for word, line in read}
    lines: list[TextLineData] = []
    sheet = drawing(page, context.check) if inside else None
    if sheet is None and bare and read:
        stroked = sheet_of_lines(page, [line for _, line in read], context.check)
        if stroked is not None:
            lines = _of_sheet(Mixed(*stroked), region, geometry, payload.coord_origin)
            return {"text": "\n".join(line["text"] for line in lines), "lines": lines}
    ordered = [*(inside if sheet is None else []), *(word for word, _ in read)]
    for line in lines_in_order(ordered, geometry.width, geometry.height):
        rect, confidence = line.rect, 1.0
        source: Literal["pdf", "ocr"] = "pdf"
        if not confidences.keys().isdisjoint(word.order for word in line.words):
            rect, source = union(displayed.get(word.order, word.rect) for word in line.words), "ocr"
            weights = [(confidences.get(word.order, 1.0), len(word.text)) for word in line.words]
            confidence = sum(value * weight for value, weight in weights) / sum(
                weight for _, weight in weights
            )
        lines.append(
            {
                "text": line.text,
                "bbox": geometry.to_wire(rect, payload.coord_origin),
                "source": source,
                "confidence": round(confidence, 4),
            }
        )
    if sheet is not None:
        mixed = Mixed(sheet)
        if payload.ocr == "auto":
            mixed = with_strokes(page, sheet, region, payload.languages, context, load_ocr)
        around = union(word.rect for word in [*inside, *mixed.read])
        lines = _of_sheet(mixed, around, geometry, payload.coord_origin) + lines
    return {"text": "\n".join(line["text"] for line in lines), "lines": lines}


def text_of_crop(
    document: OpenDocument,
    rect: Rect,
    payload: ExtractEvidence,
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine] | None,
) -> str:
    """The text in a crop's box: the page's own; OCR, which takes seconds, reads only where languages are named."""
    if not payload.languages or load_ocr is None:
        return text_in_box(document.page(payload.page_index), rect)
    asked: Any = SimpleNamespace(
        page_index=payload.page_index,
        bbox=[rect.left, rect.top, rect.width, rect.height],
        coord_origin="TOPLEFT",
        ocr="auto",
        languages=payload.languages,
    )
    return extract_text(document, asked, context, load_ocr)["text"]


def _of_sheet(sheet: Mixed, around: Rect, geometry: PageGeometry, origin: str) -> list[TextLineData]:
    """The lines of a drawing zone after zone, of those words that are in `around`; those of which OCR has read a part
    are as sure as it is.
    """
    found: list[TextLineData] = []
    for line in zone_lines(sheet.reading, lambda rect: around.contains(*rect.center)):
        read = [sheet.confidences[order] for order in line.orders if order in sheet.confidences]
        found.append(
            {
                "text": line.text,
                "bbox": geometry.to_wire(line.rect, origin),
                "source": "ocr" if read else "pdf",
                "confidence": round(min(read, default=1.0), 4),
                "direction": line.direction,
            }
        )
    return found


def _by_ocr(
    page: OpenPage,
    areas: list[Rect],
    words: list[Word],
    payload: ExtractText,
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
    *,
    strokes: bool,
) -> list[tuple[Word, OcrLine]]:
    """The lines that OCR reads in `areas`, where none of the page's own `words` stand, each with the word it is to the
    reading order, which must not take its spaces away. The words stand where the lines are once they are level. With
    `strokes` the parts of the areas in which letters are drawn as strokes are read instead, where there are any.
    """
    try:
        ocr = load_ocr()
    except EngineUnavailable as error:
        reason = "" if payload.ocr == "always" else "the region has no usable text of its own, and "
        raise EngineUnavailable(f"{reason}{error.message}", **error.details) from error
    known = [word.rect for word in words]
    order = max((word.order for word in words), default=-1)
    read: list[tuple[Word, OcrLine]] = []
    try:
        for area in areas:
            lines = read_plot(page, area, payload.languages, context, ocr) if strokes else None
            if lines is None:
                lines = ocr.read(page, area, payload.languages, context, known).lines
            for line in lines:
                order += 1
                first = line.words[0]
                word = Word(line.text, line.level, first.font_size, first.direction, order)
                read.append((word, line))
    except DeadlinePassed as error:
        if not words:
            raise
        raise DeadlinePassed(
            f"{error.message}. The page's own text is there at once with ocr: never", **error.details
        ) from None
    return read
