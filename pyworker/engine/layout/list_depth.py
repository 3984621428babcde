"""Depth of list items on untagged pages, from where their markers stand."""

from __future__ import annotations

from collections.abc import Sequence

from pyworker.engine.layout.blocks import Block
from pyworker.engine.layout.list_markers import list_marker, ordinal
from pyworker.engine.layout.section_numbers import section_depth

INDENT = 0.7
"""In em: markers nearer to each other are of one depth."""
MAX_DEPTH = 8


def set_depths(blocks: Sequence[Block], widths: dict[int, float]) -> None:
    """Set `level` of each list item (from 1), and `text` to what follows the marker.

    Only another item, furniture, or a text that is indented like an item's own lines leaves a list open. A number that
    follows no number before it is text after all, and so is a paragraph that a numbered heading begins.
    """
    stack: list[tuple[float, Block]] = []
    sections = any(block.kind == "heading" and section_depth(block.text) == 1 for block in blocks)
    for block in blocks:
        if sections and block.kind == "item" and _is_run_in(block, widths):
            block.kind, block.marker, block.ordered = "text", "", False
        if block.evidence != "fonts" or block.kind in ("page_header", "page_footer", "footnote"):
            continue
        if block.kind != "item":
            stack.clear()
            continue
        start = block.lines[0].start(widths[block.page_no])
        em = max(block.size, 1.0)
        moved = bool(stack) and stack[-1][1].page_no != block.page_no
        while stack and start < stack[-1][0] - INDENT * em:
            stack.pop()
        if stack and abs(start - stack[-1][0]) <= INDENT * em:
            previous = stack.pop()[1]
            before, number = ordinal(previous.marker), ordinal(block.marker)
            block.new_list = block.ordered != previous.ordered or (
                number == 1 and before is not None and not moved
            )
        else:
            block.new_list = True
        stack.append((start, block))
        block.level = min(MAX_DEPTH, len(stack))
        marker = list_marker(block.text)
        if marker is not None:
            block.text = marker.rest.strip()


def _is_run_in(block: Block, widths: dict[int, float]) -> bool:
    """Whether a block is a paragraph with a run-in heading ("2.1. Sites."): its first line is set in, or bold there."""
    if block.evidence != "fonts" or len(block.lines) < 2 or section_depth(block.text) < 2:
        return False
    if block.lines[0].led:
        return True
    first, second = (line.start(widths[line.page_no]) for line in block.lines[:2])
    return second < first - 0.5 * block.size
