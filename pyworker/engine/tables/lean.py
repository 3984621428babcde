"""The lean table engine: tables from ruling lines and from text alignment, no model."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from pyworker.engine.layout.justified import in_running_text
from pyworker.engine.layout.listings import without_listings
from pyworker.engine.layout.section_numbers import is_outline
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent, Ruling, Word, turn_rect
from pyworker.engine.tables.acceptance import Region
from pyworker.engine.tables.alignment import aligned_table, inside, typical_size
from pyworker.engine.tables.banded import band_grids, framed_bands
from pyworker.engine.tables.blocks import twins, without_terms
from pyworker.engine.tables.confidence import DOUBTFUL, judge
from pyworker.engine.tables.figures import figures, in_figure
from pyworker.engine.tables.lattice import (
    cell_text,
    framing_words,
    is_chart,
    is_coarse,
    is_frame,
    lattice_table,
    mark_headers,
)
from pyworker.engine.tables.lines import text_lines
from pyworker.engine.tables.margins import outside, with_margins
from pyworker.engine.tables.regions import table_regions
from pyworker.engine.tables.rulings import Grid, bands, grids, merge
from pyworker.engine.tables.sideways import headers_above
from pyworker.engine.tables.types import Check, Table

# No table without drawn cells has more words; to look for one among more would take longer than a request may.
MAX_WORDS = 25_000
# Pictures that are looked for in cells; many more are the dots of a plot.
MAX_PICTURES = 100


class LeanTableEngine:
    """Own code on the page's words and lines (`TableEngine`)."""

    name = "lean"

    def find(self, content: PageContent, check: Check) -> list[Table]:
        """Every table of the page, in reading order; turned text is read in its own direction."""
        tables: list[Table] = []
        for direction in _directions(content.words):
            turns = (4 - direction // 90) % 4
            upright = content.turned(turns)
            found = [_turned_back(table, upright, turns) for table in self._find_upright(upright, check)]
            others = [t.rect for t in tables]
            tables += [
                t
                for t in found
                if not any(r.contains(*t.rect.center) or t.rect.contains(*r.center) for r in others)
            ]
        return sorted(tables, key=lambda t: (t.rect.top, t.rect.left))

    def _find_upright(self, content: PageContent, check: Check) -> list[Table]:
        rulings = merge(content.rulings)
        edges = merge([*rulings, *bands(content.fills)])
        pictures = figures(content, check)
        tables: list[Table] = []
        regions: list[Region] = []
        framing: set[int] = set()
        found = grids(rulings, check)
        level = [w for w in outside(content.words, [grid.rect for grid in found]) if w.direction == 0]
        found += band_grids(content.fills, level, check)
        undrawn = outside(content.words, [grid.rect for grid in found])
        for grid in found:
            if len(grid.xs) < 3 or len(grid.ys) < 3:
                continue
            # Found are the largest grids first: one around them all has them in cells of its own.
            inner = [t.rect for t in tables if _within(t.rect, grid)]
            if not inner and any(t.rect.contains(*grid.rect.center) for t in tables):
                continue
            if is_frame(grid, content.width * content.height, check):
                framing.update(map(id, framing_words(grid, content.words, check)))
                continue
            words = inside(content.words, grid.rect)
            if len(words) < 4 or 2 * sum(1 for w in words if w.direction == 0) < len(words):
                continue
            lattice = lattice_table(grid, words, check)
            drawn = bool(inner) or not is_coarse(lattice)
            for banded in framed_bands(content.fills, grid, words, check):
                finer = lattice_table(banded, words, check)
                if not drawn or _filled(finer) > _filled(lattice):
                    grid, lattice, drawn = banded, finer, True
            table: Table | None = lattice
            if not drawn:
                sides = twins(text_lines(words), grid.xs[1:-1], check)
                if len(sides) > 1:
                    regions += [Region(side, 0, captioned=False) for side in sides]
                    framing.update(map(id, words))
                    continue
                words = [w for line in without_terms(text_lines(without_listings(words))) for w in line.words]
                table = aligned_table(words, [r for r in edges if _in(r, grid.rect)], check)
            # What is drawn in full beside a figure is no label of it.
            lines = None if drawn or table is None else table.rows
            in_cells = content.images[:MAX_PICTURES]
            if table is not None and (is_chart(table, in_cells) or in_figure(grid.rect, pictures, lines)):
                pictures.append(grid.rect)
                continue
            if table is not None and _filled(table) >= 4:
                tables.append(with_margins(table, grid, undrawn, rulings) if drawn else table)
        loose = [w for w in content.words if id(w) not in framing]
        free = without_listings([w for w in outside(loose, [t.rect for t in tables]) if w.direction == 0])
        if len(free) > MAX_WORDS:
            free = []
        for region in [*regions, *table_regions(free, edges, check)]:
            if in_figure(region.rect, pictures, len(region.lines)) or in_running_text(region.rect, free):
                continue
            size = typical_size([w for line in region.lines for w in line.words])
            rect = region.rect
            wide = Rect(rect.left - 2 * size, rect.top - size, rect.right + 2 * size, rect.bottom + size)
            words = [w for line in region.lines for w in line.words]
            near = [r for r in edges if _in(r, wide)]
            table = aligned_table(words, near, check)
            over = headers_above(content.words, table) if table is not None else []
            if over:
                table = aligned_table([*words, *over], near, check)
            if table is not None:
                tables.append(table)
        whole = [finished(t) for t in tables if t.rows > 1 and t.cols > 1]
        tabular = [t for t in whole if t.method == "ruling" or not _is_outline(t)]
        return [t for t in tabular if judge(t)[0] >= DOUBTFUL]

    def read(self, content: PageContent, box: Rect, check: Check) -> Table | None:
        """The structure of the one table in `box`, None where it holds no text."""
        chosen = words_of_box(content.words, box)
        if not chosen:
            return None
        turns = (4 - _directions(chosen)[0] // 90) % 4
        upright = content.turned(turns)
        table = self._read_upright(upright, turn_rect(box, content.width, content.height, turns), check)
        return _turned_back(table, upright, turns) if table else None

    def _read_upright(self, content: PageContent, box: Rect, check: Check) -> Table | None:
        words = words_of_box(content.words, box)
        if not words or len(words) > MAX_WORDS:
            return None
        rulings = merge(content.rulings)
        edges = merge([*rulings, *bands(content.fills)])
        size = typical_size(words)
        wide = Rect(box.left - 2 * size, box.top - size, box.right + 2 * size, box.bottom + size)
        near = [r for r in edges if _in(r, wide)]
        drawn = grids([r for r in rulings if _in(r, wide)], check) + band_grids(content.fills, words, check)
        held = {id(grid): len(inside(words, grid.rect)) for grid in drawn}
        for grid in sorted(drawn, key=lambda grid: held[id(grid)], reverse=True):
            if min(len(grid.xs), len(grid.ys)) > 2 and held[id(grid)] > 0.9 * len(words):
                table = lattice_table(grid, words, check)
                if not is_coarse(table):
                    return finished(table)
        aligned = aligned_table(words, near, check)
        return finished(aligned) if aligned else None


def _directions(words: list[Word]) -> list[int]:
    """Reading directions that a table's worth of words has, the commonest first."""
    counts = Counter(w.direction for w in words).most_common()
    return [d for number, (d, n) in enumerate(counts) if number == 0 or n >= max(12, 0.1 * len(words))]


def _turned_back(table: Table, page: PageContent, turns: int) -> Table:
    """`table`, found on the turned `page`, with the boxes it has on the page as it was."""
    if turns:
        table.rect = turn_rect(table.rect, page.width, page.height, -turns)
        for cell in table.cells:
            cell.rect = turn_rect(cell.rect, page.width, page.height, -turns)
    return table


def _is_outline(table: Table) -> bool:
    rows: dict[int, list[str]] = {}
    for cell in table.cells:
        rows.setdefault(cell.row, []).extend(cell.text.splitlines()[:1])
    return is_outline(list(rows.values()))


def _filled(table: Table) -> int:
    return sum(1 for cell in table.cells if cell.words)


def _within(inner: Rect, grid: Grid) -> bool:
    """Whether a table is in one field of a grid around it."""
    return any(left <= inner.left and inner.right <= right for left, right in pairwise(grid.xs)) and any(
        top <= inner.top and inner.bottom <= bottom for top, bottom in pairwise(grid.ys)
    )


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
    """The table with its cells in reading order, with their texts and header flags."""
    if table.method == "ruling":
        mark_headers(table)
    table.cells.sort(key=lambda c: (c.row, c.col))
    for cell in table.cells:
        cell.text = cell_text(cell.words)
    return table
