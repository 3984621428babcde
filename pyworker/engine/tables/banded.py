"""Tables whose rows are filled bands without rules: a stack of bands as a grid, its columns from the white rivers."""

from __future__ import annotations

from itertools import pairwise

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Fill, Ruling, Word
from pyworker.engine.tables.alignment import inside
from pyworker.engine.tables.blocks import CELL_GAP
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import line_entries
from pyworker.engine.tables.lines import is_number, text_lines
from pyworker.engine.tables.rulings import SAME_LINE, Grid, bands
from pyworker.engine.tables.types import Check

# Bands without a ground between two filled ones (every second row filled) are no higher than this many of those.
WHITE_BAND = 1.5
# Lines of a row on such a band.
MOST_LINES = 4
# A stack has so many rows at least.
ROWS = 3


def band_grids(fills: list[Fill], words: list[Word], check: Check) -> list[Grid]:
    """A grid for each stack of bands in which a row has texts of several lines; alignment reads others as well."""
    found = []
    for left, right, ys in _stacks(bands(fills), words):
        check()
        chosen = inside(words, Rect(left, ys[0], right, ys[-1]))
        rows = [inside(chosen, Rect(left, top, right, bottom)) for top, bottom in pairwise(ys)]
        if not all(rows) or max(len(text_lines(row)) for row in rows) < 2:
            continue
        lines = text_lines(chosen)
        borders = column_borders(lines, [], left, right, check)
        if borders:
            horizontal = [Ruling(True, y, left, right, 0.0) for y in ys]
            vertical = []
            placed = line_entries(lines, borders, [])
            for top, bottom in pairwise(ys):
                row = [texts for line, texts in zip(lines, placed, strict=True) if top < line.middle < bottom]
                # A text by itself across a border spans the whole row.
                titled = [len(line) == 1 and line[0].last > line[0].col for line in row] == [True]
                edges = (left, right) if titled else (left, *borders, right)
                vertical += [Ruling(False, x, top, bottom, 0.0) for x in edges]
            found.append(Grid([left, *borders, right], ys, horizontal, vertical))
    return found


def _stacks(edges: list[Ruling], words: list[Word]) -> list[tuple[float, float, list[float]]]:
    """Left, right and the edges of bands of one width that follow each other."""
    groups: list[list[Ruling]] = []
    for edge in edges:
        for group in groups:
            if abs(group[0].start - edge.start) + abs(group[0].end - edge.end) < SAME_LINE:
                group.append(edge)
                break
        else:
            groups.append([edge])
    stacks = []
    for group in groups:
        bounds = [(a.at, b.at) for a, b in zip(group[::2], group[1::2], strict=True)]
        ys: list[float] = []
        for top, bottom in sorted(bounds):
            if (
                ys
                and top - ys[-1] > WHITE_BAND * max(bottom - top, ys[-1] - ys[-2])
                and not _is_row(inside(words, Rect(group[0].start, ys[-1], group[0].end, top)), ys[-1])
            ):
                stacks.append((group[0].start, group[0].end, ys))
                ys = []
            if bottom - (ys[-1] if ys else top) > SAME_LINE:
                ys += [top, bottom] if not ys or top - ys[-1] > SAME_LINE else [bottom]
        stacks.append((group[0].start, group[0].end, ys))
    return [stack for stack in stacks if len(stack[2]) > ROWS]


def _is_row(words: list[Word], top: float) -> bool:
    """Whether a band without a ground is one row: cells in its first line, near `top`, values in one at the most."""
    lines = text_lines(words)
    valued = sum(len(line.fragments(CELL_GAP)) > 1 and is_number(line.words[-1].text) for line in lines)
    return (
        0 < len(lines) <= MOST_LINES
        and valued < 2
        and lines[0].top - top < lines[0].size
        and len(lines[0].fragments(CELL_GAP)) > 1
    )
