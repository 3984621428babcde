"""Rows of a table without a full grid: which text lines are one row, and how far the header reaches."""

from __future__ import annotations

import itertools
from collections import Counter

from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.entries import Entry
from pyworker.engine.tables.lines import STAGGERED, Line, is_data, is_number, starts_lower

# A rule over at least this part of the table's width parts rows; a shorter one underlines a spanning header.
FULL_WIDTH = 0.6
# Lines of one cell lie at most this many font sizes apart (baseline to baseline); wider is a gap between rows.
LEADING = 1.6
# Space between rows this many times that between the lines of one; texts that a row's further lines have at the most.
SPACED = 1.2
FEWER = 0.9
# Letters so much smaller than those above describe what is named there.
SMALL_PRINT = 0.93
# Font sizes free behind the longest label from which on labels are not wrapped for want of room.
ROOM = 6.0
# The part of its column's width that a text takes up before it is wrapped.
FILLED = 0.6


def rules_between(rules: list[Ruling], upper: Line, lower: Line, left: float, right: float) -> bool:
    """Whether rulings over most of the stretch `left`..`right`, its left end included, part two lines.

    Rules under spanning headers may add up to most of the width, but leave the labels' column out.
    """
    found = [r for r in rules if upper.middle < r.at < lower.middle]
    length = sum(max(0.0, min(r.end, right) - max(r.start, left)) for r in found)
    return length >= FULL_WIDTH * (right - left) and min(r.start for r in found) <= left + lower.size


def header_lines(
    lines: list[Line], entries: list[list[Entry]], rules: list[Ruling], left: float, right: float
) -> int:
    """How many lines from the top are column headers."""
    if len(lines) < 2:
        return 0
    first_value = _second_record(lines, entries, _first_value_line(entries))
    # A title without values counts as body, unless the rule that ends the header is under it.
    values = first_value
    while values + 1 < len(lines) and _stub_only(entries[values]):
        values += 1
    for i in range(len(lines) - 1):
        if rules_between(rules, lines[i], lines[i + 1], left, right):
            # Rules between rows of the header come before the first line of values; the last of them ends it.
            if i + 1 <= values:
                last = i + 1
                for j in range(i + 1, first_value):
                    titled = len(entries[j]) == 1 and entries[j][0].col == 0
                    if not titled and rules_between(rules, lines[j], lines[j + 1], left, right):
                        last = j + 1
                return last
            break
    return first_value


def _second_record(lines: list[Line], entries: list[list[Entry]], first_value: int) -> int:
    """In tables of words: the second line that has a label and more is a record, unless it goes on with the first's."""
    limit = _column_ends(entries, 1 + max(e.last for line in entries for e in line))
    labelled = [i for i in range(first_value) if len(entries[i]) > 1 and entries[i][0].col == 0]
    for before, i in itertools.pairwise(labelled):
        upper, lower = entries[before][0], entries[i][0]
        # Single words always look wrapped, but lines of one header are nearer to each other than rows.
        above, below = (lines[k].middle - lines[k - 1].middle for k in (i, min(i + 1, len(lines) - 1)))
        told = len(upper.words) > 1 or i + 1 == len(lines) or SPACED * above < below
        goes_on = i == before + 1 and told and _wrapped(upper, lower, limit[0], lines[i].size)
        if starts_lower(lower.text) or goes_on:
            continue
        return i
    return first_value


def _stub_only(entries: list[Entry]) -> bool:
    return len(entries) == 1 and entries[0].col == 0 and entries[0].last == 0


def _first_value_line(entries: list[list[Entry]]) -> int:
    """The first line with values beside a label; years above the first label, and units, are headers."""
    unlabelled = not any(line[0].col == 0 for line in entries if any(is_data(e.text) for e in line))
    for i, line in enumerate(entries):
        values = [e for e in line if e.col > 0 and is_data(e.text)]
        years = values and all(_year(e.text) for e in values)
        inner_label = len(values) >= 2 and not years and not is_data(line[0].text)
        labelled = line[0].col == 0 or unlabelled or inner_label
        if (
            labelled
            and values
            and len(values) * 2 >= len([e for e in line if e.col > 0])
            and not (years and i == 0)
        ):
            # Labels alone on the lines just above (a section title, a wrapped label) belong to the body.
            while i > 1 and _stub_only(entries[i - 1]):
                i -= 1
            return i
    return 1 if len(entries) > 1 else 0


def _year(text: str) -> bool:
    digits = text.strip(" *()abcdef")
    return len(digits) == 4 and digits.isdigit() and 1800 <= int(digits) <= 2100


def body_rows(
    lines: list[Line],
    entries: list[list[Entry]],
    start: int,
    rules: list[Ruling],
    left: float,
    right: float,
    columns: int,
) -> list[list[int]]:
    """Line numbers from `start` on, grouped into rows."""
    if spaced := spaced_rows(lines, entries, start, rules):
        return spaced
    rows: list[list[int]] = []
    limit = _column_ends(entries[start:], columns)
    if not _labels_wrap(entries[start:], limit[0], lines[start].size):
        limit[0] = float("inf")
    values_last = sum(
        _stub_only(upper) - _stub_only(lower)
        for upper, lower in itertools.pairwise(entries[start:])
        if upper[0].col == lower[0].col == 0 and starts_lower(lower[0].text)
    )
    for unit in _units(lines, entries, start):
        if rows:
            parted = rules_between(rules, lines[rows[-1][-1]], lines[unit[0]], left, right)
            # Where values stand beside the last lines of labels, one below a value starts the next row's.
            label = entries[unit[0]]
            starts = (
                values_last > 0 and len(unit) == 1 and _stub_only(label) and not starts_lower(label[0].text)
            )
            if not parted and not starts and _continues(lines, entries, rows[-1], unit, limit):
                rows[-1].extend(unit)
                continue
        rows.append(unit)
    return rows


def spaced_rows(
    lines: list[Line], entries: list[list[Entry]], start: int, rules: list[Ruling]
) -> list[list[int]]:
    """The rows where plainly more space lies between them than between their lines; none where that doesn't hold.

    The first or the last line of a row then has more texts than the others, and no column has two numbers in one row.
    """
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    gaps = [b.middle - a.middle for a, b in itertools.pairwise(lines[start:])]
    steps = sorted(gap for gap in gaps if gap > STAGGERED * lines[start].size) if len(gaps) > 1 else []
    jumps = [(b / a, a) for a, b in itertools.pairwise(steps) if a <= LEADING * lines[start].size]
    jump, within = max(jumps, default=(0.0, 0.0))
    if jump < SPACED:
        return []
    rows = [[start]]
    for i, gap in enumerate(gaps, start + 1):
        if gap > within + 0.01 or rules_between(rules, lines[i - 1], lines[i], left, right):
            rows.append([i])
        else:
            rows[-1].append(i)
    counts = [[len(entries[i]) for i in row] for row in rows if len(row) > 1]
    most = max(sum(row[end] for row in counts) for end in (0, -1))
    further = sum(map(sum, counts)) - most, sum(map(len, counts)) - len(counts)
    if len(rows) < 3 or not counts or further[0] * len(counts) > FEWER * further[1] * most:
        return []
    for row in rows:
        numbers = Counter(e.col for i in row for e in entries[i] if e.col > 0 and is_number(e.text))
        if max(numbers.values(), default=0) > 1:
            return []
    return rows


def _valued(entries: list[Entry]) -> bool:
    return any(e.col > 0 and is_data(e.text) for e in entries)


def _units(lines: list[Line], entries: list[list[Entry]], start: int) -> list[list[int]]:
    """Line numbers from `start` on, staggered lines together unless they have values above each other."""
    units: list[list[int]] = []
    valued: set[int] = set()
    for i in range(start, len(lines)):
        values = {e.col for e in entries[i] if e.col > 0 and is_data(e.text)}
        if units:
            upper = lines[units[-1][-1]]
            near = lines[i].middle - upper.middle < STAGGERED * max(lines[i].size, upper.size)
            if near and not values & valued:
                units[-1].append(i)
                valued |= values
                continue
        units.append([i])
        valued = values
    return units


def _column_ends(entries: list[list[Entry]], columns: int) -> list[float]:
    """The right edge of each column's texts: where a line of it would have been wrapped."""
    ends = [0.0] * columns
    for line in entries:
        for e in line:
            if e.col == e.last:
                ends[e.col] = max(ends[e.col], e.right)
    return ends


def _labels_wrap(entries: list[list[Entry]], end: float, size: float) -> bool:
    """Whether labels may be wrapped: one plainly is, or the next column begins near the `end` of the longest."""
    beside = min((e.left for line in entries for e in line if e.col > 0), default=end)
    return beside < end + ROOM * size or any(
        _stub_only(line) and starts_lower(line[0].text) for line in entries
    )


def _wrapped(upper: Entry, lower: Entry, end: float, size: float) -> bool:
    """Whether the first word of `lower` had no room left behind `upper`: what makes a line break a wrap.

    A text that leaves much of its column free was not broken for want of room.
    """
    first = lower.words[0].rect
    if upper.right - upper.left < FILLED * (end - upper.left):
        return False
    return upper.right + 0.2 * size + (first.right - first.left) > end + 0.3 * size


def _continues(
    lines: list[Line], entries: list[list[Entry]], row: list[int], unit: list[int], limit: list[float]
) -> bool:
    """Whether the lines of `unit` go on with cells of `row` and start no row of their own."""
    upper, lower = lines[row[-1]], lines[unit[0]]
    size = max(upper.size, lower.size)
    new = [e for n in unit for e in entries[n]]
    if lower.middle - upper.middle > LEADING * size or not new:
        return False
    row_entries = [e for n in row for e in entries[n]]
    values_new = [e for e in new if e.col > 0 and is_number(e.text)]
    above = {e.col: e for n in row for e in entries[n]}
    stub_new = [e for e in new if e.col == 0]
    if any(e.last > e.col for e in new):
        return False
    if stub_new:
        before = above.get(0)
        if before is None or before.last > 0 or stub_new[0].left < before.left - 0.3 * size:
            return False
        row_has_values = any(e.col > 0 and is_data(e.text) for e in row_entries)
        if any(e.col > 0 and is_data(e.text) for e in new):
            # A label whose values stand on its last line.
            return (
                not smaller(upper, lower)
                and not row_has_values
                and len(row_entries) == len(row)
                and _wraps_label(before, stub_new[0], limit[0], size)
            )
        if len(new) == 1:
            return smaller(lower, upper) or _wraps_label(before, stub_new[0], limit[0], size)
        # Words in several columns: every one must go on with the text above it. Single words always look wrapped.
        if max((len(above[e.col].words) for e in new if e.col in above), default=0) < 3:
            return False
        return all(e.col in above and _wrapped(above[e.col], e, limit[e.col], size) for e in new)
    if values_new:
        # A digit alone below a full line is the end of a text that was cut where its column ends.
        only, before = new[0], above.get(new[0].col)
        return (
            len(new) == 1
            and len(only.text) <= 2
            and before is not None
            and not is_data(before.text)
            and abs(only.left - before.left) < 0.3 * size
            and before.right - before.left > FILLED * (limit[only.col] - before.left)
        )
    # Words below words go on with them; below a value they don't.
    return all(e.col in above and not is_data(above[e.col].text) for e in new)


def smaller(line: Line, other: Line) -> bool:
    """Whether a line is set in plainly smaller letters than another: a description under an item's name."""
    return line.size < SMALL_PRINT * other.size


def _wraps_label(upper: Entry, lower: Entry, end: float, size: float) -> bool:
    if upper.text.rstrip().endswith(":"):
        return False
    if starts_lower(lower.text):
        return True
    return _wrapped(upper, lower, end, size)
