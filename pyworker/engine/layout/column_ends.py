"""Where the column of each line of a page ends: what tells whether a line is full or the last one of its paragraph."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import inf

from pyworker.engine.layout.blocks import StyledLine

AGREEING = 3
"""Lines in a row that tell a margin when they end at the same place."""
JUSTIFIED = 4
"""Lines of a page that begin and end at one place, to a point: justified text."""
RUN = 25
"""Lines before and behind a line that may tell its margin."""
MOST_LINES = 2000
"""Lines of a page up to which what stands beside them is looked for."""
# In em of the line's font.
RAGGED = 3.0
"""How far from the farthest end lines of ragged text end that tell the margin."""
LONG_LINE = 25.0
"""Width of lines that may tell it, at least."""
TIGHT = 12.0
"""No column of text is narrower: lines that end at one place so far to the left are all short."""
SAME_SIZE = 0.06
INDENT = 0.8
RUN_GAP = 3.0
"""White space that parts the lines of one column into runs with margins of their own."""


def column_ends(lines: list[StyledLine], width: float) -> tuple[dict[int, float], set[int]]:
    """Where the column of each line ends, by the line's `id`: the farthest end of the lines above and below it.

    Then the lines of columns whose end no three lines agree on: all are short there, and nothing tells the margin.
    """
    ends: dict[int, float] = {}
    loose: set[int] = set()
    starts, stops = [line.start(width) for line in lines], [line.end(width) for line in lines]
    for index, (line, (first, last)) in enumerate(zip(lines, _runs(lines), strict=True)):
        size, start = line.size, starts[index]
        near = [
            n
            for n in range(first, last + 1)
            if abs(starts[n] - start) <= 3 * size and abs(lines[n].size - size) <= 0.2 * size
        ]
        ends[id(line)] = end = max((stops[n] for n in near), default=stops[index])
        agreeing = [
            n
            for n in near
            if end - stops[n] <= 3 * size
            and abs(starts[n] - start) <= INDENT * size
            and abs(lines[n].size - size) <= SAME_SIZE * size
        ]
        if len(agreeing) < AGREEING or end - start < TIGHT * size:
            loose.add(id(line))
    _agreed_ends(lines, width, ends)
    _page_ends(lines, width, ends, loose)
    return ends, loose


def _agreed_ends(lines: list[StyledLine], width: float, ends: dict[int, float]) -> None:
    """Where consecutive lines end at the same place, that is their margin, whatever wider lines stand near them.

    It holds for the lines behind them too, such as the last one of the paragraph, until one is wider.
    """
    index = 0
    while index < len(lines):
        stop = index + 1
        while stop < len(lines) and _agree(lines[index], lines[stop - 1], lines[stop], width):
            stop += 1
        if stop - index >= AGREEING:
            end = max(line.end(width) for line in lines[index:stop])
            while stop < len(lines) and _under(lines[stop - 1], lines[stop], width, end):
                stop += 1
            for line in lines[index:stop]:
                ends[id(line)] = end
        index = max(stop, index + 1)


def _page_ends(lines: list[StyledLine], width: float, ends: dict[int, float], loose: set[int]) -> None:
    """Give loose lines the margin of text elsewhere on the page that begins where they do: of justified lines, or the
    farthest end of long ones, near which others end too.

    The first line of a paragraph may be indented: then the line below it tells. Where something stands beside the line
    or one above it, the margin is that of another column. Boxes of Arabic lines do not end where their letters do.
    """
    edges = Counter((round(line.start(width)), round(line.end(width)), round(line.size)) for line in lines)
    columns = [edge for edge, count in edges.items() if count >= JUSTIFIED]
    farthest: dict[tuple[int, int], int] = {}
    for start, end, size in edges:
        farthest[start, size] = max(farthest.get((start, size), 0), end)
    for (start, size), end in farthest.items():
        near = sum(edges[start, other, size] for other in range(end - round(RAGGED * size), end + 1))
        if near >= AGREEING and end - start >= LONG_LINE * size:
            columns.append((start, end, size))
    for above, line, below in zip(chain([None], lines), lines, chain(lines[1:], [None]), strict=False):
        if id(line) not in loose or line.leftwards:
            continue
        if (
            above
            and id(above) in loose
            and follows(above, line)
            and abs(above.size - line.size) <= SAME_SIZE * line.size
        ):
            continue
        starts = [line.start(width)]
        if below is not None and follows(line, below) and 0 < starts[0] - below.start(width) <= 3 * line.size:
            starts.append(below.start(width))
        found = [
            end
            for first, end, size in columns
            if abs(line.size - size) <= 0.75
            and line.end(width) <= end + 1.5
            and any(abs(start - first) <= 1 for start in starts)
            and not any(
                line.end(width) < other.start(width) < end
                and abs(other.rect.top - line.rect.top) <= RUN_GAP * line.size
                for other in lines
            )
        ]
        if found:
            ends[id(line)] = max(ends[id(line)], min(found))
            loose.discard(id(line))


def _agree(first: StyledLine, above: StyledLine, line: StyledLine, width: float) -> bool:
    same_end = abs(first.end(width) - line.end(width)) <= 0.5 * line.size
    return same_end and _under(above, line, width, first.end(width) + line.size)


def _under(above: StyledLine, line: StyledLine, width: float, end: float) -> bool:
    """Whether `line` goes on in the column of the line above it and does not reach over `end`."""
    return (
        follows(above, line)
        and abs(above.size - line.size) <= SAME_SIZE * line.size
        and abs(above.start(width) - line.start(width)) <= 3 * line.size
        and line.end(width) <= end + 0.5 * line.size
    )


def _runs(lines: Sequence[StyledLine]) -> list[tuple[int, int]]:
    """The first and last of the lines around each one that no wide gap and no new column parts from it, at most RUN
    before and behind it.
    """
    begins: list[int] = []
    reach, limit = 0.0, inf
    for index, (line, beside) in enumerate(zip(lines, _beside(lines), strict=True)):
        # Where text of the next column begins beside a line, wider lines are of another column.
        new = beside < reach or line.rect.right > limit
        goes_on = index > 0 and follows(lines[index - 1], line) and not new
        begins.append(begins[-1] if goes_on else index)
        reach, limit = (reach, limit) if goes_on else (0.0, inf)
        reach, limit = max(reach, line.rect.right), min(limit, beside)
    ends: list[int] = [0] * len(lines)
    for index in reversed(range(len(lines))):
        goes_on = index + 1 < len(lines) and begins[index + 1] <= index
        ends[index] = ends[index + 1] if goes_on else index
    return [
        (max(begin, index - RUN), min(end, index + RUN - 1))
        for index, (begin, end) in enumerate(zip(begins, ends, strict=True))
    ]


def _beside(lines: Sequence[StyledLine]) -> list[float]:
    """Where text begins beside each line, right of its end, on its height; infinite where there is none."""
    found = [inf] * len(lines)
    if len(lines) > MOST_LINES:
        return found
    order = sorted(range(len(lines)), key=lambda n: lines[n].rect.top)
    tops = [lines[n].rect.top for n in order]
    highest = max((line.rect.height for line in lines), default=0.0)
    for index, line in enumerate(lines):
        rect = line.rect
        for n in order[bisect_left(tops, rect.top - highest) : bisect_right(tops, rect.bottom)]:
            other = lines[n].rect
            level = min(rect.bottom, other.bottom) - max(rect.top, other.top)
            if other.left > rect.right and level > 0.5 * min(rect.height, other.height):
                found[index] = min(found[index], other.left)
    return found


def follows(above: StyledLine, below: StyledLine) -> bool:
    """Whether a line is the next one below another, with no wide gap between them."""
    size = max(above.size, below.size, 1.0)
    over = min(above.rect.right, below.rect.right) > max(above.rect.left, below.rect.left)
    near = -size <= below.rect.top - above.rect.top and below.rect.top - above.rect.bottom <= RUN_GAP * size
    return over and near
