"""A sheet in one frame: upright for its main direction and scaled so that its usual letters are nine high."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.linework import Linework
from pyworker.engine.pdf.page_content import PageContent, Ruling, Word, turn_rect
from pyworker.engine.sheets.pieces import Piece, joined_letters, text_pieces
from pyworker.engine.sheets.rules import joined_rules

LETTER = 9.0
SMALLEST, LARGEST = 1.5, 14.0
"""Points: letters of another size say nothing of a sheet's scale."""
SIDEWAYS = 12
"""Words in another direction than most before the sheet is looked at in that direction too."""

ORDER_MARK = "\xfe\xff"
"""What programs show as a word where they write UTF-16 into a font of single bytes, as KiCad 6 does before accents."""
BAND = 50.0
"""Units: width of the bands by which rules are found."""
_NONE: tuple[list[float], list[Ruling]] = ([], [])


@dataclass
class Canvas:
    """Text and rules of a sheet seen in one direction. Lengths are in units: letters are nine high."""

    width: float
    height: float
    words: list[Word]
    """Every word; those that run to the right have direction 0."""
    rules: list[Ruling]
    marks: list[Rect] = field(default_factory=list)
    images: list[Rect] = field(default_factory=list)
    scale: float = 1.0
    """Units in a point."""
    turns: int = 0
    """Clockwise quarter turns from the page as displayed."""

    @cached_property
    def pieces(self) -> list[Piece]:
        """The level text in pieces."""
        return text_pieces([word for word in self.words if word.direction == 0])

    @cached_property
    def level(self) -> Lines:
        """The level rules by their place."""
        return Lines([rule for rule in self.rules if rule.horizontal])

    @cached_property
    def upright(self) -> Lines:
        """The upright rules by their place."""
        return Lines([rule for rule in self.rules if not rule.horizontal])

    def to_page(self, rect: Rect) -> Rect:
        """A box of this canvas in displayed-page points."""
        turned = turn_rect(rect, self.width, self.height, -self.turns)
        return Rect(*(value / self.scale for value in turned))

    def from_page(self, rect: Rect) -> Rect:
        """The box on this canvas of one in displayed-page points."""
        scaled = Rect(*(value * self.scale for value in rect))
        width, height = (self.height, self.width) if self.turns % 2 else (self.width, self.height)
        return turn_rect(scaled, width, height, self.turns)

    def seen_in(self, direction: int) -> Canvas:
        """The same sheet turned so that text of `direction` (as this canvas has it) runs to the right."""
        turns = (4 - direction // 90) % 4
        if not turns:
            return self
        content = PageContent(
            self.width, self.height, self.words, self.rules, [], self.marks, self.images
        ).turned(turns)
        return Canvas(
            content.width,
            content.height,
            content.words,
            content.rulings,
            content.drawings,
            content.images,
            self.scale,
            (self.turns + turns) % 4,
        )

    def directions(self) -> list[int]:
        """The directions with enough text, the commonest first."""
        counts = Counter(word.direction for word in self.words).most_common()
        return [d for number, (d, n) in enumerate(counts) if number == 0 or n >= SIDEWAYS]


class Lines:
    """Rules of one direction, ordered by place."""

    def __init__(self, rules: list[Ruling]) -> None:
        self.rules = sorted(rules, key=lambda rule: rule.at)
        self._places = [rule.at for rule in self.rules]

    def between(self, low: float, high: float) -> list[Ruling]:
        """The rules from `low` to `high`."""
        return self.rules[bisect_left(self._places, low) : bisect_left(self._places, high)]

    def before(self, at: float, across: float, most: int) -> list[Ruling]:
        """The nearest `most` rules before `at` that reach over the point `across`, nearest first."""
        places, rules = self._at(across)
        return _over(rules, range(bisect_left(places, at) - 1, -1, -1), across, most)

    def behind(self, at: float, across: float, most: int) -> list[Ruling]:
        """The nearest `most` rules behind `at` that reach over the point `across`, nearest first."""
        places, rules = self._at(across)
        return _over(rules, range(bisect_left(places, at), len(rules)), across, most)

    def _at(self, across: float) -> tuple[list[float], list[Ruling]]:
        """The rules that may reach over a point, with their places, by place."""
        return self._bands.get(int(across // BAND), _NONE)

    @cached_property
    def _bands(self) -> dict[int, tuple[list[float], list[Ruling]]]:
        """The rules by the bands across them that they reach into: most rules of a sheet are short."""
        bands: dict[int, tuple[list[float], list[Ruling]]] = {}
        for rule in self.rules:
            for band in range(int(rule.start // BAND), int(rule.end // BAND) + 1):
                places, rules = bands.setdefault(band, ([], []))
                places.append(rule.at)
                rules.append(rule)
        return bands


def _over(rules: list[Ruling], indices: range, across: float, most: int) -> list[Ruling]:
    found: list[Ruling] = []
    for index in indices:
        rule = rules[index]
        if rule.start <= across <= rule.end:
            found.append(rule)
            if len(found) == most:
                break
    return found


def letter_size(words: list[Word]) -> float:
    """The usual font size of `words` in points; nine where there is none."""
    sizes = [word.font_size for word in words if SMALLEST <= word.font_size <= LARGEST]
    return median(sizes) if sizes else LETTER


def canvas_of(
    width: float, height: float, words: list[Word], work: Linework, check: Callable[[], None]
) -> Canvas:
    """The canvas of a page of `width` x `height` points with its own words and strokes."""
    scale = LETTER / letter_size(words)
    scaled = [
        word._replace(rect=Rect(*(value * scale for value in word.rect)), font_size=word.font_size * scale)
        for word in joined_letters(words)
        if word.text != ORDER_MARK
    ]
    check()
    strokes = [
        Ruling(r.horizontal, r.at * scale, r.start * scale, r.end * scale, r.width * scale)
        for r in work.rules
    ]
    rules = joined_rules(strokes, [word.rect for word in scaled])
    check()
    canvas = Canvas(
        width * scale,
        height * scale,
        scaled,
        rules,
        [Rect(*(value * scale for value in mark)) for mark in work.marks],
        [Rect(*(value * scale for value in image)) for image in work.images],
        scale,
    )
    directions = canvas.directions()
    return canvas.seen_in(directions[0]) if directions else canvas
