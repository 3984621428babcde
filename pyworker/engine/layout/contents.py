"""Tables of contents: their lines are no headings and no items, and each has its page number."""

from __future__ import annotations

import re

from pyworker.engine.layout.blocks import Block
from pyworker.engine.pdf.geometry import union

CONTENTS = re.compile(
    r"(?:contents|table of contents|inhalt|inhaltsverzeichnis|sommaire|table des matières|índice|mục lục)",
    re.IGNORECASE,
)
LEADER = re.compile(r"(?:\.\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?\s*$")
"""The end of a line of a table of contents."""
_PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


def unmark_contents(blocks: list[Block]) -> None:
    """Make text of headings and items among the lines of a table of contents, and put the page numbers to them."""
    entries = [
        index for index, block in enumerate(blocks) if any(LEADER.search(line.text) for line in block.lines)
    ]
    for page in sorted({blocks[index].page_no for index in entries}, reverse=True):
        own = [index for index in entries if blocks[index].page_no == page]
        first, stop = own[0], own[-1] + 1
        for index in range(own[0] - 1, max(-1, own[0] - 4), -1):
            if blocks[index].page_no != page:
                break
            if CONTENTS.fullmatch(blocks[index].text.strip()):
                first = index + 1
        if len(own) < 2 and first == own[0]:
            continue
        for block in blocks[first:stop]:
            if block.kind in ("heading", "item") and block.evidence == "fonts":
                block.kind, block.marker, block.ordered = "text", "", False
        for index in range(min(stop, len(blocks) - 1), first, -1):
            if _is_page_of(blocks[index], blocks[index - 1]):
                number = blocks.pop(index)
                entry = blocks[index - 1]
                entry.text = f"{entry.text} {number.text.strip()}"
                entry.lines += number.lines
                entry.places = [(page, union([entry.places[0][1], number.places[0][1]]))]


def _is_page_of(number: Block, entry: Block) -> bool:
    """Whether a block is the page number at the end of an entry's line."""
    if entry.kind != "text" or number.kind != "text" or not _PAGE.fullmatch(number.text.strip()):
        return False
    if entry.page_no != number.page_no or not entry.lines or not number.lines:
        return False
    last, own = entry.lines[-1].rect, number.lines[0].rect
    return own.left >= last.right and last.top < own.center[1] < last.bottom
