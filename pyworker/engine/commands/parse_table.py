"""The `parse_table` command: reads the page, chooses the engine, gives the result in docling-core's types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent
from pyworker.engine.pdf.page_words import read_page
from pyworker.engine.tables.table_data import exported, table_json
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.engine.pdf.documents import OpenDocument, OpenPage
    from pyworker.messages import ParseTable
    from pyworker.reply_data import TableEntryData, TablesData

SCAN_COVER = 0.5
"""Share of the region that pictures must cover before a region without text is read as a scan."""


def parse_table(
    document: OpenDocument, payload: ParseTable, context: RequestContext, engines: Engines
) -> TablesData:
    """The `parse_table` command: `{"tables": [{page_index, bbox, engine, data, exports}]}` in reading order.

    With a box: the structure of the one table in it (no table where the box has no text). Without: every table of
    the page. Boxes, those of the cells too, are in displayed-page points from the request's `coord_origin`. The text
    is the PDF's own, and OCR's where the region is a scan without any. Raises PageOutOfRange, BboxOutOfPage,
    EngineUnavailable (no docling-core; a scan and no OCR) and DeadlinePassed.
    """
    engines.require("tables")
    page = document.page(payload.page_index)
    geometry = page.geometry
    box = None if payload.bbox is None else geometry.clip(payload.bbox, payload.coord_origin)
    content = read_page(page, context.check)
    _read_scan(content, box or Rect(0.0, 0.0, geometry.width, geometry.height), page, context, engines)
    engine = engines.table_engine(page)
    if box is None:
        tables = engine.find(content, context.check)
    else:
        table = engine.read(content, box, context.check)
        tables = [] if table is None else [table]
    results: list[TableEntryData] = []
    for table in tables:
        context.check()
        results.append(
            {
                "page_index": payload.page_index,
                "bbox": geometry.to_wire(table.rect, payload.coord_origin),
                "engine": table.method,
                "data": table_json(table, geometry.height, payload.coord_origin),
                "exports": exported(table, geometry.height, payload.coord_origin, list(payload.exports)),
            }
        )
    return {"tables": results}


def _read_scan(
    content: PageContent, region: Rect, page: OpenPage, context: RequestContext, engines: Engines
) -> None:
    """Put OCR's words into `content` where `region` is a picture of text."""
    if any(word.rect.common_area(region) > 0 for word in content.words):
        return
    covered = sum(image.common_area(region) for image in content.images)
    if covered < SCAN_COVER * region.width * region.height:
        return
    try:
        ocr = engines.ocr()
    except EngineUnavailable as error:
        raise EngineUnavailable(f"the region is a scan, and {error.message}", **error.details) from error
    content.words = [word for line in ocr.read(page, region, [], context) for word in line.words]
