"""How far a scanned sheet lies askew, told by its long rules before anything is read."""

from __future__ import annotations

import math
from typing import Any

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.tilt import Tilt

LARGEST = 3.0
"""Degrees; a scanner's feed turns a sheet by less."""
COARSE, FINE = 0.1, 0.01
"""Degrees between two angles that are tried, first over all and then around the best."""
SMALLEST = math.radians(0.03)
"""A pixel or two along a border at 100 dots an inch: less does not break a rule."""
DARK = 60
"""How much darker than the paper ink is."""
MOST_POINTS = 120_000
"""Dark pixels that are looked at; of more, evenly chosen ones."""


def tilt_of_rules(pixels: Any, region: Rect) -> Tilt:
    """The angle at which the dark `pixels` (blue-green-red) of `region` are in the fewest rows and columns."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    rows, columns = np.nonzero(grey < float(np.median(grey)) - DARK)
    step = max(1, len(rows) // MOST_POINTS)
    ys, xs = rows[::step].astype(np.float32), columns[::step].astype(np.float32)
    if not len(ys):
        return Tilt(0.0, *region.center)
    shift = max(grey.shape)

    def score(degrees: float) -> float:
        slope = math.tan(math.radians(degrees))
        level = np.bincount((ys - slope * xs + shift).astype(np.int32))
        upright = np.bincount((xs + slope * ys + shift).astype(np.int32))
        return float(np.square(level, dtype=np.float64).sum() + np.square(upright, dtype=np.float64).sum())

    steps = round(LARGEST / COARSE)
    coarse = max((k * COARSE for k in range(-steps, steps + 1)), key=lambda d: (score(d), -abs(d)))
    steps = round(COARSE / FINE)
    fine = max((coarse + k * FINE for k in range(-steps, steps + 1)), key=lambda d: (score(d), -abs(d)))
    angle = math.radians(fine)
    return Tilt(angle if abs(angle) >= SMALLEST else 0.0, *region.center)
