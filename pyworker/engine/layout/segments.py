"""Words put together to pieces of lines, which no wide gap parts."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from operator import attrgetter
from statistics import median

from pyworker.engine.pdf.page_content import DESCENT, Word

# In em (the font size), measured on words whose own gaps are at most 0.19 em (see pdf_words). A justified
# line stretches its spaces up to about 1 em; gutters between columns of text are 1 em and more.
JOIN_GAP = 0.9
JOIN_GAP_NEXT_WORD = 1.2
"""For a word that also follows in the content stream."""
JOIN_GAP_OTHER_SIZE = 0.5
"""For words of two sizes: a heading stands beside the text of the next column."""
WORD, ALIKE = 4, 0.92
"""Letters from which on a piece of text is more than a mark; sizes that are one, as a part of each other."""
COLUMN = 4
"""Pieces that begin at one place across the page, from which on a column may begin there."""
MARGIN = 8
"""Pieces that end at one place, from which on a column may end there."""
BASELINE_SHIFT = 0.7
"""Of the smaller font: a raised figure is up to 0.6 em off its line, and lines stand 0.8 em apart at the
least."""
SMALLER, RAISED = 0.85, 0.55
"""Size and rise of a raised word as parts of the size of the text that it is raised over: its foot is below the top of
small letters there."""
NOTE_GAP = 0.35
"""Of that size, between a word and the raised mark of a note behind it."""

_LEFT, _ORDER = attrgetter("left"), attrgetter("order")


@dataclass
class Segment:
    """Words in a row without a wide gap, in the frame in which they run to the right."""

    words: list[Word]
    left: float
    top: float
    right: float
    bottom: float
    size: float
    base: float
    """y of the baseline and, in `size`, the font size of its longest word."""
    length: int

    @classmethod
    def of(cls, word: Word) -> Segment:
        """The piece of one word."""
        rect, size = word.rect, word.font_size
        return cls([word], *rect, size, rect.bottom - DESCENT * size, len(word.text))

    def grow(self, other: Segment) -> None:
        """Take the words of another piece in."""
        self.words += other.words
        if other.length > self.length:
            self.size, self.base, self.length = other.size, other.base, other.length
        # Comparisons, not min and max: this is done for each word of a page.
        if other.left < self.left:
            self.left = other.left
        if other.top < self.top:
            self.top = other.top
        if other.right > self.right:
            self.right = other.right
        if other.bottom > self.bottom:
            self.bottom = other.bottom

    def level_with(self, other: Segment) -> bool:
        """Whether both stand on one baseline."""
        return abs(self.base - other.base) <= BASELINE_SHIFT * min(self.size, other.size)

    def raised_over(self, other: Segment) -> bool:
        """Whether this is a note's mark beside the other: small, raised, and a space away."""
        return (
            self.size <= SMALLER * other.size
            and 0 <= other.base - self.base <= RAISED * other.size
            and self.left - other.right <= NOTE_GAP * other.size
        )


def segments_of(words: list[Word]) -> list[Segment]:
    """Words joined along their baseline where the gap is no wider than a stretched space."""
    segments: list[Segment] = []
    for word in sorted(words, key=_ORDER):
        new = Segment.of(word)
        last = segments[-1] if segments else None
        if last is not None and _follows(last, new, JOIN_GAP_NEXT_WORD):
            last.grow(new)
        else:
            segments.append(new)
    # Producers that write words in any order: join what stands side by side. Rows of the grid are as high as
    # a line, so a partner is in the same row or the next one.
    row_height = max(1.0, median(s.bottom - s.top for s in segments))
    rows: defaultdict[int, list[Segment]] = defaultdict(list)
    joined: list[Segment] = []
    starts = Counter(round(s.left) for s in segments if s.length >= WORD)
    ends = Counter(round(s.right) for s in segments if s.length >= WORD)
    for segment in sorted(segments, key=_LEFT):
        aligned = _count(starts, segment.left) >= COLUMN
        row = int((segment.top + segment.bottom) / 2 / row_height)
        partner = None
        for near in (row, row - 1, row + 1):
            for candidate in reversed(rows[near]):
                if (
                    _follows(candidate, segment, JOIN_GAP)
                    and (partner is None or candidate.right > partner.right)
                    and not (
                        (aligned or _count(ends, candidate.right) >= MARGIN)
                        and _stands_apart(candidate, segment)
                    )
                ):
                    partner = candidate
        if partner is not None:
            partner.grow(segment)
        else:
            rows[row].append(segment)
            joined.append(segment)
    for segment in joined:
        segment.words.sort(key=lambda w: w.rect.left)
    return joined


def _follows(before: Segment, after: Segment, gap: float) -> bool:
    less, size = before.size, after.size
    if less > size:
        less, size = size, less
    if less < ALIKE * size and before.length >= WORD and after.length >= WORD:
        gap = JOIN_GAP_OTHER_SIZE
    if not -0.5 * size <= after.left - before.right <= gap * size:
        return False
    return before.level_with(after) or after.raised_over(before)


def _count(places: Counter[int], at: float) -> int:
    """How many pieces have an edge at a place, to a point."""
    place = round(at)
    return places[place - 1] + places[place] + places[place + 1]


def _stands_apart(before: Segment, after: Segment) -> bool:
    """Whether a piece that begins where others do is of a column: farther from the one before it than a space."""
    size = max(before.size, after.size)
    return (
        before.length >= WORD
        and after.length >= WORD
        and after.left - before.right > JOIN_GAP_OTHER_SIZE * size
    )
