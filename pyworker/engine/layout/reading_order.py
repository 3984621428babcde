"""Words of a page put into lines, and lines into reading order.

The page is cut recursively at white space (the X-Y cut of Nagy and Seth, 1984), with one rule added: a gutter
parts columns only where text flows down on both sides of it. A table has gutters too, but it is read row by
row.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from statistics import median

from pyworker.engine.layout.drop_capitals import drop_capitals
from pyworker.engine.layout.list_markers import is_lone_marker
from pyworker.engine.layout.segments import Segment, segments_of
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word, upright

# In em (the font size).
GUTTER = 0.8
GLUED_GAP = 0.12
"""Below this two runs are one word: a subscript, a change of font."""
SKIPPED_SPACES = 3
"""Characters between two words of the content stream that can only be white space."""

# What makes a side of a gutter a column of running text.
FULL_LINE = 0.6
FULL_LINES = 0.5
WORDS_A_LINE = 3.0
LONG_COLUMN = 4
"""Lines that a column of text beside something else (a margin, a figure's labels) must have."""

_TOP = attrgetter("top")


@dataclass(frozen=True)
class Line:
    """Words of one baseline within one block (column) of the page."""

    text: str
    rect: Rect
    words: tuple[Word, ...]


def lines_in_order(words: Sequence[Word], width: float, height: float) -> list[Line]:
    """The lines of a page of `width` x `height` points, in the order in which a person reads them.

    Text of another direction than most of the page (a stamp along the margin) follows after the rest, and so does
    mirrored text.
    Vertical East Asian writing gives one line for each of its columns, from right to left.
    """
    vertical, rest = _vertical_chains(words)
    ways: defaultdict[tuple[int, bool], list[Word]] = defaultdict(list)
    for word in rest:
        ways[word.direction, word.mirrored].append(word)
    lines: list[Line] = []
    for way in sorted(ways, key=lambda way: -sum(len(word.text) for word in ways[way])):
        if way == (0, False):
            lines += [_line(line, text) for line, text in _upright_lines(ways[way])]
            continue
        # The upright words give the order; the line itself carries the words where they stand.
        turned = [upright(word, width, height) for word in ways[way]]
        placed = {id(one): word for one, word in zip(turned, ways[way], strict=True)}
        for line, text in _upright_lines(turned):
            lines.append(_line([placed[id(word)] for word in line], text))
    lines += vertical
    return lines


def line_text(words: Sequence[Word]) -> str:
    """Words of one upright line, already in reading order, as a string."""
    parts = [word.text for word in words[:1]]
    for before, word in pairwise(words):
        spaced = 0 < word.order - before.order - len(before.text) <= SKIPPED_SPACES
        if not spaced:
            gap = max(word.rect.left - before.rect.right, before.rect.left - word.rect.right)
            spaced = gap > GLUED_GAP * min(word.font_size, before.font_size)
        parts.append(" " + word.text if spaced else word.text)
    return "".join(parts)


def bounds(rects: Iterable[Rect]) -> Rect:
    """The smallest rectangle around `rects`."""
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return Rect(min(lefts), min(tops), max(rights), max(bottoms))


def _line(words: Sequence[Word], text: str) -> Line:
    return Line(text, bounds(word.rect for word in words), tuple(words))


def _upright_lines(words: list[Word]) -> Iterator[tuple[list[Word], str]]:
    """The words of each line, drop capitals first, and its text."""
    capitals = drop_capitals(words)
    if capitals:
        dropped = {id(capital.word) for capital in capitals}
        words = [word for word in words if id(word) not in dropped]
    if not words:
        return
    for block in _blocks(segments_of(words), depth=0):
        for line in _rows(block):
            started = [capital for capital in capitals if any(capital.first is word for word in line)]
            text = "".join(c.word.text + ("" if c.glued else " ") for c in started) + line_text(line)
            yield [*(capital.word for capital in started), *line], text


def _blocks(segments: list[Segment], depth: int) -> list[list[Segment]]:
    """Blocks in reading order; within a block, lines follow from top to bottom."""
    size = median(s.size for s in segments)
    blocks: list[list[Segment]] = []
    for group in _groups(segments, GUTTER * size):
        gutters = _gaps(group, GUTTER * size)
        for left_edge, right_edge in sorted(gutters, key=lambda g: g[0] - g[1]):
            middle = (left_edge + right_edge) / 2
            left = [s for s in group if s.right <= middle]
            right = [s for s in group if s.right > middle]
            if depth < 8 and _are_columns(left, right):
                blocks += _blocks(left, depth + 1) + _blocks(right, depth + 1)
                break
        else:
            blocks.append(group)
    return blocks


def _groups(segments: list[Segment], gutter: float) -> list[list[Segment]]:
    """Cut horizontally, wherever a gutter begins or ends."""
    groups: list[list[Segment]] = []
    columns: list[tuple[float, float]] = []
    """Of the last group."""
    last: list[Segment] = []
    for band in _bands(segments):
        own = _spans([(s.left, s.right) for s in band], gutter)
        both = _spans(columns + own, gutter)
        if not groups or (len(both) == 1 and (len(columns) > 1 or len(own) > 1)):
            parted = bool(last) and len(_spans([(s.left, s.right) for s in last], gutter)) > 1
            first = bool(groups) and (len(columns) == 1 or parted) and len(groups[-1]) > len(last)
            if first and _begin_columns(last, band, gutter):
                del groups[-1][-len(last) :]
                band = last + band
                own = _spans([(s.left, s.right) for s in band], gutter)
            groups.append(list(band))
            columns = own
        else:
            groups[-1] += band
            columns = both
        last = band
    return groups


def _begin_columns(above: list[Segment], columns: list[Segment], gutter: float) -> bool:
    """Whether lines `above` columns are the first ones of some of them, which begin a little higher.

    A heading over each of several columns may be larger than its text.
    """
    headed = len(_spans([(s.left, s.right) for s in above], gutter)) > 1
    return len(_spans([(s.left, s.right) for s in above + columns], gutter)) > 1 and all(
        any(
            abs(line.left - under.left) <= 0.5 * line.size
            and (headed or abs(line.size - under.size) <= 0.1 * line.size)
            and 0 <= under.top - line.top <= 2 * line.size
            for under in columns
        )
        for line in above
    )


def _bands(segments: list[Segment]) -> list[list[Segment]]:
    """Segments cut apart by the white space between lines; a fifth of a line's height may overlap the next
    one.
    """
    bands: list[list[Segment]] = []
    end = float("-inf")
    for segment in sorted(segments, key=_TOP):
        inset = 0.2 * (segment.bottom - segment.top)
        if segment.top + inset >= end:
            bands.append([])
        bands[-1].append(segment)
        end = max(end, segment.bottom - inset)
    return bands


def _gaps(segments: list[Segment], least: float) -> list[tuple[float, float]]:
    """Vertical strips, `least` wide, that no segment touches and that have segments on both sides."""
    spans = _spans([(s.left, s.right) for s in segments], least)
    return [(before[1], after[0]) for before, after in pairwise(spans)]


def _spans(parts: list[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    """What `parts` (from, to) cover, with the gaps narrower than `least`; from left to right."""
    parts.sort()
    spans = parts[:1]
    start, end = parts[0]
    for left, right in parts:
        if left - end >= least:
            spans.append((left, right))
            start, end = left, right
        elif right > end:
            end = right
            spans[-1] = start, end
    return spans


def _are_columns(left: list[Segment], right: list[Segment]) -> bool:
    left_bands, right_bands = _bands(left), _bands(right)
    if min(len(left_bands), len(right_bands)) < 2 or all(map(_is_marker, left)):
        return False
    left_flows, right_flows = _flows(left, left_bands), _flows(right, right_bands)
    if left_flows and right_flows:
        return True
    if left_flows or right_flows:
        flowing = left_bands if left_flows else right_bands
        return len(flowing) >= LONG_COLUMN and _aligned(left_bands, right_bands) < 0.5
    return False


def _is_marker(segment: Segment) -> bool:
    """Whether a piece is the number or bullet of what stands beside it."""
    text = segment.words[0].text
    return len(segment.words) == 1 and (is_lone_marker(text) or (text.isdecimal() and len(text) <= 2))


def _flows(side: list[Segment], bands: list[list[Segment]]) -> bool:
    """Whether a side of a gutter is running text: most lines fill it, with several words each."""
    width = max(s.right for s in side) - min(s.left for s in side)
    full = sum(max(s.right for s in band) - min(s.left for s in band) >= FULL_LINE * width for band in bands)
    words = sum(len(s.words) for s in side)
    characters = sum(len(word.text) for s in side for word in s.words)
    # Scripts without spaces have few words and many characters.
    enough = words >= WORDS_A_LINE * len(bands) or characters >= 4 * WORDS_A_LINE * len(bands)
    return full >= FULL_LINES * len(bands) and enough


def _aligned(left: list[list[Segment]], right: list[list[Segment]]) -> float:
    """Share of the lines of the shorter side that have a partner of the same baseline on the other."""
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    bottoms = [s.bottom for band in many for s in band]
    partners = sum(any(abs(b - band[0].bottom) <= 0.2 * band[0].size for b in bottoms) for band in few)
    return partners / len(few)


def _rows(block: list[Segment]) -> list[list[Word]]:
    """Segments of one baseline as one line each, from top to bottom."""
    rows: list[list[Segment]] = []
    for segment in sorted(block, key=lambda s: s.base):
        for row in rows[-3:]:
            # The longest segment stands for the row: a footnote mark must not pull in the line above.
            leader = max(row, key=lambda s: s.length)
            if leader.level_with(segment) and not any(_on_top(other, segment) for other in row):
                row.append(segment)
                break
        else:
            rows.append([segment])
    return [sorted_along([word for segment in row for word in segment.words]) for row in rows]


def _on_top(a: Segment, b: Segment) -> bool:
    """Whether two segments take the same place along the line, though they stand a little above each
    other.
    """
    size = min(a.size, b.size)
    return min(a.right, b.right) - max(a.left, b.left) > 0.3 * size and abs(a.base - b.base) > 0.1 * size


def sorted_along(words: list[Word]) -> list[Word]:
    """Words of a line by place; from right to left where most letters are of such a script."""
    kinds = [unicodedata.bidirectional(c) for word in words if not word.text.isascii() for c in word.text]
    leftwards = sum(kind in ("R", "AL") for kind in kinds)
    if leftwards:
        kinds += [unicodedata.bidirectional(c) for word in words if word.text.isascii() for c in word.text]
    return sorted(words, key=lambda w: w.rect.left, reverse=leftwards > kinds.count("L"))


def _vertical_chains(words: Sequence[Word]) -> tuple[list[Line], list[Word]]:
    """Columns of East Asian characters written one below the other, and the words that are in none."""
    if not any(len(word.text) == 1 and not word.text.isascii() for word in words):
        return [], list(words)
    chains: list[list[Word]] = [[]]
    rest: list[Word] = []
    for word in words:
        chain = chains[-1]
        if not (
            len(word.text) == 1 and word.direction == 0 and unicodedata.east_asian_width(word.text) in "WF"
        ):
            rest.append(word)
            chains.append([])
        elif chain and not _stands_below(chain[-1].rect, word.rect, word.font_size):
            chains.append([word])
        else:
            chain.append(word)
    columns = []
    for chain in chains:
        if len(chain) >= 3:
            columns.append(chain)
        else:
            rest += chain
    columns.sort(key=lambda chain: (-bounds(w.rect for w in chain).right, chain[0].rect.top))
    lines = [Line("".join(w.text for w in c), bounds(w.rect for w in c), tuple(c)) for c in columns]
    return lines, rest


def _stands_below(upper: Rect, lower: Rect, size: float) -> bool:
    middles = abs((upper.left + upper.right) - (lower.left + lower.right)) / 2
    return middles <= 0.3 * size and -0.5 * size <= lower.top - upper.bottom <= 0.6 * size
