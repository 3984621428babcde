"""A table as docling-core's TableData, as that class's JSON, and its exports.

The JSON is written here, because docling-core imports pandas, and a worker that only reads tables needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.convert import text_exports

if TYPE_CHECKING:
    from docling_core.types.doc.items.table.table_data import TableData

    from pyworker.engine.tables.types import Cell, Table


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


def table_json(table: Table, page_height: float, coord_origin: str) -> dict[str, Any]:
    """What `table_data` gives, as JSON; places that no cell covers hold an empty one."""
    cells = [_cell_json(cell, page_height, coord_origin) for cell in table.cells]
    grid = [[_empty_json(row, col) for col in range(table.cols)] for row in range(table.rows)]
    for cell, written in zip(table.cells, cells, strict=True):
        for row in range(min(cell.row, table.rows), min(cell.row_end, table.rows)):
            for col in range(min(cell.col, table.cols), min(cell.col_end, table.cols)):
                grid[row][col] = written
    return {
        "table_cells": cells,
        "num_rows": table.rows,
        "num_cols": table.cols,
        "orientation": "rot_0",
        "grid": grid,
    }


def _cell_json(cell: Cell, page_height: float, coord_origin: str) -> dict[str, Any]:
    left, top, right, bottom = cell.rect
    if coord_origin != "TOPLEFT":
        top, bottom = page_height - top, page_height - bottom
    return {
        "bbox": {"l": left, "t": top, "r": right, "b": bottom, "coord_origin": coord_origin},
        "row_span": cell.row_end - cell.row,
        "col_span": cell.col_end - cell.col,
        "start_row_offset_idx": cell.row,
        "end_row_offset_idx": cell.row_end,
        "start_col_offset_idx": cell.col,
        "end_col_offset_idx": cell.col_end,
        "text": cell.text,
        "column_header": cell.column_header,
        "row_header": cell.row_header,
        "row_section": False,
        "fillable": False,
    }


def _empty_json(row: int, col: int) -> dict[str, Any]:
    return {
        "bbox": None,
        "row_span": 1,
        "col_span": 1,
        "start_row_offset_idx": row,
        "end_row_offset_idx": row + 1,
        "start_col_offset_idx": col,
        "end_col_offset_idx": col + 1,
        "text": "",
        "column_header": False,
        "row_header": False,
        "row_section": False,
        "fillable": False,
    }


def exported(table: Table, page_height: float, coord_origin: str, formats: list[str]) -> dict[str, str]:
    """The table in each of `formats` (`html`, `markdown`, `csv`), as docling-core writes it."""
    data = table_json(table, page_height, coord_origin) if formats else {}
    result = {}
    for name in formats:
        if name == "html":
            from docling_core.types.doc.document import DoclingDocument

            document = DoclingDocument(name="table")
            item = document.add_table(data=table_data(table, page_height, coord_origin))
            result[name] = item.export_to_html(doc=document)
        else:
            result[name] = text_exports.markdown(data) if name == "markdown" else text_exports.csv_text(data)
    return result
