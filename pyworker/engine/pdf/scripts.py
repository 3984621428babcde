"""Superscripts and subscripts joined to the word that they belong to: "CO" and a lowered "2", "m" and a raised "3".

pdfium breaks the text where the baseline moves, and a program may write all raised figures of a page at its end. What
stands close behind a word, is smaller and is raised or lowered belongs to it, and so does what goes on without a
space behind that, as the bracket in "(30 m3)".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import DESCENT, Word, upright

SMALLER = (0.35, 0.85)
"""Size of a script as a part of its word's: 0.58 to 0.7 in most programs."""
LONGEST = 8
"""Characters of a script."""
GAP = 0.2
"""Of the word's size, between it and its script; side bearings included; a space makes 0.25 and more."""
OVERLAP = 0.25
"""Of the word's size, that a slanted letter may reach over its script."""
CLOSE = 0.2
"""Of the word's size, between a script and what goes on behind it, side bearings included."""
RAISED, LOWERED = (0.15, 0.8), (0.06, 0.5)
"""Of the word's size, from its baseline to the script's."""
LEVEL = 0.1
"""Of its size, that words of one baseline are apart."""
SPACE = 0.6
"""Of its size: a word of small text has its neighbour within this on its own baseline; a script has none."""
ROW = 12.0
"""Points between two rows of the grid in which neighbours are looked up."""
BREAK = 2
"""Characters that pdfium puts between two words for a baseline that moves; a space of the text's own makes 1 or 3."""


class _Placed:
    """A word in the frame in which it reads from left to right, with what was joined to it."""

    __slots__ = (
        "base",
        "bottom",
        "left",
        "parts",
        "previous",
        "right",
        "size",
        "stem",
        "taken",
        "top",
        "word",
    )

    def __init__(self, word: Word, rect: Rect, previous: Word | None) -> None:
        self.word, self.size, self.previous = word, word.font_size, previous
        self.left, self.top, self.right, self.bottom = rect
        self.base = rect.bottom - DESCENT * word.font_size
        self.stem = rect.right
        """Where its last character of full size ends."""
        self.parts = [word]
        self.taken = False

    def take(self, other: _Placed, full_size: bool) -> None:
        other.taken = True
        self.parts += other.parts
        self.right = max(self.right, other.right)
        if full_size:
            self.stem = other.right


class _Grid:
    """Words by their baselines, for the neighbours of a place."""

    def __init__(self, placed: Sequence[_Placed]) -> None:
        self._rows: defaultdict[int, list[_Placed]] = defaultdict(list)
        for one in placed:
            self._rows[int(one.base // ROW)].append(one)

    def near(self, base: float, reach: float, left: float, right: float) -> list[_Placed]:
        """Those whose baseline is within `reach` of `base`, and of which some is between `left` and `right`."""
        rows = range(int((base - reach) // ROW), int((base + reach) // ROW) + 1)
        return [
            one
            for row in rows
            for one in self._rows.get(row, ())
            if one.right >= left and one.left <= right and abs(one.base - base) <= reach
        ]


def with_scripts(words: list[Word], width: float, height: float, check: Callable[[], None]) -> list[Word]:
    """`words` of a page of `width` x `height` points, those that are scripts joined to theirs, in the same order."""
    sizes = [word.font_size for word in words]
    if not sizes or min(sizes) > SMALLER[1] * max(sizes):
        return words
    may_be = _candidates(words, max(sizes))
    if not may_be:
        return words
    ways: defaultdict[tuple[int, bool], list[_Placed]] = defaultdict(list)
    previous: Word | None = None
    for word in words:
        level = word.direction == 0 and not word.mirrored
        rect = word.rect if level else upright(word, width, height).rect
        ways[word.direction, word.mirrored].append(_Placed(word, rect, previous))
        previous = word
    changed: dict[int, Word | None] = {}
    for placed in ways.values():
        check()
        for one in _joined(placed, may_be):
            changed[id(one.word)] = None if one.taken else _whole(one.parts)
    if not changed:
        return words
    return [kept for word in words if (kept := changed.get(id(word), word)) is not None]


def _candidates(words: list[Word], most: float) -> set[int]:
    """The `id` of each word that may be a script by its size: words of the page's usual size are hardly ever, and then
    they follow what they belong to.
    """
    rounded = {size: round(size, 1) for size in {word.font_size for word in words}}
    characters: defaultdict[float, int] = defaultdict(int)
    for word in words:
        characters[rounded[word.font_size]] += len(word.text)
    usual = max(characters, key=characters.__getitem__)
    found: set[int] = set()
    before = 0.0
    for word in words:
        size = word.font_size
        largest = before if rounded[size] == usual else most
        if size <= SMALLER[1] * largest and len(word.text) <= LONGEST:
            found.add(id(word))
        before = size
    return found


def _joined(placed: list[_Placed], may_be: set[int]) -> list[_Placed]:
    """Those of `placed` that were joined, and those that took them."""
    most = max(one.size for one in placed)
    small = [one for one in placed if id(one.word) in may_be]
    if not small:
        return []
    grid = _Grid(placed)
    least = min(one.size for one in small) / SMALLER[1]
    joined: list[_Placed] = []
    for script in small:
        largest = min(most, script.size / SMALLER[0])
        bases = [
            one
            for one in grid.near(script.base, RAISED[1] * largest, script.left - GAP * largest, script.left)
            if one.size >= least and one is not script and not one.taken and _carries(one, script)
        ]
        if bases and _is_alone(script, grid):
            base = max(bases, key=lambda one: one.right)
            base.take(script, full_size=False)
            joined += [base, script]
    for base in list(dict.fromkeys(one for one in joined if not one.taken)):
        while (after := _continuation(base, grid)) is not None:
            base.take(after, full_size=True)
            joined.append(after)
    return joined


def _carries(base: _Placed, script: _Placed) -> bool:
    size = base.size
    if base.word.text[-1].isdigit() and script.word.text[0].isdigit():
        # A note's figure behind a number, or an exponent: joined, it would be another number.
        return False
    if not SMALLER[0] * size <= script.size <= SMALLER[1] * size:
        return False
    shift = (base.base - script.base) / size
    if not (RAISED[0] <= shift <= RAISED[1] or LOWERED[0] <= -shift <= LOWERED[1]):
        return False
    behind = min(script.left - base.stem, script.left - base.right, key=abs)
    return -OVERLAP * size <= behind <= GAP * size and not _is_spaced(base.parts[-1], script)


def _is_alone(script: _Placed, grid: _Grid) -> bool:
    """Whether it is no word of small text: none of its size and baseline is right beside it."""
    beside = SPACE * script.size
    return not any(
        one is not script
        and abs(one.size - script.size) <= LEVEL * script.size
        and -LEVEL * script.size
        <= max(one.left - script.right, script.left - one.right)
        <= SPACE * script.size
        for one in grid.near(script.base, LEVEL * script.size, script.left - beside, script.right + beside)
    )


def _continuation(base: _Placed, grid: _Grid) -> _Placed | None:
    """The word that goes on behind the script that `base` ends with, without a space."""
    size = base.size
    if base.stem == base.right:
        return None
    for one in grid.near(base.base, LEVEL * size, base.right - LEVEL * size, base.right + CLOSE * size):
        if (
            one is not base
            and not one.taken
            and abs(one.size - size) <= LEVEL * size
            and -LEVEL * size <= one.left - base.right <= CLOSE * size
            and not _is_spaced(base.parts[-1], one)
        ):
            return one
    return None


def _is_spaced(before: Word, after: _Placed) -> bool:
    """Whether `after` is the next word of the text, and the text itself has a space between the two."""
    between = after.word.order - before.order - len(before.text)
    return after.previous is before and 0 < between <= BREAK + 1 and between != BREAK


def _whole(parts: list[Word]) -> Word:
    """The parts as one word, at the place of the first."""
    lefts, tops, rights, bottoms = zip(*(part.rect for part in parts), strict=True)
    rect = Rect(min(lefts), min(tops), max(rights), max(bottoms))
    return parts[0]._replace(text="".join(part.text for part in parts), rect=rect)
