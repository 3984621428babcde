"""Whether anything in a picture stands out from its paper's grain, beside text that is known: else OCR finds no line.

A look for lines takes half a second to a second of a page. Sets of scanned sheets have empty backs, pages that show
nothing but a line that is known already, and pages of noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyworker.engine.pdf.geometry import Rect

MEDIAN_TO_DEVIATION = 1.4826
"""Of a normal distribution: its deviation over the median of its distances from the middle."""
LEAST_SHARE = 1e-3
WINDOWS = ((3, 9), (7, 21), (9, 63))
"""Rows and columns of pixels over whose mean the grain averages out and letters, a word or a line do not, at the
resolution at which lines are looked for; each is laid across and down."""
GROUND = 129
"""Rows and columns that tell the paper's shade around a place."""
TIMES = 9.0
"""Times the deviation of a window's mean in white noise of the same grain. The greatest of a page's windows has 4, and
7.5 after scaling and JPEG, whatever the grain."""
FAINTEST = 3.0
"""Of 256 shades: the least difference that counts."""
COLOUR = 8
"""Of 256 shades, by which channels must differ for a picture to be looked at in more than one of them."""


def stands_out(picture: Any, known: Iterable[Rect] = ()) -> bool:
    """Whether `picture` (NumPy array, height x width x 3 bytes) shows more than grain outside of `known` (pixels)."""
    import cv2
    import numpy as np

    open_to_look = np.ones(picture.shape[:2], dtype=np.float32)
    for left, top, right, bottom in known:
        open_to_look[
            max(0, int(top)) : max(0, int(bottom) + 1), max(0, int(left)) : max(0, int(right) + 1)
        ] = 0.0
    share = np.maximum(cv2.blur(open_to_look, (GROUND, GROUND)), LEAST_SHARE)
    middle = picture[:, :, 1]
    coloured = any(int(cv2.absdiff(middle, picture[:, :, side]).max()) > COLOUR for side in (0, 2))
    for channel in range(3) if coloured else (1,):
        shades = picture[:, :, channel].astype(np.float32)
        # Of neighbours' differences, which neither letters nor shadows make large on most of a page.
        differences = np.abs(np.diff(shades[::2], axis=1))
        grain = MEDIAN_TO_DEVIATION * float(np.median(differences)) / 2**0.5 if differences.size else 0.0
        ground = cv2.blur(shades * open_to_look, (GROUND, GROUND)) / share
        above = (shades - ground) * open_to_look
        for rows, columns in WINDOWS:
            least = max(FAINTEST, TIMES * grain / (rows * columns) ** 0.5)
            for size in ((columns, rows), (rows, columns)):
                means = cv2.blur(above, size)
                if max(float(means.max()), -float(means.min())) > least:
                    return True
    return False
