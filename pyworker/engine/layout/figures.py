"""Figures of untagged pages: the pictures and short labels over a caption are one picture."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyworker.engine.layout.blocks import Block
from pyworker.engine.pdf.geometry import Rect, union

LABEL_LETTERS = 60
LABEL_LINES = 4
GAP = 36.0
"""Points of white space between two parts of a figure, at most."""
LABELS = 2
"""Small labels that make a figure where there is no picture: a chart of lines, boxes with arrows."""
SMALLER = 0.95
"""Of the body's size: labels of such a chart are smaller."""
_FIGURE = re.compile(r"(?i:figure|fig\.|chart|scheme|abbildung|abb\.|hình|biểu đồ|図|그림)\s*\S")


def group_figures(blocks: Sequence[Block], body_size: float) -> list[Block]:
    """The blocks of one page; what belongs to a figure is in the `inner` blocks of its picture, before its caption."""
    whole = list(blocks)
    for caption in [block for block in blocks if block.kind == "caption" and _FIGURE.match(block.text)]:
        parts = _parts(whole, caption, body_size)
        pictures = [part for part in parts if part.kind == "picture"]
        labels = [part for part in parts if part.kind != "picture"]
        small = [label for label in labels if label.size < SMALLER * body_size]
        if len(parts) < 2 or not (pictures or len(small) >= max(LABELS, 0.8 * len(labels))):
            continue
        box = union([_box(part) for part in parts])
        content = pictures[0].content if len(pictures) == 1 else None
        figure = Block("picture", places=[(caption.page_no, box)], content=content, inner=labels)
        whole = [block for block in whole if not any(block is part for part in parts)]
        whole.insert(next(index for index, block in enumerate(whole) if block is caption), figure)
    return whole


def _parts(blocks: Sequence[Block], caption: Block, body_size: float) -> list[Block]:
    """The pictures and labels over `caption`, up to the text above them."""
    under = _box(caption)
    pictures = [_box(block) for block in blocks if block.kind == "picture"]
    own = [block for block in blocks if block.places and _may_belong(block, pictures)]
    prose = [
        block
        for block in blocks
        if block.places and block is not caption and not any(block is b for b in own)
    ]
    facing = [
        box
        for box in (_box(block) for block in prose if block.kind not in ("page_header", "page_footer"))
        if _beside(box, under) < 0
    ]
    over = max((box for box in facing if box.bottom <= under.top), key=lambda box: box.bottom, default=None)
    below = min((box for box in facing if box.top >= under.bottom), key=lambda box: box.top, default=None)
    column = union([box for box in (over, under, below) if box is not None])
    left, right = column.left, column.right
    limit = over.bottom if over is not None else 0.0
    loose = sorted(
        (block for block in own if not _heads(block, left, body_size)), key=lambda block: -_box(block).bottom
    )
    top, parts = under.top, []
    for block in loose:
        box = _box(block)
        inside = left - 6 <= (box.left + box.right) / 2 <= right + 6 and box.right <= right + GAP
        if not inside or box.bottom > under.top + 2 or box.top < limit - 2:
            continue
        if top - box.bottom > GAP:
            break
        parts.append(block)
        top = min(top, box.top)
    return parts


def _may_belong(block: Block, pictures: Sequence[Rect]) -> bool:
    """Whether it is a picture or as short as labels are; within a picture a longer line may be one too."""
    if block.kind == "picture":
        return True
    if block.kind not in ("text", "item"):
        return False
    box = _box(block)
    within = any(picture.contains(*box.center) for picture in pictures)
    longest = max((len(line.text) for line in block.lines), default=0)
    if len(block.lines) <= (2 if within else 1):
        return within or longest <= LABEL_LETTERS
    return len(block.lines) <= LABEL_LINES and longest <= LABEL_LETTERS / 2


def _heads(block: Block, left: float, body_size: float) -> bool:
    """Whether it may be a heading of the column."""
    strong = block.bold or block.size >= 1.05 * body_size
    return block.kind != "picture" and strong and abs(_box(block).left - left) < body_size


def _box(block: Block) -> Rect:
    return block.places[0][1]


def _beside(a: Rect, b: Rect) -> float:
    """The gap between two boxes across the page; negative where one is over the other."""
    return max(a.left, b.left) - min(a.right, b.right)
