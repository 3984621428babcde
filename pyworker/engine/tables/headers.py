"""Column headers: lines of one header joined into one cell, headers that span several columns, and their rows."""

from __future__ import annotations

from dataclasses import dataclass

from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.tables.entries import Entry
from pyworker.engine.tables.lines import Line

# Lines of one header cell lie at most this many font sizes apart.
LEADING = 1.7
# Points: texts that end this close to each other are set flush.
FLUSH = 1.0


@dataclass
class Block:
    """One header cell: its columns (inclusive), its lines, and the header row it starts in."""

    col: int
    last: int
    entries: list[Entry]
    level: int = 0
    end: int = 0


def header_blocks(
    lines: list[Line],
    entries: list[list[Entry]],
    count: int,
    rules: list[Ruling],
    extents: list[tuple[float, float]],
) -> tuple[list[Block], int]:
    """The header's cells and its number of rows; `extents` are the x ranges of the columns' texts."""
    blocks: list[Block] = []
    for i in range(count):
        taken = entries[i]
        groups = _centred_groups(taken, _next_below(entries, i, count), extents, 0.6 * lines[i].size)
        for entry in taken:
            col, last = groups.get(id(entry)) or _span(
                entry, taken, lines[i], rules, extents, below=_below(entries, i, count)
            )
            target = _target(blocks, entry, col, last, lines, rules)
            if target is not None:
                target.entries.append(entry)
                target.col, target.last = min(target.col, col), max(target.last, last)
            else:
                blocks.append(Block(col, last, [entry]))
    rows = 0
    for block in blocks:
        above = [
            b
            for b in blocks
            if b is not block and b.entries[0].line < block.entries[0].line and _share(b, block)
        ]
        block.level = max((b.level + 1 for b in above), default=0)
        rows = max(rows, block.level + 1)
    for block in blocks:
        below = [b.level for b in blocks if b.level > block.level and _share(b, block)]
        block.end = min(below) if below else rows
    return blocks, rows


def _share(a: Block, b: Block) -> bool:
    return a.col <= b.last and b.col <= a.last


def _below(entries: list[list[Entry]], i: int, count: int) -> list[Entry]:
    return [e for line in entries[i + 1 : count] for e in line]


def _span(
    entry: Entry,
    beside: list[Entry],
    line: Line,
    rules: list[Ruling],
    extents: list[tuple[float, float]],
    below: list[Entry],
) -> tuple[int, int]:
    """The columns a header stands over: from the rule under it, or from being centred over headers below."""
    low = max((e.last + 1 for e in beside if e.last < entry.col), default=0)
    high = min((e.col - 1 for e in beside if e.col > entry.last), default=len(extents) - 1)
    for rule in rules:
        if not line.middle < rule.at < line.bottom + 1.0 * line.size:
            continue
        if rule.start > entry.left + 2 or rule.end < entry.right - 2:
            continue
        inside = [
            c for c, (a, b) in enumerate(extents) if b > a and rule.start - 2 <= (a + b) / 2 <= rule.end + 2
        ]
        if (
            inside
            and low <= inside[0]
            and inside[-1] <= high
            and len(inside) < len(extents)
            and len(inside) > 1
        ):
            return min(inside[0], entry.col), max(inside[-1], entry.last)
    if not below or _goes_on(entry, below, extents, line.size):
        return entry.col, entry.last
    covered = sorted({c for e in below for c in range(e.col, e.last + 1)})
    left, right = extents[entry.col][0], extents[entry.last][1]
    # Over its own column a header may also stand flush left or right.
    flush = min(abs(entry.left - left), abs(entry.right - right)) < FLUSH
    own_error = 0.0 if flush else _off_centre(entry, entry.col, entry.last, extents)
    best, best_error = (entry.col, entry.last), own_error
    slack = 0.5 * line.size
    overhangs = entry.left < left - slack and entry.right > right + slack
    for first in range(max(low, 1), entry.col + 1):
        for end in range(entry.last, high + 1):
            if (first, end) == (entry.col, entry.last) or end == first:
                continue
            if not all(c in covered for c in range(first, end + 1)):
                continue
            error = _off_centre(entry, first, end, extents)
            if error < best_error - slack or (
                overhangs and error < best_error + slack and first < entry.col and end > entry.last
            ):
                best, best_error = (first, end), error
    return best


def _goes_on(entry: Entry, below: list[Entry], extents: list[tuple[float, float]], size: float) -> bool:
    """Whether a header goes on in the line below: a text of its own column set like it, and no narrower by much."""
    child = next((e for e in below if e.line == entry.line + 1 and e.col <= entry.col <= e.last), None)
    if child is None or (child.col, child.last) != (entry.col, entry.last):
        return False
    offsets = (entry.left - child.left, entry.right - child.right, entry.middle - child.middle)
    left, right = extents[entry.col][0], extents[entry.last][1]
    room = max(child.right - child.left, right - left) + size
    return min(abs(x) for x in offsets) < 0.3 * size and entry.right - entry.left <= room


def _next_below(entries: list[list[Entry]], i: int, count: int) -> list[Entry]:
    """The header next below line `i` in each column, left to right."""
    nearest: dict[int, Entry] = {}
    for line in entries[i + 1 : count]:
        for e in line:
            for column in range(e.col, e.last + 1):
                nearest.setdefault(column, e)
    seen: list[Entry] = []
    for column in sorted(nearest):
        if not any(nearest[column] is e for e in seen):
            seen.append(nearest[column])
    return seen


def _centred_groups(
    line: list[Entry], below: list[Entry], extents: list[tuple[float, float]], slack: float
) -> dict[int, tuple[int, int]]:
    """The columns of the headers of a line that stand centred over groups of the headers below.

    Keys are `id(entry)`. Empty unless all of them do, or two at least over more than one column: a single header
    may be centred by chance.
    """
    parents = [e for e in line if e.col > 0]
    children = [e for e in below if e.col > 0]
    if not parents or len(children) <= len(parents):
        return {}
    groups: list[list[Entry]] = [[] for _ in parents]
    for child in children:
        nearest = min(range(len(parents)), key=lambda k: _distance(parents[k], child))
        groups[nearest].append(child)
    result: dict[int, tuple[int, int]] = {}
    missed = 0
    for parent, group in zip(parents, groups, strict=True):
        if not group:
            missed += 1
            continue
        first, last = min(e.col for e in group), max(e.last for e in group)
        centres = (
            (min(e.left for e in group) + max(e.right for e in group)) / 2,
            (extents[first][0] + extents[last][1]) / 2,
        )
        if min(abs(parent.middle - c) for c in centres) > slack:
            missed += 1
            continue
        result[id(parent)] = (min(first, parent.col), max(last, parent.last))
    spans = [last - first + 1 for first, last in result.values()]
    if missed and sum(s > 1 for s in spans) < 2:
        return {}
    if len(parents) == 1:
        (only,) = parents
        odd_and_narrow = spans[0] % 2 == 1 and not (only.left < children[len(children) // 2].left - slack)
        if odd_and_narrow:
            return {}
    return result if max(spans) > 1 else {}


def _distance(parent: Entry, child: Entry) -> float:
    """How far a child's middle lies from the parent's text; within it, from its middle by less than that counts."""
    outside = max(parent.left - child.middle, child.middle - parent.right, 0.0)
    return outside if outside else -1.0 / (1.0 + abs(parent.middle - child.middle))


def _off_centre(entry: Entry, first: int, last: int, extents: list[tuple[float, float]]) -> float:
    left, right = extents[first][0], extents[last][1]
    return abs(entry.middle - (left + right) / 2)


def _target(
    blocks: list[Block], entry: Entry, col: int, last: int, lines: list[Line], rules: list[Ruling]
) -> Block | None:
    """The block just above that `entry` is a further line of."""
    candidates = [b for b in blocks if b.col <= last and col <= b.last]
    if not candidates:
        return None
    lowest = max(b.entries[-1].line for b in candidates)
    candidates = [b for b in candidates if b.entries[-1].line == lowest]
    if len(candidates) != 1:
        return None
    block = candidates[0]
    upper, lower = lines[lowest], lines[entry.line]
    if lowest == entry.line or lower.middle - upper.middle > LEADING * max(upper.size, lower.size):
        return None
    if (block.col, block.last) != (col, last) and block.last > block.col and last == col:
        return None
    for rule in rules:
        if upper.middle < rule.at < lower.middle and rule.start < entry.middle < rule.end:
            return None
    return block
