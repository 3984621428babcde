"""Hyphens at the ends of lines: those of the word itself ("water-resistant") are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pyworker.engine.layout.blocks import Block
from pyworker.engine.layout.line_ends import HYPHENS

LONGEST = 100
"""Letters of a word that are looked at: a hostile line is one word of a million."""
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_TAIL = re.compile(rf"({_WORD.pattern})[-\u2010]\s*$")
_HEAD = re.compile(r"\s*([^\W\d_]+)")


def keep_hyphens(blocks: Sequence[Block]) -> None:
    """Give back the hyphens of words that were put together over the end of a line.

    A hyphen is the word's own where the document has the word with it within a line and never without it, or has
    another one there already. Where such words are the only ones known, the document parts no words, and all keep
    their hyphens.
    """
    broken: list[tuple[Block, str, str]] = []
    for block in blocks:
        for above, below in pairwise(block.lines):
            if above.text.rstrip()[-1:] not in HYPHENS:
                continue
            tail, head = _TAIL.search(above.text[-LONGEST:]), _HEAD.match(below.text)
            if tail and head and head[1].islower():
                broken.append((block, tail[1], head[1]))
    if not broken:
        return
    known = {word.casefold() for block in blocks for line in block.lines for word in _WORD.findall(line.text)}
    own = [
        "-" in begin or (f"{begin}-{end}".casefold() in known and (begin + end).casefold() not in known)
        for _, begin, end in broken
    ]
    parted = any((begin + end).casefold() in known for _, begin, end in broken)
    for (block, begin, end), is_own in zip(broken, own, strict=True):
        if is_own or (any(own) and not parted):
            block.text = block.text.replace(begin + end, f"{begin}-{end}", 1)
