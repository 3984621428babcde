"""Columns of prose on a page, so that lines of one are not taken for cells beside the other's."""

from __future__ import annotations

import itertools
from collections import Counter
from statistics import median

from pyworker.engine.pdf.page_content import Word
from pyworker.engine.tables.lines import Fragment, Line, is_data, text_lines
from pyworker.engine.tables.types import Check

# Fractions of the font size: the narrowest gutter between two columns of prose.
GUTTER = 0.9
# A piece of a line with so many words, few of them values, is prose.
PROSE_WORDS = 4
# Lines of prose on both sides that show a gutter.
EVIDENCE = 6
# So many pieces of prose that end at one x are justified.
JUSTIFIED = 8
# Lines without prose take the side of the prose no further away than this many lines.
REACH = 12
# A strip (in font sizes) that no more than this part of the lines cross parts two blocks when less than this part of
# the shorter one's baselines is found in the other.
STRIP = 1.5
CROSSING = 0.1
SHARED = 0.5
MAX_DEPTH = 3


def flows(words: list[Word], check: Check, depth: int = 0) -> list[list[Line]]:
    """The page's lines, apart for each column of prose; lines across the columns are a flow of their own."""
    check()
    lines = text_lines(words)
    gutter = None if depth >= MAX_DEPTH else _gutter(lines)
    if gutter is not None:
        parted = _parted(lines, gutter)
    else:
        gutter = None if depth >= MAX_DEPTH else _unaligned_gutter(lines, check)
        if gutter is None:
            return [lines]
        parted = [not any(w.rect.left < gutter < w.rect.right for w in line.words) for line in lines]
    left: list[Word] = []
    right: list[Word] = []
    across: list[Word] = []
    for line, apart in zip(lines, parted, strict=True):
        for word in line.words:
            if not apart:
                across.append(word)
            elif word.rect.right <= gutter:
                left.append(word)
            else:
                right.append(word)
    found = flows(left, check, depth + 1) + flows(right, check, depth + 1)
    return found + ([text_lines(across)] if across else [])


def _prose(fragment: Fragment) -> bool:
    return len(fragment.words) >= PROSE_WORDS and sum(
        1 for w in fragment.words if is_data(w.text)
    ) <= 0.3 * len(fragment.words)


def _gutter(lines: list[Line]) -> float | None:
    """The x that parts most lines into prose and prose, or into justified prose and anything."""
    votes: Counter[int] = Counter()
    pieces = [line.fragments(GUTTER) for line in lines]
    ends = Counter(round(f.right) for line in pieces for f in line if _prose(f))
    justified = {x for x in ends if ends[x - 1] + ends[x] + ends[x + 1] >= JUSTIFIED}
    for fragments in pieces:
        for a, b in itertools.pairwise(fragments):
            prose = [f for f in (a, b) if _prose(f)]
            if len(prose) == 2 or (prose and round(prose[0].right) in justified):
                for x in range(int(a.right) + 1, int(b.left) + 1):
                    votes[x] += 1
    if not votes:
        return None
    most = max(votes.values())
    if most < EVIDENCE:
        return None
    best = [x for x, n in votes.items() if n == most]
    return sum(best) / len(best)


def _unaligned_gutter(lines: list[Line], check: Check) -> float | None:
    """The x of a white strip down the page whose two sides don't share baselines, as the columns of a table would."""
    if len(lines) < 2 * EVIDENCE:
        return None
    size = median([line.size for line in lines])
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    covered = [0] * (int(right - left) + 3)
    for line in lines:
        for f in line.fragments(GUTTER):
            covered[max(int(f.left - left), 0)] += 1
            covered[int(f.right - left) + 1] -= 1
    total, strips, start = 0, [], None
    for x, step in enumerate(covered):
        total += step
        if total <= CROSSING * len(lines):
            start = x if start is None else start
        elif start is not None:
            strips.append((x - start, start + left, x + left))
            start = None
    for width, begin, end in sorted(strips, reverse=True):
        check()
        middle = (begin + end) / 2
        if width < STRIP * size:
            break
        left_side = _baselines([w for line in lines for w in line.words if w.rect.right <= middle])
        right_side = _baselines([w for line in lines for w in line.words if w.rect.left >= middle])
        few, many = sorted((left_side, right_side), key=len)
        few = [y for y in few if many and many[0] - size <= y <= many[-1] + size]
        if len(few) < EVIDENCE:
            continue
        shared = sum(1 for y in few if any(abs(y - z) < 0.15 * size for z in many))
        if shared < SHARED * len(few):
            return middle
    return None


def _baselines(words: list[Word]) -> list[float]:
    """The y of the lines of `words`, top to bottom."""
    return [line.bottom for line in text_lines(words)]


def _parted(lines: list[Line], gutter: float) -> list[bool]:
    """For each line, whether it is to be cut at the gutter."""
    states: list[bool | None] = []
    for line in lines:
        if any(w.rect.left < gutter < w.rect.right for w in line.words):
            states.append(False)
            continue
        left = [w for w in line.words if w.rect.right <= gutter]
        right = [w for w in line.words if w.rect.left >= gutter]
        if left and right and right[0].rect.left - left[-1].rect.right < GUTTER * line.size:
            states.append(False)
            continue
        fragments = line.fragments(GUTTER)
        beside = [f for f in fragments if f.right <= gutter][-1:] + [
            f for f in fragments if f.left >= gutter
        ][:1]
        states.append(True if any(_prose(f) for f in beside) else None)
    result = []
    for number, state in enumerate(states):
        if state is None:
            above = next(
                (s for s in reversed(states[max(0, number - REACH) : number]) if s is not None), None
            )
            below = next((s for s in states[number + 1 : number + 1 + REACH] if s is not None), None)
            state = above is not False and below is not False and (above is True or below is True)
        result.append(state)
    return result
