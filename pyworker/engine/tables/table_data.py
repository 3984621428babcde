"""A table as docling-core's TableData, and its exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docling_core.types.doc.items.table.table_data import TableData

    from pyworker.engine.tables.types import Table


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
