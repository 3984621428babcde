"""Lines that are headings together or not at all: a title in wide leading, names side by side, lines of an address."""

from __future__ import annotations

from itertools import pairwise

from pyworker.engine.layout.blocks import Block
from pyworker.engine.layout.line_ends import joined
from pyworker.engine.layout.section_numbers import section_depth
from pyworker.engine.pdf.geometry import union

LARGE = 1.25
"""Of the body's size: the lines of a title are so large."""
SAME_SIZE = 0.06
LARGER = 1.1
"""Of the body's size: from here on a line is a heading by its size."""
LABELS = 3
"""Lines in a row that are no headings: two may be a section and its first part."""
LEADING = 1.8
"""In em: white space between the lines of a title, at most."""
OFF_CENTRE = 0.5
"""In em: how far the middles of two centred lines may be apart."""


def settle_title_lines(blocks: list[Block], body_size: float) -> None:
    """Join the lines of titles in `blocks`; make text of headings side by side on the first page, and of labels."""
    at = 1
    while at < len(blocks):
        if _goes_on(blocks[at - 1], blocks[at], body_size):
            _join(blocks[at - 1], blocks.pop(at))
        else:
            at += 1
    largest = max((block.size for block in blocks if block.kind == "heading"), default=0.0)
    first = blocks[0].page_no if blocks else 0
    names = [
        block
        for near in pairwise(blocks)
        if _side_by_side(*near) and near[0].page_no == first and near[0].size < (1 - SAME_SIZE) * largest
        for block in near
    ]
    names = [block for block in names if block.kind == "heading"]
    for block in [*names, *_labels(blocks, body_size)]:
        block.kind = "text"


def _labels(blocks: list[Block], body_size: float) -> list[Block]:
    """Bold lines one after the other with no text between them, such as addresses: no headings."""
    found: list[Block] = []
    run: list[Block] = []
    for block in blocks:
        fits = block.kind == "heading" and block.size < LARGER * body_size and not section_depth(block.text)
        if not (fits and run and _alike(run[-1], block)):
            found += run if len(run) >= LABELS else []
            run = []
        if fits:
            run.append(block)
    return found + (run if len(run) >= LABELS else [])


def _goes_on(above: Block, below: Block, body_size: float) -> bool:
    if not _alike(above, below) or len(below.lines) != 1 or below.size < LARGE * body_size:
        return False
    if section_depth(below.text) or above.text.rstrip()[-1:] in ".?!:;":
        return False
    over, under = above.lines[-1].rect, below.lines[0].rect
    centred = abs(over.left + over.right - under.left - under.right) <= 2 * OFF_CENTRE * below.size
    ragged = abs(over.left - under.left) > OFF_CENTRE * below.size
    return centred and ragged and 0 <= under.top - over.bottom <= LEADING * below.size


def _side_by_side(a: Block, b: Block) -> bool:
    # A letter with a full stop is a first name as well as a section.
    if not _alike(a, b, ("heading", "text")) or a.text[:1].isdigit() or b.text[:1].isdigit():
        return False
    first, second = a.places[0][1], b.places[0][1]
    return min(first.bottom, second.bottom) - max(first.top, second.top) > 0.5 * min(
        first.height, second.height
    )


def _alike(a: Block, b: Block, kinds: tuple[str, ...] = ("heading",)) -> bool:
    return (
        all(block.kind in kinds and block.evidence == "fonts" and block.lines for block in (a, b))
        and a.page_no == b.page_no
        and (a.bold, a.italic) == (b.bold, b.italic)
        and abs(a.size - b.size) <= SAME_SIZE * max(a.size, b.size)
    )


def _join(above: Block, below: Block) -> None:
    above.text = joined([above.text, below.text])
    above.lines += below.lines
    above.places = [(above.page_no, union([above.places[0][1], below.places[0][1]]))]
