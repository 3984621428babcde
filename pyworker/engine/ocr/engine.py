"""OCR of a region of a page: rendered to suit its text, turned upright, read line by line within the
deadline.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from pyworker.engine.ocr.box_cuts import cut_at_rules
from pyworker.engine.ocr.choice import LineReader
from pyworker.engine.ocr.grain import stands_out
from pyworker.engine.ocr.ink import free_of_ink
from pyworker.engine.ocr.level import LevelPicture, level_boxes, render_level, tilt_of
from pyworker.engine.ocr.lines import FoundLine, Reading, in_order, placed
from pyworker.engine.ocr.loading import Loading
from pyworker.engine.ocr.missed_text import missed_text
from pyworker.engine.ocr.pace import Pace
from pyworker.engine.ocr.readers import Readers
from pyworker.engine.ocr.recognition import Recognised
from pyworker.engine.ocr.small_marks import Mark, small_marks
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.page_content import Ruling
from pyworker.engine.pdf.render import render_bgr
from pyworker.engine.pdf.tilt import Tilt
from pyworker.engine.process.memory_monitor import give_back_memory, map_large_blocks
from pyworker.errors import DeadlinePassed

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.detection import Detector, TextBox
    from pyworker.engine.pdf.documents import OpenPage

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
KNOWN = 0.5
EDGE = 0.25
"""Of a known word's height, that its letters may reach beyond its box."""
SHORT = 3.0
"""Length over thickness below which a box holds too little to tell which way it runs."""
MIN_CONFIDENCE = 0.5
"""RapidOCR's own limit (`text_score`): what is read with less is a line drawn, a texture, or dirt."""
MIN_CONFIDENCE_ALONE = 0.8
"""Of a line of one character: strokes and filled boxes look like one."""
TOLD_ALONE = frozenset("023456789XxO")
MIN_CONFIDENCE_TOLD = 0.45
"""Of these alone, which no stroke looks like. Models read them with 0.47 to 0.85; cells of tables hold them."""


class OcrEngine:
    """RapidOCR's models on ONNX Runtime, and Tesseract; one thread may use it at a time."""

    def __init__(self, threads: int, artifacts: Path | None) -> None:
        self._threads = threads
        self._artifacts = artifacts
        self._detector = Loading(self._load_detector)
        self._readers = Loading(self._load_readers)
        self._detection_pace = Pace()

    def languages(self) -> list[str]:
        """ISO 639-1 codes of the languages that can be read."""
        return Readers(self._threads, self._artifacts).languages()

    def read(
        self,
        page: OpenPage,
        region: Rect,
        languages: list[str],
        context: RequestContext,
        known: Sequence[Rect] = (),
        rules: Callable[[LevelPicture], Sequence[Ruling]] | None = None,
        tilt: Tilt | None = None,
    ) -> Reading:
        """The lines in `region` of the page, in reading order, without those that stand where `known` words do.

        No line crosses one of the `rules` that are found in the picture, so that fields side by side are read apart.
        `tilt` is how far the page lies askew where that is known.

        A scan that lies askew is read level; the reading says by how much.

        Where no language is named, Vietnamese is told from others where it can be read. Raises
        EngineUnavailable where nothing here reads one of `languages`, and DeadlinePassed, which says how far
        the reading was, before a step that would end after the deadline.
        """
        from pyworker.engine.ocr.detection import TextBox

        start = time.monotonic()
        # Where nothing is to be read, the models that read are not loaded; a language that none of them has is told
        # all the same.
        reader = self._line_reader(languages, context) if languages else None
        try:
            boxes, dpi, coarse = self._detect(page, region, known, context)
        except DeadlinePassed as error:
            raise _with_progress(error, 0, None, time.monotonic() - start) from None
        boxes = [box for box in boxes if not _is_known(box, known, region, POINTS_PER_INCH / dpi)]
        if not boxes:
            return Reading()
        if reader is None:
            reader = self._line_reader(languages, context)
        detector = self._detector.wait(context)
        tilt = tilt_of(boxes, coarse, region) if tilt is None else Tilt(tilt.angle, *region.center)
        boxes = level_boxes(boxes, region, dpi, tilt)
        reading_dpi = self._reading_dpi(boxes, region, dpi)
        picture = render_level(page, region, reading_dpi, tilt)
        context.check()
        scale = reading_dpi / dpi
        scaled = [TextBox(box.corners * scale) for box in boxes]
        drawn = rules(picture) if rules is not None else []
        if rules is not None:
            scaled = cut_at_rules(scaled, drawn, picture)
            context.check()
        marks: list[Mark] = []
        if rules is None and not _mostly_sideways(scaled):
            marks, scaled = small_marks(picture, scaled)
        wanted = [*scaled, *(mark.box for mark in marks if mark.read is None)]
        try:
            found, unread = self._read_boxes(wanted, picture.pixels, detector, reader)
            if rules is not None:
                found = [line for line in found if any(map(str.isalnum, line.read.text))]
                found += _read_missed(picture, found, drawn, reader)
        except DeadlinePassed as error:
            raise _with_progress(error, reader.lines_read, len(boxes), time.monotonic() - start) from None
        found += [FoundLine(mark.read, _rect(mark.box), 0) for mark in marks if mark.read is not None]
        return in_order(found, unread, picture, page.geometry)

    def _load_detector(self) -> Detector:
        import cv2

        from pyworker.engine.ocr.detection import Detector

        cv2.setNumThreads(self._threads)
        map_large_blocks()
        detector = Detector(self._threads)
        detector.load()
        # What this thread has freed is in an arena of its own, which the engine's thread does not use.
        give_back_memory()
        return detector

    def _load_readers(self) -> Readers:
        readers = Readers(self._threads, self._artifacts)
        readers.load()
        give_back_memory()
        return readers

    def _line_reader(self, languages: list[str], context: RequestContext) -> LineReader:
        """What reads the lines of one request.

        Raises EngineUnavailable where nothing here reads one of `languages`, and DeadlinePassed.
        """
        readers = self._readers.wait(context)
        other = None if languages else readers.for_letters_lacking(UNNAMED)
        return LineReader(readers.choose(languages), other, context)

    def _detect(
        self, page: OpenPage, region: Rect, known: Sequence[Rect], context: RequestContext
    ) -> tuple[list[TextBox], float, Any]:
        """The text boxes of the region, the resolution in dpi that their pixels are of, and the picture of it."""
        square_inches = region.width * region.height / POINTS_PER_INCH**2
        dpi = min(MAX_DETECTION_DPI, math.sqrt(DETECTION_PIXELS / square_inches))
        picture = render_bgr(page, region, dpi)
        words = [_in_pixels(word, region, dpi) for word in known]
        if not stands_out(picture, words):
            return [], dpi, picture
        detector = self._detector.wait(context)
        boxes = self._detection_pace.run(picture.size, context, lambda: detector.find(picture, context))
        if len(boxes) <= SPARSE and stands_out(picture, [*words, *map(_rect, boxes)]):
            smaller = render_bgr(page, region, dpi * SECOND_LOOK)
            others = self._detection_pace.run(smaller.size, context, lambda: detector.find(smaller, context))
            if len(others) > len(boxes):
                return others, dpi * SECOND_LOOK, smaller
        return boxes, dpi, picture

    def _reading_dpi(self, boxes: list[TextBox], region: Rect, dpi: float) -> float:
        square_inches = region.width * region.height / POINTS_PER_INCH**2
        wanted = dpi * max(1.0, LINE_HEIGHT / _line_height(boxes))
        return max(dpi, min(wanted, math.sqrt(MAX_READING_PIXELS / square_inches)))

    def _read_boxes(
        self, boxes: list[TextBox], picture: Any, detector: Detector, reader: LineReader
    ) -> tuple[list[FoundLine], list[Rect]]:
        """The lines in `boxes` of `picture`, and the boxes in which nothing was read for sure."""
        main = _mostly_sideways(boxes)
        along = [box for box in boxes if box.sideways == main]
        across = [box for box in boxes if box.sideways != main]
        # A single letter or digit is higher than wide: it is first read the way the page's lines run.
        short = [box for box in across if box.elongation < SHORT] if along else []
        found = []
        unread = []
        again = [box for box in across if box not in short]
        for box, line in self._read_group([*along, *short], main, picture, detector, reader):
            if box in short and (line is None or line.read.confidence < MIN_CONFIDENCE_ALONE):
                again.append(box)
            elif line is not None:
                found.append(line)
            else:
                unread.append(_rect(box))
        if again:
            for box, line in self._read_group(again, not main, picture, detector, reader):
                if line is not None:
                    found.append(line)
                else:
                    unread.append(_rect(box))
        return found, unread

    def _read_group(
        self, boxes: list[TextBox], sideways: bool, picture: Any, detector: Detector, reader: LineReader
    ) -> list[tuple[TextBox, FoundLine | None]]:
        """Read boxes as lines that run along one axis; None where nothing is read for sure."""
        import numpy as np

        from pyworker.engine.ocr.detection import cut_out

        # Text that runs upwards is upright after a quarter turn clockwise; what runs downwards is then upside
        # down.
        lines = [cut_out(picture, box) for box in boxes]
        if sideways:
            lines = [np.ascontiguousarray(np.rot90(line, -1)) for line in lines]
        over = self._turned_over(lines, detector, reader)
        if over:
            lines = [np.ascontiguousarray(np.rot90(line, 2)) for line in lines]
        direction = {(False, False): 0, (False, True): 180, (True, False): 270, (True, True): 90}[
            (sideways, over)
        ]
        found: list[tuple[TextBox, FoundLine | None]] = []
        for box, line, read in zip(boxes, lines, reader.read_all(lines), strict=True):
            least = MIN_CONFIDENCE if len(read.text) > 1 else MIN_CONFIDENCE_ALONE
            if read.text in TOLD_ALONE:
                least = MIN_CONFIDENCE_TOLD
            sure = read.text and read.confidence >= least
            found.append((box, FoundLine(read, _rect(box), direction, free_of_ink(line)) if sure else None))
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


def _read_missed(
    picture: LevelPicture, found: list[FoundLine], rules: Sequence[Ruling], reader: LineReader
) -> list[FoundLine]:
    """The short texts in `picture` that stand on none of the lines `found`, where they are level."""
    from pyworker.engine.ocr.detection import cut_out

    if sum(line.direction == 0 for line in found) <= len(found) / 2:
        return []
    boxes = missed_text(picture, [line.rect for line in found], rules)
    lines = [cut_out(picture.pixels, box) for box in boxes]
    added = []
    for box, line, read in zip(boxes, lines, reader.read_all(lines), strict=True):
        if not _is_sure(read):
            # Tesseract takes a letter alone for a sign now and then.
            read = reader.recognise(reader.first, line)
        if _is_sure(read):
            added.append(FoundLine(read, _rect(box), 0, free_of_ink(line)))
    return added


def _is_sure(read: Recognised) -> bool:
    return any(map(str.isalnum, read.text)) and read.confidence >= MIN_CONFIDENCE_ALONE


def _rect(box: TextBox) -> Rect:
    """The upright rectangle around a box."""
    return Rect(*(float(v) for v in (*box.corners.min(axis=0), *box.corners.max(axis=0))))


def _in_pixels(word: Rect, region: Rect, dpi: float) -> Rect:
    """The place of a known word in a picture of `region`, with the edges that drawing blurs."""
    scale = dpi / POINTS_PER_INCH
    edge = 1.0 + EDGE * scale * min(word.width, word.height)
    return Rect(
        (word.left - region.left) * scale - edge,
        (word.top - region.top) * scale - edge,
        (word.right - region.left) * scale + edge,
        (word.bottom - region.top) * scale + edge,
    )


def _is_known(box: TextBox, known: Sequence[Rect], region: Rect, points: float) -> bool:
    """Whether words that are known fill at least half of the box's longer side; a pixel is `points` wide."""
    left, top, right, bottom = placed(_rect(box), region, points)
    filled = 0.0
    for word in known:
        if left <= (word.left + word.right) / 2 <= right and top <= (word.top + word.bottom) / 2 <= bottom:
            filled += max(word.width, word.height)
    return filled >= KNOWN * max(right - left, bottom - top)


def _mostly_sideways(boxes: list[TextBox]) -> bool:
    """Whether the longer part of the lines runs up or down; of short boxes, only where there are no others."""
    clear = [box for box in boxes if box.elongation >= SHORT] or boxes
    lengths = dict.fromkeys((False, True), 0.0)
    for box in clear:
        lengths[box.sideways] += max(box.width, box.height)
    return lengths[True] > lengths[False]


def _with_progress(error: DeadlinePassed, read: int, total: int | None, seconds: float) -> DeadlinePassed:
    """`error` with how far OCR was: lines read of `total`, None while they are still looked for."""
    if total is None:
        return DeadlinePassed(
            f"{error.message}. OCR was still looking for lines: ask for a smaller bbox, or give more time",
            **error.details,
        )
    # Half as long again as the lines would have taken at this pace, in whole seconds.
    enough = 1000 * math.ceil(1.5 * seconds * total / max(1, read))
    return DeadlinePassed(
        f"{error.message}. OCR had read {read} of {total} lines: ask for a smaller bbox, or for all of it with a "
        f"timeout_ms of about {enough}",
        **error.details,
        lines_read=read,
        lines_found=total,
    )


def _line_height(boxes: list[TextBox]) -> float:
    return median(box.width if box.sideways else box.height for box in boxes)
