"""Text blocks of a sheet: notes and legends below their headings, paragraphs without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.columns import marker_of, next_columns
from pyworker.engine.sheets.labels import zone_word
from pyworker.engine.sheets.pieces import Piece

LETTER = 9.0
HEADING_WORDS = 7
NEXT = 3.2
"""Letters between two lines of a block at most, from one's lower edge to the other's upper edge."""
INDENT = 7.0
"""Letters by which a line may start right of the block's edge."""
SYMBOLS = 18.0
"""Letters by which the meanings of a legend may start right of its heading."""
BESIDE = 9.0
"""Letters between a symbol or a number and its text."""
SECTION_GAP = 2.4
"""Letters between the baselines of a section's heading and of its first line at most."""
PARAGRAPH_LINES = 3
PARAGRAPH_WORDS = 4.0
"""Words a line: a block without a heading has so many at least."""


@dataclass
class Block:
    """A text block; `kind` is what its heading says, `notes` without one."""

    kind: str
    heading: Piece | None
    pieces: list[Piece]

    @property
    def rect(self) -> Rect:
        """The box around it."""
        return union(p.rect for p in ([self.heading] if self.heading else []) + self.pieces)


def is_heading(piece: Piece) -> bool:
    """Whether a piece is the heading of notes, a legend, a schedule, revisions or a key plan."""
    text = piece.text.strip()
    if len(piece.words) > HEADING_WORDS or zone_word(text) is None:
        return False
    letters = [c for c in text if c.isalpha()]
    upper = sum(c.isupper() for c in letters) >= 0.8 * len(letters)
    return (upper and piece.size >= 0.95 * LETTER) or piece.size >= 1.3 * LETTER or text.endswith(":")


def headed_blocks(pieces: Sequence[Piece], barriers: Sequence[Rect]) -> list[Block]:
    """The blocks below the headings among `pieces`; text in `barriers` belongs to none."""
    headings = [piece for piece in pieces if is_heading(piece)]
    taken = {id(piece) for piece in headings}
    blocks: list[Block] = []
    for heading in sorted(headings, key=lambda p: (p.rect.top, p.rect.left)):
        kind = zone_word(heading.text) or "other"
        found = _below(heading, [p for p in pieces if id(p) not in taken], headings, barriers)
        taken.update(id(piece) for piece in found)
        if kind == "notes" and found:
            free = [p for p in pieces if id(p) not in taken]
            more = next_columns(found, heading, free, lambda top: _below(top, free, headings, barriers))  # noqa: B023
            taken.update(id(piece) for piece in more)
            found += more
        blocks.append(Block(kind, heading, found))
    return blocks


def _below(
    heading: Piece, pieces: Sequence[Piece], headings: Sequence[Piece], barriers: Sequence[Rect]
) -> list[Piece]:
    found: list[Piece] = []
    meanings = zone_word(heading.text) == "legend"
    box = heading.rect
    centred = False
    bottom = heading.rect.bottom
    for piece in sorted(pieces, key=lambda p: p.base):
        if piece.base <= heading.base + 0.3 * heading.size:
            continue
        if piece.rect.top - bottom > NEXT * LETTER:
            break
        if any(
            other is not heading
            and box.left - 2 * LETTER <= other.rect.left <= box.right
            and bottom <= other.base <= piece.base
            for other in headings
        ):
            break
        if any(barrier.contains(*piece.center) for barrier in barriers):
            continue
        starts = box.left - 3 * LETTER <= piece.rect.left <= box.left + INDENT * LETTER
        if meanings and not starts:
            # Right of a column of symbols; the lines below start where the first one does.
            edge = found[0].rect.left if found else piece.rect.left
            starts = (
                abs(piece.rect.left - edge) <= LETTER and 0 <= edge - heading.rect.left <= SYMBOLS * LETTER
            )
        if not found:
            # The heading may stand over the middle of its block, or behind a symbol's column.
            centred = piece.rect.left < heading.rect.left - 3 * LETTER
            starts = starts or (piece.rect.left < heading.rect.right and piece.rect.right > heading.rect.left)
        beside = any(
            abs(other.base - piece.base) < 0.6 * LETTER
            and 0 <= piece.rect.left - other.rect.right <= BESIDE * LETTER
            for other in found
        )
        if starts or beside:
            found.append(piece)
            box = union([box, piece.rect]) if not centred or found[1:] else piece.rect
            bottom = max(bottom, piece.rect.bottom)
    return found


def paragraphs(pieces: Sequence[Piece]) -> list[Block]:
    """Blocks of running text without a heading: lines that start at one edge, close below each other."""
    blocks: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        for block in reversed(blocks[-40:]):
            last = block[-1]
            if (
                0 < piece.base - last.base <= 2.0 * max(piece.size, last.size)
                and abs(piece.rect.left - block[0].rect.left) <= 2.5 * LETTER
                and abs(piece.size - last.size) <= 0.15 * last.size
            ):
                block.append(piece)
                break
        else:
            blocks.append([piece])
    found = []
    for block in blocks:
        words = sum(sum(any(c.isalpha() for c in w.text) for w in piece.words) for piece in block)
        if len(block) >= PARAGRAPH_LINES and words >= PARAGRAPH_WORDS * len(block):
            lines = _with_markers(block, pieces)
            found.append(Block("notes", _section_heading(lines, pieces), lines))
    return found


def _section_heading(block: list[Piece], pieces: Sequence[Piece]) -> Piece | None:
    """The short line in capitals right above a block, at its left edge, such as the name of a section of notes."""
    box = union(piece.rect for piece in block)
    first = min(block, key=lambda piece: piece.base)
    near = [
        piece
        for piece in pieces
        if 0 < first.base - piece.base <= SECTION_GAP * max(piece.size, first.size)
        and abs(piece.rect.left - box.left) <= LETTER
        and len(piece.words) <= HEADING_WORDS
        and piece.size >= 0.95 * first.size
        and piece.text.isupper()
        and marker_of(piece.text) is None
        and piece not in block
    ]
    return max(near, key=lambda piece: piece.base, default=None)


def _with_markers(block: list[Piece], pieces: Sequence[Piece]) -> list[Piece]:
    """A block with the numbers that stand left of its lines."""
    left, bases = min(p.rect.left for p in block), [p.base for p in block]
    return block + [
        piece
        for piece in pieces
        if 0 < left - piece.rect.right <= 0.5 * BESIDE * LETTER
        and marker_of(piece.text) == piece.text.strip("().: ")
        and any(abs(piece.base - base) < 0.6 * LETTER for base in bases)
    ]
