"""Tables whose rows are filled bands without rules: a stack of bands as a grid, its columns from the white rivers."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Fill, Ruling, Word
from pyworker.engine.tables.alignment import inside
from pyworker.engine.tables.blocks import CELL_GAP
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import line_entries
from pyworker.engine.tables.lines import is_number, text_lines
from pyworker.engine.tables.rows import LEADING
from pyworker.engine.tables.rulings import BAND_HEIGHT, MAX_RULINGS, SAME_LINE, Grid, bands, cluster
from pyworker.engine.tables.types import Check

# Bands without a ground between two filled ones (every second row filled) are no higher than this many of those.
WHITE_BAND = 1.5
# Lines of a row on such a band.
MOST_LINES = 4
# Points by which the ends of bands of one stack differ in a scan.
RAGGED = 5.0
# A stack has so many rows at least where no cell has a ground of its own.
ROWS = 3


def framed_bands(fills: list[Fill], frame: Grid, words: list[Word], check: Check) -> list[Grid]:
    """The grid of the bands in a drawn grid whose `words` they all hold; none where there is no such grid."""
    left, _, right, bottom = frame.rect
    held = [fill for fill in fills if frame.rect.contains(*fill.rect.center)]
    if not held:
        return []
    rest = Rect(left, max(fill.rect.bottom for fill in held), right, bottom)
    if inside(words, rest):
        # The last row, on no ground.
        held.append(Fill(rest, (255, 255, 255)))
    found = band_grids(held, words, check, least=2)
    return [grid for grid in found if len(inside(words, grid.rect)) == len(words)]


def band_grids(fills: list[Fill], words: list[Word], check: Check, least: int = ROWS) -> list[Grid]:
    """A grid for each stack of `least` bands and more whose cells have grounds of their own, or in which a row has
    several lines.

    Alignment reads other stacks as well.
    """
    found = []
    rows, seams = _rows(fills)
    for left, right, ys in _stacks(bands(rows), words, least):
        check()
        chosen = inside(words, Rect(left, ys[0], right, ys[-1]))
        bounds = list(pairwise(ys))
        texts = [inside(chosen, Rect(left, top, right, bottom)) for top, bottom in bounds]
        walls = [[x for y, x in seams if top < y < bottom and left < x < right] for top, bottom in bounds]
        inner = [
            x for x in cluster([x for row in walls for x in row]) if sum(_near(x, row) for row in walls) > 1
        ]
        wrapped = len(bounds) >= ROWS and max(len(text_lines(row)) for row in texts) > 1
        if not all(texts) or not (inner or wrapped):
            continue
        lines = text_lines(chosen)
        borders = inner or column_borders(lines, [], left, right, check)
        if borders:
            horizontal = [Ruling(True, y, left, right, 0.0) for y in ys]
            vertical = []
            placed = line_entries(lines, borders, [])
            for (top, bottom), own in zip(bounds, walls, strict=True):
                row = [
                    entries for line, entries in zip(lines, placed, strict=True) if top < line.middle < bottom
                ]
                # A text by itself across a border spans the whole row.
                titled = [len(line) == 1 and line[0].last > line[0].col for line in row] == [True]
                drawn = [x for x in borders if _near(x, own)] if own else [] if titled else borders
                vertical += [Ruling(False, x, top, bottom, 0.0) for x in (left, *drawn, right)]
            found.append(Grid([left, *borders, right], ys, horizontal, vertical))
    return found


def _near(x: float, others: list[float]) -> bool:
    return any(abs(x - other) <= SAME_LINE for other in others)


def _rows(fills: list[Fill]) -> tuple[list[Fill], list[tuple[float, float]]]:
    """`fills` with those side by side joined into bands, and the y and x of the seams between them."""
    joined: list[Fill] = []
    seams: list[tuple[float, float]] = []
    # Some programs fill each cell twice.
    once = {fill.rect: fill for fill in fills[:MAX_RULINGS]}.values()
    for fill in sorted(once, key=lambda f: (round(f.rect.top), round(f.rect.bottom), f.rect.left)):
        last = joined[-1].rect if joined else fill.rect
        level = max(abs(last.top - fill.rect.top), abs(last.bottom - fill.rect.bottom)) < 1
        if joined and level and -1 < fill.rect.left - last.right <= SAME_LINE:
            seams.append(((last.top + last.bottom) / 2, (last.right + fill.rect.left) / 2))
            joined[-1] = Fill(union([last, fill.rect]), joined[-1].colour)
        else:
            joined.append(fill)
    return joined, seams


def _stacks(edges: list[Ruling], words: list[Word], least: int) -> list[tuple[float, float, list[float]]]:
    """Left, right and the edges of bands of one width that follow each other, a last row without a ground with them."""
    groups: list[list[Ruling]] = []
    for edge in edges:
        for group in groups:
            if max(abs(group[0].start - edge.start), abs(group[0].end - edge.end)) <= RAGGED:
                group.append(edge)
                break
        else:
            groups.append([edge])
    stacks = []
    for group in groups:
        left, right = group[0].start, group[0].end
        bounds = sorted((a.at, b.at) for a, b in zip(group[::2], group[1::2], strict=True))
        ys: list[float] = []
        white = False
        for top, bottom in [*bounds, (inf, inf)]:
            if ys and top - ys[-1] > SAME_LINE:
                highest = WHITE_BAND * max(min(bottom - top, BAND_HEIGHT), ys[-1] - ys[-2])
                near = top < inf and top - ys[-1] <= highest
                reach = min(top, ys[-1] + 2 * BAND_HEIGHT)
                between = [] if near else inside(words, Rect(left, ys[-1], right, reach))
                if near or (top < inf and _is_row(between, ys[-1])):
                    white = True
                else:
                    if white:
                        rows = [Rect(left, start, right, end) for start, end in pairwise(ys)]
                        row = _first_row(between, max(_pitch(words, band) for band in rows))
                        if _is_row(row, ys[-1]):
                            ys.append(max(w.rect.bottom for w in row))
                    stacks.append((left, right, ys))
                    ys, white = [], False
            if bottom < inf and bottom - (ys[-1] if ys else top) > SAME_LINE:
                ys += [top, bottom] if not ys or top - ys[-1] > SAME_LINE else [bottom]
    return [stack for stack in stacks if len(stack[2]) > least]


def _pitch(words: list[Word], band: Rect) -> float:
    """The largest distance of two lines in a band."""
    return max((b.middle - a.middle for a, b in pairwise(text_lines(inside(words, band)))), default=0.0)


def _first_row(words: list[Word], pitch: float) -> list[Word]:
    """The words of the first lines that follow each other closely: at most `pitch` points or a usual leading apart."""
    lines = text_lines(words)
    apart = (
        i for i, (a, b) in enumerate(pairwise(lines), 1) if b.middle - a.middle > max(LEADING * a.size, pitch)
    )
    return [w for line in lines[: next(apart, len(lines))] for w in line.words]


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
