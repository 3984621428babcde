"""Columns of prose on a page, so that lines of one are not taken for cells beside the other's."""

from __future__ import annotations

from collections import Counter

from pyworker.engine.page_content import Word
from pyworker.engine.tables.lines import Fragment, Line, is_data, text_lines

# Fractions of the font size: the narrowest gutter between two columns of prose.
GUTTER = 0.9
# A piece of a line with so many words, few of them values, is prose.
PROSE_WORDS = 4
# Lines of prose on both sides that show a gutter.
EVIDENCE = 6
# Lines without prose take the side of the prose no further away than this many lines.
REACH = 12
MAX_DEPTH = 3


def flows(words: list[Word], depth: int = 0) -> list[list[Line]]:
    """The page's lines, apart for each column of prose; lines across the columns are a flow of their own."""
    lines = text_lines(words)
    gutter = _gutter(lines)
    if gutter is None or depth >= MAX_DEPTH:
        return [lines]
    parted = _parted(lines, gutter)
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
    found = flows(left, depth + 1) + flows(right, depth + 1)
    return found + ([text_lines(across)] if across else [])


def _prose(fragment: Fragment) -> bool:
    return (
        len(fragment.words) >= PROSE_WORDS
        and sum(1 for w in fragment.words if is_data(w.text)) <= 0.3 * len(fragment.words)
    )


def _gutter(lines: list[Line]) -> float | None:
    """The x that parts most lines into prose and prose."""
    votes: Counter[int] = Counter()
    for line in lines:
        fragments = line.fragments(GUTTER)
        for a, b in zip(fragments, fragments[1:], strict=False):
            if _prose(a) and _prose(b):
                for x in range(int(a.right) + 1, int(b.left) + 1):
                    votes[x] += 1
    if not votes:
        return None
    most = max(votes.values())
    if most < EVIDENCE:
        return None
    best = [x for x, n in votes.items() if n == most]
    return sum(best) / len(best)


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
        beside = [f for f in fragments if f.right <= gutter][-1:] + [f for f in fragments if f.left >= gutter][:1]
        states.append(True if any(_prose(f) for f in beside) else None)
    result = []
    for number, state in enumerate(states):
        if state is None:
            above = next((s for s in reversed(states[max(0, number - REACH) : number]) if s is not None), None)
            below = next((s for s in states[number + 1 : number + 1 + REACH] if s is not None), None)
            state = above is not False and below is not False and (above is True or below is True)
        result.append(state)
    return result
