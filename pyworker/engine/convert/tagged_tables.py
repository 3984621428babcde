"""The table that a PDF's tags describe, as docling-core's TableData."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyworker.engine.layout.line_ends import joined
from pyworker.engine.layout.reading_order import line_text
from pyworker.engine.pdf.geometry import union
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.layout.tagged import Cells
    from pyworker.engine.pdf.structure_tree import Element

MAX_COLUMNS = 1000


@dataclass(frozen=True)
class _Place:
    """The place of a tagged cell in its table's grid."""

    row: int
    column: int
    row_end: int
    column_end: int
    element: Element
    words: list[Word]


def tagged_table_data(table: Cells) -> Any:
    """docling-core's TableData of tagged rows."""
    from docling_core.types.doc.base import BoundingBox, CoordOrigin
    from docling_core.types.doc.items.table.table_data import TableCell, TableData

    cells = []
    places, columns = _grid(table)
    for place in places:
        box = union([word.rect for word in place.words]) if place.words else None
        header = place.element.kind == "TH"
        cells.append(
            TableCell(
                bbox=BoundingBox(
                    l=box.left, t=box.top, r=box.right, b=box.bottom, coord_origin=CoordOrigin.TOPLEFT
                )
                if box
                else None,
                row_span=place.row_end - place.row,
                col_span=place.column_end - place.column,
                start_row_offset_idx=place.row,
                end_row_offset_idx=place.row_end,
                start_col_offset_idx=place.column,
                end_col_offset_idx=place.column_end,
                text=_cell_text(place.words),
                column_header=place.row == 0 or (header and place.column > 0),
                row_header=header and place.row > 0 and place.column == 0,
            )
        )
    return TableData(num_rows=len(table.rows), num_cols=columns, table_cells=cells)


def _grid(table: Cells) -> tuple[list[_Place], int]:
    """The places of the cells and the number of columns.

    How many columns and rows an empty cell spans is not known. In rows that fall short because of that, a cell takes
    the column that it stands under.
    """
    places = _in_turn(table, {})
    columns = max((place.column_end for place in places), default=0)
    filled = Counter(row for place in places for row in range(place.row, place.row_end) for _ in _span(place))
    if all(filled[row] == columns for row, cells in enumerate(table.rows) if cells):
        return places, columns
    spans: dict[int, tuple[float, float]] = {}
    for place in places:
        if filled[place.row] == columns and len(_span(place)) == 1 and place.words:
            left, right = _extent(place.words)
            before = spans.get(place.column, (left, right))
            spans[place.column] = min(before[0], left), max(before[1], right)
    return _in_turn(table, spans), columns


def _in_turn(table: Cells, columns: dict[int, tuple[float, float]]) -> list[_Place]:
    """Each cell in the first place of its row that no cell from above spans, or under the column of `columns` (from x
    to x, in points) that most of it is in.
    """
    taken: set[tuple[int, int]] = set()
    places = []
    last = max(columns, default=0) + 1
    for row, held in enumerate(table.rows):
        column = 0
        behind = sum(element.col_span for element, _ in held)
        for element, words in held:
            open_places = (place for place in range(column, MAX_COLUMNS) if (row, place) not in taken)
            free = list(islice(open_places, last))
            if not free:
                break
            column = free[0]
            if words and element.col_span == 1:
                left, right = _extent(words)
                under = {
                    place: min(right, columns[place][1]) - max(left, columns[place][0])
                    for place in free
                    if place in columns and place + behind <= last
                }
                best = max(under, key=under.__getitem__, default=column)
                column = best if under and under[best] > max(0.0, under.get(column, 0.0)) else column
            behind -= element.col_span
            row_end = min(row + element.row_span, len(table.rows))
            column_end = min(column + element.col_span, MAX_COLUMNS)
            taken.update((r, c) for r in range(row, row_end) for c in range(column, column_end))
            places.append(_Place(row, column, row_end, column_end, element, words))
            column = column_end
    return places


def _span(place: _Place) -> range:
    return range(place.column, place.column_end)


def _extent(words: list[Word]) -> tuple[float, float]:
    return min(word.rect.left for word in words), max(word.rect.right for word in words)


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
    return joined([line_text(row) for row in rows], hyphens=True)
