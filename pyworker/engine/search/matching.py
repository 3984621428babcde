"""Where a query stands on a page.

White space in the query stands for any white space in the text, the end of a line too where the next line stands
right below. A hyphen at a line's end matches with or without it. A match is told with the boxes of the words that hold
it, one box a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from pyworker.engine.layout.reading_order import Line
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import turn_rect
from pyworker.engine.search.folding import HYPHEN, folded, tokens, unfolded
from pyworker.engine.search.page_index import PageIndex

CONTEXT_CHARS = 60
"""Characters of the line told before and after a match."""
LONGEST_SPELLED = 64
"""A longer word of a query is looked for on every page without a first look at the page's words."""
# Of the upper line's font size.
LINE_GAP = 1.0
LINE_OVERLAP = 0.6
SIZE_RATIO = 1.6


class Match(NamedTuple):
    """One place of the query."""

    text: str
    """As it is in the document; the lines of a longer one are joined by a space."""
    context: str
    """The line or lines that it is in, cut to CONTEXT_CHARS before and after it."""
    boxes: list[Rect]
    """Of the words that hold it, one box a line."""


@dataclass(frozen=True)
class Query:
    """What is looked for."""

    text: str
    match_case: bool = False
    whole_words: bool = False

    @cached_property
    def words(self) -> list[str]:
        """Its folded words."""
        return tokens(self.text, self.match_case)

    def may_be_on(self, page: PageIndex) -> bool:
        """Whether the page's words could spell the query; quick, and false only where they cannot."""
        spaced = f" {folded(' '.join(page.texts), self.match_case)} "
        return bool(self.words) and all(_is_spelled(word, spaced) for word in self.words)

    def matches(self, page: PageIndex) -> Iterator[Match]:
        """The places of the query on the page, in reading order."""
        if not self.may_be_on(page):
            return
        lines = page.lines()
        texts = [folded(line.text, self.match_case).strip() for line in lines]
        below = [_stands_below(upper, lower, page) for upper, lower in pairwise(lines)]
        found: dict[tuple[int, int], Match] = {}
        for joint, kept in ((" ", HYPHEN), ("", HYPHEN), ("", "")):
            for spans in _spans(texts, " ".join(self.words), joint, kept, self.whole_words):
                first, last = spans[0][0], spans[-1][0]
                if all(below[first:last]):
                    found.setdefault((first, spans[0][1]), self._match(lines, spans))
        for place in sorted(found):
            yield found[place]

    def _match(self, lines: list[Line], spans: list[tuple[int, int, int]]) -> Match:
        parts, boxes = [], []
        before = after = ""
        for number, start, stop in spans:
            line = lines[number]
            shift = len(line.text) - len(line.text.lstrip())
            left, right = unfolded(line.text.strip(), start, stop, self.match_case)
            left, right = left + shift, right + shift
            parts.append(line.text[left:right])
            boxes.append(_box(line, left, right))
            if number == spans[0][0]:
                before = line.text[max(0, left - CONTEXT_CHARS) : left]
            after = line.text[right : right + CONTEXT_CHARS]
        text = " ".join(parts)
        return Match(text, before + text + after, boxes)


def _is_spelled(word: str, spaced: str) -> bool:
    """Whether the page's words, each between spaces, hold `word`: in one of them, or in several put together.

    A line glues what stands close together (a raised figure), and a hyphen may part a word.
    """
    if word in spaced or len(word) > LONGEST_SPELLED:
        return True
    reached = [True] + [False] * len(word)
    for start in range(len(word)):
        if not reached[start]:
            continue
        for stop in range(start + 1, len(word) + 1):
            piece = word[start:stop]
            if stop == len(word):
                reached[stop] = reached[stop] or (start > 0 and f" {piece}" in spaced)
            else:
                opening = f" {piece}" if start else piece
                reached[stop] = reached[stop] or f"{opening} " in spaced or f"{opening}{HYPHEN} " in spaced
    return reached[-1]


def _spans(
    texts: list[str], query: str, joint: str, kept: str, whole_words: bool
) -> Iterator[list[tuple[int, int, int]]]:
    """Each place of `query` as parts (line, start, stop), with a line that ends in a hyphen put to the next one so.

    `joint` is what stands between the two, and `kept` what is left of the hyphen. Only with a space between them
    are places told that run over no hyphen, so that each is told once.
    """
    starts: list[int] = []
    pieces: list[str] = []
    length = 0
    hyphens: list[int] = []
    for number, text in enumerate(texts):
        if not joint and text.endswith(HYPHEN) and number + 1 < len(texts):
            piece = text[:-1] + kept
            hyphens.append(number)
        else:
            piece = text + " "
        starts.append(length)
        pieces.append(piece)
        length += len(piece)
    if not joint and not hyphens:
        return
    stream = "".join(pieces)
    number = 0
    at = stream.find(query)
    while at >= 0:
        stop = at + len(query)
        if whole_words and not _is_apart(stream, at, stop):
            stop = at + 1
        else:
            while number + 1 < len(starts) and starts[number + 1] <= at:
                number += 1
            spans = []
            line = number
            while line < len(starts) and starts[line] < stop:
                end = min(stop - starts[line], len(texts[line]))
                if end > max(0, at - starts[line]):
                    spans.append((line, max(0, at - starts[line]), end))
                line += 1
            over = {line for line, _, _ in spans[:-1]}
            if spans and (joint or not over.isdisjoint(hyphens)):
                yield spans
        at = stream.find(query, stop)


def _is_apart(stream: str, start: int, stop: int) -> bool:
    """Whether no letter, digit or underscore touches the part of `stream`."""
    around = stream[start - 1 : start] if start else "", stream[stop : stop + 1]
    return not any(character.isalnum() or character == "_" for character in around if character)


def _stands_below(upper: Line, lower: Line, page: PageIndex) -> bool:
    """Whether a reader goes on from one line to the other: same direction, about the same size, right below it."""
    a, b = upper.words[0], lower.words[0]
    if a.direction != b.direction or max(a.font_size, b.font_size) > SIZE_RATIO * min(
        a.font_size, b.font_size
    ):
        return False
    turns = -a.direction // 90 % 4
    first = turn_rect(upper.rect, page.width, page.height, turns)
    second = turn_rect(lower.rect, page.width, page.height, turns)
    gap = second.top - first.bottom
    if not -LINE_OVERLAP * a.font_size <= gap <= LINE_GAP * a.font_size:
        return False
    return first.left < second.right and second.left < first.right


def _box(line: Line, left: int, right: int) -> Rect:
    """The box of the words of `line` that the characters `left` to `right` of its text belong to."""
    found = []
    at = 0
    for word in line.words:
        start = line.text.find(word.text, at)
        if start < 0:
            continue
        at = start + len(word.text)
        if start < right and left < at:
            found.append(word.rect)
    return union(found) if found else line.rect
