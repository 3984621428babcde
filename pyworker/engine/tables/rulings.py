"""Rulings tidied: pieces joined, and the grids that crossing rulings form."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Fill, Ruling
from pyworker.engine.tables.types import Check

# Points. Double rules and the two sides of a thin box lie closer together than this; no row or column is as narrow.
SAME_LINE = 3.0
# Points. A gap inside a rule that is closed: dotted rules, and pieces drawn cell by cell.
JOIN_GAP = 3.0
# Points. How far a line may miss the line it meets.
REACH = 3.0
# Points. A shorter rule bounds nothing: the height of small print.
MIN_LENGTH = 5.0
# Points. A higher filled rectangle is the ground of more than a row.
BAND_HEIGHT = 120.0
# A page with more lines than this after joining is a drawing.
MAX_RULINGS = 2500
# A grid of more fields is graph paper.
MAX_FIELDS = 100_000


def merge(rulings: list[Ruling]) -> list[Ruling]:
    """Join collinear pieces and double lines; drop what is too short to bound a cell."""
    merged: list[Ruling] = []
    for horizontal in (True, False):
        lines = sorted((r for r in rulings if r.horizontal == horizontal), key=lambda r: r.at)
        groups: list[list[Ruling]] = []
        for line in lines:
            if groups and line.at - groups[-1][0].at <= SAME_LINE:
                groups[-1].append(line)
            else:
                groups.append([line])
        for group in groups:
            merged.extend(_join(group))
    merged = [r for r in merged if r.end - r.start >= MIN_LENGTH]
    if len(merged) > MAX_RULINGS:
        merged = sorted(merged, key=lambda r: r.start - r.end)[:MAX_RULINGS]
    return merged


def bands(fills: list[Fill]) -> list[Ruling]:
    """The upper and lower edges of filled bands, which part rows as rules do: grounds of headers, zebra stripes, cells.

    Touching bands of one colour and width show no edge between them.
    """
    joined: list[Fill] = []
    for fill in sorted(fills[:MAX_RULINGS], key=lambda f: (f.colour, round(f.rect.left), f.rect.top)):
        last = joined[-1] if joined else fill
        if (
            joined
            and last.colour == fill.colour
            and abs(last.rect.left - fill.rect.left) + abs(last.rect.right - fill.rect.right) < SAME_LINE
            and last.rect.top <= fill.rect.top < last.rect.bottom + 1
        ):
            joined[-1] = Fill(union([last.rect, fill.rect]), fill.colour)
        else:
            joined.append(fill)
    return [
        Ruling(True, y, fill.rect.left, fill.rect.right, 0.0)
        for fill in joined
        if MIN_LENGTH < fill.rect.height < BAND_HEIGHT and fill.rect.width > fill.rect.height
        for y in (fill.rect.top, fill.rect.bottom)
    ]


def _join(group: list[Ruling]) -> list[Ruling]:
    """Pieces of one line, left to right, as maximal stretches."""
    joined: list[list[Ruling]] = []
    end = 0.0
    for piece in sorted(group, key=lambda r: r.start):
        if joined and piece.start - end <= JOIN_GAP:
            joined[-1].append(piece)
            end = max(end, piece.end)
        else:
            joined.append([piece])
            end = piece.end
    result = []
    for pieces in joined:
        length = sum(p.end - p.start for p in pieces) or 1.0
        at = sum(p.at * (p.end - p.start) for p in pieces) / length if length > 0 else pieces[0].at
        result.append(
            Ruling(
                pieces[0].horizontal,
                at,
                min(p.start for p in pieces),
                max(p.end for p in pieces),
                max(p.width for p in pieces),
            )
        )
    return result


@dataclass
class Grid:
    """Rulings that hang together: x of the vertical lines, y of the horizontal ones, and the lines themselves."""

    xs: list[float]
    ys: list[float]
    horizontal: list[Ruling] = field(default_factory=list)
    vertical: list[Ruling] = field(default_factory=list)

    @property
    def rect(self) -> Rect:
        """From the first to the last line each way."""
        return Rect(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


def grids(rulings: list[Ruling], check: Check) -> list[Grid]:
    """Connected components of crossing or touching rulings with at least one line each way, largest first."""
    horizontal = [r for r in rulings if r.horizontal]
    vertical = sorted((r for r in rulings if not r.horizontal), key=lambda r: r.at)
    parent = list(range(len(horizontal) + len(vertical)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, h in enumerate(horizontal):
        if i % 50 == 0:
            check()
        for j, v in enumerate(vertical):
            if v.at < h.start - REACH or v.at > h.end + REACH:
                continue
            if v.start - REACH <= h.at <= v.end + REACH:
                parent[find(i)] = find(len(horizontal) + j)
    groups: dict[int, tuple[list[Ruling], list[Ruling]]] = defaultdict(lambda: ([], []))
    for i, h in enumerate(horizontal):
        groups[find(i)][0].append(h)
    for j, v in enumerate(vertical):
        groups[find(len(horizontal) + j)][1].append(v)
    found = [_grid(h, v) for h, v in groups.values() if h and v]
    found = [g for g in found if len(g.xs) * len(g.ys) <= MAX_FIELDS]
    return sorted(found, key=lambda g: -len(g.xs) * len(g.ys))


def _grid(horizontal: list[Ruling], vertical: list[Ruling]) -> Grid:
    """Grid lines of a component, with the outer lines that the drawing leaves open."""
    xs, ys = cluster([v.at for v in vertical]), cluster([h.at for h in horizontal])
    left, right = min(h.start for h in horizontal), max(h.end for h in horizontal)
    top, bottom = min(v.start for v in vertical), max(v.end for v in vertical)
    # Twice the reach: an outer column or row narrower than that holds no text.
    if left < xs[0] - 2 * REACH:
        xs.insert(0, left)
    if right > xs[-1] + 2 * REACH:
        xs.append(right)
    if top < ys[0] - 2 * REACH:
        ys.insert(0, top)
    if bottom > ys[-1] + 2 * REACH:
        ys.append(bottom)
    return Grid(xs, ys, horizontal, vertical)


def cluster(values: list[float]) -> list[float]:
    """Positions of lines, those within the width of a double rule taken as one (their mean)."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= SAME_LINE:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(g) / len(g) for g in groups]


def covers(lines: list[Ruling], start: float, end: float) -> float:
    """The part (0 to 1) of the stretch `start`..`end` that rulings on one line cover."""
    if end <= start:
        return 0.0
    length = sum(max(0.0, min(r.end, end) - max(r.start, start)) for r in lines)
    return min(1.0, length / (end - start))
