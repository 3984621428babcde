"""The lean table engine: tables from ruling lines and from text alignment, no model."""

from __future__ import annotations

from pyworker.engine.geometry import Rect
from pyworker.engine.page_content import PageContent, Ruling, Word
from pyworker.engine.tables.alignment import aligned_table, inside, typical_size
from pyworker.engine.tables.lattice import cell_text, is_coarse, lattice_table
from pyworker.engine.tables.model import Check, Table
from pyworker.engine.tables.regions import table_regions
from pyworker.engine.tables.rulings import Grid, grids, merge


class LeanTableEngine:
    """Own code on the page's words and lines (`TableEngine`)."""

    name = "lean"

    def find(self, content: PageContent, check: Check) -> list[Table]:
        """Every table of the page."""
        rulings = merge(content.rulings)
        tables: list[Table] = []
        for grid in grids(rulings, check):
            if len(grid.xs) < 3 or len(grid.ys) < 3:
                continue
            if any(_inside(grid.rect, t.rect) for t in tables):
                continue
            words = inside(content.words, grid.rect)
            table: Table | None = lattice_table(grid, words, check)
            if table is not None and is_coarse(table):
                table = aligned_table(words, [r for r in rulings if _in(r, grid.rect)], check)
            if table is not None and sum(1 for c in table.cells if c.words) >= 4:
                tables.append(table)
        free = [w for w in content.words if w.direction == 0 and not any(_holds(t.rect, w) for t in tables)]
        for region in table_regions(free, rulings, check):
            size = typical_size([w for line in region.lines for w in line.words])
            rect = region.rect
            wide = Rect(rect.left - 2 * size, rect.top - size, rect.right + 2 * size, rect.bottom + size)
            words = [w for line in region.lines for w in line.words]
            table = aligned_table(words, [r for r in rulings if _in(r, wide)], check)
            if table is not None:
                tables.append(table)
        return [finished(t) for t in tables]

    def read(self, content: PageContent, box: Rect, check: Check) -> Table | None:
        """The structure of the one table in `box`."""
        words = words_of_box(content.words, box)
        if not words:
            return None
        rulings = merge(content.rulings)
        size = typical_size(words)
        wide = Rect(box.left - 2 * size, box.top - size, box.right + 2 * size, box.bottom + size)
        near = [r for r in rulings if _in(r, wide)]
        best: tuple[float, Grid] | None = None
        for grid in grids(near, check):
            if len(grid.xs) < 3 or len(grid.ys) < 3:
                continue
            held = len(inside(words, grid.rect))
            if held > 0.9 * len(words) and (best is None or held > best[0]):
                best = (held, grid)
        if best is not None:
            table = lattice_table(best[1], words, check)
            if not is_coarse(table):
                return finished(table)
        table = aligned_table(words, near, check)
        return finished(table) if table else None


def _inside(inner: Rect, outer: Rect) -> bool:
    x, y = (inner.left + inner.right) / 2, (inner.top + inner.bottom) / 2
    return outer.left <= x <= outer.right and outer.top <= y <= outer.bottom


def _holds(rect: Rect, word: Word) -> bool:
    return _inside(word.rect, rect)


def _in(r: Ruling, box: Rect) -> bool:
    if r.horizontal:
        return box.top <= r.at <= box.bottom and min(r.end, box.right) - max(r.start, box.left) > 3
    return box.left <= r.at <= box.right and min(r.end, box.bottom) - max(r.start, box.top) > 3


def words_of_box(words: list[Word], box: Rect) -> list[Word]:
    """The words of a table's box, which may cut a little into the last column and the last line."""
    chosen = []
    for w in words:
        middle = (w.rect.top + w.rect.bottom) / 2
        if not box.top - 0.1 * w.font_size <= middle <= box.bottom + 0.4 * w.font_size:
            continue
        if w.rect.left <= box.right + 0.5 * w.font_size and w.rect.right >= box.left - 0.5 * w.font_size:
            chosen.append(w)
    return chosen


def finished(table: Table) -> Table:
    """Texts of the cells, in reading order."""
    for cell in table.cells:
        cell.text = cell_text(cell.words)
    return table
