"""How sure a table's structure is: a calibrated score from 0 to 1, and what speaks against it.

The weights come from a logistic regression of the F1 of the tables found on specimen pages; `crowded`, `mixed` and
`shared`, which hardly occur there, are set by hand, on the side of caution. `tests/python/specimen_scores.py
--confidence` shows how the score and the F1 agree on pages that the regression has not seen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.tables.lines import is_data, text_lines
from pyworker.engine.tables.types import Cell, Table

BOUND = 0.8
"""Below it a table carries warnings."""
UNREAD = 0.75
"""The most that a table has in which something drawn could not be read."""
BASE = 4.9
WEIGHTS = {
    "mixed": -2.0,
    "empty": -1.5,
    "crowded": -6.0,
    "sparse": -0.7,
    "headless": -0.5,
    "shared": -3.0,
    "unruled": -0.6,
    "small": -7.0,
}
"""Of each of `features`."""
REASONS = {
    "mixed": "columns hold numbers and words mixed",
    "empty": "many cells are empty",
    "crowded": "cells hold several values side by side: columns may be joined",
    "sparse": "rows hold a single text: lines of one row may be parted",
    "headless": "columns have no header",
    "shared": "headers reach over several columns: their texts may be joined",
    "unruled": "no lines are drawn between the cells",
    "small": "the table is very small",
}
TELLING = 0.1
"""A feature counts as a reason where it takes at least this much of the score."""
GAP = 1.0
"""Em between two values side by side."""


def judge(table: Table, unread: Sequence[Rect] = ()) -> tuple[float, list[str]]:
    """The confidence of a finished table, and the reasons where it is below BOUND, the gravest first.

    `unread` are the places, in the table's own coordinates, where something is drawn that could not be read.
    """
    found = features(table)
    score = _sigmoid(BASE + sum(WEIGHTS[name] * value for name, value in found.items()))
    missing = [cell for cell in table.cells if any(cell.rect.contains(*place.center) for place in unread)]
    warnings = []
    if missing:
        score = min(score, UNREAD)
        places = ", ".join(f"row {cell.row + 1} column {cell.col + 1}" for cell in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        warnings.append(f"something drawn in {places}{more} could not be read")
    if score < BOUND:
        costs = {name: WEIGHTS[name] * value for name, value in found.items() if name != "unruled"}
        ordered = sorted(costs, key=lambda name: costs[name])
        warnings += [REASONS[name] for name in ordered if costs[name] < -TELLING][:3]
        if not warnings:
            warnings.append(REASONS["unruled"])
    return round(score, 3), warnings


def features(table: Table) -> dict[str, float]:
    """What speaks against the structure of a table, each from 0 (nothing) to 1."""
    head = max((cell.row_end for cell in table.cells if cell.column_header), default=0)
    body = [cell for cell in table.cells if cell.row >= head and cell.text]
    by_column: dict[int, list[Cell]] = defaultdict(list)
    by_row: dict[int, int] = defaultdict(int)
    for cell in body:
        by_row[cell.row] += 1
        if cell.col_end == cell.col + 1:
            by_column[cell.col].append(cell)
    values = {col: [is_data(c.text) for c in cells] for col, cells in by_column.items()}
    mixed = [min(sum(v), len(v) - sum(v)) / len(v) for col, v in values.items() if col > 0 and len(v) >= 3]
    inner = max(1, (table.rows - head) * (table.cols - 1))
    filled = sum((c.row_end - c.row) * (c.col_end - c.col) for c in body if c.col > 0)
    crowded = [sum(map(_is_crowded, cells)) / len(cells) for cells in by_column.values()]
    headers = [c for c in table.cells if c.column_header and c.text]
    covered = {col for c in headers for col in range(c.col, c.col_end)}
    shared = [c for c in headers if c.col_end > c.col + 1 and not _has_below(c, headers)]
    return {
        "mixed": sum(mixed) / len(mixed) if mixed else 0.0,
        "empty": max(0.0, 1.0 - filled / inner),
        "crowded": max(crowded, default=0.0),
        "sparse": sum(n == 1 for n in by_row.values()) / max(1, table.rows - head),
        "headless": sum(col not in covered for col in range(1, table.cols)) / max(1, table.cols - 1),
        "shared": len(shared) / max(1, len(headers)),
        "unruled": float(table.method != "ruling"),
        "small": 4.0 / max(4, table.rows * table.cols),
    }


def _is_crowded(cell: Cell) -> bool:
    """Whether a line of the cell holds values apart from each other."""
    for line in text_lines([word for word in cell.words if word.direction == 0]):
        pieces = line.fragments(GAP)
        if len(pieces) > 1 and sum(is_data(piece.text) for piece in pieces) > 1:
            return True
    return False


def _has_below(header: Cell, headers: list[Cell]) -> bool:
    return any(
        other.row >= header.row_end and other.col >= header.col and other.col_end <= header.col_end
        for other in headers
    )


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))
