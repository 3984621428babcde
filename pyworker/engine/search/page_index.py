"""What a search keeps of a page: its words with their places, its lines and its zones once they were needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from pyworker.engine.layout.reading_order import Line, bounds, lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

UNITS = 100
"""Places are kept in hundredths of a point, so that what was kept gives the same boxes as what was just read."""
NUMBERS = 7
"""Numbers kept of a word: four sides, font size, direction, order."""
MIRRORED = 360
"""Added to the direction of mirrored text."""


class FoundZone(NamedTuple):
    """A zone of a sheet, as `read_sheet` tells it."""

    kind: str
    title: str | None
    number: str | None
    scale: str | None
    confidence: float
    left: float
    top: float
    width: float
    height: float

    @property
    def rect(self) -> Rect:
        """Its box in displayed-page points."""
        return Rect(self.left, self.top, self.left + self.width, self.top + self.height)


@dataclass
class PageIndex:
    """The words of one page, and its size in points."""

    width: float
    height: float
    texts: list[str]
    numbers: list[int]
    """NUMBERS of each word."""
    orders: list[tuple[str, list[int]]] | None = None
    """Each line in reading order: its text and its words' numbers in `texts`. None until `lines` was called."""
    readable: bool = True
    """False for a page that pdfium cannot load, and where text may stand that only OCR reads."""
    zones: list[FoundZone] | None = None
    """Of a drawing, none of another page. None until a search found something there."""

    @classmethod
    def of(cls, words: list[Word], width: float, height: float) -> PageIndex:
        """The index of a page that was read."""
        numbers: list[int] = []
        for word in words:
            numbers += (round(side * UNITS) for side in word.rect)
            way = word.direction + (MIRRORED if word.mirrored else 0)
            numbers += (round(word.font_size * UNITS), way, word.order)
        return cls(width, height, [word.text for word in words], numbers)

    def lines(self) -> list[Line]:
        """The lines in reading order."""
        words = [self._word(number) for number in range(len(self.texts))]
        if self.orders is None:
            places = {word.order: number for number, word in enumerate(words)}
            self.orders = [
                (line.text, [places[word.order] for word in line.words])
                for line in lines_in_order(words, self.width, self.height)
            ]
        return [
            Line(
                text,
                bounds(words[number].rect for number in numbers),
                tuple(words[number] for number in numbers),
            )
            for text, numbers in self.orders
        ]

    def to_json(self) -> list[Any]:
        """A value for JSON."""
        return [
            self.width,
            self.height,
            " ".join(self.texts),
            self.numbers,
            self.orders,
            self.readable,
            self.zones,
        ]

    @classmethod
    def from_json(cls, value: Any) -> PageIndex:
        """The index of what `to_json` gave. Raises ValueError, TypeError or IndexError for anything else."""
        width, height, texts, numbers, orders, readable, zones = value
        index = cls(
            float(width), float(height), texts.split(" ") if texts else [], numbers, None, bool(readable)
        )
        count = len(index.texts)
        if len(numbers) != NUMBERS * count or not all(type(number) is int for number in numbers):
            raise ValueError("places and words do not fit together")
        if orders is not None:
            if not all(
                isinstance(text, str) and places and all(0 <= place < count for place in places)
                for text, places in orders
            ):
                raise ValueError("lines and words do not fit together")
            index.orders = [(text, list(places)) for text, places in orders]
        if zones is not None:
            index.zones = [_zone(*zone) for zone in zones]
        return index

    def _word(self, number: int) -> Word:
        left, top, right, bottom, size, way, order = self.numbers[NUMBERS * number : NUMBERS * (number + 1)]
        rect = Rect(left / UNITS, top / UNITS, right / UNITS, bottom / UNITS)
        return Word(self.texts[number], rect, size / UNITS, way % MIRRORED, order, way >= MIRRORED)


def _zone(kind: Any, *others: Any) -> FoundZone:
    """A zone that was kept. Raises TypeError where it is none."""
    title, number, scale, *numbers = others
    texts = (title, number, scale)
    if not isinstance(kind, str) or not all(text is None or isinstance(text, str) for text in texts):
        raise TypeError("a zone's texts are none")
    return FoundZone(kind, title, number, scale, *map(float, numbers))
