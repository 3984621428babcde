"""Which reader reads the lines of a page whose language the request does not name: the bundled one, or one that
knows the letters which are missing from it.

A model that lacks a letter leaves it out and is sure of the rest (`Ting Vit`, 0.999), so its confidence tells
nothing. The other reader does: on Vietnamese at least one letter in fourteen of its text is of those the bundled
model lacks, on English none, on French, German, Spanish or Polish at most one in fifty (docs/benchmarks.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.readers import OtherReader, Reader
    from pyworker.engine.ocr.recognition import Recognised

SAMPLE = 3
"""Lines that both readers read before the page's language is decided."""
TELLING_SHARE = 0.04
TELLING_CONFIDENCE = 0.75
SURE = 0.9
CERTAIN = 0.95
"""Confidence of the bundled model below which a line is read by the other reader too."""
LATIN_END = "\u0250"
"""First of the scripts after Latin; Latin Extended Additional, which comes later, is what the first reader lacks."""
TOLD = 3
"""Letters that the bundled model lacks, in lines that tell, from which on the page is in the other language."""
MAX_SUSPICIONS = 6
"""Lines that are read by the other reader for nothing before suspicion ends."""
VOWELS = frozenset("aeiouyAEIOUY")
FOREIGN = frozenset("äöüßåæøœçñëïîÄÖÜÅÆØŒÇÑËÏÎ")
"""Letters that Vietnamese does not have. The other reader takes some of them for letters of its own (prủfen)."""
PLAIN = 0.98
"""Confidence of the bundled model from which on these letters are there."""
HINTS = frozenset("ăđĩồũơưĂĐĨỒŨƠƯ")
"""Letters that the bundled model knows, and that hardly another language than Vietnamese has."""


class LineReader:
    """Reads the lines of one request: with `first`, or with `other` where the page is in its language."""

    def __init__(self, first: Reader, other: OtherReader | None, context: RequestContext) -> None:
        self.first = first
        self._other = other
        self.context = context
        self.lines_read = 0
        self._prefers_other = False
        self._known: dict[int, Recognised] = {}
        self._suspicions = 0
        self._told = 0

    def read_all(self, lines: list[Any]) -> list[Recognised]:
        """The text of each of `lines`, upright pictures, by the reader that suits the page.

        A line that tells the other language is reason to read those before it again.
        """
        self._look(lines)
        preferred = self._prefers_other
        read = []
        for line in lines:
            read.append(self._read(line))
            self.lines_read += 1
        if self._other is not None and self._prefers_other and not preferred:
            lacking = self._other.lacking
            # What has no letters was read right by the first reader.
            for index, (line, found) in enumerate(zip(lines, read, strict=True)):
                if any(map(str.isalpha, found.text)) and lacking.isdisjoint(found.text):
                    read[index] = self._read(line)
        return read

    def _look(self, lines: list[Any]) -> None:
        """Decide by a few of `lines`: well spread, none short."""
        if self._other is None or self._prefers_other:
            return
        longest = max(map(_length, lines), default=0.0)
        long = [line for line in lines if _length(line) >= longest / 2]
        for index in range(min(SAMPLE, len(long))):
            line = long[index * len(long) // min(SAMPLE, len(long))]
            found = self._known[id(line)] = self.recognise(self._other.reader, line)
            if _tells(found, self._other.lacking) and not _is_foreign(self.recognise(self.first, line)):
                self._prefers_other = True
                return

    def _read(self, line: Any) -> Recognised:
        if self._other is None:
            return self.recognise(self.first, line)
        if self._prefers_other:
            found = self._by(self._other, line)
            if found.confidence >= TELLING_CONFIDENCE and not _is_figures(found.text):
                return found
            # Perhaps figures, or a line in another script. What the first reader cannot write, though, it cannot judge.
            instead = self.recognise(self.first, line)
            writable = self._other.lacking.isdisjoint(found.text) or not _is_latin(instead.text)
            return instead if writable and instead.confidence >= SURE else found
        found = self.recognise(self.first, line)
        if _is_foreign(found):
            return found
        doubtful = not HINTS.isdisjoint(found.text) or found.confidence < CERTAIN
        if not doubtful and (self._suspicions >= MAX_SUSPICIONS or not _is_suspicious(found.text)):
            return found
        instead = self._by(self._other, line)
        if not _tells(instead, self._other.lacking):
            self._suspicions += not doubtful
            return found
        self._told += sum(letter in self._other.lacking for letter in instead.text)
        self._prefers_other = self._told >= TOLD
        return instead

    def recognise(self, reader: Reader, line: Any) -> Recognised:
        """What `reader` reads, unless that would take longer than there is time: then DeadlinePassed."""
        return reader.pace.run(_length(line), self.context, lambda: reader.recognise(line, self.context))

    def _by(self, other: OtherReader, line: Any) -> Recognised:
        known = self._known.pop(id(line), None)
        return known if known is not None else self.recognise(other.reader, line)


def _tells(found: Recognised, lacking: frozenset[str]) -> bool:
    letters = sum(map(str.isalpha, found.text))
    telling = sum(character in lacking for character in found.text)
    return 0 < telling >= TELLING_SHARE * letters and found.confidence >= TELLING_CONFIDENCE


def _is_figures(text: str) -> bool:
    """Whether a text is a date, a number or a scale: the first reader reads figures better."""
    return sum(map(str.isdigit, text)) > sum(map(str.isalpha, text))


def _is_foreign(found: Recognised) -> bool:
    """Whether a line, as the first reader read it, is surely in another language than Vietnamese."""
    return found.confidence >= PLAIN and not FOREIGN.isdisjoint(found.text)


def _is_suspicious(text: str) -> bool:
    """Whether letters may be missing in a text: it has accents, or a word without a vowel."""
    words = [[letter for letter in word if letter.isalpha()] for word in text.split()]
    return any(
        not all(map(str.isascii, word))
        or (len(word) > 1 and not word[-1].isupper() and VOWELS.isdisjoint(word))
        for word in words
    )


def _is_latin(text: str) -> bool:
    return all(character < LATIN_END or not character.isalpha() for character in text)


def _length(line: Any) -> float:
    """Width over height."""
    return float(line.shape[1]) / float(line.shape[0])
