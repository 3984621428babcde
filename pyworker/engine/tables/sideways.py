"""Column headers set sideways over columns of level text."""

from __future__ import annotations

from pyworker.engine.pdf.geometry import union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.tables.types import Cell, Table

# Font sizes: how far above the first level line a sideways header may end.
DISTANCE = 2.0


def headers_above(words: list[Word], table: Table) -> list[Word]:
    """The words of a page that are headers of `table` set sideways over it, and level ones beside those.

    A sideways header stands within the table's width and ends at its first rows, or at a word that does.
    """
    size = max((w.font_size for c in table.cells for w in c.words), default=0.0)
    rect = table.rect
    found: list[Word] = []
    for word in sorted((w for w in words if w.direction in (90, 270)), key=lambda w: -w.rect.bottom):
        x, y = (word.rect.left + word.rect.right) / 2, (word.rect.top + word.rect.bottom) / 2
        below = [w.rect.top for w in found if abs((w.rect.left + w.rect.right) / 2 - x) < size]
        reach = min([rect.top, *below]) - DISTANCE * size
        if (
            rect.left - size <= x <= rect.right + size
            and reach <= word.rect.bottom
            and y <= rect.top + 2 * size
        ):
            found.append(word)
    if not found:
        return []
    top = min(w.rect.top for w in found)
    beside = [
        w
        for w in words
        if w.direction == 0
        and top <= (w.rect.top + w.rect.bottom) / 2 < rect.top
        and rect.left - size <= w.rect.left
        and w.rect.right <= rect.right + size
    ]
    return found + beside


def add_sideways_headers(table: Table, words: list[Word], extents: list[tuple[float, float]]) -> None:
    """Put sideways words into the header cells of their columns; `extents` are the x ranges of the columns' texts."""
    by_column: dict[int, list[Word]] = {}
    for word in words:
        x = (word.rect.left + word.rect.right) / 2
        column = min(range(len(extents)), key=lambda c: abs(x - (extents[c][0] + extents[c][1]) / 2))
        by_column.setdefault(column, []).append(word)
    headers = [c for c in table.cells if c.column_header]
    rows = max((c.row_end for c in headers), default=0)
    if not rows:
        for cell in table.cells:
            cell.row, cell.row_end = cell.row + 1, cell.row_end + 1
        table.rows += 1
        rows = 1
    for column, group in by_column.items():
        own = [c for c in headers if c.col == column and c.col_end == column + 1]
        above = max((c.row_end for c in headers if c.col <= column < c.col_end), default=0)
        if own:
            cell = max(own, key=lambda c: c.row)
            cell.words = [*cell.words, *group]
        else:
            start = min(above, rows - 1)
            cell = Cell(start, column, rows, column + 1, list(group), column_header=True)
            table.cells.append(cell)
        cell.rect = union([w.rect for w in cell.words])
    table.rect = union([table.rect, *(w.rect for group in by_column.values() for w in group)])
