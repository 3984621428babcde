"""Schedules without closed cells: text in columns right below a title that says schedule, read by alignment.

On a drawing alignment alone is no table; the title makes it one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import DESCENT, Ruling, Word
from pyworker.engine.sheets.labels import zone_word
from pyworker.engine.sheets.pieces import Piece, rows_of
from pyworker.engine.sheets.title_block import Seen
from pyworker.engine.tables.alignment import aligned_table
from pyworker.engine.tables.types import Table

TITLE_GAP = 4.0
"""Letters between a title and its table at most."""
ROW_GAP = 3.0
"""Letters between the rows of one table at most."""
COLUMN_GAP = 14.0
"""Letters between the columns of one table at most, where no rule joins them."""
ASCENT = 0.8
"""Of the font size: how high letters are over the baseline."""
FULL = 0.7
"""Share of a schedule's rows that hold more than one text."""
NAMED = ("schedule", "revisions")
"""The zones whose titles make columns of text a table."""


def open_tables(seen: Seen, known: list[Rect], check: Callable[[], None]) -> list[tuple[Piece, Table]]:
    """Titles of a canvas with the tables below them; what is in one of the `known` boxes is left out."""
    free = [piece for piece in seen.canvas.pieces if not any(box.contains(*piece.center) for box in known)]
    found: list[tuple[Piece, Table]] = []
    for title in free:
        if zone_word(title.text) not in NAMED:
            continue
        check()
        pieces = _below(title, free, seen.canvas.rules)
        words = [word for piece in pieces for word in _level(piece)]
        if len(words) < 6:
            continue
        box = union([title.rect, *(piece.rect for piece in pieces)])
        rules = [rule for rule in seen.canvas.rules if _crosses(rule, box)]
        table = aligned_table(words, rules, check)
        if table is not None and _is_schedule(table):
            found.append((title, table))
    return found


def _level(piece: Piece) -> list[Word]:
    """The words of a piece, all as high as its letters: accents and tails must not part the texts of one row."""
    top, bottom = piece.base - ASCENT * piece.size, piece.base + DESCENT * piece.size
    return [word._replace(rect=word.rect._replace(top=top, bottom=bottom)) for word in piece.words]


def _is_schedule(table: Table) -> bool:
    """Whether most rows hold several texts; the first one is the header where none was told by its values."""
    filled = Counter(cell.row for cell in table.cells if cell.words)
    if table.rows < 3 or table.cols < 2 or sum(n > 1 for n in filled.values()) < FULL * table.rows:
        return False
    if not any(cell.column_header for cell in table.cells):
        for cell in table.cells:
            cell.column_header = cell.row == 0
    return True


def _below(title: Piece, pieces: list[Piece], rules: list[Ruling]) -> list[Piece]:
    """The pieces of the table under a title, row after row: as wide as the rules under it, else as its texts reach."""
    size = title.size
    top = title.rect.bottom
    level = [
        rule
        for rule in rules
        if rule.horizontal
        and -0.5 * size <= rule.at - top <= TITLE_GAP * size
        and rule.start <= title.rect.left + size
        and title.rect.left < rule.end
        and rule.end - rule.start >= 0.8 * title.rect.width
    ]
    left = min((rule.start for rule in level), default=title.rect.left) - size
    right = max((rule.end for rule in level), default=title.rect.right) + (size if level else 0.0)
    taken: list[Piece] = []
    bottom, gap = top, TITLE_GAP * size
    for row in rows_of([piece for piece in pieces if piece.rect.top >= top - 0.3 * size]):
        inside: list[Piece] = []
        for piece in row:
            if piece.rect.left < left:
                continue
            if piece.rect.left > (right if level else right + COLUMN_GAP * piece.size):
                break
            inside.append(piece)
            if not level:
                right = max(right, piece.rect.right)
        if not inside:
            continue
        if inside[0].rect.top - bottom > gap or (len(inside) == 1 and zone_word(inside[0].text)):
            break
        taken += inside
        bottom = max(piece.rect.bottom for piece in inside)
        gap = ROW_GAP * inside[0].size
    return taken


def _crosses(rule: Ruling, box: Rect) -> bool:
    low, high = (box.left, box.right) if rule.horizontal else (box.top, box.bottom)
    across = (box.top, box.bottom) if rule.horizontal else (box.left, box.right)
    margin = 3.0
    inside = across[0] - margin <= rule.at <= across[1] + margin
    return inside and min(rule.end, high) - max(rule.start, low) > margin
