"""The rules of a sheet out of its strokes: letters left out, pieces and dashes joined."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Ruling

COLLINEAR = 0.5
"""All lengths are in units of a sheet's canvas, in which letters are nine high: pieces of one rule are no further apart
across it."""
JOIN = 2.0
"""Gap between two pieces of one rule."""
DASH, DASH_GAP = 20.0, 12.0
"""The longest piece of a dashed rule, two dashes that touch taken as one, and its widest gap."""
DASHES = 4
"""A dashed rule has so many pieces at least."""
LEAST = 8.0
"""A shorter rule bounds no cell."""
MAX_RULES = 6000


def joined_rules(strokes: Iterable[Ruling], words: Sequence[Rect]) -> list[Ruling]:
    """The rules among `strokes`, those that draw letters of `words` left out, the longest first."""
    letters = _Boxes(words)
    lines: dict[tuple[bool, int], list[Ruling]] = defaultdict(list)
    for stroke in strokes:
        # Letters are lower than a line of text; what is longer is no part of one.
        if stroke.end - stroke.start > 16 or not letters.holds(stroke):
            lines[stroke.horizontal, round(stroke.at / COLLINEAR)].append(stroke)
    rules: list[Ruling] = []
    done: set[tuple[bool, int]] = set()
    for key in sorted(lines):
        if key in done:
            continue
        pieces = list(lines[key])
        above = (key[0], key[1] + 1)
        if above in lines:
            pieces += lines[above]
            done.add(above)
        rules.extend(_stretches(pieces))
    rules = [rule for rule in rules if rule.end - rule.start >= LEAST]
    rules.sort(key=lambda rule: rule.start - rule.end)
    return rules[:MAX_RULES]


def _stretches(pieces: list[Ruling]) -> list[Ruling]:
    pieces.sort(key=lambda piece: piece.start)
    runs: list[list[float]] = []
    for piece in pieces:
        if runs and piece.start - runs[-1][1] <= JOIN:
            runs[-1][1] = max(runs[-1][1], piece.end)
        else:
            runs.append([piece.start, piece.end])
    first = pieces[0]
    at = median(piece.at for piece in pieces)
    return [Ruling(first.horizontal, at, start, end, 0.0) for start, end in _undashed(runs)]


def _undashed(runs: list[list[float]]) -> list[list[float]]:
    """`runs` of one line with dashes joined: short pieces at even distances, the last one of any length."""
    found: list[list[float]] = []
    index = 0
    while index < len(runs):
        end = index + 1
        while (
            end < len(runs)
            and runs[end][0] - runs[end - 1][1] <= DASH_GAP
            and (runs[end - 1][1] - runs[end - 1][0] <= DASH or end - 1 == index)
        ):
            end += 1
        dashes = runs[index:end]
        if len(dashes) >= DASHES and _even(dashes):
            found.append([dashes[0][0], dashes[-1][1]])
            index = end
        else:
            found.append(runs[index])
            index += 1
    return found


def _even(dashes: list[list[float]]) -> bool:
    gaps = [b[0] - a[1] for a, b in itertools.pairwise(dashes)]
    middle = median(gaps)
    lengths = median(dash[1] - dash[0] for dash in dashes)
    near = sum(abs(gap - middle) <= 0.35 * middle + 0.3 for gap in gaps)
    return near >= 0.8 * len(gaps) and middle <= 2.0 * lengths + 1.0


class _Boxes:
    """Boxes of words, found by a point."""

    SIZE = 40.0

    def __init__(self, boxes: Sequence[Rect]) -> None:
        self.bins: dict[tuple[int, int], list[Rect]] = defaultdict(list)
        for box in boxes:
            for column in range(int(box.left // self.SIZE), int(box.right // self.SIZE) + 1):
                for row in range(int(box.top // self.SIZE), int(box.bottom // self.SIZE) + 1):
                    self.bins[column, row].append(box)

    def holds(self, stroke: Ruling) -> bool:
        """Whether a stroke is in a word's box, not along its edge where an underline would."""
        middle = (stroke.start + stroke.end) / 2
        x, y = (middle, stroke.at) if stroke.horizontal else (stroke.at, middle)
        length = stroke.end - stroke.start
        for box in self.bins.get((int(x // self.SIZE), int(y // self.SIZE)), ()):
            if not (box.left <= x <= box.right and box.top <= y <= box.bottom):
                continue
            if stroke.horizontal:
                if length <= box.width + 1 and stroke.start >= box.left - 1 and stroke.end <= box.right + 1:
                    return True
            elif length <= box.height + 1 and stroke.start >= box.top - 1 and stroke.end <= box.bottom + 1:
                return True
        return False
