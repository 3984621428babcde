"""Lines that OCR has read: from their places in a picture to words on the page, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.ocr.recognition import Recognised
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, PageGeometry, Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.tilt import Tilt

if TYPE_CHECKING:
    from pyworker.engine.ocr.level import LevelPicture

BOX_HEIGHT_IN_EM = 1.6
COLUMN_GAP = 1.0
"""Fraction of the em: no two words of a text are as far apart."""


@dataclass(frozen=True)
class OcrLine:
    """One line that was read."""

    text: str
    rect: Rect
    """In displayed-page points."""
    confidence: float
    """Mean probability of its characters, 0 to 1."""
    words: tuple[Word, ...]
    """Its words, in level coordinates of the reading."""
    level: Rect
    """`rect` in level coordinates."""


@dataclass(frozen=True)
class Reading:
    """What was read in a region."""

    lines: list[OcrLine] = field(default_factory=list)
    """In reading order."""
    tilt: Tilt = Tilt()  # noqa: RUF009
    """How far the region lies askew."""
    unread: list[Rect] = field(default_factory=list)
    """Where something is drawn that looks like text and could not be read, in level coordinates."""


@dataclass(frozen=True)
class FoundLine:
    """A line that was read, where it is in the picture."""

    read: Recognised
    rect: Rect
    direction: int
    free: tuple[tuple[float, float], ...] = ()
    """The stretches without ink, from 0 to 1 along the line."""

    @property
    def font_size(self) -> float:
        """About the em in pixels: the detector's boxes are about 1.6 times as high."""
        across = self.rect.height if self.direction in (0, 180) else self.rect.width
        return across / BOX_HEIGHT_IN_EM

    def words(self) -> list[tuple[str, Rect]]:
        """The line cut at its spaces, and where it is free of ink as widely as between columns.

        There a word ends where its ink does; at other spaces, half-way between the characters around them.
        """
        text, places = self.read.text, self.read.places
        letters = [i for i, character in enumerate(text) if not character.isspace()]
        begin = next((end for start, end in self.free if start <= 0.0 and end <= places[0]), 0.0)
        words, first = [], 0
        for i, following in pairwise(letters):
            gap = self._gap(i, following)
            if gap is not None:
                end, start = gap
                words.append((text[first : i + 1], _part(self.rect, self.direction, begin, max(begin, end))))
                begin, first = start, following
        end = next((start for start, end in self.free if end >= 1.0 and start >= places[-1]), 1.0)
        return [*words, (text[first:], _part(self.rect, self.direction, begin, max(begin, end)))]

    def _gap(self, before: int, after: int) -> tuple[float, float] | None:
        """Where one character's word ends and the next one's begins; None where they are one word."""
        left, right = self.read.places[before], self.read.places[after]
        spaced = after > before + 1
        along = self.rect.width if self.direction in (0, 180) else self.rect.height
        wide = COLUMN_GAP * self.font_size / max(1.0, along)
        free = [(start, end) for start, end in self.free if end > left and start < right]
        if not spaced:
            # A character's place may be off by nearly its width: the gap may be that beside the word.
            return next(
                (gap for gap in free if left < gap[0] and gap[1] - gap[0] >= wide and gap[1] < right), None
            )
        if max((end - start for start, end in free), default=0.0) >= wide:
            # A rule that parts columns leaves a stretch on either side.
            stretches = [gap for gap in free if gap[1] - gap[0] >= wide / 2]
            return stretches[0][0], stretches[-1][1]
        return (left + self.read.places[before + 1]) / 2, (self.read.places[after - 1] + right) / 2


def in_order(
    found: list[FoundLine], unread: list[Rect], picture: LevelPicture, geometry: PageGeometry
) -> Reading:
    """The lines found in `picture`, in reading order."""
    points = POINTS_PER_INCH / picture.dpi
    frame, tilt = picture.frame, picture.tilt
    # A whole line is one word to the reading order, which must not take its spaces away.
    whole = [
        Word(f.read.text, placed(f.rect, frame, points), f.font_size * points, f.direction, order)
        for order, f in enumerate(found)
    ]
    lines = []
    for line in lines_in_order(whole, geometry.width, geometry.height):
        words = [
            Word(text, placed(rect, frame, points), word.font_size, word.direction, word.order)
            for word in line.words
            for text, rect in found[word.order].words()
        ]
        confidence = _mean([(found[word.order].read.confidence, len(word.text)) for word in line.words])
        lines.append(
            OcrLine(line.text, tilt.displayed(line.rect), round(confidence, 4), tuple(words), line.rect)
        )
    return Reading(lines, tilt, [placed(rect, frame, points) for rect in unread])


def placed(rect: Rect, region: Rect, points: float) -> Rect:
    """A rectangle in pixels of `points` points each, measured from the region's corner, on the page."""
    left, top = region.left, region.top
    return Rect(*(start + points * value for start, value in zip((left, top, left, top), rect, strict=True)))


def _part(rect: Rect, direction: int, begin: float, end: float) -> Rect:
    """The part of a line's rectangle from `begin` to `end` (0 to 1) along its reading direction."""
    left, top, right, bottom = rect
    if direction == 0:
        return Rect(left + begin * (right - left), top, left + end * (right - left), bottom)
    if direction == 180:
        return Rect(right - end * (right - left), top, right - begin * (right - left), bottom)
    if direction == 90:
        return Rect(left, top + begin * (bottom - top), right, top + end * (bottom - top))
    return Rect(left, bottom - end * (bottom - top), right, bottom - begin * (bottom - top))


def _mean(weighted: list[tuple[float, int]]) -> float:
    return sum(value * weight for value, weight in weighted) / sum(weight for _, weight in weighted)
