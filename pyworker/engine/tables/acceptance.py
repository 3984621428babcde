"""Whether a region of a page is a table: aligned columns that hold values, or that rules or a caption set off."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import Entry, line_entries
from pyworker.engine.tables.lines import Line, is_data, is_mark
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
    columns = len(borders) + 1
    full = [line for line in entries if len(line) > 1]
    cells = [e for line in entries for e in line]
    values = [e for e in cells if e.col > 0]
    if len(full) < 2 or len(full) < (WRAPPED if region.rules >= 3 else 0.5) * len(lines) or not values:
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
    if columns == 2:
        return ratio >= 0.6 and len(full) >= 3
    # Of many columns, a line of one text goes on with a cell above it.
    counted = full if columns >= RECORD else entries
    filled = sum(map(len, counted)) / (len(counted) * columns)
    if filled == 1 and len(full) == len(lines) and columns >= RECORD and words <= 3 and _record(entries):
        return True
    return ratio >= 0.3 or (len(counted) >= 4 and filled >= 0.7 and words <= 3)


def _record(entries: list[list[Entry]]) -> bool:
    """Whether a line of names stands over lines with values, each text flush with the name over it."""
    first, *rest = entries
    if any(is_data(e.text) for e in first) or not all(any(is_data(e.text) for e in line) for line in rest):
        return False
    return all(
        min(abs(e.left - name.left), abs(e.right - name.right), abs(e.middle - name.middle)) < 1.0
        for line in rest
        for name, e in zip(first, line, strict=True)
    )


def _contents(region: Region, entries: list[list[Entry]], columns: int) -> bool:
    """A table of contents: at the ends of the lines page numbers that never fall, behind dot leaders or a title."""
    pages = [line[-1].text.strip() for line in entries if len(line) > 1 and line[-1].col == columns - 1]
    if len(pages) < 3 or not all(p.isdigit() and len(p) <= 4 for p in pages):
        return False
    if columns > 3 and region.leaders < 0.5 * len(pages):
        return False
    numbers = [int(p) for p in pages]
    return all(a <= b for a, b in itertools.pairwise(numbers)) and numbers[0] < numbers[-1]
