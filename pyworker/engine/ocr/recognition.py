"""From a picture of one text line to its text: scaling, the recognition model, and CTC decoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Shortest input in pixels: the model's strides make the picture of a single letter vanish below it.
MIN_WIDTH = 32
MAX_WIDTH = 4096
SPACE_SEEN = 0.05
"""Probability of a space from which on there is one: above 0.1 where the model leaves one out, below 0.005
inside words."""
EAST_ASIAN = "\u2e80"
"""First of the scripts that are written without spaces."""


@dataclass(frozen=True)
class Recognised:
    """Text of one line."""

    text: str
    confidence: float
    """Mean probability of its characters, 0 to 1."""
    places: tuple[float, ...]
    """Where each character's middle is along the line, 0 to 1."""


def scaled(line: Any, height: int) -> tuple[Any, float]:
    """A recognition model's input for `line`, a picture (NumPy array, height x width x 3, blue-green-red), and
    how much wider it is than the line in it.

    Lines go through the model one at a time, each at its own width: on a CPU a batch is slower, because short
    lines are padded to the longest (62 ms a full line alone, 97 ms in batches of six, measured on 2 threads).
    """
    import cv2
    import numpy as np

    tall, long = line.shape[:2]
    width = min(MAX_WIDTH, max(1, round(height * long / tall)))
    pixels = cv2.resize(
        line, (width, height), interpolation=cv2.INTER_AREA if tall > height else cv2.INTER_CUBIC
    )
    picture = np.zeros((1, 3, height, max(MIN_WIDTH, width)), dtype=np.float32)
    picture[0, :, :, :width] = pixels.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
    return picture, picture.shape[3] / width


def decode(scores: Any, characters: list[str], padding: float) -> Recognised:
    """Greedy CTC decoding (Graves et al., 2006): the best class of each step, repeats merged, blanks
    dropped.
    """
    import numpy as np

    best = scores.argmax(axis=1)
    keep = best != 0
    keep[1:] &= best[1:] != best[:-1]
    space = len(characters) - 1 if characters[-1] == " " else None
    text: list[str] = []
    steps: list[int] = []
    probabilities: list[float] = []
    for step in np.flatnonzero(keep):
        character = characters[best[step]]
        if text and space is not None and _parts_words(text[-1], character):
            # Around digits and stops the model often prefers "nothing" to a space that it did see.
            between = scores[steps[-1] : step + 1, space]
            if between.max() >= SPACE_SEEN:
                text.append(" ")
                steps.append(steps[-1] + int(between.argmax()))
                probabilities.append(float(between.max()))
        text.append(character)
        steps.append(int(step))
        probabilities.append(float(scores[step, best[step]]))
    places = [min(1.0, (step + 0.5) / len(best) * padding) for step in steps]
    # White space at the ends is the margin of the box, not text.
    first, last = 0, len(text)
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    letters = [p for p, c in zip(probabilities[first:last], text[first:last], strict=True) if c != " "]
    confidence = sum(letters) / len(letters) if letters else 0.0
    return Recognised("".join(text[first:last]), round(min(1.0, confidence), 4), tuple(places[first:last]))


def _parts_words(before: str, after: str) -> bool:
    """Whether a space can stand between two characters: neither is one, nor of a script without spaces."""
    return not before.isspace() and not after.isspace() and max(before, after) < EAST_ASIAN
