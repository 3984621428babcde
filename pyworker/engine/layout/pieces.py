"""Pieces of one printed line put together: words in another script or font, markers of items, underscores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pyworker.engine.layout.blocks import Block, Kind, StyledLine, is_leftwards
from pyworker.engine.layout.list_markers import is_lone_marker
from pyworker.engine.pdf.geometry import union

# In em of the larger piece.
MARKER_GAP = 6.0
LABEL_GAP = 15.0
"""A tab stop behind the label of a value."""
LABEL = 40
"""Letters of a label."""
NEAR = 0.8
GLUED = 0.12
"""Below this two pieces are one word."""
SAME_SIZE = 0.06
HEADING = 1.1
"""Of the body's size: from here on a line of text is taken for a heading's."""
SAME_PLACE = 1.5
"""Points between the left edges of what is aligned."""
SPECK = 0.3
"""Height, in em of the line that it is in, up to which a sign such as "_" tells nothing of the line's place."""
SPECKS = frozenset("_.,-–—·'’")


def whole_lines(
    parts: Sequence[StyledLine | Block], furniture: dict[int, Kind], body_size: float
) -> list[StyledLine | Block]:
    """The parts of a page, with pieces of one line put together and a marker put before the line beside it.

    A bare number ("2") goes before the text of a heading, and before what is aligned with the texts of other markers
    ("2.1", "2.2"); `body_size` is the size of the running text, in points.
    """
    placed = _specks_in_lines(parts)
    marked = [
        (before.rect.left, line.rect.left)
        for before, line in pairwise(placed)
        if isinstance(before, StyledLine)
        and isinstance(line, StyledLine)
        and is_lone_marker(before.text)
        and _beside(before, line)
    ]
    whole: list[StyledLine | Block] = []
    for part in placed:
        before = whole[-1] if whole else None
        if (
            isinstance(part, StyledLine)
            and isinstance(before, StyledLine)
            and id(part) not in furniture
            and _belongs(before, part, body_size, marked)
        ):
            rect = union([before.rect, part.rect])
            longer = before if len(before.text) > len(part.text) else part
            text = f"{before.text.strip()}{'' if _glued(before, part) else ' '}{part.text}"
            bold = part.bold and (before.bold or before.text.strip().isdecimal())
            whole[-1] = replace(longer, text=text, rect=rect, bold=bold, led=before.led)
        else:
            whole.append(part)
    return whole


def _belongs(
    before: StyledLine, part: StyledLine, body_size: float, marked: Sequence[tuple[float, float]]
) -> bool:
    """Whether a piece goes on in the line of the one before it, or is what that one marks, numbers or labels."""
    if _labels(before, part):
        return _beside(before, part, LABEL_GAP)
    joins = is_lone_marker(before.text) or _near(before, part) or _numbers(before, part, body_size, marked)
    return joins and _beside(before, part)


def _numbers(
    number: StyledLine, line: StyledLine, body_size: float, marked: Sequence[tuple[float, float]]
) -> bool:
    """Whether a bare number belongs to the line beside it."""
    text = number.text.strip()
    return (
        len(text) <= 2
        and text.isdecimal()
        and sum(map(str.isalpha, line.text)) > 1
        and (line.bold or not number.bold)
        and abs(number.size - line.size) <= SAME_SIZE * line.size
        and (
            line.bold
            or line.size >= HEADING * body_size
            or any(
                abs(number.rect.left - left) <= SAME_PLACE and abs(line.rect.left - at) <= SAME_PLACE
                for left, at in marked
            )
        )
    )


def _labels(label: StyledLine, value: StyledLine) -> bool:
    """Whether a piece is the label ("Client:") of the one that it stands before."""
    text = label.text.strip()
    return (
        text.endswith(":")
        and len(text) <= LABEL
        and not value.text.strip().endswith(":")
        and abs(label.size - value.size) <= SAME_SIZE * value.size
    )


def _specks_in_lines(parts: Sequence[StyledLine | Block]) -> list[StyledLine | Block]:
    """The parts with each flat sign that stands alone put behind the piece of a line that it follows."""
    placed: list[StyledLine | Block] = []
    for part in parts:
        if not isinstance(part, StyledLine) or not SPECKS.issuperset(part.text.strip()):
            placed.append(part)
            continue
        x, y = part.rect.center
        before = [
            other
            for other in placed[-4:]
            if isinstance(other, StyledLine)
            and part.rect.height <= SPECK * other.size
            and other.rect.top < y < other.rect.bottom + SPECK * other.size
            and other.rect.right <= x
        ]
        last = max(before, key=lambda other: other.rect.right, default=None)
        if last is None:
            placed.append(part)
            continue
        level = part.rect._replace(top=last.rect.top, bottom=last.rect.bottom)
        whole = replace(last, text=part.text.strip(), rect=level)
        placed.insert(next(n for n, other in enumerate(placed) if other is last) + 1, whole)
    return placed


def _gap(before: StyledLine, line: StyledLine) -> float:
    leftwards = line.leftwards or before.leftwards
    return before.rect.left - line.rect.right if leftwards else line.rect.left - before.rect.right


def _beside(before: StyledLine, line: StyledLine, gap: float = MARKER_GAP) -> bool:
    overlap = min(before.rect.bottom, line.rect.bottom) - max(before.rect.top, line.rect.top)
    low = min(before.rect.height, line.rect.height)
    size = max(before.size, line.size)
    # Marks of Arabic letters reach over the letter beside them.
    least = -0.3 * size if before.leftwards or line.leftwards else -1.0
    return overlap >= 0.5 * low and least <= _gap(before, line) <= gap * size


def _near(before: StyledLine, line: StyledLine) -> bool:
    """Whether two pieces are no farther apart than the words of a line.

    The size of a piece of one or two letters is not sure; that the boxes are level tells as much.
    """
    size = max(before.size, line.size)
    level = abs(before.rect.top - line.rect.top) + abs(before.rect.bottom - line.rect.bottom) <= 0.1 * size
    return _gap(before, line) <= NEAR * size and (level or abs(before.size - line.size) <= 0.25 * line.size)


def _glued(before: StyledLine, line: StyledLine) -> bool:
    """Whether no space is between two pieces; a word from left to right never touches one from right to left."""
    last, first = before.text.rstrip()[-1:], line.text.lstrip()[:1]
    mixed = last.isalpha() and first.isalpha() and is_leftwards(last) != is_leftwards(first)
    return (
        _gap(before, line) < GLUED * max(before.size, line.size)
        and not mixed
        and not is_lone_marker(before.text)
    )
