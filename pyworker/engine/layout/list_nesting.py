"""Which items belong to a list, and how deep: numbers that count, and indentation."""

from __future__ import annotations

from statistics import median

from pyworker.engine.layout.block_types import Block

INDENT = 0.8
"""Times the font size: a line that starts further right or left than this belongs to another block."""


def number(blocks: list[Block]) -> None:
    """Take numbers that neither begin nor continue a sequence for text that a line happens to start with."""
    last: dict[tuple[int, str], int] = {}
    for block in blocks:
        numbered = block.kind == "list_item" and block.marker is not None and block.marker.ordered
        if not numbered or block.marker is None or block.lines[0].tag is not None:
            if block.kind == "heading":
                last.clear()
            continue
        value, shape = block.marker.value, (round(block.lines[0].rect.left), block.marker.shape)
        before = max((number for (_, kind), number in last.items() if kind == block.marker.shape), default=0)
        if value == 1 or (before and value in (before + 1, before + 2)):
            last = {key: number for key, number in last.items() if key[1] != block.marker.shape}
            last[shape] = value
        else:
            block.kind = "paragraph"
            block.text = f"{block.marker.text} {block.text}"
            block.marker = None


def nest(blocks: list[Block]) -> None:
    """Give untagged list items their depth by how far right they start."""
    run: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and block.kind == "list_item" and block.lines[0].tag is None:
            run.append(block)
            continue
        if (run and (block is None or block.kind not in ("paragraph",))) or run:
            _nest_run(run)
            run = []


def _nest_run(run: list[Block]) -> None:
    size = median(block.lines[0].size for block in run)
    edges: list[float] = []
    for block in run:
        left = block.lines[0].rect.left
        while edges and left < edges[-1] - INDENT * size:
            edges.pop()
        if not edges or left > edges[-1] + INDENT * size:
            edges.append(left)
        block.level = len(edges)
