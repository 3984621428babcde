"""Structure of a table without a full grid of rulings: columns from white rivers, rows from lines and rules."""

from __future__ import annotations

from statistics import median

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import Entry, line_entries
from pyworker.engine.tables.headers import header_blocks
from pyworker.engine.tables.lines import is_data, text_lines, without_leaders
from pyworker.engine.tables.rows import body_rows, header_lines
from pyworker.engine.tables.sideways import add_sideways_headers
from pyworker.engine.tables.types import Cell, Check, Table


def aligned_table(words: list[Word], rulings: list[Ruling], check: Check) -> Table | None:
    """The table that `words` make, read by alignment; None where there are fewer than one row of them."""
    sideways = [w for w in words if w.direction in (90, 270)]
    words = without_leaders([w for w in words if w.direction == 0])
    lines = text_lines(words)
    if not lines:
        return None
    rect = union([line.rect for line in lines])
    horizontal = [r for r in rulings if r.horizontal]
    vertical = [r for r in rulings if not r.horizontal]
    check()
    borders = column_borders(lines, vertical, rect.left, rect.right, check)
    entries = line_entries(lines, borders, vertical)
    columns = len(borders) + 1
    head = header_lines(lines, entries, horizontal, rect.left, rect.right)
    extents = _extents(entries, head, columns)
    check()
    blocks, head_rows = header_blocks(lines, entries, head, horizontal, extents)
    cells = [
        Cell(
            b.level,
            b.col,
            max(b.end, b.level + 1),
            b.last + 1,
            [w for e in b.entries for w in e.words],
            column_header=True,
        )
        for b in blocks
    ]
    rows = body_rows(lines, entries, head, horizontal, rect.left, rect.right, columns)
    labels = [line[0] for line in entries[head:] if line[0].col == 0 and len(line) > 1]
    indents = [e.left for e in labels]
    for number, row in enumerate(rows):
        by_column: dict[tuple[int, int], list[Entry]] = {}
        for i in row:
            for e in entries[i]:
                key = next((k for k in by_column if k[0] <= e.last and e.col <= k[1]), None)
                if key is None:
                    by_column[e.col, e.last] = [e]
                else:
                    group = by_column.pop(key)
                    by_column[min(key[0], e.col), max(key[1], e.last)] = [*group, e]
        at = head_rows + number
        if len(by_column) == 1:
            by_column = _stretched_title(by_column, extents, indents)
        for (col, last), group in sorted(by_column.items()):
            cells.append(
                Cell(at, col, at + 1, last + 1, [w for e in group for w in e.words], row_header=col == 0)
            )
    for cell in cells:
        cell.rect = union([w.rect for w in cell.words])
    table = Table(rect, "alignment", head_rows + len(rows), columns, cells)
    if sideways:
        add_sideways_headers(table, sideways, extents)
    return table


def _stretched_title(
    row: dict[tuple[int, int], list[Entry]], extents: list[tuple[float, float]], indents: list[float]
) -> dict[tuple[int, int], list[Entry]]:
    """A row of one text, centred over the whole table or over all columns of values, as a title that spans them.

    In the labels' column it must be further in than any label, one of `indents`.
    """
    (((col, _), group),) = row.items()
    left, right = min(e.left for e in group), max(e.right for e in group)
    size = group[0].words[0].font_size
    if is_data(" ".join(e.text for e in group)) or (col == 0 and left < max(indents, default=left) + size):
        return row
    end = max(b for _, b in extents)
    for first in (0, 1):
        start = min((a for a, b in extents[first:] if b > a), default=left)
        if first <= col and abs((left + right) / 2 - (start + end) / 2) < size:
            return {(first, len(extents) - 1): group}
    return row


def _extents(entries: list[list[Entry]], head: int, columns: int) -> list[tuple[float, float]]:
    """The x range of each column's texts: those of the body and of the lowest header over it."""
    ranges: list[tuple[float, float]] = [(0.0, 0.0)] * columns
    closed = [False] * columns
    for number in [*range(head, len(entries)), *reversed(range(head))]:
        for e in entries[number]:
            if e.col == e.last and not closed[e.col]:
                a, b = ranges[e.col]
                ranges[e.col] = (e.left, e.right) if a == b else (min(a, e.left), max(b, e.right))
        if number < head:
            for e in entries[number]:
                for column in range(e.col, e.last + 1):
                    closed[column] = True
    return ranges


def typical_size(words: list[Word]) -> float:
    """The font size that most of the text has."""
    return median([w.font_size for w in words]) if words else 10.0


def inside(words: list[Word], box: Rect) -> list[Word]:
    """The words whose middle is in `box`."""
    return [w for w in words if box.contains(*w.rect.center)]
