"""Lines of untagged pages put together to paragraphs, list items, captions and footnotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest
from statistics import median

from pyworker.engine.layout.blocks import Block, Kind, Page, StyledLine, text_block
from pyworker.engine.layout.captions import hangs, is_caption
from pyworker.engine.layout.column_ends import INDENT, SAME_SIZE, column_ends, follows
from pyworker.engine.layout.contents import LEADER
from pyworker.engine.layout.footnotes import mark_footnotes
from pyworker.engine.layout.list_markers import (
    checkbox,
    goes_on_in_text,
    list_marker,
)
from pyworker.engine.layout.listings import with_listings
from pyworker.engine.layout.pieces import whole_lines
from pyworker.engine.layout.references import begins_next, label

# In em of the line's font.
LINE_GAP = 0.9
"""White space between two lines of a paragraph, at most."""
HANGING = 4.0
"""How far behind its marker the text of an item begins, at most."""
LONG_CAPTION = 20.0
"""Width of a line of a caption that may go on, at least."""
WIDER_GAP = 0.25
"""How much more white space than between the lines before parts paragraphs."""
NARROW = 15.0
"""Width of a column of which only lines that are all short tell: widely spaced ones are paragraphs of their own."""
WIDEST_GAP = 1.7
_LABELLED = re.compile(r"[^\W\d_][^:.]{0,38}:\s")
"""The head of a line of a record ("Order number: B-2031"): another one begins the next."""
ENDINGS = ".!?:;。！？…"


def page_blocks(page: Page, furniture: dict[int, Kind], body_size: float) -> list[Block]:
    """The blocks of an untagged page, in reading order."""
    parts = with_listings(whole_lines(page.parts, furniture, body_size), furniture)
    lines = [part for part in parts if isinstance(part, StyledLine)]
    ends, loose = column_ends(lines, page.width)
    spacing = _line_gap(lines)
    blocks: list[Block] = []
    group: list[StyledLine] = []

    def close() -> None:
        if group:
            blocks.append(_block(group))
            group.clear()

    for part, after in zip_longest(parts, parts[1:]):
        if isinstance(part, Block):
            close()
            blocks.append(part)
            continue
        kind = furniture.get(id(part))
        if kind is not None:
            close()
            blocks.append(text_block(kind, [part]))
            continue
        if group and (
            not _continues(group, part, page.width, ends, spacing, loose) or _nearer_below(group, part, after)
        ):
            close()
        group.append(part)
    close()
    return mark_footnotes(blocks, page.height, body_size)


def _line_gap(lines: Sequence[StyledLine]) -> float:
    """White space, in em, that lines of one paragraph may have between them on this page."""
    gaps = [
        (b.rect.top - a.rect.bottom) / max(b.size, 1.0)
        for a, b in pairwise(lines)
        if abs(a.size - b.size) < SAME_SIZE * b.size and 0 <= b.rect.top - a.rect.bottom < WIDEST_GAP * b.size
    ]
    return min(WIDEST_GAP, max(LINE_GAP, 1.2 * median(gaps))) if len(gaps) > 4 else LINE_GAP


def _continues(
    group: list[StyledLine],
    line: StyledLine,
    width: float,
    ends: dict[int, float],
    spacing: float,
    loose: set[int],
) -> bool:
    """Whether `line` belongs to the paragraph of the lines in `group`."""
    last = group[-1]
    if is_upright(last) or is_upright(line) or LEADER.search(last.text):
        return False
    size = max(line.size, last.size, 1.0)
    if abs(line.size - last.size) > SAME_SIZE * size or line.mono != last.mono:
        return False
    gap = line.rect.top - last.rect.bottom
    if not -0.6 * size <= gap <= spacing * size or line.rect.top <= last.rect.top:
        return False
    if len(group) > 1:
        before = last.rect.top - group[-2].rect.bottom
        if gap > before + WIDER_GAP * size:
            return False
    if _LABELLED.match(last.text) and _LABELLED.match(line.text):
        return False
    if line.led and last.text.rstrip()[-1:] in ENDINGS:
        # "**Term** What it means."
        return False
    marked = list_marker(group[0].text)
    if label(line.text) is not None:
        if begins_next(group, line, width):
            return False
    elif list_marker(line.text) is not None and not (marked is None and _in_flow(last, line)):
        return False
    start, first = line.start(width), group[0].start(width)
    # A line below the text of an item, not its marker.
    hanging = marked is not None and first + INDENT * size <= start <= first + HANGING * size
    changed = (line.bold, line.italic) != (last.bold, last.italic)
    if changed and not hanging and _stands_alone(group, width, ends, loose):
        return False
    if marked is not None:
        # The lines of an item begin at its text, or at its marker; in laws the marker is indented as a first line is.
        least = min(first, group[1].start(width)) if len(group) > 1 else first
        indented = len(group) == 1 and start > first - 4 * size and _midway(last, line)
        if start < least - INDENT * size and not indented:
            return False
        if len(group) > 1 and abs(start - last.start(width)) > 2 * size:
            return False
        return _filled(last, line, width, ends, set() if hanging else loose)
    if (
        is_caption(group[0].text)
        and last.rect.width >= LONG_CAPTION * size
        and abs(start - first) <= 0.3 * size
    ):
        # Captions are narrower than the text around them.
        return last.text.rstrip()[-1:] not in ENDINGS
    reference = group[1].start(width) if len(group) > 1 else first
    centred = abs((line.rect.left + line.rect.right) - (last.rect.left + last.rect.right)) < size
    if (
        len(group) > 1
        and reference > first + INDENT * size
        and start < reference - INDENT * size
        and not centred
    ):
        # The next one of paragraphs whose lines hang.
        return False
    # Lines of a paragraph whose first one stands out go on with its sentence.
    stands_out = len(group) == 1 and _midway(last, line)
    if start > reference + INDENT * size and not centred and not stands_out and not hangs(group, line, width):
        return False
    if len(group) == 1 and start < first - 6 * size and not centred:
        return False
    return _filled(last, line, width, ends, loose) or (centred and abs(start - first) > size)


def _nearer_below(group: list[StyledLine], line: StyledLine, after: StyledLine | Block | None) -> bool:
    """Whether a line below the first one of a paragraph belongs to the one after it, which is plainly nearer."""
    if len(group) > 1 or not isinstance(after, StyledLine) or not follows(line, after):
        return False
    if abs(after.size - line.size) > SAME_SIZE * line.size or list_marker(after.text) is not None:
        return False
    above, below = line.rect.top - group[0].rect.bottom, after.rect.top - line.rect.bottom
    return above > max(below, 0.0) + 2 * WIDER_GAP * line.size


def is_upright(line: StyledLine) -> bool:
    """Whether a line runs up or down the page: such lines are labels."""
    return len(line.text) > 2 and line.rect.height > 1.5 * line.rect.width


def _in_flow(last: StyledLine, line: StyledLine) -> bool:
    r"""Whether a line that begins like a list item goes on with the sentence before it ("… in\n3. May")."""
    if not line.text[:1].isdigit() or line.rect.left > last.rect.left + 1:
        return False
    end = last.text.rstrip()
    if line.rect.left < last.rect.left - 1:
        # Below the indented first line of a paragraph only a date or figure that is plainly cut goes on.
        cut = end[-1:].isalnum() or (end.endswith(".") and end[-2:-1].isdigit())
        return cut and goes_on_in_text(line.text)
    return end[-1:].isalnum() or goes_on_in_text(line.text)


def _stands_alone(group: list[StyledLine], width: float, ends: dict[int, float], loose: set[int]) -> bool:
    last = group[-1]
    return all((line.bold, line.italic) == (last.bold, last.italic) for line in group) and (
        (id(last) in loose and last.bold)
        or last.end(width) < ends.get(id(last), 0.0) - 4 * last.size
        or last.text.rstrip()[-1:] in ENDINGS
    )


def _filled(
    last: StyledLine, line: StyledLine, width: float, ends: dict[int, float], loose: set[int]
) -> bool:
    """Whether the first word of `line` had no room behind `last`: the line was broken by the margin."""
    word = line.text.split(maxsplit=1)[0] if line.text.strip() else ""
    letters = max(1, len(line.text))
    needed = (line.rect.right - line.rect.left) / letters * (len(word) + 1)
    end = max(ends.get(id(last), 0.0), ends.get(id(line), 0.0))
    room = end - last.end(width)
    if id(last) in loose and last.text.rstrip()[-1:] in ENDINGS and line.text[:1].isupper():
        return False
    spaced = line.rect.top - last.rect.bottom > LINE_GAP * line.size
    if spaced and end - last.start(width) < NARROW * line.size and not _midway(last, line):
        return False
    return room < needed + 0.5 * line.size or (room < 0.3 * (end - last.start(width)) and _midway(last, line))


def _midway(last: StyledLine, line: StyledLine) -> bool:
    """Whether a sentence goes on from one line to the next."""
    return last.text.rstrip()[-1:] not in ENDINGS and line.text.lstrip()[:1].islower()


def _block(lines: list[StyledLine]) -> Block:
    block = text_block("text", lines)
    if is_caption(block.text) and len(block.text) < 600:
        block.kind = "caption"
        return block
    box = checkbox(block.text)
    marker = list_marker(block.text)
    if box is not None:
        block.kind, (block.ticked, block.text) = "checkbox", box
    elif marker is not None:
        block.kind, block.marker, block.ordered = "item", marker.text, marker.ordered
    return block
