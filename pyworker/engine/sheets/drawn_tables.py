"""Tables on a sheet: groups of closed cells in rows and columns, and what titles make tables (`open_tables`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.cells import Cell, around, groups
from pyworker.engine.sheets.fields import cells_with_labels
from pyworker.engine.sheets.labels import zone_word
from pyworker.engine.sheets.open_tables import open_tables
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.revisions import own_tables, without
from pyworker.engine.sheets.title_block import Seen
from pyworker.engine.sheets.types import ZoneKind
from pyworker.engine.tables import types as tables
from pyworker.engine.tables.lattice import cell_text
from pyworker.engine.tables.rulings import cluster

LINE = 1.3
"""Of the font size: what a line of text takes of a cell's height."""
TITLE_GAP = 1.8
"""Letters between a table and the title above it at most."""
FILLED = 0.6
"""Share of its box that the cells of a table fill."""
WORDED = 0.12
"""Share of the filled cells that hold a word."""
ROOM = 4.0
"""A cell that is so many times as high as the lines in it is a field of a drawing; empty cells don't count."""


def table_of(cells: list[Cell]) -> tables.Table | None:
    """The table that a group of cells forms; None where the group is a part, a plan or a frame of views."""
    filled = sum(1 for cell in cells if cell.pieces)
    if filled < 4 or filled < 0.25 * len(cells):
        return None
    xs = cluster([x for cell in cells for x in (cell.rect.left, cell.rect.right)])
    ys = cluster([y for cell in cells for y in (cell.rect.top, cell.rect.bottom)])
    placed: dict[tuple[int, int], tables.Cell] = {}
    found: list[tables.Cell] = []
    for cell in sorted(cells, key=lambda c: c.rect.area):
        made = tables.Cell(
            _place(ys, cell.rect.top),
            _place(xs, cell.rect.left),
            _place(ys, cell.rect.bottom),
            _place(xs, cell.rect.right),
            [word for piece in cell.pieces for word in piece.words],
            cell.rect,
        )
        fields = [(r, c) for r in range(made.row, made.row_end) for c in range(made.col, made.col_end)]
        if not fields or any(field in placed for field in fields):
            continue
        placed.update(dict.fromkeys(fields, made))
        found.append(made)
    table = tables.Table(around(cells), "ruling", len(ys) - 1, len(xs) - 1, found)
    return table if _is_table(table, cells) else None


def _place(edges: list[float], value: float) -> int:
    return min(range(len(edges)), key=lambda index: abs(edges[index] - value))


def _is_table(table: tables.Table, cells: list[Cell]) -> bool:
    filled = [cell for cell in cells if cell.pieces]
    if table.rows < 2 or table.cols < 2:
        return False
    if sum(cell.rect.area for cell in cells) < FILLED * table.rect.area:
        return False
    lines = [0] * table.rows
    in_cols = [0] * table.cols
    for cell in cells:
        if cell.pieces:
            made = next(c for c in table.cells if c.rect.contains(*cell.rect.center))
            for c in range(made.col, made.col_end):
                in_cols[c] += 1
            if made.col_end - made.col < table.cols:
                lines[made.row] += 1
    rows = sum(n > 1 for n in lines)
    stacked = max(_lines(cell.pieces) for cell in filled)
    if rows < (1 if stacked > 1 else 2) or sum(n > 1 for n in in_cols) < 2:
        return False
    # The fields of a plan and the frames of views are much larger than the text in them.
    room = [cell.rect.height / max(LINE * _height(cell.pieces), 1.0) for cell in filled]
    if median(room) > ROOM:
        return False
    # A part has names of pins, and a chain of dimensions numbers; a table has words.
    worded = sum(any(_is_word(piece.text) for piece in cell.pieces) for cell in filled)
    return worded >= max(2, WORDED * len(filled))


def _is_word(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= 3


def _lines(pieces: list[Piece]) -> int:
    """The number of lines in a cell."""
    rows: list[float] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        if not rows or piece.base - rows[-1] > 0.5 * piece.size:
            rows.append(piece.base)
    return len(rows)


def _height(pieces: list[Piece]) -> float:
    """The height that the lines of a cell take."""
    return _lines(pieces) * median(piece.size for piece in pieces)


WHOLE, FIELDS = 0.5, 2
"""A grid with so many labels of fields that takes less of the title block is a part of it and no table."""


@dataclass
class DrawnTable:
    """A table in a canvas with its title and what kind of zone it is."""

    table: tables.Table
    kind: ZoneKind
    title: str | None
    rect: Rect
    """Around the table and its title."""


def sheet_tables(seen: Seen, block: Rect | None, check: Callable[[], None]) -> list[DrawnTable]:
    """The tables of a sheet seen in one direction, the title block among them where it is a grid."""
    found: list[DrawnTable] = []
    for group in seen.groups:
        for named, cells in _parts(group, block):
            if len(cells) < 4:
                continue
            table = table_of(cells)
            if table is None:
                continue
            _add_turned(table, seen)
            if named is not None:
                found.append(_titled(seen, table, named))
            elif block is None or not block.contains(*table.rect.center):
                found.append(_titled(seen, table, None))
            elif table.rect.area >= WHOLE * block.area or len(cells_with_labels(cells)) < FIELDS:
                found.append(DrawnTable(table, "title_block", None, table.rect))
    known = [drawn.rect for drawn in found] + ([block] if block is not None else [])
    for title, table in open_tables(seen, known, check):
        kind: ZoneKind = "revisions" if zone_word(title.text) == "revisions" else "schedule"
        found.append(DrawnTable(table, kind, title.text, union([title.rect, table.rect])))
    return found


def _parts(group: list[Cell], block: Rect | None) -> list[tuple[ZoneKind | None, list[Cell]]]:
    """The cells that make one table each, with what they are where their header tells it."""
    parts: list[tuple[ZoneKind | None, list[Cell]]] = []
    rest = group
    for kind, rows in own_tables(group):
        others = without(rest, rows)
        # Elsewhere a list of parts goes on below a row that names a group of them.
        if kind == "revisions" or (block is not None and any(block.contains(*c.rect.center) for c in others)):
            parts.append((kind, rows))
            rest = others
    return [*parts, *((None, part) for part in (groups(rest) if parts else [rest]))]


def _add_turned(table: tables.Table, seen: Seen) -> None:
    """Puts the words that run in other directions into the cells they stand in, such as turned headers."""
    turned = [w for w in seen.canvas.words if w.direction != 0 and table.rect.contains(*w.rect.center)]
    if turned:
        for cell in table.cells:
            cell.words += [word for word in turned if cell.rect.contains(*word.rect.center)]


def _titled(seen: Seen, table: tables.Table, kind: ZoneKind | None) -> DrawnTable:
    rect = table.rect
    title, around_both = None, rect
    top = [c for c in table.cells if c.row == 0 and c.words]
    heading = _title_above(seen, rect)
    if len(top) == 1 and top[0].col_end - top[0].col == table.cols:
        title = cell_text(top[0].words)
    # The first row may name what a schedule of many is for, such as a panel.
    if heading is not None and (title is None or (zone_word(heading.text) and not zone_word(title))):
        title, around_both = heading.text, union([rect, heading.rect])
    named = zone_word(title) if title else None
    if kind is None:
        kind = "schedule"
        if named in ("legend", "key", "notes"):
            kind = "legend" if named == "legend" else "key" if named == "key" else "notes"
        elif named == "revisions":
            kind = "revisions"
    return DrawnTable(table, kind, title, around_both)


def _title_above(seen: Seen, rect: Rect) -> Piece | None:
    """The text just above a table, within its width."""
    best: Piece | None = None
    for piece in seen.loose:
        gap = rect.top - piece.rect.bottom
        if not -2 <= gap <= TITLE_GAP * max(piece.size, 9.0) or not _is_word(piece.text):
            continue
        if piece.rect.left < rect.left - 18 or piece.rect.right > rect.right + 18:
            continue
        if best is None or (zone_word(piece.text) is not None, piece.size, piece.base) > (
            zone_word(best.text) is not None,
            best.size,
            best.base,
        ):
            best = piece
    return best
