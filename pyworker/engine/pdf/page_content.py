"""What stands on a page: its words and its straight lines, in displayed-page points with a TOPLEFT origin.

The table engines read pages only through `PageContent`, so its words may be the PDF's own (`pdf_words`) or OCR's,
with the PDF's drawings (`pdf_drawings`) or none.

pypdfium2 is the source, measured against docling-parse 7.23 on the 111 pages of ICDAR 2013's EU half: 8.5 ms a page
(median) against 64 ms, 25 MB RSS against 400 MB, and the document that is already open is the one that is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pyworker.engine.pdf.geometry import Rect

if TYPE_CHECKING:
    pass


DESCENT = 0.22
"""Of a word's box below its baseline, in em: about the same in all text fonts."""


class Word(NamedTuple):
    """A run of characters without a space in it."""

    text: str
    rect: Rect
    font_size: float
    """In displayed points."""
    direction: int
    """Reading direction as displayed: 0 left to right, 90 downwards, 180 upside down, 270 upwards."""
    order: int
    """Place in the content stream (or in the OCR result): words of one cell tend to follow each other."""
    mirrored: bool = False
    """Whether its letters are those of a mirror: the next line stands on the other side than in plain text."""


class Ruling(NamedTuple):
    """A straight horizontal or vertical line: a stroke, a thin filled rectangle, or a side of a stroked one."""

    horizontal: bool
    at: float
    """y of a horizontal ruling, x of a vertical one (the middle of the stroke)."""
    start: float
    end: float
    width: float


class Fill(NamedTuple):
    """A filled rectangle too thick for a ruling: the background of a cell or a row, or a bar of a chart."""

    rect: Rect
    colour: tuple[int, int, int]


@dataclass
class PageContent:
    """Words and drawn lines of one page."""

    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    drawings: list[Rect] = field(default_factory=list)
    """Bounds of paths with curves or slanted lines: charts, logos, figures."""
    images: list[Rect] = field(default_factory=list)

    def turned(self, quarter_turns: int) -> PageContent:
        """The same page turned clockwise by `quarter_turns` times 90 degrees."""
        turns = quarter_turns % 4
        if turns == 0:
            return self
        width, height = (self.height, self.width) if turns % 2 else (self.width, self.height)

        def rect(r: Rect) -> Rect:
            return turn_rect(r, self.width, self.height, turns)

        def ruling(r: Ruling) -> Ruling:
            box = Rect(r.start, r.at, r.end, r.at) if r.horizontal else Rect(r.at, r.start, r.at, r.end)
            box = rect(box)
            if r.horizontal == (turns % 2 == 0):
                return Ruling(True, box.top, box.left, box.right, r.width)
            return Ruling(False, box.left, box.top, box.bottom, r.width)

        return PageContent(
            width,
            height,
            [w._replace(rect=rect(w.rect), direction=(w.direction + 90 * turns) % 360) for w in self.words],
            [ruling(r) for r in self.rulings],
            [f._replace(rect=rect(f.rect)) for f in self.fills],
            [rect(r) for r in self.drawings],
            [rect(r) for r in self.images],
        )


def turn_rect(rect: Rect, width: float, height: float, quarter_turns: int) -> Rect:
    """`rect` of a `width` x `height` page once the page is turned clockwise by `quarter_turns` times 90 degrees."""
    turns = quarter_turns % 4
    if turns == 1:
        return Rect(height - rect.bottom, rect.left, height - rect.top, rect.right)
    if turns == 2:
        return Rect(width - rect.right, height - rect.bottom, width - rect.left, height - rect.top)
    if turns == 3:
        return Rect(rect.top, width - rect.right, rect.bottom, width - rect.left)
    return rect


def upright(word: Word, width: float, height: float) -> Word:
    """`word` on its page turned, and mirrored where it is, so that it reads from left to right and lines go down."""
    turns = -word.direction // 90 % 4
    rect = turn_rect(word.rect, width, height, turns)
    if word.mirrored:
        down = width if turns % 2 else height
        rect = Rect(rect.left, down - rect.bottom, rect.right, down - rect.top)
    return word._replace(rect=rect)
