"""Scans that lie askew made level: the angle of their text lines, and the picture turned back by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pyworker.engine.ocr.detection import TextBox
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.render import render_bgr
from pyworker.engine.pdf.tilt import Tilt

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

LONG = 3.0
"""Length over thickness from which on a box tells an angle."""
LARGEST = math.radians(15)
"""A box further askew than this is a label set so on purpose."""
SMALLEST = math.radians(0.1)
"""Half a pixel in a line of two inches: less changes nothing."""
SEARCH = math.radians(0.6)
STEP = math.radians(0.1)
"""How far from the boxes' angle, and how finely, the angle is looked for at which the lines' ink parts best."""
FURTHER = 4
"""How often it is looked for again around the best, where that is at an end: boxes of short words tell no angle."""
ALIKE = math.radians(3)
"""A box nearer to the page's angle than this is taken to lie at it."""

PAPER_SAMPLE = 100
"""Rows and columns of pixels that tell the paper's colour, which fills the corners of a level picture."""


@dataclass(frozen=True, eq=False)
class LevelPicture:
    """A part of a page as pixels, its text lines level."""

    pixels: Any
    """NumPy array, height x width x 3, blue-green-red."""
    frame: Rect
    """What it shows, in level coordinates (points)."""
    dpi: float
    tilt: Tilt


def tilt_of(boxes: list[TextBox], picture: Any, region: Rect) -> Tilt:
    """How far the text lines `boxes`, found in `picture` of the page's `region`, lie askew."""
    x, y = region.center
    angles = sorted((_angle(box), max(box.width, box.height)) for box in boxes if box.elongation >= LONG)
    angles = [(angle, length) for angle, length in angles if abs(angle) <= LARGEST]
    if not angles:
        return Tilt(0.0, x, y)
    half = sum(length for _, length in angles) / 2
    angle = next(
        a for (a, _), passed in zip(angles, accumulate(n for _, n in angles), strict=True) if passed >= half
    )
    sideways = sum(box.sideways for box in boxes) > len(boxes) / 2
    for _ in range(FURTHER):
        before, angle = angle, _refined(angle, picture, sideways)
        if abs(angle - before) < SEARCH - STEP / 2:
            break
    return Tilt(angle if abs(angle) >= SMALLEST else 0.0, x, y)


def _angle(box: TextBox) -> float:
    """The slope of the longer side against the axis that it runs along, clockwise, in radians."""
    (x0, y0), (x1, y1) = box.corners[0], box.corners[3 if box.sideways else 1]
    return math.atan2(x0 - x1, y1 - y0) if box.sideways else math.atan2(y1 - y0, x1 - x0)


def _refined(angle: float, picture: Any, sideways: bool) -> float:
    """The angle near `angle` at which the rows of the picture differ most (Postl, 1986)."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    best, best_score = angle, -1.0
    steps = round(SEARCH / STEP)
    for candidate in [0.0, *(angle + step * STEP for step in range(-steps, steps + 1))]:
        if abs(candidate - angle) > SEARCH + STEP / 2:
            continue
        turned = _turned(grey, candidate)
        profile = turned.mean(axis=0 if sideways else 1)
        score = float(np.square(np.diff(profile)).sum())
        if score > best_score:
            best, best_score = candidate, score
    return best


def _turned(picture: Any, angle: float) -> Any:
    """`picture` turned back by `angle` about its middle, the canvas as large as it was."""
    import cv2

    height, width = picture.shape[:2]
    # OpenCV counts degrees anticlockwise.
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(angle), 1.0)
    return cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def render_level(page: OpenPage, region: Rect, dpi: float, tilt: Tilt) -> LevelPicture:
    """`region` (displayed-page points) rendered and turned level; the canvas grows to hold its corners."""
    import cv2
    import numpy as np

    pixels = render_bgr(page, region, dpi)
    if not tilt.angle:
        return LevelPicture(pixels, region, dpi, tilt)
    height, width = pixels.shape[:2]
    frame = tilt.level(region)
    scale = dpi / POINTS_PER_INCH
    across, down = round(frame.width * scale), round(frame.height * scale)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(tilt.angle), 1.0)
    matrix[0, 2] += (across - width) / 2
    matrix[1, 2] += (down - height) / 2
    paper = np.median(
        pixels[:: max(1, height // PAPER_SAMPLE), :: max(1, width // PAPER_SAMPLE)], axis=(0, 1)
    )
    level = cv2.warpAffine(
        pixels, matrix, (across, down), flags=cv2.INTER_CUBIC, borderValue=[float(value) for value in paper]
    )
    return LevelPicture(level, frame, dpi, tilt)


def at_most(picture: LevelPicture, dpi: float) -> LevelPicture:
    """`picture`, made smaller where it has more than `dpi` dots an inch."""
    import cv2

    if picture.dpi <= dpi:
        return picture
    share = dpi / picture.dpi
    smaller = cv2.resize(picture.pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return LevelPicture(smaller, picture.frame, dpi, picture.tilt)


def level_boxes(boxes: list[TextBox], region: Rect, dpi: float, tilt: Tilt) -> list[TextBox]:
    """`boxes`, in pixels of a picture of `region` at `dpi`, in pixels of the level picture at the same `dpi`."""
    import numpy as np

    if not tilt.angle:
        return boxes
    scale = dpi / POINTS_PER_INCH
    frame = tilt.level(region)
    cos, sin = math.cos(tilt.angle), math.sin(tilt.angle)
    back = np.array([[cos, sin], [-sin, cos]], dtype=np.float32)
    middle = np.array([region.width * scale / 2, region.height * scale / 2], dtype=np.float32)
    moved = np.array([frame.width * scale / 2, frame.height * scale / 2], dtype=np.float32)
    result = []
    for box in boxes:
        corners = (box.corners - middle) @ back.T + moved
        turned = TextBox(corners.astype(np.float32))
        result.append(_upright(turned) if box.elongation < LONG or abs(_angle(turned)) < ALIKE else turned)
    return result


def _upright(box: TextBox) -> TextBox:
    """The upright rectangle of the same middle and size."""
    import numpy as np

    x, y = box.corners.mean(axis=0)
    across, down = box.width / 2, box.height / 2
    corners = [[x - across, y - down], [x + across, y - down], [x + across, y + down], [x - across, y + down]]
    return TextBox(np.array(corners, dtype=np.float32))
