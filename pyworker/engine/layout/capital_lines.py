"""Drop capitals put before the printed line that they begin, and that line before those that stand beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyworker.engine.layout.blocks import Block, StyledLine
from pyworker.engine.layout.drop_capitals import REACH, DropCapital, drop_capitals
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word


def with_drop_capitals(
    parts: Sequence[StyledLine | Block], words: Sequence[Word]
) -> list[StyledLine | Block]:
    """`parts` of a page that reads from left to right, whose words are `words`.

    The lines beside a capital get its left edge, so that they are as wide as those below it.
    """
    whole = list(parts)
    for capital in drop_capitals([word for word in words if word.direction == 0 and not word.mirrored]):
        _join(capital, whole)
    return whole


def _join(capital: DropCapital, parts: list[StyledLine | Block]) -> None:
    letter = _line_of(capital.word, parts)
    first = _line_of(capital.first, parts)
    if letter is None or first is None:
        return
    alone = letter is not first
    rest = first.text.lstrip() if alone else first.text.lstrip()[len(capital.word.text) :].lstrip()
    told = letter.text.strip() if alone else first.text.lstrip()[: len(capital.word.text)]
    if told != capital.word.text or not rest:
        return
    left, top, _, bottom = capital.word.rect
    # docling-parse may have taken the letter's height into the line.
    level = Rect(left, capital.first.rect.top, first.rect.right, capital.first.rect.bottom)
    size = capital.first.font_size
    begun = replace(first, text=f"{told}{'' if capital.glued else ' '}{rest}", rect=level, size=size)
    beside = [
        part
        for part in parts
        if isinstance(part, StyledLine)
        and part is not first
        and part is not letter
        and top < part.rect.center[1] < bottom
        and -0.2 * size <= part.rect.left - capital.word.rect.right <= REACH * size
    ]
    beside.sort(key=lambda line: line.rect.top)
    taken = {id(part) for part in (letter, first, *beside)}
    place = next(index for index, part in enumerate(parts) if id(part) in taken)
    block = [begun, *(replace(line, rect=line.rect._replace(left=left)) for line in beside)]
    parts[:] = [
        *parts[:place],
        *block,
        *(part for part in parts[place:] if id(part) not in taken),
    ]


def _line_of(word: Word, parts: Sequence[StyledLine | Block]) -> StyledLine | None:
    """The line that `word` is in: of those over its middle the lowest one, in height."""
    x, y = word.rect.center
    over = [
        part
        for part in parts
        if isinstance(part, StyledLine)
        and part.rect.left <= x <= part.rect.right
        and part.rect.top <= y <= part.rect.bottom
        and word.text in part.text
    ]
    return min(over, key=lambda line: line.rect.height, default=None)
