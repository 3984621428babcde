"""Footnotes of untagged pages: small text with a mark at its head, under the text of its column."""

from __future__ import annotations

import re

from pyworker.engine.layout.blocks import Block, StyledLine, text_block
from pyworker.engine.pdf.geometry import Rect

SMALLER = 0.93
"""Of the body's size: a footnote is smaller."""
PART = 0.6
"""Share of the page's height below which footnotes are."""
NO_TEXT = ("page_header", "page_footer", "picture", "table")
_NOTE = re.compile(r"(?:(\d{1,3})(?!\d)|([*†‡§]))\s*\S")


def mark_footnotes(blocks: list[Block], height: float, body_size: float) -> list[Block]:
    """The blocks of a page with its footnotes as such, each one a block of its own."""
    usual = [
        block.places[0][1]
        for block in blocks
        if block.kind not in NO_TEXT and block.size >= SMALLER * body_size and block.places
    ]
    found: list[Block] = []
    for block in blocks:
        if (
            block.kind not in ("text", "item")
            or block.size >= SMALLER * body_size
            or block.places[0][1].top <= PART * height
            or not _NOTE.match(block.text)
            or any(_is_under(place, block.places[0][1]) for place in usual)
        ):
            found.append(block)
            continue
        found += [_note(lines) for lines in _notes(block.lines)]
    return found


def _is_under(place: Rect, note: Rect) -> bool:
    beside = place.right <= note.left or note.right <= place.left
    return not beside and place.top >= note.bottom


def _notes(lines: list[StyledLine]) -> list[list[StyledLine]]:
    """Parts the lines where the next number, or a sign, begins another note."""
    notes: list[list[StyledLine]] = []
    number: int | None = None
    for line in lines:
        mark = _NOTE.match(line.text.lstrip())
        told = int(mark[1]) if mark and mark[1] else None
        follows = told is not None and number is not None and told == number + 1
        if not notes or follows or (mark and mark[2] and number is None):
            notes.append([line])
            number = told
        else:
            notes[-1].append(line)
    return notes


def _note(lines: list[StyledLine]) -> Block:
    return text_block("footnote", lines)
