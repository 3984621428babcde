"""OCR of a region of a page: rendered to suit its text, turned upright, read line by line within the
deadline.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from pyworker.engine.geometry import POINTS_PER_INCH, PageGeometry, Rect
from pyworker.engine.ocr_choice import LineReader
from pyworker.engine.ocr_loading import Loading
from pyworker.engine.ocr_pace import Pace
from pyworker.engine.ocr_readers import Readers
from pyworker.engine.page_content import Word
from pyworker.engine.reading_order import lines_in_order
from pyworker.engine.region_image import render_bgr
from pyworker.errors import DeadlinePassed

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.documents import OpenPage
    from pyworker.engine.ocr_detection import Detector, TextBox
    from pyworker.engine.ocr_recognition import Recognised

# Detection is done on about one million pixels, 106 dpi for a whole A4 page, and at most at 200 dpi: it then
# finds every line of dense text down to 5 pt. Of a page with a line or two it misses some at that size and
# finds them at two thirds of it (measured with 5 to 16 pt at 50 to 150 dpi).
DETECTION_PIXELS = 1.1e6
MAX_DETECTION_DPI = 200.0
SPARSE = 2
SECOND_LOOK = 0.68
# Recognition reads lines scaled to 48 pixels; the page is rendered so that they are about that high, not
# larger.
LINE_HEIGHT = 48.0
MAX_READING_PIXELS = 12e6
# The direction model errs on single lines; the mean over the longest ones does not. Where even that is in
# doubt, a few lines are read both ways.
DIRECTION_LINES = 12
DOUBT = 0.35
LINES_READ_BOTH_WAYS = 3
UNNAMED = "vi"
"""The language that is looked for where none is named: this worker's users are Vietnamese, and the bundled model
drops half of the vowels of their language."""
SHORT = 3.0
"""Length over thickness below which a box holds too little to tell which way it runs."""
BOX_HEIGHT_IN_EM = 1.6
MIN_CONFIDENCE = 0.5
"""RapidOCR's own limit (`text_score`): what is read with less is a line drawn, a texture, or dirt."""
MIN_CONFIDENCE_ALONE = 0.8
"""Of a line of one character: strokes and filled boxes look like one."""


@dataclass(frozen=True)
class OcrLine:
    """One line that was read."""

    text: str
    rect: Rect
    """In displayed-page points."""
    confidence: float
    """Mean probability of its characters, 0 to 1."""
    words: tuple[Word, ...]


@dataclass(frozen=True)
class _Found:
    """A line that was read, where it stands in the picture."""

    read: Recognised
    rect: Rect
    direction: int

    @property
    def font_size(self) -> float:
        """About the em in pixels: the detector's boxes are about 1.6 times as high."""
        across = self.rect.height if self.direction in (0, 180) else self.rect.width
        return across / BOX_HEIGHT_IN_EM

    def words(self) -> list[tuple[str, Rect]]:
        """The line cut at its spaces, half-way between the characters around them."""
        text, places = self.read.text, self.read.places
        words = []
        for match in re.finditer(r"\S+", text):
            first, last = match.start(), match.end() - 1
            begin = (places[first - 1] + places[first]) / 2 if first else 0.0
            end = (places[last] + places[last + 1]) / 2 if last + 1 < len(text) else 1.0
            words.append((match.group(), _part(self.rect, self.direction, begin, end)))
        return words


class _Models(NamedTuple):
    detector: Detector
    readers: Readers


class OcrEngine:
    """RapidOCR's models on ONNX Runtime, and Tesseract; one thread may use it at a time."""

    def __init__(self, threads: int, artifacts: Path | None) -> None:
        self._threads = threads
        self._artifacts = artifacts
        self._models = Loading(self._load)
        self._detection_pace = Pace()

    def languages(self) -> list[str]:
        """ISO 639-1 codes of the languages that can be read."""
        return Readers(self._threads, self._artifacts).languages()

    def read(
        self, page: OpenPage, region: Rect, languages: list[str], context: RequestContext
    ) -> list[OcrLine]:
        """The lines in `region` of the page, in reading order.

        Where no language is named, Vietnamese is told from others where it can be read. Raises
        EngineUnavailable where nothing here reads one of `languages`, and DeadlinePassed, which says how far
        the reading was, before a step that would end after the deadline.
        """
        start = time.monotonic()
        detector, readers = self._models.wait(context)
        other = None if languages else readers.for_letters_lacking(UNNAMED)
        reader = LineReader(readers.choose(languages), other, context)
        boxes, dpi = self._detect(page, region, detector, context)
        if not boxes:
            return []
        reading_dpi = self._reading_dpi(boxes, region, dpi)
        picture = render_bgr(page, region, reading_dpi)
        context.check()
        try:
            found = self._read_boxes(boxes, picture, reading_dpi / dpi, detector, reader)
        except DeadlinePassed as error:
            raise _with_progress(error, reader.lines_read, len(boxes), time.monotonic() - start) from None
        return _in_order(found, region, POINTS_PER_INCH / reading_dpi, page.geometry)

    def _load(self) -> _Models:
        import cv2

        from pyworker.engine.ocr_detection import Detector

        cv2.setNumThreads(self._threads)
        models = _Models(Detector(self._threads), Readers(self._threads, self._artifacts))
        models.detector.load()
        models.readers.load()
        return models

    def _detect(
        self, page: OpenPage, region: Rect, detector: Detector, context: RequestContext
    ) -> tuple[list[TextBox], float]:
        """The text boxes of the region, and the resolution in dpi that their pixels are of."""
        square_inches = region.width * region.height / POINTS_PER_INCH**2
        dpi = min(MAX_DETECTION_DPI, math.sqrt(DETECTION_PIXELS / square_inches))
        picture = render_bgr(page, region, dpi)
        boxes = self._detection_pace.run(picture.size, context, lambda: detector.find(picture, context))
        if len(boxes) <= SPARSE:
            smaller = render_bgr(page, region, dpi * SECOND_LOOK)
            others = self._detection_pace.run(smaller.size, context, lambda: detector.find(smaller, context))
            if len(others) > len(boxes):
                return others, dpi * SECOND_LOOK
        return boxes, dpi

    def _reading_dpi(self, boxes: list[TextBox], region: Rect, dpi: float) -> float:
        square_inches = region.width * region.height / POINTS_PER_INCH**2
        wanted = dpi * max(1.0, LINE_HEIGHT / _line_height(boxes))
        return max(dpi, min(wanted, math.sqrt(MAX_READING_PIXELS / square_inches)))

    def _read_boxes(
        self, boxes: list[TextBox], picture: Any, scale: float, detector: Detector, reader: LineReader
    ) -> list[_Found]:
        """Read boxes; places are pixels of `picture`, which is `scale` times as large as what they were found
        in.
        """
        main = _mostly_sideways(boxes)
        along = [box for box in boxes if box.sideways == main]
        across = [box for box in boxes if box.sideways != main]
        # A single letter or digit is higher than wide: it is first read the way the page's lines run.
        short = [box for box in across if box.elongation < SHORT] if along else []
        found = []
        again = [box for box in across if box not in short]
        for box, line in self._read_group([*along, *short], main, picture, scale, detector, reader):
            if box in short and (line is None or line.read.confidence < MIN_CONFIDENCE_ALONE):
                again.append(box)
            elif line is not None:
                found.append(line)
        if again:
            group = self._read_group(again, not main, picture, scale, detector, reader)
            found += [line for _box, line in group if line is not None]
        return found

    def _read_group(
        self,
        boxes: list[TextBox],
        sideways: bool,
        picture: Any,
        scale: float,
        detector: Detector,
        reader: LineReader,
    ) -> list[tuple[TextBox, _Found | None]]:
        """Read boxes as lines that run along one axis; None where nothing is read for sure."""
        import numpy as np

        from pyworker.engine.ocr_detection import cut_out

        # Text that runs upwards is upright after a quarter turn clockwise; what runs downwards is then upside
        # down.
        lines = [cut_out(picture, box, scale) for box in boxes]
        if sideways:
            lines = [np.ascontiguousarray(np.rot90(line, -1)) for line in lines]
        over = self._turned_over(lines, detector, reader)
        if over:
            lines = [np.ascontiguousarray(np.rot90(line, 2)) for line in lines]
        direction = {(False, False): 0, (False, True): 180, (True, False): 270, (True, True): 90}[
            (sideways, over)
        ]
        reader.look(lines)
        found: list[tuple[TextBox, _Found | None]] = []
        for box, line in zip(boxes, lines, strict=True):
            read = reader.read(line)
            least = MIN_CONFIDENCE if len(read.text) > 1 else MIN_CONFIDENCE_ALONE
            if read.text and read.confidence >= least:
                corners = box.corners * scale
                rect = Rect(*(float(v) for v in (*corners.min(axis=0), *corners.max(axis=0))))
                found.append((box, _Found(read, rect, direction)))
            else:
                found.append((box, None))
        return found

    def _turned_over(self, lines: list[Any], detector: Detector, reader: LineReader) -> bool:
        """Whether the lines stand upside down."""
        import numpy as np

        longest = sorted(lines, key=lambda line: line.shape[0] / line.shape[1])
        over = detector.turned_over(longest[:DIRECTION_LINES], reader.context)
        if abs(over - 0.5) > DOUBT:
            return over > 0.5
        # Lines of middling length: enough letters to tell, and short enough to be quick.
        middle = len(longest) // 2
        upright = upturned = 0.0
        for line in longest[middle : middle + LINES_READ_BOTH_WAYS]:
            upright += reader.recognise(reader.first, line).confidence
            upturned += reader.recognise(reader.first, np.ascontiguousarray(np.rot90(line, 2))).confidence
        return upturned > upright


def _mostly_sideways(boxes: list[TextBox]) -> bool:
    """Whether the longer part of the lines runs up or down; of short boxes, only where there are no others."""
    clear = [box for box in boxes if box.elongation >= SHORT] or boxes
    lengths = dict.fromkeys((False, True), 0.0)
    for box in clear:
        lengths[box.sideways] += max(box.width, box.height)
    return lengths[True] > lengths[False]


def _in_order(found: list[_Found], region: Rect, points: float, geometry: PageGeometry) -> list[OcrLine]:
    """The lines of the region in reading order; a pixel of `found` is `points` points wide."""
    # A whole line is one word to the reading order, which must not take its spaces away.
    whole = [
        Word(f.read.text, _placed(f.rect, region, points), f.font_size * points, f.direction, order)
        for order, f in enumerate(found)
    ]
    lines = []
    for line in lines_in_order(whole, geometry.width, geometry.height):
        words = [
            Word(text, _placed(rect, region, points), word.font_size, word.direction, word.order)
            for word in line.words
            for text, rect in found[word.order].words()
        ]
        confidence = _mean([(found[word.order].read.confidence, len(word.text)) for word in line.words])
        lines.append(OcrLine(line.text, line.rect, round(confidence, 4), tuple(words)))
    return lines


def _with_progress(error: DeadlinePassed, read: int, total: int, seconds: float) -> DeadlinePassed:
    """`error` with how far OCR was, and the deadline that would have been long enough at this pace."""
    needed = 1000 * math.ceil(1.5 * seconds * total / max(1, read))
    return DeadlinePassed(
        f"{error.message}. OCR had read {read} of {total} lines: ask for a smaller bbox, or for all of it with a "
        f"timeout_ms of about {needed}",
        **error.details,
        lines_read=read,
        lines_found=total,
    )


def _line_height(boxes: list[TextBox]) -> float:
    return median(box.width if box.sideways else box.height for box in boxes)


def _placed(rect: Rect, region: Rect, points: float) -> Rect:
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
