"""Specimen sheets as different offices draw them: title blocks, schedules, notes and revision tables."""

from __future__ import annotations

from random import Random

from sheet_office_abroad import french, german, iso, stacked
from sheet_office_blocks import corner_british, strip_usa, turned_column
from sheet_office_parts import fill
from sheet_office_rows import captions_below, header_rows, one_line
from sheet_office_vietnam import bottom_plain_vietnamese, column_vietnamese
from sheet_pen import Pen

BLOCKS = {
    "strip usa": (strip_usa, (3024, 2160)),
    "corner british": (corner_british, (2384, 1684)),
    "column vietnamese": (column_vietnamese, (1684, 1191)),
    "bottom plain vietnamese": (bottom_plain_vietnamese, (1191, 842)),
    "turned column": (turned_column, (2384, 1684)),
    "captions below": (captions_below, (2592, 1728)),
    "header rows": (header_rows, (2384, 1684)),
    "notes alone": (strip_usa, (2592, 1728)),
    "one line": (one_line, (842, 595)),
    "iso": (iso, (2384, 1684)),
    "german": (german, (2384, 1684)),
    "french": (french, (2384, 1684)),
    "labels in two lines": (stacked, (2384, 1684)),
}


def office(name: str, seed: int = 1) -> tuple[bytes, Pen]:
    """The sheet of one of BLOCKS, and the pen that holds its truth."""
    make, size = BLOCKS[name]
    pen = Pen(*size, Random(seed), "Sheet")
    area = make(pen)
    fill(pen, area, name)
    return pen.close(), pen
