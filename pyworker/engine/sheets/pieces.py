"""The text of a sheet in pieces: words of one baseline close to each other, letters that are spaced joined to words."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import DESCENT, Word

GAP = 0.85
"""Of the font size: two words of one piece have no wider gap; those that follow in the content stream 1.1."""
GAP_NEXT = 1.1
APART, GAP_APART = 0.6, 1.7
"""Of the font size: spaces that all are wider than the first are those of a program that sets each word by itself in
letters narrower than it reckons with; two words of one piece have no gap wider than the second there.
"""
LEAST_APART, MOST_CLOSE = 5, 0.1
"""Such spaces at least, and the narrower ones beside them at most, as a share."""
SPACED = 4
"""So many single letters in a row at even distances are a word whose letters are spaced."""
SPACED_GAP = 1.6
CLOSE = 0.45
"""Of the font size: figures with a wider gap are not one number."""
LEVEL = 0.35
"""Of the smaller font: baselines of one piece are no further apart."""


@dataclass
class Piece:
    """Words that stand together on one line, left to right."""

    words: list[Word]
    rect: Rect
    size: float
    base: float
    text: str = ""

    @property
    def center(self) -> tuple[float, float]:
        """The middle of its box."""
        return self.rect.center


def joined_letters(words: list[Word]) -> list[Word]:
    """`words`, those of spaced single letters ("S H E E T") put together to whole words."""
    found: list[Word] = []
    run: list[Word] = []
    for word in words:
        if run and not (len(word.text) == 1 and _beside(run[-1], word)):
            found += _whole(run)
            run = []
        if len(word.text) == 1 and not run:
            run = [word]
        elif run:
            run.append(word)
        else:
            found.append(word)
    return found + _whole(run)


def _beside(before: Word, word: Word) -> bool:
    size = max(before.font_size, word.font_size)
    if before.direction != word.direction or abs(before.font_size - word.font_size) > 0.1 * size:
        return False
    if word.direction == 0:
        level, gap = abs(before.rect.bottom - word.rect.bottom), word.rect.left - before.rect.right
    elif word.direction == 180:
        level, gap = abs(before.rect.bottom - word.rect.bottom), before.rect.left - word.rect.right
    elif word.direction == 90:
        level, gap = abs(before.rect.left - word.rect.left), word.rect.top - before.rect.bottom
    else:
        level, gap = abs(before.rect.left - word.rect.left), before.rect.top - word.rect.bottom
    return level <= 0.3 * size and -0.2 * size <= gap <= SPACED_GAP * size


def _gap(before: Word, word: Word) -> float:
    if word.direction in (0, 180):
        return max(word.rect.left - before.rect.right, before.rect.left - word.rect.right)
    return max(word.rect.top - before.rect.bottom, before.rect.top - word.rect.bottom)


def _whole(run: list[Word]) -> list[Word]:
    if len(run) < SPACED:
        return run
    gaps = [_gap(a, b) for a, b in itertools.pairwise(run)]
    usual = median(gaps)
    # Figures side by side may be values of their own, unless they stand as close as letters do.
    close = usual <= CLOSE * run[0].font_size and sum(w.text.isalnum() for w in run) >= 0.6 * len(run)
    if usual <= 0 or not (close or sum(word.text.isalpha() for word in run) >= 0.6 * len(run)):
        return run
    text = run[0].text
    for gap, word in zip(gaps, run[1:], strict=True):
        text += (" " if gap > 1.7 * usual + 0.1 * word.font_size else "") + word.text
    return [run[0]._replace(text=text, rect=union(w.rect for w in run))]


def text_pieces(words: list[Word]) -> list[Piece]:
    """The pieces that level `words` form, from top to bottom and left to right."""
    pieces: list[Piece] = []
    in_order = sorted(words, key=lambda w: w.order)
    gap_next = _gap_next(in_order)
    for word in in_order:
        new = _of(word)
        if pieces and _follows(pieces[-1], new, gap_next):
            _grow(pieces[-1], new)
        else:
            pieces.append(new)
    rows: defaultdict[int, list[Piece]] = defaultdict(list)
    joined: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.rect.left):
        row = int(piece.base / 9.0)
        near = [
            other for place in (row - 1, row, row + 1) for other in rows[place] if _follows(other, piece, GAP)
        ]
        if near:
            _grow(max(near, key=lambda p: p.rect.right), piece)
        else:
            rows[row].append(piece)
            joined.append(piece)
    for piece in joined:
        piece.words.sort(key=lambda w: w.rect.left)
        piece.text = piece_text(piece.words)
    return sorted(joined, key=lambda p: (p.rect.top, p.rect.left))


def _gap_next(words: list[Word]) -> float:
    """The widest gap, in font sizes, between two of `words`, given in their order, that are of one piece."""
    close = apart = 0
    for before, word in itertools.pairwise(words):
        if (
            abs(before.rect.bottom - word.rect.bottom) <= 0.05 * word.font_size
            and abs(before.font_size - word.font_size) <= 0.01 * word.font_size
            and min(sum(c.isalpha() for c in text) for text in (before.text, word.text)) > 1
        ):
            gap = (word.rect.left - before.rect.right) / word.font_size
            close += 0 < gap < APART
            apart += APART <= gap <= GAP_APART
    return GAP_APART if apart >= LEAST_APART and close <= MOST_CLOSE * apart else GAP_NEXT


def piece_of(words: list[Word]) -> Piece:
    """The piece that `words` make, which stand on one line from left to right."""
    piece = _of(words[0])
    for word in words[1:]:
        _grow(piece, _of(word))
    piece.text = piece_text(piece.words)
    return piece


def piece_text(words: list[Word]) -> str:
    """The words of a line with a space where there is a gap between them."""
    parts: list[str] = []
    for index, word in enumerate(words):
        if index:
            before = words[index - 1]
            gap = word.rect.left - before.rect.right
            spaced = word.order - before.order > len(before.text)
            if spaced or gap > 0.12 * min(word.font_size, before.font_size):
                parts.append(" ")
        parts.append(word.text)
    return "".join(parts)


def _of(word: Word) -> Piece:
    return Piece([word], word.rect, word.font_size, word.rect.bottom - DESCENT * word.font_size)


def _follows(before: Piece, after: Piece, gap: float) -> bool:
    large, small = max(before.size, after.size), min(before.size, after.size)
    return (
        -0.4 * small <= after.rect.left - before.rect.right <= gap * large
        and abs(before.base - after.base) <= LEVEL * small
        and small >= 0.6 * large
    )


def _grow(piece: Piece, other: Piece) -> None:
    if len(other.words) > len(piece.words):
        piece.size, piece.base = other.size, other.base
    piece.words += other.words
    piece.rect = union([piece.rect, other.rect])


def rows_of(pieces: list[Piece]) -> list[list[Piece]]:
    """Pieces in rows by their baselines from top to bottom, each row from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        if rows and piece.base - rows[-1][0].base <= 0.5 * min(piece.size, rows[-1][0].size):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.rect.left) for row in rows]
