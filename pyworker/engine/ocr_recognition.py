"""From a picture of one text line to its text: scaling, the recognition model, and CTC decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyworker.engine.ocr_models import RecognitionModel

# Shortest input in pixels: the model's strides make the picture of a single letter vanish below it.
MIN_WIDTH = 32
MAX_WIDTH = 4096


@dataclass(frozen=True)
class Recognised:
    """Text of one line."""

    text: str
    confidence: float
    """Mean probability of its characters, 0 to 1."""
    places: tuple[float, ...]
    """Where each character's middle is along the line, 0 to 1."""


def recognise(model: RecognitionModel, line: Any) -> Recognised:
    """The text in `line`, an upright picture (NumPy array, height x width x 3, blue-green-red) of one line.

    Lines go through the model one at a time, each at its own width: on a CPU a batch is slower, because short
    lines are padded to the longest (62 ms a full line alone, 97 ms in batches of six, measured on 2 threads).
    """
    import cv2
    import numpy as np

    height, width = line.shape[:2]
    scaled = min(MAX_WIDTH, max(1, round(model.height * width / height)))
    pixels = cv2.resize(
        line,
        (scaled, model.height),
        interpolation=cv2.INTER_AREA if height > model.height else cv2.INTER_CUBIC,
    )
    picture = np.zeros((1, 3, model.height, max(MIN_WIDTH, scaled)), dtype=np.float32)
    picture[0, :, :, :scaled] = pixels.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
    session = model.session
    scores = session.run(None, {session.get_inputs()[0].name: picture})[0][0]
    return _decode(scores, model.characters, picture.shape[3] / scaled)


def _decode(scores: Any, characters: list[str], padding: float) -> Recognised:
    """Greedy CTC decoding (Graves et al., 2006): the best class of each step, repeats merged, blanks
    dropped.
    """
    import numpy as np

    best = scores.argmax(axis=1)
    keep = best != 0
    keep[1:] &= best[1:] != best[:-1]
    steps = np.flatnonzero(keep)
    text = [characters[best[step]] for step in steps]
    places = [min(1.0, (float(step) + 0.5) / len(best) * padding) for step in steps]
    probabilities = [float(scores[step, best[step]]) for step in steps]
    # White space at the ends is the margin of the box, not text.
    first, last = 0, len(text)
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    confidence = sum(probabilities[first:last]) / (last - first) if last > first else 0.0
    return Recognised("".join(text[first:last]), round(min(1.0, confidence), 4), tuple(places[first:last]))
