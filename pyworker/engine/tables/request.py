"""The `parse_table` command: reads the page, chooses the engine, gives the result in docling-core's types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.geometry import Rect
from pyworker.engine.page_content import PageContent
from pyworker.engine.pdf_drawings import read_drawings
from pyworker.engine.text import page_words
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from docling_core.types.doc.items.table.table_data import TableData

    from pyworker.context import RequestContext
    from pyworker.engine.docling_engine import DoclingEngine
    from pyworker.engine.documents import OpenDocument, OpenPage
    from pyworker.engine.tables.model import Check, Table
    from pyworker.messages import ParseTable

SCAN_COVER = 0.5
"""Share of the region that pictures must cover before a region without text is read as a scan."""


def parse_table(
    document: OpenDocument, payload: ParseTable, context: RequestContext, docling: DoclingEngine
) -> dict[str, Any]:
    """The `parse_table` command: `{"tables": [{page_index, bbox, engine, data, exports}]}` in reading order.

    With a box: the structure of the one table in it (no table where the box has no text). Without: every table of
    the page. Boxes, those of the cells too, are in displayed-page points from the request's `coord_origin`. The text
    is the PDF's own, and OCR's where the region is a scan without any. Raises PageOutOfRange, BboxOutOfPage,
    EngineUnavailable (no docling-core; a scan and no OCR) and DeadlinePassed.
    """
    docling.require("tables")
    page = document.page(payload.page_index)
    geometry = page.geometry
    box = None if payload.bbox is None else geometry.clip(payload.bbox, payload.coord_origin)
    content = read_page(page, context.check)
    _read_scan(content, box or Rect(0.0, 0.0, geometry.width, geometry.height), page, context, docling)
    engine = docling.table_engine(page)
    if box is None:
        tables = engine.find(content, context.check)
    else:
        table = engine.read(content, box, context.check)
        tables = [] if table is None else [table]
    results = []
    for table in tables:
        context.check()
        data = table_data(table, geometry.height, payload.coord_origin)
        results.append(
            {
                "page_index": payload.page_index,
                "bbox": geometry.to_wire(table.rect, payload.coord_origin),
                "engine": table.method,
                "data": data.model_dump(mode="json"),
                "exports": exported(data, list(payload.exports)),
            }
        )
    return {"tables": results}


def read_page(page: OpenPage, check: Check) -> PageContent:
    """The page's own words and drawn lines, as the engines take them."""
    content = PageContent(page.geometry.width, page.geometry.height, list(page_words(page, check)))
    read_drawings(page, content, check)
    return content


def _read_scan(
    content: PageContent, region: Rect, page: OpenPage, context: RequestContext, docling: DoclingEngine
) -> None:
    """Put OCR's words into `content` where `region` is a picture of text."""
    if any(_common(word.rect, region) > 0 for word in content.words):
        return
    covered = sum(_common(image, region) for image in content.images)
    if covered < SCAN_COVER * region.width * region.height:
        return
    try:
        ocr = docling.ocr()
    except EngineUnavailable as error:
        raise EngineUnavailable(f"the region is a scan, and {error.message}", **error.details) from error
    content.words = [word for line in ocr.read(page, region, [], context) for word in line.words]


def _common(a: Rect, b: Rect) -> float:
    """Area common to two rectangles."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return width * height if width > 0 and height > 0 else 0.0


def table_data(table: Table, page_height: float, coord_origin: str) -> TableData:
    """`table` as docling-core's TableData, boxes measured from `coord_origin`."""
    from docling_core.types.doc.base import BoundingBox, CoordOrigin
    from docling_core.types.doc.items.table.table_data import TableCell, TableData

    cells = []
    for cell in table.cells:
        left, top, right, bottom = cell.rect
        if coord_origin == "TOPLEFT":
            bbox = BoundingBox(l=left, t=top, r=right, b=bottom, coord_origin=CoordOrigin.TOPLEFT)
        else:
            bbox = BoundingBox(
                l=left,
                t=page_height - top,
                r=right,
                b=page_height - bottom,
                coord_origin=CoordOrigin.BOTTOMLEFT,
            )
        cells.append(
            TableCell(
                bbox=bbox,
                row_span=cell.row_end - cell.row,
                col_span=cell.col_end - cell.col,
                start_row_offset_idx=cell.row,
                end_row_offset_idx=cell.row_end,
                start_col_offset_idx=cell.col,
                end_col_offset_idx=cell.col_end,
                text=cell.text,
                column_header=cell.column_header,
                row_header=cell.row_header,
            )
        )
    return TableData(num_rows=table.rows, num_cols=table.cols, table_cells=cells)


def exported(data: TableData, formats: list[str]) -> dict[str, str]:
    """The table in each of `formats` (`html`, `markdown`, `csv`), written by docling-core."""
    if not formats:
        return {}
    from docling_core.types.doc.document import DoclingDocument

    document = DoclingDocument(name="table")
    item = document.add_table(data=data)
    result = {}
    for name in formats:
        if name == "html":
            result[name] = item.export_to_html(doc=document)
        elif name == "markdown":
            result[name] = item.export_to_markdown(doc=document)
        else:
            result[name] = item.export_to_dataframe(doc=document).to_csv(index=False)
    return result
