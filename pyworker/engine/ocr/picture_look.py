"""Whether a picture on a page of text is worth OCR: a table or full of text, not a chart, which would take seconds."""

from __future__ import annotations

from typing import Any

from pyworker.engine.ocr.ink import CONTRAST, line_boxes
from pyworker.engine.pdf.documents import OpenPage
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.render import render_grey

LOOK_DPI = 100.0
WINDOW = 17
"""Pixels of the neighbourhood that ink is darker than."""
LONG = 0.4
"""Part of the picture's side from which on a line is a rule of a table or the axis of a chart."""
MANY_RULES = 5
"""Rules across that a chart does not have."""
GRID_RULES = 3
"""Rules of each direction that make a grid. Charts have two of one, or of both."""
CELL = 25
"""Pixels: a quarter of an inch."""
DENSE = 0.4
"""Part of the cells that hold letters. Over the competition set of 2013 half of the tables have 0.44 or more, charts
have 0.14 to 0.39; the tables with less have rules."""
COLUMNS, IN_COLUMNS, LINES, LETTERS_OF_A_LINE = 3, 0.7, 3, 4
"""Columns of most lines of a table without rules: of the tables of that set two thirds have three columns in 0.7 of
their lines or more, of 24 charts three have."""
LINE, GAP = 8, 15
"""Pixels between the middles of letters of one line, and between two columns."""
LETTER = (4, 22, 60)
"""Least and greatest height of a letter in pixels, and greatest width of letters that touch."""


def is_worth_reading(page: OpenPage, area: Rect) -> bool:
    """Whether `area` has the rules of a table, its columns, or as many letters as one. Some 5 ms."""
    import cv2
    import numpy as np

    grey: Any = np.asarray(render_grey(page, area, LOOK_DPI))
    ink: Any = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, WINDOW, CONTRAST
    )
    height, width = grey.shape
    across = sum(box[2] > LONG * width for box in line_boxes(ink, LOOK_DPI, horizontal=True))
    down = sum(box[3] > LONG * height for box in line_boxes(ink, LOOK_DPI, horizontal=False))
    if across >= MANY_RULES or (across >= GRID_RULES and down >= GRID_RULES):
        return True
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    lowest, highest, widest = LETTER
    heights, widths = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    letters = stats[1:][(heights >= lowest) & (heights <= highest) & (widths <= widest)].tolist()
    filled = {((top + tall // 2) // CELL, (left + wide // 2) // CELL) for left, top, wide, tall, _ in letters}
    if len(filled) >= DENSE * (height // CELL + 1) * (width // CELL + 1):
        return True
    lines = [line for line in _lines(letters) if len(line) >= LETTERS_OF_A_LINE]
    in_columns = sum(_columns(line) >= COLUMNS for line in lines)
    return len(lines) >= LINES and in_columns >= IN_COLUMNS * len(lines)


def _lines(letters: list[list[int]]) -> list[list[tuple[int, int]]]:
    """Left and right ends of the letters of each line."""
    lines: dict[float, list[tuple[int, int]]] = {}
    for left, top, width, height, _ in sorted(letters, key=lambda box: box[1] + box[3] / 2):
        middle = top + height / 2
        line = next((line for line in reversed(lines) if abs(line - middle) < LINE), middle)
        lines.setdefault(line, []).append((left, left + width))
    return list(lines.values())


def _columns(line: list[tuple[int, int]]) -> int:
    """The groups of letters with more than a word's space between them."""
    count, end = 0, -GAP - 1
    for left, right in sorted(line):
        count += left - end > GAP
        end = max(end, right)
    return count
