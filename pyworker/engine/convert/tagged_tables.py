"""The table that a PDF's tags describe, as docling-core's TableData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.layout.blocks import joined
from pyworker.engine.layout.reading_order import line_text
from pyworker.engine.pdf.geometry import union
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.layout.tagged import Cells

MAX_COLUMNS = 1000


def tagged_table_data(table: Cells) -> Any:
    """TableData of tagged rows; a cell takes the first place of its row that no cell from above spans."""
    from docling_core.types.doc.base import BoundingBox, CoordOrigin
    from docling_core.types.doc.items.table.table_data import TableCell, TableData

    taken: set[tuple[int, int]] = set()
    cells = []
    columns = 0
    for row, held in enumerate(table.rows):
        column = 0
        for element, words in held:
            while (row, column) in taken:
                column += 1
            if column >= MAX_COLUMNS:
                break
            row_end = min(row + element.row_span, len(table.rows))
            column_end = min(column + element.col_span, MAX_COLUMNS)
            taken.update((r, c) for r in range(row, row_end) for c in range(column, column_end))
            box = union([word.rect for word in words]) if words else None
            cells.append(
                TableCell(
                    bbox=BoundingBox(
                        l=box.left, t=box.top, r=box.right, b=box.bottom, coord_origin=CoordOrigin.TOPLEFT
                    )
                    if box
                    else None,
                    row_span=row_end - row,
                    col_span=column_end - column,
                    start_row_offset_idx=row,
                    end_row_offset_idx=row_end,
                    start_col_offset_idx=column,
                    end_col_offset_idx=column_end,
                    text=_cell_text(words),
                    column_header=row == 0 or (element.kind == "TH" and column > 0),
                    row_header=element.kind == "TH" and row > 0 and column == 0,
                )
            )
            column = column_end
            columns = max(columns, column)
    return TableData(num_rows=len(table.rows), num_cols=columns, table_cells=cells)


def _cell_text(words: list[Word]) -> str:
    rows: list[list[Word]] = []
    for word in words:
        last = rows[-1][-1] if rows else None
        if last is not None and abs(last.rect.top - word.rect.top) < 0.5 * max(
            word.font_size, last.font_size
        ):
            rows[-1].append(word)
        else:
            rows.append([word])
    return joined([line_text(row) for row in rows])
