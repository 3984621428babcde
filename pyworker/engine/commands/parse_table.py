"""The `parse_table` command: reads the page, chooses the engine, gives the result in docling-core's types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.convert.table_data import exported, table_json
from pyworker.engine.ocr.scanned import ScannedPart, scanned_parts
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent
from pyworker.engine.pdf.page_words import read_page
from pyworker.engine.sheets.kind import drawing
from pyworker.engine.sheets.page_tables import drawing_table, drawing_tables
from pyworker.engine.tables.confidence import BOUND, judge
from pyworker.engine.tables.lean import LeanTableEngine
from pyworker.engine.tables.types import Table, displayed
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenDocument, OpenPage
    from pyworker.messages import ParseTable
    from pyworker.reply_data import TableEntryData, TablesData


def parse_table(
    document: OpenDocument, payload: ParseTable, context: RequestContext, engines: Engines
) -> TablesData:
    """The `parse_table` command: `{"tables": [{page_index, bbox, engine, confidence, warnings, data, exports}]}` in
    reading order.

    With a box: the structure of the one table in it (no table where the box has no text). Without: every table of
    the page. Boxes, those of the cells too, are in displayed-page points from the request's `coord_origin`. The text
    is the PDF's own, and OCR's where the region or a part of it is a scan. Raises PageOutOfRange, BboxOutOfPage,
    EngineUnavailable (no docling-core; a scan and no OCR) and DeadlinePassed.
    """
    engines.require("tables")
    page = document.page(payload.page_index)
    geometry = page.geometry
    box = None if payload.bbox is None else geometry.clip(payload.bbox, payload.coord_origin)
    content = read_page(page, context.check)
    region = box or Rect(0.0, 0.0, geometry.width, geometry.height)

    def load_ocr() -> OcrEngine:
        try:
            return engines.ocr()
        except EngineUnavailable as error:
            raise EngineUnavailable(f"the region is a scan, and {error.message}", **error.details) from error

    # A box was chosen by a person or a program that saw a table there.
    content.words, parts = scanned_parts(
        page, content.words, region, payload.languages, context, load_ocr, every_picture=box is not None
    )
    results: list[TableEntryData] = []
    for table in _tables(content, parts, box, page, context, engines):
        context.check()
        results.append(
            {
                "page_index": payload.page_index,
                "bbox": geometry.to_wire(table.rect, payload.coord_origin),
                "engine": table.method,
                "confidence": table.confidence,
                "warnings": table.warnings,
                "data": table_json(table, geometry.height, payload.coord_origin),
                "exports": exported(table, geometry.height, payload.coord_origin, list(payload.exports)),
            }
        )
    return {"tables": results}


def _tables(
    content: PageContent,
    parts: list[ScannedPart],
    box: Rect | None,
    page: OpenPage,
    context: RequestContext,
    engines: Engines,
) -> list[Table]:
    """The tables of the page, or the one in `box`, judged; those of scanned parts with boxes as displayed."""

    def judged(table: Table, part: ScannedPart | None = None) -> Table:
        unread = part.reading.unread if part is not None else []
        table.confidence, table.warnings = judge(table, unread)
        return table if part is None else displayed(table, part.reading.tilt)

    engine = engines.table_engine(page)
    if parts and engine.name != LeanTableEngine.name:
        # A model sees the page as it is displayed: it takes the words that OCR has read where they are displayed.
        for part in parts:
            tilt = part.reading.tilt
            content.words += [word._replace(rect=tilt.displayed(word.rect)) for word in part.content.words]
        parts = []
    sheet = drawing(page, context.check) if engine.name == LeanTableEngine.name and not parts else None
    if sheet is not None and box is None:
        return [judged(table) for table in drawing_tables(sheet)]
    if sheet is not None and box is not None and (drawn := drawing_table(sheet, box)) is not None:
        return [judged(drawn)]
    if box is None:
        tables = [judged(table) for table in engine.find(content, context.check)]
        for part in parts:
            found = [judged(table, part) for table in engine.find(part.content, context.check)]
            # A picture beside text of the page may be a chart: what is found in it must be sure.
            tables += [table for table in found if not content.words or table.confidence >= BOUND]
        return sorted(tables, key=lambda t: (t.rect.top, t.rect.left)) if parts else tables
    largest = max(parts, key=lambda part: len(part.content.words), default=None)
    if largest is not None and len(largest.content.words) > sum(
        box.contains(*word.rect.center) for word in content.words
    ):
        table = engine.read(largest.content, largest.reading.tilt.level(box), context.check)
        return [] if table is None else [judged(table, largest)]
    table = engine.read(content, box, context.check)
    return [] if table is None else [judged(table)]
