"""Justified lines of so few words that each stands apart: pieces put together, and prose that is no table."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

from pyworker.engine.layout.blocks import Block, StyledLine, with_wholes
from pyworker.engine.layout.list_markers import is_lone_marker
from pyworker.engine.layout.listings import in_listing, level_rows
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word

GRID = 4.0
"""In points: edges of lines are compared on a grid of this width."""
AGREEING = 3
"""Lines with both edges in common that tell a column."""
# In em of the line's font.
NARROWEST = 6.0
EDGE = 0.5
EVEN = 0.4
"""How much the spaces of a justified line differ, at most; those of a table's row hardly ever agree."""
WIDEST = 12.0
"""The only space of a line of two pieces; that several are even tells more than their width."""
NEAR = 1.2
"""White space between a line and the next one of its column."""
LEVEL = 0.25
ONE_COLUMN = 0.7
"""Part of the width of a run of lines that the widest of their columns has, at least."""
MOST_COLUMNS = 40
"""More columns are no page of prose; those that the most lines tell are looked at."""
SENTENCE_END = ".!?:;…_"

Column = tuple[float, float]


def with_stretched_lines(parts: Sequence[StyledLine | Block]) -> list[StyledLine | Block]:
    """The parts of a page with the pieces of each stretched line put together, in the order of its column."""
    lines = [part for part in parts if isinstance(part, StyledLine) and _is_plain(part)]
    owner: dict[int, StyledLine] = {}
    columns: dict[int, Column] = {}
    for column in _columns(lines):
        for row in _stretched(lines, column):
            if any(id(piece) in owner for piece in row):
                continue
            longest = max(row, key=lambda piece: len(piece.text))
            rect = union([piece.rect for piece in row])
            whole = replace(longest, text=" ".join(piece.text.strip() for piece in row), rect=rect)
            owner.update((id(piece), whole) for piece in row)
            columns[id(whole)] = column
    if not owner:
        return list(parts)
    return _in_column_order(with_wholes(parts, owner), columns)


def in_running_text(box: Rect, words: Sequence[Word]) -> bool:
    """Whether `box`, a table by the alignment of its words, is code or stretched prose."""
    held = [word for word in words if box.contains(*word.rect.center)]
    return in_listing(box, held, words) or _is_stretched_prose(held)


def _is_stretched_prose(words: Sequence[Word]) -> bool:
    """Whether nearly all rows fill the same width with even spaces, and are words, not values."""
    rows = level_rows(words, lambda _first, word: LEVEL * word.font_size)
    if len(rows) < AGREEING or sum(word.text[:1].isalpha() for word in words) < 0.8 * len(words):
        return False
    size = max(word.font_size for word in words)
    left, right = min(word.rect.left for word in words), max(word.rect.right for word in words)
    even = starts = 0
    for row in rows:
        filled = row[0].rect.left - left <= EDGE * size and right - row[-1].rect.right <= EDGE * size
        even += filled and _even([word.rect for word in row], size)
        starts += len(row) > 2
    return even >= max(AGREEING, 0.75 * len(rows)) and starts >= 0.5 * len(rows)


def _even(boxes: Sequence[Rect], size: float) -> bool:
    gaps = [b.left - a.right for a, b in pairwise(boxes)]
    if len(gaps) < 2:
        return all(0 < gap <= WIDEST * size for gap in gaps)
    return min(gaps) > 0 and max(gaps) - min(gaps) <= EVEN * size


def _is_plain(line: StyledLine) -> bool:
    return not line.mono and not line.leftwards and line.rect.height < 2 * max(line.size, 1.0)


def _columns(lines: Sequence[StyledLine]) -> list[Column]:
    """Left and right edges that at least `AGREEING` lines have in common, the narrowest first."""
    cells: defaultdict[tuple[int, int], list[StyledLine]] = defaultdict(list)
    counts: Counter[tuple[int, int]] = Counter()
    for line in lines:
        if line.rect.width >= NARROWEST * line.size and " " in line.text.strip():
            key = round(line.rect.left / GRID), round(line.rect.right / GRID)
            cells[key].append(line)
            counts.update((key[0] + x, key[1] + y) for x, y in product((-1, 0, 1), repeat=2))
    sure = sorted((key for key in cells if counts[key] >= AGREEING), key=lambda key: -counts[key])
    found = [
        (min(line.rect.left for line in cells[key]), max(line.rect.right for line in cells[key]))
        for key in sure[:MOST_COLUMNS]
    ]
    return sorted(found, key=lambda column: column[1] - column[0])


def _stretched(lines: Sequence[StyledLine], column: Column) -> list[list[StyledLine]]:
    """The rows of a column that are several pieces of one justified line."""
    left, right = column
    rows: list[list[StyledLine]] = []
    held = [
        line
        for line in lines
        if line.rect.left >= left - EDGE * line.size and line.rect.right <= right + EDGE * line.size
    ]
    for line in sorted(held, key=lambda line: line.rect.center[1]):
        if rows and abs(rows[-1][0].rect.center[1] - line.rect.center[1]) <= LEVEL * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    for row in rows:
        row.sort(key=lambda line: line.rect.left)
    fills = [_fills(row, column) for row in rows]
    found: list[list[StyledLine]] = []
    for n, row in enumerate(rows):
        above = n if n > 0 and fills[n - 1] and _adjoin(rows[n - 1], row) else None
        below = n + 1 if n + 1 < len(rows) and _adjoin(row, rows[n + 1]) else None
        if len(row) < 2 or not fills[n] or (above is None and (below is None or not fills[below])):
            continue
        aligned = sum(_aligned(row, rows[m]) for m in (n - 1, n + 1) if 0 <= m < len(rows))
        if aligned > (len(row) == 2):
            continue  # two pieces stand below two others by chance too
        inside = above is not None and rows[n - 1][-1].text.rstrip()[-1:] not in SENTENCE_END
        goes_on = below is not None and rows[below][0].text[:1].islower()
        if inside or goes_on:
            found.append(row)
    return found


def _fills(row: Sequence[StyledLine], column: Column) -> bool:
    """Whether a row reaches from edge to edge with even spaces, and holds words alone."""
    size = max(line.size for line in row)
    if row[0].rect.left - column[0] > EDGE * size or column[1] - row[-1].rect.right > EDGE * size:
        return False
    if len(row) == 1:
        return True
    alike = all(abs(line.size - size) <= 0.15 * size for line in row)
    worded = all(any(map(str.isalpha, line.text)) for line in row)
    labels = any(line.text.rstrip()[-1:] in ":_" for line in row[:-1])
    return (
        alike
        and worded
        and not labels
        and not is_lone_marker(row[0].text)
        and _even([line.rect for line in row], size)
    )


def _adjoin(above: Sequence[StyledLine], below: Sequence[StyledLine]) -> bool:
    gap = below[0].rect.top - above[0].rect.bottom
    return gap <= NEAR * below[0].size and abs(above[0].size - below[0].size) <= 0.15 * below[0].size


def _aligned(row: Sequence[StyledLine], other: Sequence[StyledLine]) -> bool:
    """Whether the pieces of two rows stand below each other, as the cells of a table do."""
    size = row[0].size
    starts = [line.rect.left for line in row[1:]]
    others = [line.rect.left for line in other[1:]]
    return bool(others) and all(any(abs(x - y) <= EDGE * size for y in others) for x in starts)


def _in_column_order(parts: list[StyledLine | Block], columns: dict[int, Column]) -> list[StyledLine | Block]:
    """Neighbours that are all lines of one column, from top to bottom: pieces were sorted into columns of their own."""
    ordered: list[StyledLine | Block] = []
    run = _Run(columns)
    for part in parts:
        if isinstance(part, StyledLine) and run.take(part):
            continue
        ordered += run.sorted()
        run = _Run(columns)
        if not (isinstance(part, StyledLine) and run.take(part)):
            ordered.append(part)
    return ordered + run.sorted()


class _Run:
    """Consecutive lines of one column; until one of them tells which, any."""

    def __init__(self, columns: dict[int, Column]) -> None:
        self._columns = columns
        self._lines: list[StyledLine] = []
        self._least, self._most = float("inf"), float("-inf")
        self._column: Column | None = None
        self._widest = 0.0

    def take(self, line: StyledLine) -> bool:
        """Take the next line, if it is of this column."""
        least = min(self._least, line.rect.left + EDGE * line.size)
        most = max(self._most, line.rect.right - EDGE * line.size)
        column, own = self._column, self._columns.get(id(line))
        widest = self._widest
        if own is not None:
            widest = max(widest, own[1] - own[0])
            column = own if column is None else (min(column[0], own[0]), max(column[1], own[1]))
        if column is not None and (
            least < column[0] or most > column[1] or widest < ONE_COLUMN * (column[1] - column[0])
        ):
            return False
        self._least, self._most, self._column, self._widest = least, most, column, widest
        self._lines.append(line)
        return True

    def sorted(self) -> list[StyledLine]:
        """Its lines from top to bottom, or as they came where none was put together."""
        if self._column is None:
            return self._lines
        return sorted(self._lines, key=lambda line: (round(line.rect.center[1]), line.rect.left))
