"""Texts of a line put into columns: which column, or which run of columns, each piece of a line belongs to."""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.tables.lines import Line, is_number

# Fractions of the font size: the narrowest space that can part two columns, where values show that it does.
TIGHT_GAP = 0.12
# How near to the start of a column's texts a word stands that is flush with them, and how many texts tell a column.
FLUSH = 0.1
AGREEING = 2
# How far a text may reach over a border before it counts as standing in both columns.
OVERHANG = 0.25


@dataclass
class Entry:
    """A piece of a line in the columns `col` to `last` (inclusive)."""

    line: int
    col: int
    last: int
    words: list[Word]

    @property
    def left(self) -> float:
        """Left edge of its words."""
        return min(w.rect.left for w in self.words)

    @property
    def right(self) -> float:
        """Right edge of its words."""
        return max(w.rect.right for w in self.words)

    @property
    def middle(self) -> float:
        """The x halfway between its edges."""
        return (self.left + self.right) / 2

    @property
    def text(self) -> str:
        """Its words with a space between them."""
        return " ".join(w.text for w in self.words)


def line_entries(lines: list[Line], borders: list[float], rulings: list[Ruling]) -> list[list[Entry]]:
    """For each line its entries, left to right; `rulings` are the vertical ones, which always part texts."""
    result = []
    starts = sorted(f.left for line in lines for f in line.fragments())
    for number, line in enumerate(lines):
        walls = [r.at for r in rulings if r.start - 1 < line.middle < r.end + 1]
        entries: list[Entry] = []
        for fragment in line.fragments():
            for words in _split(fragment.words, borders, walls, starts, line.size):
                entry = Entry(number, *_columns(words, borders, line.size), list(words))
                if entries and entry.col <= entries[-1].last:
                    _part(entries[-1], entry, borders)
                if entries and entry.col <= entries[-1].last:
                    entries[-1].words.extend(words)
                    entries[-1].last = max(entries[-1].last, entry.last)
                else:
                    entries.append(entry)
        result.append(entries)
    return result


def _part(left: Entry, right: Entry, borders: list[float]) -> None:
    """Give two neighbours that reach into one column the columns on their own side."""
    left_home, right_home = bisect_left(borders, left.middle), bisect_left(borders, right.middle)
    if left_home < right_home:
        left.last = max(left.col, min(left.last, right_home - 1))
        right.col = min(right.last, max(right.col, left.last + 1))


def _columns(words: list[Word], borders: list[float], size: float) -> tuple[int, int]:
    left, right = min(w.rect.left for w in words), max(w.rect.right for w in words)
    slack = min(OVERHANG * size, (right - left) / 3)
    first, last = bisect_left(borders, left + slack), bisect_left(borders, right - slack)
    return first, max(first, last)


def _split(
    words: list[Word], borders: list[float], walls: list[float], starts: list[float], size: float
) -> list[list[Word]]:
    """Cut a fragment at walls, and at borders with a gap too narrow to be seen as one.

    There a value stands on one side, or both sides begin where the columns' other texts (`starts`) do.
    """
    pieces = [[words[0]]]
    for before, word in itertools.pairwise(words):
        gap_left, gap_right = before.rect.right, word.rect.left
        middle = (gap_left + gap_right) / 2
        reach = 0.3 * size
        at_wall = any(gap_left - reach <= w <= gap_right + reach for w in walls)
        at_border = any(gap_left - reach <= b <= gap_right + reach for b in borders)
        valued = (is_number(before.text) or is_number(word.text)) and _beside(words, middle)
        flush = all(_flush(one, starts, size) for one in (pieces[-1][0], word))
        if at_wall or (at_border and (valued or flush) and gap_right - gap_left > TIGHT_GAP * size):
            pieces.append([word])
        else:
            pieces[-1].append(word)
    return pieces


def _flush(word: Word, starts: list[float], size: float) -> bool:
    """Whether texts of other lines begin where a word does."""
    low, high = word.rect.left - FLUSH * size, word.rect.left + FLUSH * size
    return bisect_right(starts, high) - bisect_left(starts, low) > AGREEING


def _beside(words: list[Word], middle: float) -> bool:
    """Whether one side of `middle` is nothing but numbers."""
    left = [w for w in words if w.rect.right <= middle]
    right = [w for w in words if w.rect.left >= middle]
    return all(is_number(w.text) for w in left) or all(is_number(w.text) for w in right)
