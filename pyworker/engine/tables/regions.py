"""Where unruled and half-ruled tables stand on a page: runs of lines whose gaps lie under each other."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from statistics import median

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.tables.acceptance import Region, is_table
from pyworker.engine.tables.blocks import CELL_GAP, blocks, is_heading
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.flows import flows
from pyworker.engine.tables.lines import (
    LEADERS,
    STAGGERED,
    Fragment,
    Line,
    is_data,
    starts_lower,
    without_leaders,
)
from pyworker.engine.tables.types import Check

# Fractions of the font size.
# A gap between lines that no table has inside.
BREAK = 3.5

NUMBERED = r")\s*(?:[A-Z]{0,3}[-.]?\d|[IVXLC]+\b|[A-Z]\b)"
CAPTION = re.compile(r"^(?i:table|tab\.|tabelle|tableau|tabla|tabela|tabella|taulukko|tabell|bảng" + NUMBERED)
FIGURE = re.compile(r"^(?i:figure|fig\.|chart|graph|abbildung|grafik|hình" + NUMBERED)
NOTE = re.compile(r"^(sources?|notes?|n\.?b\.?|quelle|anmerkung|fuente|nota|legend)\s*[:.\d]", re.IGNORECASE)


def table_regions(words: list[Word], rulings: list[Ruling], check: Check) -> list[Region]:
    """Regions of tables among `words` (those of drawn tables left out), flow by flow."""
    regions: list[Region] = []
    kept = without_leaders(words)
    leaders = [(w.rect.top + w.rect.bottom) / 2 for w in words if LEADERS.search(w.text)]
    for lines in flows(kept, check):
        if len(lines) < 2:
            continue
        rules = [r for r in rulings if r.horizontal]
        parts = [block for run in _runs(lines, rules) for block in blocks(run, rules, check)]
        for run in parts:
            check()
            if sum(1 for line in run if _tabular(line)) < 2:
                continue
            region = _trimmed(run, lines, rules, check)
            if region is None:
                continue
            region.leaders = sum(1 for x in region.lines if any(x.top < y < x.bottom for y in leaders))
            if is_table(region, rulings, check):
                regions.append(region)
    return regions


def _tabular(line: Line) -> bool:
    return len(line.fragments(CELL_GAP)) > 1


def _prose(line: Line, width: float) -> bool:
    """A line that is one long piece of words."""
    return (
        len(line.fragments(CELL_GAP)) == 1
        and len(line.words) >= 6
        and line.right - line.left > 0.6 * width
        and not is_data(line.words[-1].text)
    )


def _title(line: Line) -> bool:
    text = line.fragments()[0].text
    return bool(CAPTION.match(text) or FIGURE.match(text))


def _note(line: Line) -> bool:
    """A source, a note, or a footnote: its mark and a sentence."""
    fragments = line.fragments()
    if NOTE.match(" ".join(w.text for w in line.words)):
        return True
    return len(fragments) == 2 and len(fragments[0].text) <= 4 and len(fragments[1].words) >= 5


def _runs(lines: list[Line], rules: list[Ruling]) -> list[list[Line]]:
    """Maximal runs of lines that hold at least two tabular lines, with up to three others between those."""
    width = max(line.right for line in lines) - min(line.left for line in lines)
    runs: list[list[Line]] = []
    run: list[Line] = []
    others = 0
    for line, following in itertools.zip_longest(lines, lines[1:]):
        heading = is_heading(line, following) and not _tabular(line)
        if heading or _title(line) or _prose(line, width):
            runs.append(run)
            run, others = [], 0
            continue
        if run and _apart(run, line, rules):
            runs.append(run)
            run, others = [], 0
        others = 0 if _tabular(line) else others + 1
        if others > 3:
            runs.append(run)
            run, others = [], 1
        run.append(line)
    runs.append(run)
    return [r for r in runs if sum(1 for line in r if _tabular(line)) >= 2]


def _apart(run: list[Line], line: Line, rules: list[Ruling]) -> bool:
    """Whether the space above `line` ends the table that `run` may be."""
    gap = line.middle - run[-1].middle
    size = max(line.size, run[-1].size)
    ruled = any(run[-1].middle < r.at < line.middle for r in rules)
    if gap > (2.5 * BREAK if ruled else BREAK) * size:
        return True
    # A title over the next table: a line by itself after more space than the rows have.
    pitches = [b.middle - a.middle for a, b in itertools.pairwise(run)]
    pitches = [pitch for pitch in pitches if pitch > STAGGERED * size]
    if len(pitches) >= 3 and not _tabular(line):
        return gap > 2.0 * median(pitches) and gap > 1.8 * size and sum(1 for x in run if _tabular(x)) >= 3
    return False


def _trimmed(run: list[Line], lines: list[Line], rules: list[Ruling], check: Check) -> Region | None:
    """The run from its first header to its last row: titles above it and notes below it left out."""
    first = next(i for i, line in enumerate(run) if _tabular(line))
    core = run[first:]
    rect = union([line.rect for line in core if _tabular(line)])
    size = median([line.size for line in core])
    wide = [
        r
        for r in rules
        if rect.top - 4 * size < r.at < core[-1].bottom + 2 * size
        and min(r.end, rect.right) - max(r.start, rect.left) > 0.8 * (rect.right - rect.left)
    ]
    floor = max((r.at for r in wide), default=0.0)
    last = len(core)
    while last and (not _tabular(core[last - 1]) or _note(core[last - 1])):
        if core[last - 1].middle < floor and core[last - 1].left > rect.left + 2 * size:
            break
        last -= 1
    core, rest = core[:last], core[last:]
    if len(core) < 2:
        return None
    rect = union([line.rect for line in core])
    borders = column_borders(core, [], rect.left, rect.right, check)
    core.extend(_row_ends(core, rest, borders))
    upper = run[:first]
    while upper and _heads(upper[-1], core[0], borders, rect, wide):
        core.insert(0, upper.pop())
    near = [
        line
        for line in lines
        if core[0].top - 5 * size < line.middle < core[0].top or 0 < line.middle - core[-1].bottom < 3 * size
    ]
    captioned = any(CAPTION.match(line.fragments()[0].text) for line in near)
    rect = union([line.rect for line in core])
    return Region(
        core, sum(1 for r in wide if rect.top - 1.5 * size < r.at < rect.bottom + 1.5 * size), captioned
    )


def _row_ends(core: list[Line], rest: list[Line], borders: list[float]) -> list[Line]:
    """The further lines of the last row: each text of theirs goes on with the one above it in its column."""
    found: list[Line] = []
    ends: dict[int, float] = {}
    for line in core:
        for column, f in _in_columns(line, borders):
            ends[column] = max(ends.get(column, 0.0), f.right)
    above = dict(_in_columns(core[-1], borders))
    bottom = core[-1].middle
    if rest and _described(core, rest[0]):
        found.append(rest[0])
        bottom = rest[0].middle
    for line in rest[len(found) :]:
        pieces = _in_columns(line, borders)
        if line.middle - bottom > 1.4 * line.size or not pieces or _note(line) or _title(line):
            break
        if not all(c in above and _goes_on_below(above[c], f, ends[c], line.size) for c, f in pieces):
            break
        found.append(line)
        above.update(pieces)
        bottom = line.middle
    return found


def _described(core: list[Line], line: Line) -> bool:
    """Whether a line under the last row describes it: such lines stand as near and as far left under other rows."""
    near = line.middle - core[-1].middle
    slack = 0.1 * line.size
    return any(
        not _tabular(other)
        and abs(other.left - line.left) < slack
        and abs(other.size - line.size) < slack
        and abs(other.middle - row.middle - near) < slack
        for row, other in itertools.pairwise(core)
    )


def _in_columns(line: Line, borders: list[float]) -> list[tuple[int, Fragment]]:
    """The texts of a line with their columns; none where one of them reaches into a second column."""
    placed = [(bisect_left(borders, f.left), bisect_left(borders, f.right), f) for f in line.fragments()]
    return [(a, f) for a, b, f in placed if a == b] if all(a == b for a, b, _ in placed) else []


def _goes_on_below(upper: Fragment, lower: Fragment, end: float, size: float) -> bool:
    """Whether a text is wrapped from the one above: that one is no value, and the first word had no room behind it."""
    if is_data(upper.text) or lower.left < upper.left - 0.3 * size:
        return False
    return starts_lower(lower.words[0].text) or upper.right + lower.words[0].rect.width > end + 0.1 * size


def _heads(line: Line, below: Line, borders: list[float], rect: Rect, wide: list[Ruling]) -> bool:
    """Whether a line above the first row is a header and not a title.

    Headers lie under the table's top rule, or right of the labels, or in several columns; where header lines are
    staggered, a label's header may stand alone.
    """
    size = max(line.size, below.size)
    ruled_off = any(r.at < line.middle and line.middle - r.at < 3 * size for r in wide)
    gap = below.middle - line.middle
    if (
        gap > (3.0 if ruled_off else 1.8) * size
        or line.left < rect.left - size
        or line.right > rect.right + 4 * size
    ):
        return False
    if any(line.middle < r.at < below.middle for r in wide) and not ruled_off:
        return False
    if ruled_off:
        return True
    if not borders or _title(line) or _note(line):
        return False
    fragments = line.fragments()
    slack = 0.5 * size
    if all(f.left > borders[0] - slack for f in fragments):
        return True
    if len(fragments) == 1:
        return gap < 0.9 * size and line.right <= borders[0] + slack
    return not any(f.left < b - slack and f.right > b + slack for f in fragments for b in borders)
