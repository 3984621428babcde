"""Structure of a table whose cells are drawn: the cells that a grid of rulings leaves."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from statistics import median

from pyworker.engine.layout.line_ends import without_gaps
from pyworker.engine.layout.reading_order import sorted_along
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.tables.lines import BULLET, Line, is_data, text_lines
from pyworker.engine.tables.rulings import SAME_LINE, Grid, covers
from pyworker.engine.tables.types import Cell, Check, Table

# A border counts as drawn when rulings cover this part of it.
DRAWN = 0.6
# So many entries one under the other in a cell are a list.
LIST = 4
# Space over a row this many times that between the lines of one.
SPACED = 1.2
# The part of the labels' lines that have a line beside them: a label may be wrapped where the text beside it is not.
BESIDE = 0.8

# Points by which baselines of one row differ, those that OCR has read too.
LEVEL = 3.0

# A grid over more than this share of the page, whose largest field is more than this share of it, is a sheet's frame.
FRAME = 0.5


def lattice_cells(grid: Grid, check: Check) -> list[Cell]:
    """The cells of `grid`: neighbouring fields without a ruling between them are one."""
    cells: list[Cell] = []
    for fields in _groups(grid, check):
        cells.extend(_rectangles(fields))
    for cell in cells:
        cell.rect = Rect(grid.xs[cell.col], grid.ys[cell.row], grid.xs[cell.col_end], grid.ys[cell.row_end])
    return sorted(cells, key=lambda c: (c.row, c.col))


def is_frame(grid: Grid, page_area: float, check: Check) -> bool:
    """Whether a grid is the border of a sheet, with its zones and its title block, around everything that is on it."""
    area = grid.rect.width * grid.rect.height
    return area > FRAME * page_area and _area(grid, _largest_group(grid, check)) > FRAME * area


def framing_words(grid: Grid, words: list[Word], check: Check) -> list[Word]:
    """The words in the fields of a sheet's frame: names of its zones, and its title block."""
    inner = set(_largest_group(grid, check))
    return [w for w in words if (place := _place(grid, w)) is not None and place not in inner]


def _largest_group(grid: Grid, check: Check) -> list[tuple[int, int]]:
    return max(_groups(grid, check), key=lambda fields: _area(grid, fields))


def _area(grid: Grid, fields: list[tuple[int, int]]) -> float:
    xs, ys = grid.xs, grid.ys
    return sum((ys[r + 1] - ys[r]) * (xs[c + 1] - xs[c]) for r, c in fields)


def _place(grid: Grid, word: Word) -> tuple[int, int] | None:
    """Row and column of the field that a word's middle is in."""
    x, y = (word.rect.left + word.rect.right) / 2, (word.rect.top + word.rect.bottom) / 2
    row, column = bisect_right(grid.ys, y) - 1, bisect_right(grid.xs, x) - 1
    return (row, column) if 0 <= row < len(grid.ys) - 1 and 0 <= column < len(grid.xs) - 1 else None


def _groups(grid: Grid, check: Check) -> list[list[tuple[int, int]]]:
    """Fields of `grid`, as (row, column), that no ruling parts from each other."""
    rows, cols = len(grid.ys) - 1, len(grid.xs) - 1
    parent = list(range(rows * cols))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    vertical = [[v for v in grid.vertical if abs(v.at - x) <= SAME_LINE] for x in grid.xs]
    horizontal = [[h for h in grid.horizontal if abs(h.at - y) <= SAME_LINE] for y in grid.ys]
    for r in range(rows):
        check()
        for c in range(cols):
            top, bottom, left, right = grid.ys[r], grid.ys[r + 1], grid.xs[c], grid.xs[c + 1]
            if c + 1 < cols and covers(vertical[c + 1], top, bottom) < DRAWN:
                parent[find(r * cols + c + 1)] = find(r * cols + c)
            if r + 1 < rows and covers(horizontal[r + 1], left, right) < DRAWN:
                parent[find((r + 1) * cols + c)] = find(r * cols + c)
    groups: dict[int, list[tuple[int, int]]] = {}
    for i in range(rows * cols):
        groups.setdefault(find(i), []).append((i // cols, i % cols))
    return list(groups.values())


def _rectangles(fields: list[tuple[int, int]]) -> list[Cell]:
    """A group of fields as rectangles: one where it is one, else a rectangle for each run of like rows."""
    rows: dict[int, list[int]] = {}
    for r, c in fields:
        rows.setdefault(r, []).append(c)
    cells: list[Cell] = []
    for r in sorted(rows):
        columns = sorted(rows[r])
        start = columns[0]
        for k, c in enumerate(columns):
            if k + 1 == len(columns) or columns[k + 1] != c + 1:
                same = [x for x in cells if x.col == start and x.col_end == c + 1 and x.row_end == r]
                if same:
                    same[0].row_end = r + 1
                else:
                    cells.append(Cell(r, start, r + 1, c + 1))
                if k + 1 < len(columns):
                    start = columns[k + 1]
    return cells


def lattice_table(grid: Grid, words: list[Word], check: Check) -> Table:
    """The table that `grid` draws, of words whose middle is in a cell; cells over columns are parted if all can be."""
    cells = lattice_cells(grid, check)
    fields = {
        (r, c): cell
        for cell in cells
        for r in range(cell.row, cell.row_end)
        for c in range(cell.col, cell.col_end)
    }
    for word in words:
        place = _place(grid, word)
        if place in fields:
            fields[place].words.append(word)
    split = [_in_columns(cell, grid) for cell in cells]
    left = [parts[0] for parts in split if len(parts) == 1 and parts[0].col_end - parts[0].col > 1]
    if not any(_gapped(line) for cell in left for line in text_lines(cell.words)):
        cells = [part for parts in split for part in parts]
    return Table(grid.rect, "ruling", len(grid.ys) - 1, len(grid.xs) - 1, cells)


def _in_columns(cell: Cell, grid: Grid) -> list[Cell]:
    """A cell over several columns, or one for each where its texts stand apart in them all: headers on a dark band.

    In a cell over the whole row two texts are enough.
    """
    parts = [Cell(cell.row, c, cell.row_end, c + 1) for c in range(cell.col, cell.col_end)]
    for fragment in [f for line in text_lines(cell.words) for f in line.fragments(1.0)]:
        first, last = (bisect_right(grid.xs, x) - 1 - cell.col for x in (fragment.left, fragment.right))
        if first != last or not 0 <= first < len(parts):
            return [cell]
        parts[first].words.extend(fragment.words)
    if sum(1 for part in parts if part.words) < (2 if len(parts) == len(grid.xs) - 1 else max(2, len(parts))):
        return [cell]
    for part in parts:
        part.rect = Rect(grid.xs[part.col], grid.ys[part.row], grid.xs[part.col_end], grid.ys[part.row_end])
    return parts


def cell_text(words: list[Word]) -> str:
    """A cell's words in reading order, with a space between, none behind a hyphen that a line ends with; turned text is
    read in its own direction.
    """
    level = [w for w in words if w.direction in (0, 180)]
    turned = [w for w in words if w.direction not in (0, 180)]
    parts = [w.text for line in text_lines(level) for w in sorted_along(line.words)]
    if turned:
        up = turned[0].direction == 270
        columns: list[list[Word]] = []
        for w in sorted(turned, key=lambda w: w.rect.center[0] * (1 if up else -1)):
            if columns and abs(w.rect.center[0] - columns[-1][0].rect.center[0]) < 0.5 * w.font_size:
                columns[-1].append(w)
            else:
                columns.append([w])
        for column in columns:
            parts.extend(w.text for w in sorted(column, key=lambda w: -w.rect.bottom if up else w.rect.top))
    return without_gaps(" ".join(parts))


def mark_headers(table: Table) -> None:
    """Flag the cells above the first row of values as column headers, and the words in the first column as row headers.

    A table without values has its first row as header; so has one whose rows have labels from the second one on.
    """
    values = [c.row for c in table.cells if c.col > 0 and is_data(" ".join(w.text for w in c.words))]
    first = min(values, default=1) or min((r for r in values if r > 0), default=1)
    labels = {c.row for c in table.cells if c.col == 0 and c.words}
    if {0, 1} <= labels and all(c.col_end == c.col + 1 for c in table.cells if c.row == 0):
        first = 1
    for cell in table.cells:
        cell.column_header = cell.row < first
        cell.row_header = cell.col == 0 and cell.row >= first


def is_chart(table: Table, pictures: list[Rect]) -> bool:
    """Whether a grid is that of a plot: few of its rows or columns hold text or pictures in two fields or more."""
    by_row, by_col = [0] * table.rows, [0] * table.cols
    for cell in table.cells:
        if cell.words or any(cell.rect.contains(*picture.center) for picture in pictures):
            for r in range(cell.row, cell.row_end):
                by_row[r] += 1
            for c in range(cell.col, cell.col_end):
                by_col[c] += 1
    return sum(n > 1 for n in by_row) < 0.5 * table.rows or sum(n > 1 for n in by_col) < 0.5 * table.cols


def is_coarse(table: Table) -> bool:
    """Whether the drawn cells hold several rows or columns of text each: rulings that only group what is aligned."""
    filled = [c for c in table.cells if c.words]
    stacked = 0
    for cell in filled:
        lines = text_lines(cell.words)
        values = sum(1 for line in lines if all(is_data(f.text) for f in line.fragments()))
        gapped = sum(1 for line in lines if _gapped(line))
        stacked += (len(lines) > 1 and values >= max(2, 0.6 * len(lines))) or gapped >= max(
            1, 0.5 * len(lines)
        )
    return stacked >= max(1, 0.1 * len(filled)) or _has_lists(filled)


def _has_lists(cells: list[Cell]) -> bool:
    """Whether two cells side by side hold rows of their own.

    Either has entry under entry, lines that end where the next word had room; or the left one has labels further
    apart than the lines beside them. Items with bullets are one cell's text.
    """
    listed: dict[int, list[float]] = {}
    labels: dict[int, list[Line]] = {}
    for cell in sorted(cells, key=lambda c: (c.row, c.col)):
        lines = text_lines(cell.words)
        if 2 * sum(bool(BULLET.match(line.words[0].text)) for line in lines) >= len(lines):
            continue
        baselines = [line.bottom for line in lines]
        beside = labels.setdefault(cell.row, lines)
        if beside is not lines and _anchored(beside, baselines):
            return True
        room = [
            cell.rect.right - upper.right > lower.words[0].rect.right - lower.left + upper.size
            for upper, lower in pairwise(lines)
        ]
        if len(lines) >= LIST and sum(room) >= 0.5 * len(room):
            if _common(baselines, listed.get(cell.row, [])) >= 0.7:
                return True
            listed[cell.row] = baselines
    return False


def _anchored(labels: list[Line], beside: list[float]) -> bool:
    """Whether labels start rows: each has a line beside it, and most are further apart than those lines.

    Or more space is over the lines with a label than over any other.
    """
    starts = [line.bottom for line in labels]
    if len(labels) < 3 or len(beside) <= len(labels) or _common(starts, beside) < BESIDE:
        return False
    step = median([b - a for a, b in pairwise(beside)])
    apart = sum(b - a > 1.3 * step for a, b in pairwise(starts))
    over: dict[bool, list[float]] = {True: [], False: []}
    for a, b in pairwise(beside):
        over[_common([b], starts) == 1].append(b - a)
    spaced = min(over[True], default=0.0) > SPACED * max(over[False], default=step)
    return 2 * apart >= len(labels) - 1 or spaced


def _common(baselines: list[float], others: list[float]) -> float:
    return sum(any(abs(a - b) < LEVEL for b in others) for a in baselines) / len(baselines)


def _gapped(line: Line) -> bool:
    """Whether a line holds a value apart from its other text."""
    fragments = line.fragments(1.0)
    if BULLET.match(fragments[0].text):
        fragments = fragments[1:]
    return len(fragments) > 1 and any(is_data(f.text) for f in fragments)
