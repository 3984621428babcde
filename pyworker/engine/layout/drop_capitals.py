"""Drop capitals: a large letter that several lines stand beside, the first of which it begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pyworker.engine.pdf.page_content import DESCENT, Word

LARGER = 1.7
"""Times the size of the text beside it: a letter over two lines has about 1.9."""
CAPITAL = 0.72
"""Height of a capital letter, of its font size."""
REACH = 1.3
"""Of the size of the text, between the letter and the lines beside it."""
FIT = 0.6
"""Of the size of the text, that the letter may be higher or lower than the lines beside it together."""
ROW = 0.5
"""Of the size of the text: baselines further apart are of different lines."""
INDENT = 0.15
"""Of the size of the text, by which the first line is further away where the letter is a word of its own."""
OPENING = "\"'\u201c\u2018\u00ab\u2039\u201e\u00bf\u00a1("


class DropCapital(NamedTuple):
    """A drop capital among upright words."""

    word: Word
    first: Word
    """The word that it begins, or that follows it."""
    glued: bool
    """Whether it is the first letter of that word."""


def drop_capitals(words: Sequence[Word]) -> list[DropCapital]:
    """Those among `words`, which read from left to right."""
    letters = [word for word in words if len(word.text) <= 2 and _is_capital(word.text)]
    if not letters:
        return []
    least = min(word.font_size for word in words)
    found = (_drop_capital(word, words) for word in letters if word.font_size >= LARGER * least)
    return [capital for capital in found if capital is not None]


def _is_capital(text: str) -> bool:
    letter = text.lstrip(OPENING)
    return len(letter) == 1 and letter.isalpha() and letter == letter.upper()


def _drop_capital(letter: Word, words: Sequence[Word]) -> DropCapital | None:
    # What its font says of heights is of no use here: such fonts are often made for the one letter.
    left, top, right, bottom = letter.rect
    beside: list[tuple[float, float, Word]] = []
    across: list[float] = []
    for word in words:
        size = word.font_size
        own = word.rect.bottom - DESCENT * size
        if letter.font_size < LARGER * size or not top < own < bottom or word.rect.right <= left:
            continue
        away = word.rect.left - right
        if -0.2 * size <= away <= REACH * size:
            beside.append((own, word.rect.left, word))
        elif away < 0:
            across.append(own)
    # A line that begins above or below the letter may have a word beside it too.
    beside = [
        place for place in beside if all(abs(place[0] - own) > ROW * place[2].font_size for own in across)
    ]
    if len(beside) < 2:
        return None
    beside.sort(key=lambda place: place[:2])
    (first_base, first_left, first), (last_base, _, last) = beside[0], beside[-1]
    size = first.font_size
    high = last_base - first_base + CAPITAL * size
    if abs(high - CAPITAL * letter.font_size) > FIT * size:
        return None
    others = [left for own, left, _ in beside if own - first_base > ROW * size]
    if not others or abs(last.font_size - size) > 0.2 * size:
        return None
    return DropCapital(letter, first, glued=first_left - min(others) < INDENT * size)
