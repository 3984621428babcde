"""Whether a region of a page is a table: aligned columns that hold values, or that rules or a caption set off."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.blocks import LARGER
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import Entry, line_entries
from pyworker.engine.tables.lines import BULLET, Line, is_data, is_mark
from pyworker.engine.tables.rows import spaced_rows
from pyworker.engine.tables.types import Check

WRAPPED = 0.25
"""Least part of the lines with two texts where rules part the rows: the others go on with cells of several lines."""
RECORD = 4
"""Columns from which on two lines may be a table."""


@dataclass
class Region:
    """A part of the page taken for a table, with the lines in it."""

    lines: list[Line]
    rules: int
    """Number of rules over its width that lie at its edges or within it."""
    captioned: bool
    """Whether a caption ("Table 3") stands just above or below it."""
    leaders: int = 0
    """Number of lines with dot leaders."""

    @property
    def rect(self) -> Rect:
        """The box around its lines."""
        return union([line.rect for line in self.lines])


def is_table(region: Region, rulings: list[Ruling], check: Check) -> bool:
    """Whether the lines of a region stand in columns, and hold values or are ruled off or captioned like a table."""
    lines, rect = region.lines, region.rect
    vertical = [
        r
        for r in rulings
        if not r.horizontal and rect.left < r.at < rect.right and r.start < rect.bottom and r.end > rect.top
    ]
    borders = column_borders(lines, vertical, rect.left, rect.right, check)
    if not borders:
        return False
    entries = line_entries(lines, borders, vertical)
    rows = [_row([e for i in row for e in entries[i]]) for row in spaced_rows(lines, entries, 0, [])]
    return _in_rows(region, entries, len(borders) + 1, False) or (
        bool(rows) and _in_rows(region, rows, len(borders) + 1, True)
    )


def _in_rows(region: Region, entries: list[list[Entry]], columns: int, spaced: bool) -> bool:
    """Whether `entries`, the texts of each line or of each row that space sets apart (`spaced`), make a table."""
    full = [line for line in entries if len(line) > 1]
    cells = [e for line in entries for e in line]
    values = [e for e in cells if e.col > 0]
    # Values in larger letters than their names are a dashboard's.
    if len(entries) == 2 and cells[-1].words[0].font_size > LARGER * cells[0].words[0].font_size:
        return False
    if len(full) < 2 or len(full) < (WRAPPED if region.rules >= 3 else 0.5) * len(entries) or not values:
        return False
    if sum(1 for e in values if is_mark(e.text) or any(c.isalnum() for c in e.text)) < 0.3 * len(values):
        return False
    if not region.captioned and _contents(region, entries, columns):
        return False
    ratio = sum(1 for e in values if is_data(e.text)) / len(values)
    words = sum(len(e.words) for e in cells) / len(cells)
    if region.rules >= 3 or (region.captioned and region.rules) or (region.rules and columns >= 3):
        return words <= 8
    if words > 6 and ratio < 0.3:
        return False
    if columns == 2 and region.rules and len(full) == len(entries):
        first = [is_data(line[0].text) and not BULLET.match(line[0].text) for line in entries[1:]]
        ratio = max(ratio, sum(first) / len(first))
    if columns == 2:
        return ratio >= 0.6 and len(full) >= 3
    # Of many columns, a line of one text goes on with a cell above it.
    counted = full if columns >= RECORD else entries
    filled = sum(map(len, counted)) / (len(counted) * columns)
    # A line of names over lines that each hold a value.
    named = [any(is_data(e.text) for e in line) for line in entries] == [False] + [True] * (len(entries) - 1)
    if named and filled == 1 and len(full) == len(entries) and columns >= RECORD and words <= 3:
        return True
    if ratio >= 0.3 or (len(counted) >= 4 and filled >= 0.7 and words <= 3):
        return True
    short = [len(e.words) for e in cells if e.col == 0]
    return spaced and len(full) >= RECORD and filled >= 0.9 and sum(short) <= 2 * len(short)


def _row(texts: list[Entry]) -> list[Entry]:
    """The texts of the lines of one row, one for each column."""
    joined: dict[int, Entry] = {}
    for e in texts:
        if e.col in joined:
            joined[e.col].words.extend(e.words)
        else:
            joined[e.col] = Entry(e.line, e.col, e.last, list(e.words))
    return [joined[col] for col in sorted(joined)]


def _contents(region: Region, entries: list[list[Entry]], columns: int) -> bool:
    """A table of contents: at the ends of the lines page numbers that never fall, behind dot leaders or a title."""
    pages = [line[-1].text.strip() for line in entries if len(line) > 1 and line[-1].col == columns - 1]
    if len(pages) < 3 or not all(p.isdigit() and len(p) <= 4 for p in pages):
        return False
    if columns > 3 and region.leaders < 0.5 * len(pages):
        return False
    numbers = [int(p) for p in pages]
    return all(a <= b for a, b in itertools.pairwise(numbers)) and numbers[0] < numbers[-1]
