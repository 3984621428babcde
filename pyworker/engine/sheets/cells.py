"""The closed cells of a sheet that hold text, and groups of cells that share edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.sheets.canvas import Canvas
from pyworker.engine.sheets.pieces import Piece, piece_of

REACH = 3.0
"""Units by which a rule may miss the one it meets, and by which two rules drawn as one may lie apart."""
TRIED = 5
"""Rules tried on each side of a point, nearest first."""
LARGEST_CELL = 0.12
"""Of the sheet: a larger field holds a drawing."""
MAX_CELLS = 4000
SPACE, WIDE = 0.4, 0.6
"""Font sizes: a rule in a narrower gap between two words runs through a text and parts no cells; one across the sheet
in a gap that is not wide neither.
"""
ACROSS = 0.6
"""Of the sheet's height: a rule so long is across it."""
FAR = 6
LEAST_WIDTH, LEAST_HEIGHT = 8.0, 8.0
"""Units: an empty field of a table has room for a letter."""
EDGE_BIN, CENTER_BIN = 6.0, 60.0


@dataclass(eq=False)
class Cell:
    """A field closed by four rules, and the text in it."""

    rect: Rect
    pieces: list[Piece] = field(default_factory=list)


def cell_at(canvas: Canvas, x: float, y: float) -> Rect | None:
    """The smallest closed field around a point, None where there is none."""
    above, below = canvas.level.before(y, x, TRIED), canvas.level.behind(y, x, TRIED)
    if not above or not below:
        return None
    left, right = canvas.upright.before(x, y, TRIED), canvas.upright.behind(x, y, TRIED)
    if not left or not right:
        return None
    for i, j in _PAIRS:
        if i >= len(above) or j >= len(below):
            continue
        top, bottom = above[i], below[j]
        low, high = top.at + REACH, bottom.at - REACH
        west = next((r for r in left if r.start <= low and r.end >= high), None)
        east = next((r for r in right if r.start <= low and r.end >= high), None)
        if west is None or east is None:
            continue
        start, end = west.at + REACH, east.at - REACH
        if top.start <= start and top.end >= end and bottom.start <= start and bottom.end >= end:
            return Rect(west.at, top.at, east.at, bottom.at)
    return None


_PAIRS = sorted(((i, j) for i in range(TRIED) for j in range(TRIED)), key=lambda pair: (sum(pair), pair))


def part_at_rules(canvas: Canvas, check: Callable[[], None]) -> None:
    """Parts the canvas's pieces whose words stand in cells side by side with little room between rule and text."""
    pieces: list[Piece] = []
    for number, piece in enumerate(canvas.pieces):
        if number % 100 == 0:
            check()
        pieces += _parts(canvas, piece)
    canvas.pieces = pieces


def _parts(canvas: Canvas, piece: Piece) -> list[Piece]:
    """A piece's words cell by cell; the whole piece where a word is in none or reaches over its cell."""
    if len(piece.words) < 2 or not any(
        rule.start <= piece.rect.top + REACH and rule.end >= piece.rect.bottom - REACH
        for rule in canvas.upright.between(piece.rect.left, piece.rect.right)
    ):
        return [piece]
    parts: list[tuple[Rect, list[Word]]] = []
    for word in piece.words:
        cell = cell_at(canvas, *word.rect.center)
        if cell is None or word.rect.left < cell.left - 2 or word.rect.right > cell.right + 2:
            return [piece]
        if parts and parts[-1][0] == cell:
            parts[-1][1].append(word)
        elif parts and not _is_parted(canvas, parts[-1][1][-1], word):
            return [piece]
        else:
            parts.append((cell, [word]))
    return [piece] if len(parts) == 1 else [piece_of(words) for _, words in parts]


def _is_parted(canvas: Canvas, before: Word, after: Word) -> bool:
    """Whether two words stand far from each other, or a rule between them is one of cells."""
    gap = after.rect.left - before.rect.right
    rules = canvas.upright.between(before.rect.right - REACH, after.rect.left + REACH)
    short = any(rule.end - rule.start < ACROSS * canvas.height for rule in rules)
    return gap >= (SPACE if short else WIDE) * after.font_size


def text_cells(canvas: Canvas, check: Callable[[], None]) -> tuple[list[Cell], list[Piece]]:
    """The closed cells that hold the canvas's pieces, and the pieces that stand in none."""
    cells: dict[tuple[int, int, int, int], Cell] = {}
    loose: list[Piece] = []
    largest = LARGEST_CELL * canvas.width * canvas.height
    for number, piece in enumerate(canvas.pieces):
        if number % 100 == 0:
            check()
        x, y = piece.center
        rect = cell_at(canvas, x, y)
        if rect is None or rect.area > largest:
            loose.append(piece)
            continue
        # The words of a piece that a rule cuts through stand in cells of their own.
        if piece.rect.right > rect.right + 2 or piece.rect.left < rect.left - 2:
            loose.append(piece)
            continue
        cells.setdefault(_key(rect), Cell(rect)).pieces.append(piece)
    return list(cells.values()), loose


def with_empty_neighbours(canvas: Canvas, cells: list[Cell], check: Callable[[], None]) -> list[Cell]:
    """`cells` and the empty closed fields beside them, up to `FAR` fields away; hatching and tiles are smaller."""
    known = {_key(cell.rect): cell for cell in cells}
    largest = LARGEST_CELL * canvas.width * canvas.height / 4
    waiting = list(cells)
    for _ in range(FAR):
        found: list[Cell] = []
        for number, cell in enumerate(waiting):
            if number % 50 == 0:
                check()
            left, top, right, bottom = cell.rect
            if (right - left) * (bottom - top) > largest or len(known) > MAX_CELLS:
                continue
            x, y, step = (left + right) / 2, (top + bottom) / 2, 2 * REACH
            for at in ((left - step, y), (right + step, y), (x, top - step), (x, bottom + step)):
                if not (0 < at[0] < canvas.width and 0 < at[1] < canvas.height):
                    continue
                rect = cell_at(canvas, *at)
                if rect is None or rect.area > largest or _key(rect) in known:
                    continue
                if rect.width < LEAST_WIDTH or rect.height < LEAST_HEIGHT:
                    continue
                made = known[_key(rect)] = Cell(rect)
                found.append(made)
        waiting = found
    return list(known.values())


def groups(cells: list[Cell]) -> list[list[Cell]]:
    """Cells that share edges, together; the largest group first. Cells around other cells are in none."""
    order = innermost(cells)
    parent = list(range(len(order)))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    lefts, tops = _by_edge(order, 0), _by_edge(order, 1)
    for i, cell in enumerate(order):
        for edges, value in ((lefts, cell.rect.right), (tops, cell.rect.bottom)):
            place = int(value // EDGE_BIN)
            for near in (place - 1, place, place + 1):
                for j in edges.get(near, ()):
                    if find(i) != find(j) and _share_edge(cell.rect, order[j].rect):
                        parent[find(i)] = find(j)
    found: dict[int, list[Cell]] = {}
    for i, cell in enumerate(order):
        found.setdefault(find(i), []).append(cell)
    return sorted(found.values(), key=len, reverse=True)


def _by_edge(cells: list[Cell], side: int) -> dict[int, list[int]]:
    """Numbers of cells by the place of their left (0) or upper (1) edge."""
    found: dict[int, list[int]] = {}
    for number, cell in enumerate(cells):
        found.setdefault(int(cell.rect[side] // EDGE_BIN), []).append(number)
    return found


def innermost(cells: list[Cell]) -> list[Cell]:
    """Without the cells that others lie in."""
    centers: dict[tuple[int, int], list[Rect]] = {}
    for cell in cells:
        x, y = cell.rect.center
        centers.setdefault((int(x // CENTER_BIN), int(y // CENTER_BIN)), []).append(cell.rect)
    return [cell for cell in cells if not _holds_another(cell.rect, centers)]


def _holds_another(rect: Rect, centers: dict[tuple[int, int], list[Rect]]) -> bool:
    limit = 0.9 * rect.area
    for column in range(int(rect.left // CENTER_BIN), int(rect.right // CENTER_BIN) + 1):
        for row in range(int(rect.top // CENTER_BIN), int(rect.bottom // CENTER_BIN) + 1):
            for other in centers.get((column, row), ()):
                if other.area < limit and rect.contains(*other.center):
                    return True
    return False


def around(cells: list[Cell]) -> Rect:
    """The box around cells."""
    return union(cell.rect for cell in cells)


def _share_edge(a: Rect, b: Rect) -> bool:
    """Whether a side of one cell runs along a side of the other for more than a corner."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    return (abs(across) <= REACH < down) or (abs(down) <= REACH < across)


def _key(rect: Rect) -> tuple[int, int, int, int]:
    return round(rect.left), round(rect.top), round(rect.right), round(rect.bottom)
