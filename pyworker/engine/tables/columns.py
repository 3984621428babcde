"""Columns of a table from the white rivers between its texts, and from vertical rulings."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.lines import STAGGERED, Fragment, Line, is_data
from pyworker.engine.tables.types import Check

# A river may be crossed by this many lines (spanning headers, titles) for each line that has it as a gap.
CROSSINGS = 0.5
# Points by which a text may touch a border.
SLACK = 0.5
# No table has as many columns; a page full of scattered labels does.
MAX_COLUMNS = 120


@dataclass
class River:
    """A vertical strip free of text: candidates for the border of two columns."""

    left: float
    right: float
    support: int
    """Lines with text on both sides of it."""
    crossed: int
    """Lines with text across it."""
    ruled: bool = False

    @property
    def middle(self) -> float:
        """Its x."""
        return (self.left + self.right) / 2


def column_borders(
    lines: list[Line], rulings: list[Ruling], left: float, right: float, check: Check
) -> list[float]:
    """The x of the borders between columns, left to right; `rulings` are the vertical ones within the table."""
    pieces = [line.fragments() for line in lines]
    rivers = _rivers(pieces, _gaps(lines, pieces))
    need = 1 if len(lines) <= 4 else 2
    rivers = [r for r in rivers if r.support >= need and r.crossed <= CROSSINGS * r.support]
    rivers = _with_rulings(rivers, rulings, lines, pieces, left, right, check)
    rivers = _separated(rivers, pieces, check)
    if len(rivers) >= MAX_COLUMNS:
        return []
    rivers = _without_shifted_headers(rivers, pieces, check)
    return [r.middle for r in rivers]


def _gaps(lines: list[Line], pieces: list[list[Fragment]]) -> list[tuple[float, float]]:
    """The gaps between the texts of each line, and of lines that overlap taken together."""
    together: list[list[Fragment]] = []
    upper: Line | None = None
    for line, fragments in zip(lines, pieces, strict=True):
        if upper is not None and line.middle - upper.middle < STAGGERED * max(line.size, upper.size):
            together[-1] = sorted([*together[-1], *fragments], key=lambda f: f.left)
        else:
            together.append(fragments)
        upper = line
    gaps: list[tuple[float, float]] = []
    for texts in together:
        ends = accumulate((f.right for f in texts), max)
        gaps += [(end, f.left) for end, f in zip(ends, texts[1:], strict=False) if f.left > end]
    return gaps


def _rivers(pieces: list[list[Fragment]], gaps: list[tuple[float, float]]) -> list[River]:
    """Strips where the number of crossing texts is lowest between its neighbours."""
    edges = sorted({round(e, 2) for line in pieces for f in line for e in (f.left, f.right)})
    if len(edges) < 2:
        return []
    texts = [(f.left, f.right) for line in pieces for f in line]
    crossed, support = _coverage(texts, edges), _coverage(gaps, edges)
    rivers: list[River] = []
    i, count = 0, len(edges) - 1
    while i < count:
        j = i
        while j + 1 < count and crossed[j + 1] == crossed[i]:
            j += 1
        lower_left = i == 0 or crossed[i - 1] > crossed[i]
        lower_right = j + 1 >= count or crossed[j + 1] > crossed[i]
        if lower_left and lower_right:
            # Of a strip crossed equally often, the part that most lines have as a gap.
            best = max(support[i : j + 1])
            if best:
                k = i + support[i : j + 1].index(best)
                m = k
                while m + 1 <= j and support[m + 1] == best:
                    m += 1
                rivers.append(River(edges[k], edges[m + 1], best, crossed[i]))
        i = j + 1
    return rivers


def _coverage(intervals: list[tuple[float, float]], edges: list[float]) -> list[int]:
    """How many intervals cover each stretch between neighbouring edges; edges are rounded ends of intervals."""
    steps = [0] * (len(edges) + 1)
    for start, end in intervals:
        first, last = bisect_left(edges, round(start, 2)), bisect_left(edges, round(end, 2))
        if first < last:
            steps[first] += 1
            steps[last] -= 1
    return list(accumulate(steps[:-1]))


def _with_rulings(
    rivers: list[River],
    rulings: list[Ruling],
    lines: list[Line],
    pieces: list[list[Fragment]],
    left: float,
    right: float,
    check: Check,
) -> list[River]:
    """Add the vertical rulings with text on both sides that words respect; each replaces a river it runs through."""
    result = list(rivers)
    middles = [(f.left + f.right) / 2 for line in pieces for f in line]
    for ruling in rulings:
        if not max(left, min(middles)) < ruling.at < min(right, max(middles)):
            continue
        check()
        crossed = sum(
            1
            for line, fragments in zip(lines, pieces, strict=True)
            if not ruling.start < line.middle < ruling.end
            and any(f.left + 1 < ruling.at < f.right - 1 for f in fragments)
        )
        beside = sum(1 for line in lines if ruling.start < line.middle < ruling.end)
        if beside == 0 or crossed > CROSSINGS * len(lines):
            continue
        near = [r for r in result if r.left - 1 <= ruling.at <= r.right + 1 and not r.ruled]
        result = [r for r in result if r not in near]
        if any(r.ruled and abs(r.middle - ruling.at) < 3 for r in result):
            continue
        result.append(River(ruling.at, ruling.at, max([beside, *(r.support for r in near)]), crossed, True))
    return sorted(result, key=lambda r: r.middle)


def _separated(rivers: list[River], pieces: list[list[Fragment]], check: Check) -> list[River]:
    """Of rivers with no text standing wholly between them, keep the one that is crossed least and supported most."""
    texts = sorted((f.left, f.right) for line in pieces for f in line)
    starts = [left for left, _ in texts]
    # The leftmost end of the texts from each one on, in order of their starts.
    ends = list(accumulate(reversed([right for _, right in texts]), min))[::-1]

    def empty_between(a: River, b: River) -> bool:
        first = bisect_left(starts, a.middle - 1)
        return first == len(ends) or ends[first] > b.middle + 1

    def worth(r: River) -> tuple[bool, int, int, float]:
        return r.ruled, -r.crossed, r.support, r.right - r.left

    kept: list[River] = []
    for river in rivers:
        check()
        while kept and not (kept[-1].ruled and river.ruled) and empty_between(kept[-1], river):
            if worth(kept[-1]) >= worth(river):
                break
            kept.pop()
        else:
            kept.append(river)
    return kept


def _without_shifted_headers(rivers: list[River], pieces: list[list[Fragment]], check: Check) -> list[River]:
    """Join neighbouring columns that never share a line and are one column set differently.

    A column of nothing but headers is joined with the headless one beside it (headers centred, values flush right);
    a column with a single text, and two close columns of words (labels flush left, totals flush right), likewise.
    """
    rivers = list(rivers)
    while True:
        check()
        texts = _by_column(rivers, pieces)
        candidates = []
        for i, river in enumerate(rivers):
            if river.ruled or not texts[i] or not texts[i + 1]:
                continue
            a, b = {n for n, _ in texts[i]}, {n for n, _ in texts[i + 1]}
            left, right = [f for _, f in texts[i]], [f for _, f in texts[i + 1]]
            size = max(left[0].words[0].font_size, right[0].words[0].font_size)
            if a & b:
                continue
            gap = min(f.left for f in right) - max(f.right for f in left)
            near = gap < 2 * size
            apart = max(a) < min(b) or max(b) < min(a)
            headed = apart and i > 0 and gap < 6 * size
            single = min(len(a), len(b)) == 1 and len(a) + len(b) > 2
            words = not any(is_data(f.text) for f in [*left, *right])
            whole = words and gap < 6 * size and len(a) + len(b) >= 0.9 * (len(pieces) - min(a | b))
            if headed or whole or (near and (apart or single or words)):
                candidates.append((i == 0, gap, i))
        if not candidates:
            return rivers
        del rivers[min(candidates)[2]]


def _by_column(rivers: list[River], pieces: list[list[Fragment]]) -> list[list[tuple[int, Fragment]]]:
    """For each column the texts wholly in it, with the numbers of their lines."""
    borders = [r.middle for r in rivers]
    columns: list[list[tuple[int, Fragment]]] = [[] for _ in range(len(borders) + 1)]
    for number, line in enumerate(pieces):
        for f in line:
            first = bisect_left(borders, f.left + SLACK)
            if first == bisect_left(borders, f.right - SLACK):
                columns[first].append((number, f))
    return columns
