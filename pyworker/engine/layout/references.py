"""Entries of a list of references ("[12] A. Author, …", "[Aut05] …"), told from the same labels in running text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyworker.engine.layout.blocks import Block, StyledLine

_LABEL = re.compile(r"\[(?:(\d{1,4})|[A-Z][A-Za-z+]{0,6}\d{2}[a-z]?)\]\s+(?=\S)")
_INITIAL = re.compile(r"[A-Z]\.\s+(?:[A-Z]\.\s*)*[A-Z][a-z]+")
BACK = 0.8
"""In em: how far behind the label above it the label of the next entry may begin."""
BETWEEN = ("page_header", "page_footer", "footnote", "picture", "table", "caption")


def label(text: str) -> re.Match[str] | None:
    """The label at the head of `text`, if it looks like an entry."""
    return _LABEL.match(text.lstrip())


def begins_next(group: Sequence[StyledLine], line: StyledLine, width: float) -> bool:
    """Whether `line`, which has a label at its head, is the entry after the one that is `group`."""
    before, own = label(group[0].text), label(line.text)
    if before is None or own is None or line.start(width) > group[0].start(width) + BACK * line.size:
        return False
    return _follows(before[1], own[1])


def settle_references(blocks: Sequence[Block]) -> None:
    """Make text of items with a label that stand alone: a paragraph that begins with the number of a reference, and
    a name that begins with an initial.
    """
    _settle_initials(blocks)
    near = [block for block in blocks if block.kind not in BETWEEN]
    labels = [
        label(block.text) if block.kind == "item" and block.evidence == "fonts" else None for block in near
    ]
    for index, (block, own) in enumerate(zip(near, labels, strict=True)):
        if own is None:
            continue
        before = next((found for found in labels[max(0, index - 2) : index][::-1] if found), None)
        after = next((found for found in labels[index + 1 : index + 3] if found), None)
        if not (before and _follows(before[1], own[1])) and not (after and _follows(own[1], after[1])):
            block.kind, block.marker, block.ordered = "text", "", False


def _settle_initials(blocks: Sequence[Block]) -> None:
    lettered = [
        block
        for block in blocks
        if block.kind == "item" and block.evidence == "fonts" and _INITIAL.match(block.text)
    ]
    letters = {ord(block.text[0]) for block in lettered}
    for block in lettered:
        letter = ord(block.text[0])
        if len(block.lines) == 1 and not letters & {letter - 1, letter + 1}:
            block.kind, block.marker, block.ordered = "text", "", False


def _follows(number: str | None, after: str | None) -> bool:
    if number is None or after is None:
        return number is after
    return int(after) == int(number) + 1
