"""What is drawn in a level picture of a page besides text: straight lines, bands of one shade, and small marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyworker.engine.ocr.level import LevelPicture
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.page_content import Fill, Ruling

# Inches.
WINDOW = 0.17
"""Of the neighbourhood whose mean shade ink is compared with: larger than letters, smaller than bands."""
LEAST_RULE = 0.25
"""A shorter line is a stroke of a letter."""
THICKEST_RULE = 0.05
CONTRAST = 25
"""Of 256 shades, by which ink is darker than its neighbourhood."""
INKED = 0.4
"""Part of the difference between paper and text from which on a pixel of a line is ink."""
SPECK = 0.04
"""Part of a line's height that dirt may fill."""
CLEAR = 0.4
"""Part of the pixels beside a line that may be ink: beside a stroke through letters it is more."""
EDGE = 0.02
"""How far beside a line the shade is looked at that it must differ from."""
FAINTEST_RULE = 15
"""Of 256 shades, by which a line is darker than either side: the edge of a band is as dark as the band."""
# Points; bands are looked for at 72 dpi, where a pixel is a point.
STROKE = 5
"""Wider than the strokes of letters, so that text on a band vanishes."""
SMOOTH = 7
"""Evens out what is left of it."""
LONGEST_WORD = 61
LEAST_BAND = (30.0, 8.0)
FAINTEST_BAND = 6
"""Of 256 shades, between a band and the paper, and between two bands."""
MAX_SHADES = 6
"""A page with more shades than this is a photograph."""
LEAST_SHARE = 0.003
FULL = 0.8
"""Part of its rectangle that a band fills."""
HALF = 0.5
"""Part of a row or column of pixels, at the edge of what has one shade, that a band fills."""
GROUND = 80
"""Percentile of the pixels of a row that tells its ground: letters darken less of it, but for close lines."""
X_HEIGHT = 6
DARK = 128
"""Of 256 shades: on a darker band no rule along its edge can be seen."""


def ink_of(pixels: Any, dpi: float) -> Any:
    """The pixels darker than those around them, as a mask (0 or 255)."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    window = max(3, round(WINDOW * dpi) | 1)
    return cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, CONTRAST
    )


def free_of_ink(line: Any) -> tuple[tuple[float, float], ...]:
    """The stretches of an upright picture of one line that hold no ink, as parts (0 to 1) of its length."""
    import cv2
    import numpy as np

    height, width = line.shape[:2]
    # A rule under or over the line is no ink of it.
    grey = cv2.cvtColor(line[height // 6 : max(height // 6 + 1, height - height // 6)], cv2.COLOR_BGR2GRAY)
    away = np.abs(grey.astype(np.int16) - int(np.median(grey)))
    inked = away > max(CONTRAST, INKED * float(np.percentile(away, 95)))
    free = inked.sum(axis=0) <= SPECK * len(grey)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], free, [False])).astype(np.int8))).tolist()
    return tuple((start / width, end / width) for start, end in zip(edges[::2], edges[1::2], strict=True))


def line_boxes(ink: Any, dpi: float, horizontal: bool) -> list[tuple[int, int, int, int]]:
    """The straight lines of one direction in a mask of ink: left, top, width and height in pixels."""
    import cv2
    import numpy as np

    across = ink if horizontal else np.ascontiguousarray(ink.T)
    length = max(8, round(LEAST_RULE * dpi))
    # A line that is a little off level steps from row to row; a pixel more above and below bridges the steps.
    thick = cv2.dilate(across, np.ones((3, 1), dtype=np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), dtype=np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    found = []
    for left, top, width, height, _ in stats[1:].tolist():
        if height - 2 > THICKEST_RULE * dpi + 1 or width < 5 * height:
            continue
        beside = [across[y : y + 1, left : left + width] for y in (top - 2, top + height + 1)]
        inked = [float((row > 0).mean()) for row in beside if row.size]
        if inked and max(inked) > CLEAR and min(inked) > CLEAR / 2:
            continue
        found.append((left, top + 1, width, max(1, height - 2)))
    return found if horizontal else [(top, left, height, width) for left, top, width, height in found]


def rulings_of(picture: LevelPicture, fills: Sequence[Fill] = ()) -> list[Ruling]:
    """The straight lines that `picture` shows and the edges of its dark bands, in level coordinates."""
    import cv2
    import numpy as np

    ink = ink_of(picture.pixels, picture.dpi)
    grey = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    turned = np.ascontiguousarray(grey.T)
    points = POINTS_PER_INCH / picture.dpi
    frame = picture.frame
    rulings = []
    for left, top, width, height in line_boxes(ink, picture.dpi, horizontal=True):
        if not _stands_out(grey, left, top, width, height, picture.dpi):
            continue
        y = frame.top + points * (top + height / 2)
        start = frame.left + points * left
        rulings.append(Ruling(True, y, start, start + points * width, points * height))
    for left, top, width, height in line_boxes(ink, picture.dpi, horizontal=False):
        if not _stands_out(turned, top, left, height, width, picture.dpi):
            continue
        x = frame.left + points * (left + width / 2)
        start = frame.top + points * top
        rulings.append(Ruling(False, x, start, start + points * height, points * width))
    for (x0, y0, x1, y1), colour in fills:
        if sum(colour) < 3 * DARK:
            rulings += [Ruling(True, y, x0, x1, 0.0) for y in (y0, y1)]
            rulings += [Ruling(False, x, y0, y1, 0.0) for x in (x0, x1)]
    return rulings


def _stands_out(grey: Any, left: int, top: int, width: int, height: int, dpi: float) -> bool:
    """Whether a line across the page is darker than what is above it and what is below it."""
    import numpy as np

    away = max(2, round(EDGE * dpi))
    own = float(np.median(grey[top : top + height, left : left + width]))
    sides = [grey[max(0, y - 1) : y + 1, left : left + width] for y in (top - away, top + height + away)]
    return all(not side.size or float(np.median(side)) - own >= FAINTEST_RULE for side in sides)


def fills_of(picture: LevelPicture) -> list[Fill]:
    """The rectangles of one shade other than the paper's, in level coordinates."""
    import cv2
    import numpy as np

    frame = picture.frame
    size = (max(1, round(frame.width)), max(1, round(frame.height)))
    whole = cv2.cvtColor(picture.pixels, cv2.COLOR_BGR2GRAY)
    sampled: Any = cv2.resize(whole, (whole.shape[1], size[1]), interpolation=cv2.INTER_AREA)
    sampled = sampled[:, np.linspace(0, whole.shape[1] - 1, size[0]).astype(int)]
    small: Any = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA)
    # Dark strokes on a lighter ground go first, then light ones on a darker ground.
    stroke = np.ones((STROKE, STROKE), dtype=np.uint8)
    small = cv2.morphologyEx(cv2.morphologyEx(small, cv2.MORPH_CLOSE, stroke), cv2.MORPH_OPEN, stroke)
    small = cv2.medianBlur(small, SMOOTH)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    shades = _shades(np.bincount(grey.ravel(), minlength=256))
    if not 2 <= len(shades) <= MAX_SHADES:
        return []
    paper = np.abs(grey.astype(np.int16) - shades[0]) <= FAINTEST_BAND // 2
    fills = []
    for shade in shades[1:]:
        mask = (np.abs(grey.astype(np.int16) - shade) <= FAINTEST_BAND // 2).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((SMOOTH, SMOOTH), dtype=np.uint8))
        # Words that are not quite gone lie within a band, between pieces of it.
        joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, LONGEST_WORD), dtype=np.uint8))
        mask = mask | (joined & (grey < shade))
        # Where two other shades meet there is a thin seam of this one.
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, stroke)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
        for number, (left, top, width, height, _) in enumerate(stats[1:].tolist(), 1):
            if width < LEAST_BAND[0] or height < LEAST_BAND[1]:
                continue
            own = labels[top : top + height, left : left + width] == number
            # The ground of a row of pixels, letters or not: white rows that letters join to bands are apart there.
            part = 100 - GROUND if shade < DARK else GROUND
            ground = np.percentile(sampled[top : top + height, left : left + width], part, axis=1)
            light = np.percentile(sampled[paper], part)
            alike = abs((ground - light) - (shade - shades[0])) <= FAINTEST_BAND // 2
            for rows in _runs(alike):
                columns = _filled(own[rows])
                band = own[rows, columns]
                x, y = left + columns.start, top + rows.start
                height, width = band.shape
                if width < LEAST_BAND[0] or height < LEAST_BAND[1] or band.mean() < FULL:
                    continue
                if width * height > 0.5 * size[0] * size[1]:
                    continue
                colour = np.median(small[y : y + height, x : x + width], axis=(0, 1))
                blue, green, red = (int(v) for v in colour)
                x, y = frame.left + x, frame.top + y
                fills.append(Fill(Rect(x, y, x + width, y + height), (red, green, blue)))
    return [fill for fill in fills if not any(_is_rest(fill, other) for other in fills)]


def _runs(flags: Any) -> list[slice]:
    """The runs of set elements; a line of letters parts none."""
    import numpy as np

    ends = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8))).tolist()
    runs: list[slice] = []
    for a, b in zip(ends[::2], ends[1::2], strict=True):
        runs.append(slice(runs.pop().start if runs and a - runs[-1].stop <= X_HEIGHT else a, b))
    return runs


def _filled(own: Any) -> slice:
    """From the first to the last column of a mask that is set by half; noise adds to the ends."""
    import numpy as np

    full = np.flatnonzero(own.mean(axis=0) >= HALF)
    return slice(int(full[0]), int(full[-1]) + 1) if full.size else slice(0, 0)


def _is_rest(fill: Fill, band: Fill) -> bool:
    """Whether a fill is what smoothing left of letters on a band: a piece of it of nearly its shade."""
    inner, outer = fill.rect, band.rect
    within = inner.width < 0.5 * outer.width and outer.contains(*inner.center)
    return within and max(abs(a - b) for a, b in zip(fill.colour, band.colour, strict=True)) <= FAINTEST_BAND


def _shades(counts: Any) -> list[int]:
    """The shades that a good part of the pixels has, the commonest (the paper's) first."""
    rest = counts.astype(float)
    whole = rest.sum()
    found: list[int] = []
    while len(found) <= MAX_SHADES:
        shade = int(rest.argmax())
        low, high = max(0, shade - FAINTEST_BAND // 2), shade + FAINTEST_BAND // 2 + 1
        if rest[low:high].sum() < LEAST_SHARE * whole:
            break
        found.append(shade)
        rest[max(0, shade - FAINTEST_BAND) : shade + FAINTEST_BAND + 1] = 0
    return found
