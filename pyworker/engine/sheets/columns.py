"""Notes in several columns: which text goes on from a block, and in which order columns are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.pieces import Piece, rows_of

LETTER = 9.0
MARKER = re.compile(r"^\(?(\d{1,3}|[A-Z])(?:[.):](?=\s|$)|$)")
"""The number or the letter before a note, alone or with the note behind it."""
MOST_COLUMNS = 6
GUTTER = 1.5
"""Letters between two columns at least."""
LEAST_LINES = 2
PROSE = 1.5
"""Words of three letters and more in a line of notes, on average; columns with fewer are those of a list."""


def marker_of(text: str) -> str | None:
    """The number or letter of the note that begins with `text`."""
    found = MARKER.match(text.strip())
    return found.group(1) if found else None


def following(marker: str) -> str:
    """The marker after `marker`."""
    return str(int(marker) + 1) if marker.isdigit() else chr(ord(marker) + 1)


def next_columns(
    block: Sequence[Piece], heading: Piece, free: Sequence[Piece], collect: Callable[[Piece], list[Piece]]
) -> list[Piece]:
    """The pieces of the columns that go on right of a block of numbered notes.

    A column begins on the level of the block with the number that follows the block's last. `collect` gives the text
    below a piece that stands for a heading.
    """
    found: list[Piece] = []
    column = list(block)
    for _ in range(MOST_COLUMNS):
        box = union(piece.rect for piece in column)
        last = _last_marker(column, box)
        if last is None:
            break
        low = heading.rect.top - 2 * LETTER
        high = min(piece.rect.bottom for piece in block) + LETTER
        starts = [
            piece
            for piece in free
            if piece.rect.left >= box.right - LETTER
            and low <= piece.rect.top <= high
            and marker_of(piece.text) == following(last)
        ]
        if not starts:
            break
        first = min(starts, key=lambda piece: piece.rect.left)
        above = first.rect._replace(top=first.rect.top - 2, bottom=first.rect.top - 1)
        column = collect(Piece([], above, first.size, first.base - LETTER, ""))
        if not column:
            break
        found += column
    return found


def _last_marker(column: Sequence[Piece], box: Rect) -> str | None:
    edge = [piece for piece in column if piece.rect.left <= box.left + 2 * LETTER]
    markers = [marker for piece in edge if (marker := marker_of(piece.text)) is not None]
    return markers[-1] if markers else None


def in_columns(rows: Sequence[Sequence[Piece]]) -> list[Piece]:
    """The pieces of notes, given in rows from top to bottom, column after column where they stand in columns.

    Rows of one piece at the top are the heading.
    """
    pieces = [piece for row in rows for piece in row]
    first = next((number for number, row in enumerate(rows) if len(row) > 1), len(rows))
    columns = _columns([piece for row in rows[first:] for piece in row])
    if len(columns) < 2:
        return pieces
    # A first column that begins above the others has its first lines alone in their rows.
    above = [row[0] for row in rows[:first]]
    heads: list[Piece] = []
    for piece in above:
        width = union(p.rect for p in columns[0]).right
        if heads and piece.rect.right <= width + LETTER and len(piece.words) > 1 and marker_of(piece.text):
            columns[0].append(piece)
        else:
            heads.append(piece)
    return heads + [
        piece
        for column in columns
        for row in rows_of(column)
        for piece in sorted(row, key=lambda p: p.rect.left)
    ]


def _columns(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """`pieces` parted where nothing stands from top to bottom; one part unless each is several lines of prose."""
    columns: list[list[Piece]] = []
    right = 0.0
    for piece in sorted(pieces, key=lambda p: p.rect.left):
        if columns and piece.rect.left < right + GUTTER * LETTER:
            columns[-1].append(piece)
            right = max(right, piece.rect.right)
        else:
            columns.append([piece])
            right = piece.rect.right
    return columns if all(_is_prose(column) for column in columns) else [list(pieces)]


def _is_prose(column: Sequence[Piece]) -> bool:
    words = sum(sum(c.isalpha() for c in word.text) >= 3 for piece in column for word in piece.words)
    return len(column) >= LEAST_LINES and words >= PROSE * len(column)
