"""Where text lines stand in a picture, and which way up they are: RapidOCR's detection and direction
models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pyworker.engine.ocr import models

if TYPE_CHECKING:
    from pyworker.context import RequestContext

# RapidOCR's own defaults for these models (its config.yaml, 3.10).
PIXEL_THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
MAX_BOXES = 1000
UNCLIP_RATIO = 1.6
DIRECTION_INPUT = (48, 192)
LEAST_PATCH = 3
"""Pixels; a smaller patch is dirt."""

MULTIPLE = 32
"""The detection model's strides want sides that are multiples of this."""


@dataclass(frozen=True, eq=False)
class TextBox:
    """A text line in a picture: its four corners, clockwise from the upper left one as the picture stands."""

    corners: Any
    """NumPy array, 4 x 2, pixels."""

    @cached_property
    def width(self) -> float:
        """Length of the upper side."""
        return self._side(0, 1)

    @cached_property
    def height(self) -> float:
        """Length of the left side."""
        return self._side(0, 3)

    @property
    def sideways(self) -> bool:
        """Whether the text runs up or down: RapidOCR's own measure, half as high again as wide."""
        return self.height >= 1.5 * self.width

    @property
    def elongation(self) -> float:
        """The longer side over the shorter one."""
        return max(self.width, self.height) / max(1.0, min(self.width, self.height))

    def _side(self, a: int, b: int) -> float:
        dx, dy = self.corners[a] - self.corners[b]
        return float((dx * dx + dy * dy) ** 0.5)


class Detector:
    """Finds text lines; both models are loaded at their first use, or by `load`."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    @cached_property
    def _detection(self) -> Any:
        # Its largest layers have 24 channels; in blocks they would take a third more memory.
        return models.open_session(models.bundled(models.DETECTION), self._threads, blocked=False)

    @cached_property
    def _direction(self) -> Any:
        return models.open_session(models.bundled(models.DIRECTION), self._threads)

    def load(self) -> None:
        """Load the model that finds lines; the other one waits for the first line."""
        _ = self._detection

    def find(self, picture: Any, context: RequestContext) -> list[TextBox]:
        """The text lines in `picture` (NumPy array, height x width x 3, blue-green-red), in no order."""
        import cv2
        import numpy as np

        height, width = picture.shape[:2]
        sides = [max(MULTIPLE, round(side / MULTIPLE) * MULTIPLE) for side in (width, height)]
        pixels = cv2.resize(picture, (sides[0], sides[1]))
        model_input = np.empty((1, 3, sides[1], sides[0]), dtype=np.float32)
        # A colour at a time: the whole picture in numbers takes as much as a layer of the model.
        for channel in range(3):
            np.divide(pixels[:, :, channel], 127.5, out=model_input[0, channel], dtype=np.float32)
        model_input -= 1.0
        del pixels
        found = models.run(self._detection, model_input, context)
        return _boxes(found[0, 0], width, height)

    def turned_over(self, lines: list[Any], context: RequestContext) -> float:
        """Mean probability, 0 to 1, that the pictures of lines stand upside down."""
        import cv2
        import numpy as np

        height, width = DIRECTION_INPUT
        batch = np.zeros((len(lines), 3, height, width), dtype=np.float32)
        for row, line in enumerate(lines):
            scaled = min(width, max(1, round(height * line.shape[1] / line.shape[0])))
            pixels = cv2.resize(line, (scaled, height))
            batch[row, :, :, :scaled] = pixels.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
        scores = models.run(self._direction, batch, context)
        return float(scores[:, 1].mean())


def _boxes(probability: Any, width: int, height: int) -> list[TextBox]:
    """Text boxes of a picture of `width` x `height` from the model's map of text probability.

    The post-processing of Differentiable Binarization (Liao et al., 2020): each connected patch of likely
    text becomes its rotated bounding rectangle, grown by area x UNCLIP_RATIO / perimeter, because the model
    is trained to mark the middle of a line only.
    """
    import cv2
    import numpy as np

    rows, columns = probability.shape
    mask = cv2.dilate((probability > PIXEL_THRESHOLD).astype(np.uint8), np.ones((2, 2), dtype=np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    scale = np.array([width / columns, height / rows], dtype=np.float32)
    boxes = []
    for outline in outlines[:MAX_BOXES]:
        (middle, (across, down), angle) = cv2.minAreaRect(outline)
        if min(across, down) < LEAST_PATCH:
            continue
        if _mean_inside(probability, cv2.boxPoints((middle, (across, down), angle))) < BOX_THRESHOLD:
            continue
        growth = across * down * UNCLIP_RATIO / (2 * (across + down))
        grown = (across + 2 * growth, down + 2 * growth)
        corners = _clockwise(cv2.boxPoints((middle, grown, angle))) * scale
        box = TextBox(np.clip(corners, 0, [width - 1, height - 1]).astype(np.float32))
        if min(box.width, box.height) > LEAST_PATCH:
            boxes.append(box)
    return boxes


def _mean_inside(probability: Any, corners: Any) -> float:
    """Mean of the map inside a quadrilateral."""
    import cv2
    import numpy as np

    rows, columns = probability.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, [columns - 1, rows - 1])
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, [columns - 1, rows - 1])
    mask = np.zeros((bottom - top + 1, right - left + 1), dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - [left, top]).astype(np.int32)], 1)
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], mask)[0])


def _clockwise(corners: Any) -> Any:
    """The four corners, clockwise from the one at the upper left."""
    import numpy as np

    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_x[:2], by_x[2:]
    upper_left, lower_left = left[np.argsort(left[:, 1])]
    upper_right, lower_right = right[np.argsort(right[:, 1])]
    return np.array([upper_left, upper_right, lower_right, lower_left])


def cut_out(picture: Any, box: TextBox) -> Any:
    """The line in `box` of `picture` as an upright rectangle."""
    import cv2
    import numpy as np

    width, height = max(1, round(box.width)), max(1, round(box.height))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(box.corners.astype(np.float32), target)
    return cv2.warpPerspective(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
