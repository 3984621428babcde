"""Tables of one run of lines told apart: blocks side by side under rules of their own, and tables under each other."""

from __future__ import annotations

from itertools import pairwise
from statistics import median

from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.lines import Fragment, Line, is_data, text_lines
from pyworker.engine.tables.types import Check

# A gap (in font sizes) within a line that parts two cells; justified prose stays below it.
CELL_GAP = 1.0
# A gap this many times as wide as the usual one between lines may part two tables.
WIDER, WIDE = 1.25, 1.8
# Part of the texts that must lie across the other's column borders before two blocks have columns of their own.
ACROSS = 0.15
# Words a line that a paragraph has.
PROSE = 6
# A shorter rule (in font sizes) underlines a value.
SHORT_RULE = 5.0


def blocks(run: list[Line], rules: list[Ruling], check: Check) -> list[list[Line]]:
    """The lines of each table that `run` may hold; `rules` are the horizontal ones, edges of filled bands too."""
    sides = [side for block in _stacked(run, rules, check) for side in _beside(block, rules)]
    stacked = [block for side in sides for block in _stacked(side, rules, check)]
    return [_without_prose(block, check) for block in stacked]


def _without_prose(lines: list[Line], check: Check) -> list[Line]:
    """`lines` without a paragraph at their left: it has lines of its own, at other heights than the values."""
    borders = column_borders(lines, [], min(x.left for x in lines), max(x.right for x in lines), check)
    if not borders:
        return lines
    words = [w for line in lines for w in line.words]
    left = text_lines([w for w in words if w.rect.right < borders[0]])
    right = text_lines([w for w in words if w.rect.left > borders[0]])
    if len(left) < 3 or not right or sum(len(line.words) for line in left) < PROSE * len(left):
        return lines
    size = left[0].size
    shared = sum(any(abs(a.bottom - b.bottom) < 0.1 * size for b in right) for a in left)
    return right if shared < 0.5 * len(left) else lines


def _beside(run: list[Line], rules: list[Ruling]) -> list[list[Line]]:
    """`run` cut between blocks that each have rules of their own over all their texts, and rows of two cells."""
    size = median([line.size for line in run])
    near = [r for r in rules if run[0].top - 2 * size < r.at < run[-1].bottom + size]
    spans: list[tuple[float, float]] = []
    for start, end in sorted((r.start, r.end) for r in near if r.end - r.start > SHORT_RULE * size):
        if spans and start < spans[-1][1] + 0.5 * size:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    if len(spans) < 2:
        return [run]
    sides: list[list[Line]] = []
    for start, end in spans:
        words = [
            w for line in run for w in line.words if start - size < w.rect.left and w.rect.right < end + size
        ]
        sides.append(text_lines(words) if words else [])
    if sum(len(line.words) for side in sides for line in side) != sum(len(line.words) for line in run):
        return [run]
    if any(sum(len(line.fragments(CELL_GAP)) > 1 for line in side) < 2 for side in sides):
        return [run]
    return sides


def _stacked(lines: list[Line], rules: list[Ruling], check: Check) -> list[list[Line]]:
    """`lines` cut where a table with other columns starts."""
    if len(lines) < 4:
        return [lines]
    usual = median([b.middle - a.middle for a, b in pairwise(lines)])
    cuts = [i for i in range(1, len(lines)) if _may_start(lines, i, usual, rules)]
    parts = [lines[a:b] for a, b in pairwise([0, *cuts, len(lines)])]
    found = [parts[0]]
    for part in parts[1:]:
        check()
        if _own_columns(found[-1], part, check):
            found.append(part)
        else:
            found[-1] = [*found[-1], *part]
    return found


def _may_start(lines: list[Line], i: int, usual: float, rules: list[Ruling]) -> bool:
    """Whether a table may start with line `i`: behind a wide gap, or with a header that follows values."""
    gap = lines[i].middle - lines[i - 1].middle
    if gap > WIDE * usual:
        return True
    ruled = any(lines[i - 1].middle < r.at < lines[i].middle for r in rules)
    if gap < WIDER * usual and not ruled:
        return False
    head = next((line for line in lines[i : i + 2] if len(line.fragments(CELL_GAP)) > 1), None)
    return head is not None and _words_only(head) and any(_valued(line) for line in lines[:i])


def _words_only(line: Line) -> bool:
    return not any(is_data(f.text) for f in line.fragments(CELL_GAP))


def _valued(line: Line) -> bool:
    return any(is_data(f.text) for f in line.fragments(CELL_GAP))


def _own_columns(upper: list[Line], lower: list[Line], check: Check) -> bool:
    """Whether two blocks have columns of their own: texts of one lie across borders of the other."""
    above, below = (
        [f for line in part for f in line.fragments(CELL_GAP) if len(line.fragments(CELL_GAP)) > 1]
        for part in (upper, lower)
    )
    if not above or not below or not any(_valued(line) for line in upper):
        return False
    size = lower[0].size
    borders = [
        column_borders(part, [], min(x.left for x in part), max(x.right for x in part), check)
        for part in (upper, lower)
    ]
    return _across(below, borders[0], size) > ACROSS or _across(above, borders[1], size) > ACROSS


def _across(texts: list[Fragment], borders: list[float], size: float) -> float:
    """The part of `texts` that lie across one of `borders`."""
    slack = 0.5 * size
    return sum(any(f.left < b - slack and f.right > b + slack for b in borders) for f in texts) / len(texts)
