"""Superscripts and subscripts that a reader gave as lines of their own, though they end a word of another line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.scripts import LONGEST


def lost_scripts(lines: Sequence[tuple[str, Rect]], words: Sequence[Word]) -> dict[int, Word]:
    """For each of `lines`, texts with their boxes, that is a script in one of `words`, its index and that word.

    `words` are those of `page_words`, in which scripts are joined to what they belong to.
    """
    short = [
        index for index, (text, _) in enumerate(lines) if 0 < len(text.strip()) <= LONGEST and len(words) > 1
    ]
    if not short:
        return {}
    ranked = sorted(words, key=lambda word: word.rect.left)
    lefts = [word.rect.left for word in ranked]
    widest = max(word.rect.width for word in words)
    found: dict[int, Word] = {}
    for index in short:
        text, rect = lines[index][0].strip(), lines[index][1]
        x, y = rect.center
        near = ranked[bisect_left(lefts, x - widest) : bisect_left(lefts, x)]
        over = [word for word in near if x <= word.rect.right and word.rect.top <= y <= word.rect.bottom]
        if len(over) == 1 and _is_script(text, rect, over[0]):
            found[index] = over[0]
    return found


def completed(text: str, own: str, lost: int) -> bool:
    """Whether `own` is `text` with `lost` characters more, neither with spaces."""
    rest = iter(own)
    return len(own) - len(text) == lost and all(letter in rest for letter in text)


def _is_script(text: str, rect: Rect, word: Word) -> bool:
    x = word.rect.center[0]
    return text in word.text[1:] and rect.left > word.rect.left and not rect.left <= x <= rect.right
