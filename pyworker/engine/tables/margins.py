"""Headers, last rows and labels that stand just outside a drawn grid and belong to its table."""

from __future__ import annotations

from math import inf

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.tables.lines import Line, text_lines
from pyworker.engine.tables.rulings import Grid
from pyworker.engine.tables.types import Cell, Table

# Fractions of the font size: how far outside the grid a line may stand, also where a rule over it bounds the table, and
# how far a text may overhang its column.
DISTANCE = 1.5
UNDER_RULE = 3.0
OVERHANG = 0.5
# Part of the columns (of the rows) that must have a text outside for those texts to be a row (a column) of the table.
ENOUGH = 0.6


def with_margins(table: Table, grid: Grid, words: list[Word], rules: list[Ruling]) -> Table:
    """`table`, read from `grid`, with the rows above and below and the labels left of it that `words` hold.

    `rules` are all of the page.

    A line is a row of the table where most columns have a text of it and no text crosses a column's border.
    """
    left, _, _, _ = grid.rect
    above, below = _rows_outside(grid, words, rules)
    if above:
        _add_row(table, above, grid, 0)
    for line in below:
        _add_row(table, [line], grid, table.rows)
    _add_labels(table, [w for w in words if w.direction == 0 and w.rect.right <= left + 2])
    return table


def _rows_outside(grid: Grid, words: list[Word], rules: list[Ruling]) -> tuple[list[Line], list[Line]]:
    """The lines directly above and below a grid that are rows of it."""
    left, top, right, bottom = grid.rect
    beside = [w for w in words if w.direction == 0 and w.rect.right > left - 2 and w.rect.left < right + 2]
    lines = text_lines([w for w in beside if w.rect.bottom < top + 3 or w.rect.top > bottom - 3])
    over = [
        r.at for r in rules if r.horizontal and r.at < top - 3 and r.start < left + 3 and r.end > right - 3
    ]
    above = _run([x for x in reversed(lines) if x.middle < top], grid, top, max(over, default=inf))
    return above[::-1], _run([x for x in lines if x.middle > bottom], grid, bottom, inf)


def _run(lines: list[Line], grid: Grid, edge: float, rule: float) -> list[Line]:
    """Those of `lines`, from `edge` outwards, that are rows of the grid; under a `rule` they may be farther apart."""
    found: list[Line] = []
    for line in lines:
        gap = max(edge - line.bottom, line.top - edge) / line.size
        if gap > (UNDER_RULE if line.top > rule else DISTANCE) or _columns(line, grid) is None:
            break
        found.append(line)
        edge = line.top if line.middle < edge else line.bottom
    return found


def _columns(line: Line, grid: Grid) -> dict[int, list[Word]] | None:
    """The words of a line by column of the grid; None where they are no row of it."""
    slack = OVERHANG * line.size
    found: dict[int, list[Word]] = {}
    for fragment in line.fragments():
        middle = (fragment.left + fragment.right) / 2
        column = next((c for c in range(len(grid.xs) - 1) if grid.xs[c] <= middle <= grid.xs[c + 1]), None)
        if (
            column is None
            or fragment.left < grid.xs[column] - slack
            or fragment.right > grid.xs[column + 1] + slack
        ):
            return None
        found.setdefault(column, []).extend(fragment.words)
    return found if len(found) >= max(2, ENOUGH * (len(grid.xs) - 1)) else None


def _add_row(table: Table, lines: list[Line], grid: Grid, at: int) -> None:
    """Put the texts of `lines` into a new row before row `at`."""
    for cell in table.cells:
        if cell.row >= at:
            cell.row, cell.row_end = cell.row + 1, cell.row_end + 1
    by_column: dict[int, list[Word]] = {}
    for line in lines:
        for column, words in (_columns(line, grid) or {}).items():
            by_column.setdefault(column, []).extend(words)
    for column, words in sorted(by_column.items()):
        table.cells.append(Cell(at, column, at + 1, column + 1, words, union([w.rect for w in words])))
    table.rows += 1
    table.rect = union([table.rect, *(line.rect for line in lines)])


def _add_labels(table: Table, words: list[Word]) -> None:
    """Add a first column where most rows have one line of text, and no more, left of the grid."""
    found: dict[int, Line] = {}
    rows = [(c.row, c.rect) for c in table.cells if c.col == 0 and c.row_end == c.row + 1 and c.words]
    if len(rows) < 3:
        return
    lines = text_lines(words)
    for row, rect in rows:
        inside = [line for line in lines if rect.top <= line.middle <= rect.bottom]
        if len(inside) > 1 or (inside and len(inside[0].fragments(1.0)) > 1):
            return
        if inside:
            found[row] = inside[0]
    if len(found) < ENOUGH * len(rows):
        return
    gap = min(table.rect.left - line.right for line in found.values())
    if gap > 3 * max(line.size for line in found.values()):
        return
    for cell in table.cells:
        cell.col, cell.col_end = cell.col + 1, cell.col_end + 1
    for row, line in sorted(found.items()):
        table.cells.append(Cell(row, 0, row + 1, 1, list(line.words), line.rect))
    table.cols += 1
    table.rect = union([table.rect, *(line.rect for line in found.values())])


def outside(words: list[Word], rects: list[Rect]) -> list[Word]:
    """The words whose middle is in none of `rects`."""
    return [w for w in words if not any(rect.contains(*w.rect.center) for rect in rects)]
