"""Drawn tables of one column, which Word makes of lists in boxes: `convert` keeps them whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pyworker.engine.pdf.page_content import PageContent
from pyworker.engine.tables.alignment import inside
from pyworker.engine.tables.lattice import lattice_table
from pyworker.engine.tables.lean import finished
from pyworker.engine.tables.rulings import SAME_LINE, Grid, covers, grids, merge
from pyworker.engine.tables.types import Check, Table

ROWS = 3
"""Fewer boxes under each other are a frame around text."""
DRAWN = 0.95
"""Share of each side of a box that is drawn, at least."""
LARGEST = 0.6
"""Share of the page's height that such a table takes, at most: what is higher frames the page."""


def single_columns(content: PageContent, others: Sequence[Table], check: Check) -> list[Table]:
    """Tables of one column whose every cell is drawn on all sides and holds text; none that touches one of `others`."""
    found = []
    for grid in grids(merge(content.rulings), check):
        if len(grid.xs) != 2 or len(grid.ys) <= ROWS or not _closed(grid):
            continue
        rect = grid.rect
        apart = all(
            min(rect.right, t.rect.right) < max(rect.left, t.rect.left)
            or min(rect.bottom, t.rect.bottom) < max(rect.top, t.rect.top)
            for t in others
        )
        words = [word for word in inside(content.words, rect) if word.direction == 0]
        table = lattice_table(grid, words, check)
        if apart and rect.height <= LARGEST * content.height and all(cell.words for cell in table.cells):
            found.append(finished(table))
    return [table for table in found if len(table.cells) == table.rows]


def _closed(grid: Grid) -> bool:
    rows = all(
        covers([h for h in grid.horizontal if abs(h.at - y) <= SAME_LINE], grid.xs[0], grid.xs[1]) >= DRAWN
        for y in grid.ys
    )
    return rows and all(
        covers([v for v in grid.vertical if abs(v.at - x) <= SAME_LINE], top, bottom) >= DRAWN
        for x in grid.xs
        for top, bottom in pairwise(grid.ys)
    )
