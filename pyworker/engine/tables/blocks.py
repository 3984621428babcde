"""Tables of one run of lines told apart: blocks side by side under rules of their own, and tables under each other."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from statistics import median

from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import line_entries
from pyworker.engine.tables.lines import Fragment, Line, is_data, text_lines
from pyworker.engine.tables.types import Check

# A gap (in font sizes) within a line that parts two cells; justified prose stays below it.
CELL_GAP = 1.0
# A gap this many times as wide as the usual one between lines may part two tables.
WIDER, WIDE = 1.25, 1.8
# Part of the texts that must lie across the other's column borders before two blocks have columns of their own.
ACROSS = 0.15
# Words a line of a paragraph beside totals whose lines are level with theirs.
LONG = 4
# Letters so much larger than those below are a heading's.
LARGER = 1.2
# A shorter rule (in font sizes) underlines a value.
SHORT_RULE = 5.0
# Part of a column's texts that are values (or words) before it is a column of values (of labels).
MOSTLY = 0.7
# Rows that a table has at least, and that one beside it has more or fewer than it.
FEWEST, UNEQUAL = 2, 2


def blocks(run: list[Line], rules: list[Ruling], check: Check) -> list[list[Line]]:
    """The lines of each table that `run` may hold; `rules` are the horizontal ones, edges of filled bands too."""
    sides = [
        twin
        for block in _stacked(run, rules, check)
        for side in _beside(block, rules)
        for twin in twins(side, [], check)
    ]
    stacked = [block for side in sides for block in _stacked(side, rules, check)]
    return [without_terms(_without_aside(block, check)) for block in stacked]


def _without_aside(lines: list[Line], check: Check) -> list[Line]:
    """`lines` without a paragraph right of their last column: no header is over it, and its lines are not the rows'."""
    borders = column_borders(lines, [], min(x.left for x in lines), max(x.right for x in lines), check)
    if len(borders) < 2:
        return lines
    aside = [w for line in lines for w in line.words if w.rect.left > borders[-1]]
    beside = {id(w) for w in aside}
    rest = text_lines([w for line in lines for w in line.words if id(w) not in beside])
    rows, found = [line for line in rest if len(line.fragments(CELL_GAP)) > 1], text_lines(aside)
    if len(found) < FEWEST or not rows or found[0].top < rows[0].bottom or any(map(_valued, found)):
        return lines
    shared = sum(any(abs(line.bottom - row.bottom) < 0.15 * row.size for row in rest) for line in found)
    return rest if 2 * shared < len(found) else lines


def without_terms(lines: list[Line]) -> list[Line]:
    """`lines` without a paragraph left of totals, whose labels stand where the rows above have values or nothing."""
    pieces, size = [line.fragments(CELL_GAP) for line in lines], lines[0].size
    labels: list[Fragment] = []
    end, foot = inf, len(lines)
    for i, row in reversed([*enumerate(pieces)]):
        k = max((k for k, f in enumerate(row) if not is_data(f.text)), default=-1)
        away = [(abs(row[k].left - f.left), abs(row[k].right - f.right)) for f in labels[:1]]
        if len(row) > 1 and (
            not 0 <= k < min(2, len(row) - 1) or any(min(sides) > 0.5 * size for sides in away)
        ):
            break
        if len(row) > 1:
            labels.append(row[k])
            end, foot = min(end, row[k + 1].left), i
    start = min((label.left for label in labels), default=0.0)
    terms = text_lines([w for line in lines[foot:] for w in line.words if w.rect.right < start])
    body = [row for row in pieces[:foot] if is_data(row[-1].text)]
    above = [f.text for row in body for f in row if f.left < end and f.right > start]
    if len(terms) < FEWEST or 2 * sum(map(is_data, above)) < len(above):
        return lines
    steps = [b.middle - a.middle for a, b in pairwise(terms)]
    level = [
        x.bottom for x in text_lines([w for line in lines[foot:] for w in line.words if w.rect.right > start])
    ]
    shared = sum(any(abs(line.bottom - y) < 0.1 * size for y in level) for line in terms)
    fewer = bool(above) and max(map(len, pieces[foot:])) < median(map(len, body))
    tight = max(steps) - min(steps) < 0.1 * size and len(steps) >= (1 if above else FEWEST)
    if shared < 0.5 * len(terms):
        # Lines under a label that is level with its values describe it.
        apart = fewer or (tight and (not shared or len(labels) > 1))
    else:
        apart = fewer and (shared < len(terms) or sum(len(x.words) for x in terms) >= LONG * len(terms))
    if not apart or any(len(line.fragments(CELL_GAP)) > 1 for line in terms):
        return lines
    while (
        foot
        and len(pieces[foot - 1]) == 1
        and lines[foot - 1].right < start
        and abs(terms[0].middle - lines[foot - 1].middle - steps[0]) < 0.1 * size
    ):
        foot -= 1
        terms.insert(0, lines[foot])
    beside = {id(w) for line in terms for w in line.words}
    return text_lines([w for line in lines for w in line.words if id(w) not in beside])


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


def twins(run: list[Line], walls: list[float], check: Check) -> list[list[Line]]:
    """`run` cut where labels behind values start a second table: it has a title or a length of its own.

    Or the only one of `walls`, the x of vertical rules, is between the two.
    """
    rows = [line for line in run if len(line.fragments(CELL_GAP)) > 1]
    if len(rows) <= FEWEST:
        return [run]
    left = min(line.left for line in rows)
    borders = column_borders(rows, [], left, max(line.right for line in rows), check)
    entries = line_entries(rows, borders, [])
    head = next((i for i, line in enumerate(entries) if any(is_data(e.text) for e in line)), len(rows))
    for k in range(2, len(borders)):
        x = borders[k - 1]
        columns = [
            {i: e for i, line in enumerate(entries) for e in line if i >= head and e.col == e.last == c}
            for c in (0, k, k - 1, len(borders))
        ]
        shares = [sum(is_data(e.text) for e in column.values()) / max(1, len(column)) for column in columns]
        pattern = max(shares[:2]) <= 1 - MOSTLY and min(shares[2:]) >= MOSTLY
        crossed = any(w.rect.left < x < w.rect.right for line in rows for w in line.words)
        labelled = columns[2].keys() <= columns[0].keys() and columns[3].keys() <= columns[1].keys()
        if not (pattern and labelled) or crossed or min(map(len, columns)) < FEWEST:
            continue
        start = min(e.left for e in columns[1].values())
        titles = any(
            len(line) == 2 and abs(line[0].left - left) < size and abs(line[1].left - start) < size
            for line, size in zip(entries[:head], (row.size for row in rows), strict=False)
        )
        names = [[e.text for e in line] for line in entries[:head] if len(line) == len(borders) + 1]
        again = any(a[1:k] == a[k + 1 :] and a[0] != a[k] for a in names)
        walled = len(walls) == 1 and max(e.right for e in columns[2].values()) < walls[0] < start
        lengths = [max(column) + 1 - min(column) for column in columns[:2]]
        whole = lengths == [len(column) for column in columns[:2]]
        if titles or again or walled or (whole and abs(lengths[0] - lengths[1]) >= UNEQUAL):
            words = [w for line in run for w in line.words if not w.rect.left < x < w.rect.right]
            sides = [[w for w in words if (w.rect.left > x) == beside] for beside in (False, True)]
            return [text_lines(sides[0]), *twins(text_lines(sides[1]), [], check)]
    return [run]


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
        if is_heading(*part[:2]) or _own_columns(found[-1], part, check) or _headed(found[-1], part, usual):
            found.append(part)
        else:
            found[-1] = [*found[-1], *part]
    return found


def _headed(upper: list[Line], lower: list[Line], usual: float) -> bool:
    """Whether values stand only in the lower of two blocks far apart, under its own header: the upper is an address."""
    head, *rows = [line for line in lower if len(line.fragments(CELL_GAP)) > 1] or lower
    far = lower[0].middle - upper[-1].middle > WIDE * usual
    return (
        far
        and len(upper) > 1
        and len(rows) > 1
        and not any(map(_valued, [*upper, head]))
        and all(map(_valued, rows[:2]))
    )


def _may_start(lines: list[Line], i: int, usual: float, rules: list[Ruling]) -> bool:
    """Whether a table may start with line `i`: behind a wide gap, or with a header that follows values."""
    gap = lines[i].middle - lines[i - 1].middle
    if gap > WIDE * usual or is_heading(*lines[i : i + 2]):
        return True
    ruled = any(lines[i - 1].middle < r.at < lines[i].middle for r in rules)
    if gap < WIDER * usual and not ruled:
        return False
    head = next((line for line in lines[i : i + 2] if len(line.fragments(CELL_GAP)) > 1), None)
    return head is not None and not _valued(head) and any(_filled(line) for line in lines[:i])


def is_heading(line: Line, following: Line | None = None) -> bool:
    """Whether a line is a heading, or those of two blocks: pieces of words in plainly larger letters than below."""
    pieces = line.fragments(CELL_GAP)
    return (
        following is not None
        and line.size > LARGER * following.size
        and len(pieces) < 3
        and not _valued(line)
    )


def _valued(line: Line) -> bool:
    return any(is_data(f.text) for f in line.fragments(CELL_GAP))


def _filled(line: Line) -> bool:
    """Whether a line holds values, or fields with their labels ("Due date: May 4")."""
    return _valued(line) or any(word.text.endswith(":") for word in line.words)


def _own_columns(upper: list[Line], lower: list[Line], check: Check) -> bool:
    """Whether two blocks have columns of their own: texts of one lie across borders of the other."""
    above, below = (
        [f for line in part for f in line.fragments(CELL_GAP) if len(line.fragments(CELL_GAP)) > 1]
        for part in (upper, lower)
    )
    if not above or not below or not any(_filled(line) for line in upper):
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
