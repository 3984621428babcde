"""Text lines: words put on common baselines, and the pieces (`Fragment`) that wide gaps cut a line into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

# Fractions of the font size.
# A gap this wide is no space between words unless the line is spread to fill its column.
FRAGMENT_GAP = 0.6
# In a fixed-pitch font a space is as wide as a letter: 0.6, and more beside narrow letters, whose boxes are tight.
PITCH = 0.6
TIGHTNESS = 0.1
FIXED_PITCH_GAP = 1.0
# Two words are on one line when their middles differ by less than this.
SAME_BASELINE = 0.4
# Lines nearer than this overlap: texts of one row, centred against a neighbour of several lines.
STAGGERED = 0.75

# A currency sign set flush left in its column belongs to the amount that follows it no further away than this.
CURRENCY_REACH = 6.0
CURRENCY = {"$", "\u20ac", "\u00a3", "\u00a5", "US$"}
CODE = re.compile(
    r"\b(EUR|USD|GBP|CHF|JPY|CNY|RMB|VN[DĐ]|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|INR|BRL|SGD|HKD|Rs\.?|kr\.?)(?=\s|$)"
)

LEADERS = re.compile(r"[.\u2026\u00b7_]{3,}$|^[.\u2026\u00b7]$")
LONE_DOT = re.compile(r"[.\u2026\u00b7]$")
# Dots of a leader follow each other within this many times the font size.
DOT_PITCH = 2.0
VALUE_START = re.compile(r"[\s(\[<>~\u2248\u00b1=+\u2212\u2013\u2014.,$\u20ac\u00a3\u00a5*-]*\d")
LONG_WORD = re.compile(r"[^\W\d_]{3,}")
FILLER = set(
    str.split(
        "$ % * - . : x \u00b7 \u2013 \u2014 \u2022 \u20ac \u2212 -- .. na (x) --- ... n.a n/a nil n.a. n.d."
    )
)
BULLET = re.compile(
    r"^([\u2022\u25cf\u25aa\u25a0\u2023\u00b7o\uf0b7\u2013-]|\(?[a-z0-9ivx]{1,4}[.)]|\[\d+\]|\d+(\.\d+)*\.?)$",
    re.IGNORECASE,
)
# Ticks, crosses, dots and boxes that stand for yes and no.
MARKS = set(
    "\u2713\u2714\u2715\u2716\u2717\u2718\u2610\u2611\u2612\u25cf\u25cb\u25c9\u25ef\u25a0\u25a1\u2022\u00d7xX"
)


class Fragment:
    """Words of a line that stand together."""

    __slots__ = ("left", "right", "words")

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.left, self.right = words[0].rect.left, max([word.rect.right for word in words])

    @property
    def text(self) -> str:
        """Its words with a space between them."""
        return " ".join(w.text for w in self.words)


@dataclass
class Line:
    """Words on one baseline, left to right."""

    words: list[Word]
    top: float
    bottom: float
    size: float
    fixed_pitch: bool = False
    """Whether it is set in a font whose letters (and spaces) are all equally wide."""

    @property
    def middle(self) -> float:
        """The y halfway between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def left(self) -> float:
        """Left edge of its words."""
        return self.words[0].rect.left

    @property
    def right(self) -> float:
        """Right edge of its words."""
        return max(w.rect.right for w in self.words)

    @property
    def rect(self) -> Rect:
        """The box around it."""
        return Rect(self.left, self.top, self.right, self.bottom)

    def fragments(self, gap: float = FRAGMENT_GAP) -> list[Fragment]:
        """The line cut wherever the space is wider than `gap` times the font size."""
        if self.fixed_pitch:
            gap = max(gap, FIXED_PITCH_GAP)
        words, size = self.words, self.size
        widest, reach = gap * size, CURRENCY_REACH * size
        cuts = [0]
        right = words[0].rect.right
        for place in range(1, len(words)):
            word = words[place]
            space = word.rect.left - right
            signed = words[place - 1].text in CURRENCY and place - cuts[-1] == 1
            apart = space > widest and not (signed and space < reach)
            # In "$ (24,055) $ (52,729)" the second sign starts the next column's amount.
            if apart or (word.text in CURRENCY and place - cuts[-1] > 1 and words[cuts[-1]].text in CURRENCY):
                cuts.append(place)
            right = max(right, word.rect.right)
        return [Fragment(words[start:stop]) for start, stop in pairwise([*cuts, len(words)])]


def text_lines(words: list[Word]) -> list[Line]:
    """Lines from top to bottom of words that read from left to right; raised and lowered small words join theirs."""
    lines: list[Line] = []
    for word in sorted(words, key=lambda w: (_middle(w), w.rect.left)):
        best: Line | None = None
        for line in reversed(lines[-6:]):
            if abs(_middle(word) - line.middle) <= SAME_BASELINE * min(word.font_size, line.size):
                best = line
                break
        if best is None:
            lines.append(Line([word], word.rect.top, word.rect.bottom, word.font_size))
        else:
            best.words.append(word)
            if word.font_size > best.size:
                best.size, best.top, best.bottom = word.font_size, word.rect.top, word.rect.bottom
    lines = _attach_raised(lines)
    for line in lines:
        line.words.sort(key=lambda w: w.rect.left)
    _mark_fixed_pitch(lines)
    return sorted(lines, key=lambda line: line.middle)


def _mark_fixed_pitch(lines: list[Line]) -> None:
    """Flag lines whose words of letters are as wide as their number says; those with too few go by the others."""
    undecided: list[Line] = []
    decided = 0
    for line in lines:
        words = [w for w in line.words if len(w.text) >= 3 and w.text.isalpha()]
        if len(words) < 2:
            undecided.append(line)
            continue
        widths = [(w.rect.right - w.rect.left) / line.size + TIGHTNESS for w in words]
        fitting = sum(abs(x / len(w.text) - PITCH) < 0.05 * PITCH for x, w in zip(widths, words, strict=True))
        line.fixed_pitch = fitting >= 0.8 * len(words)
        decided += 1 if line.fixed_pitch else -1
    for line in undecided:
        line.fixed_pitch = decided > 0


def _middle(word: Word) -> float:
    return (word.rect.top + word.rect.bottom) / 2


def _attach_raised(lines: list[Line]) -> list[Line]:
    """Put lines of superscripts and subscripts back on the line whose words they touch."""
    kept: list[Line] = []
    for index, line in enumerate(lines):
        target = None
        for other in lines[max(0, index - 3) : index + 4]:
            if other is line or line.size > 0.8 * other.size:
                continue
            common = min(line.bottom, other.bottom) - max(line.top, other.top)
            if common < 0.5 * (line.bottom - line.top):
                continue
            reach = 0.5 * other.size
            if all(
                any(
                    -reach < w.rect.left - o.rect.right < reach or -reach < o.rect.left - w.rect.right < reach
                    for o in other.words
                )
                for w in line.words
            ):
                target = other
                break
        if target is None:
            kept.append(line)
        else:
            target.words.extend(line.words)
    return kept


@lru_cache(maxsize=4096)
def is_data(text: str) -> bool:
    """Whether a cell's text is a value (a number, a range, a placeholder) and not words."""
    text = text.strip()
    return text.lower() in FILLER or is_mark(text) or is_number(text)


def is_mark(text: str) -> bool:
    """Whether a text is one tick, cross, dot or box."""
    return text in MARKS


@lru_cache(maxsize=4096)
def is_number(text: str) -> bool:
    """Whether a cell's text is a number, several ("63 (18.5%)"), or one with a currency, a short unit or a mark."""
    text = CODE.sub("", text)
    if not VALUE_START.match(text) or text.endswith(","):
        return False
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return digits >= letters and not LONG_WORD.search(text)


def starts_lower(text: str) -> bool:
    """Whether a text can only go on with the one above: a small letter or an opening bracket comes first."""
    return text[:1].islower() or (text[:1] in "([" and not is_number(text))


def without_leaders(words: list[Word]) -> list[Word]:
    """Words without the dot leaders that join a label to its value; a dot that stands alone is a value."""
    lone = sorted((_middle(w), w.rect.left, w) for w in words if LONE_DOT.match(w.text))
    leaders = {
        id(w)
        for (y, x, one), (y2, x2, two) in pairwise(lone)
        if abs(y - y2) < 0.2 * one.font_size and abs(x - x2) < DOT_PITCH * one.font_size
        for w in (one, two)
    }
    kept = []
    for word in words:
        match = LEADERS.search(word.text)
        if match and LONE_DOT.match(word.text):
            if id(word) not in leaders:
                kept.append(word)
        elif not match:
            kept.append(word)
        elif match.start() > 0:
            share = match.start() / len(word.text)
            right = word.rect.left + (word.rect.right - word.rect.left) * share
            kept.append(word._replace(text=word.text[: match.start()], rect=word.rect._replace(right=right)))
    return kept
