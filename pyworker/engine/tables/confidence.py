"""How sure a table is: a calibrated score from 0 to 1 that it is one with this structure, and what speaks against it.

The weights come from two logistic regressions, for drawn and for aligned tables, of the F1 of what was found on
specimen pages with and without tables, and on pages of real documents that were labelled by eye. `crowded` and `mixed`,
which hardly occur there, are set by hand, on the side of caution. docs/benchmarks.md shows how score and F1 agree on
pages that the regressions have not seen; `tests/python/specimen_scores.py --confidence` prints it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.tables.lines import is_data, text_lines
from pyworker.engine.tables.types import Cell, Table

BOUND = 0.8
"""Below it a table carries warnings."""
DOUBTFUL = 0.25
"""Below it what was found is hardly ever a table (figures: docs/benchmarks.md); a search of a page leaves it out."""
UNREAD = 0.75
"""The most that a table has in which something drawn could not be read."""
RULED = {
    "": 3.9, "mixed": -2.0, "empty": -1.5, "crowded": -6.0, "shared": -3.3, "small": -0.6, "hollow": -3.9,
}  # fmt: skip
"""Weight of each of `features` in a table whose cells are drawn; of the empty name, where nothing speaks against it."""
ALIGNED = {
    "": 5.7, "mixed": -2.0, "empty": -3.4, "crowded": -6.0, "sparse": -3.1, "headless": -3.2, "shared": -2.3,
    "small": -4.5, "ragged": -1.6, "wordy": -1.8, "labels": -4.9, "numbered": -1.6, "unlabelled": -1.1,
}  # fmt: skip
"""The same where alignment alone made the table."""
REASONS = {
    "mixed": "columns hold numbers and words mixed",
    "empty": "many cells are empty",
    "crowded": "cells hold several values side by side: columns may be joined",
    "sparse": "rows hold a single text: lines of one row may be parted",
    "headless": "columns have no header",
    "shared": "headers reach over several columns: their texts may be joined",
    "small": "the table is very small",
    "hollow": "few of the drawn cells hold text: it may be a figure",
    "ragged": "texts of a column are not flush",
    "wordy": "columns hold words, not values",
    "labels": "cells hold labels and their values: it may be a form",
    "numbered": "the first column holds values",
    "unlabelled": "rows have no text in the first column",
    "": "no lines are drawn between the cells",
}
TELLING = 0.1
"""A feature counts as a reason where it takes at least this much of the score."""
GAP = 1.0
"""Em between two values side by side."""
FLUSH = 0.35
"""Em by which texts of one column may miss each other's edge."""


def judge(table: Table, unread: Sequence[Rect] = ()) -> tuple[float, list[str]]:
    """The confidence of a finished table, and the reasons where it is below BOUND, the gravest first.

    `unread` are the places, in the table's own coordinates, where something is drawn that could not be read.
    """
    found = features(table)
    weights = RULED if table.method == "ruling" else ALIGNED
    costs = {name: weight * found[name] for name, weight in weights.items() if name}
    score = 1.0 / (1.0 + math.exp(-weights[""] - sum(costs.values())))
    missing = [cell for cell in table.cells if any(cell.rect.contains(*place.center) for place in unread)]
    warnings = []
    if missing:
        score = min(score, UNREAD)
        places = ", ".join(f"row {cell.row + 1} column {cell.col + 1}" for cell in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        warnings.append(f"something drawn in {places}{more} could not be read")
    if score < BOUND:
        ordered = sorted(costs, key=lambda name: costs[name])
        warnings += [REASONS[name] for name in ordered if costs[name] < -TELLING][:3]
    return round(score, 3), warnings


def features(table: Table) -> dict[str, float]:
    """What speaks against a table, each from 0 (nothing) to 1."""
    head = max((cell.row_end for cell in table.cells if cell.column_header), default=0)
    body = [cell for cell in table.cells if cell.row >= head and cell.text]
    by_column: dict[int, list[Cell]] = defaultdict(list)
    by_row: dict[int, int] = defaultdict(int)
    for cell in body:
        by_row[cell.row] += 1
        if cell.col_end == cell.col + 1:
            by_column[cell.col].append(cell)
    values = [cell for cell in body if cell.col > 0]
    kinds = {col: [is_data(c.text) for c in cells] for col, cells in by_column.items()}
    mixed = [min(sum(v), len(v) - sum(v)) / len(v) for col, v in kinds.items() if col > 0 and len(v) >= 3]
    filled = sum((c.row_end - c.row) * (c.col_end - c.col) for c in values)
    headers = [c for c in table.cells if c.column_header and c.text]
    covered = {col for c in headers for col in range(c.col, c.col_end)}
    stub = [cell for cell in body if cell.col == 0]
    beside = [c for c in table.cells if c.col > 0 and c.text]
    lines = max(1, table.rows - head)
    return {
        "mixed": sum(mixed) / max(1, len(mixed)),
        "empty": max(0.0, 1.0 - filled / max(1, lines * (table.cols - 1))),
        "crowded": max((_share(_is_crowded, cells) for cells in by_column.values()), default=0.0),
        "sparse": sum(n == 1 for n in by_row.values()) / lines,
        "headless": sum(col not in covered for col in range(1, table.cols)) / max(1, table.cols - 1),
        "shared": _share(lambda c: c.col_end > c.col + 1 and not _has_below(c, headers), headers),
        "small": 4.0 / max(4, table.rows * table.cols),
        "hollow": _share(lambda c: not c.text, table.cells),
        "ragged": _ragged(list(by_column.values())),
        "wordy": _share(lambda c: not is_data(c.text), values) if values else 1.0,
        "labels": min(1.0, 2.0 * _share(lambda c: c.text.endswith(":") or ": " in c.text, beside)),
        "numbered": _share(lambda c: is_data(c.text), stub) if stub else 1.0,
        "unlabelled": 1.0 - len({cell.row for cell in stub}) / lines,
    }


def _share(holds: Callable[[Cell], bool], cells: Sequence[Cell]) -> float:
    return sum(map(holds, cells)) / max(1, len(cells))


def _ragged(columns: list[list[Cell]]) -> float:
    """The share of the cells that are flush with the others of their column neither left, right nor in the middle."""
    sizes = [word.font_size for column in columns for cell in column for word in cell.words]
    astray = count = 0
    for column in columns:
        boxes = [union([word.rect for word in cell.words]) for cell in column if cell.words]
        if len(boxes) < 2:
            continue
        slack = FLUSH * median(sizes)
        sides = ([b.left for b in boxes], [b.right for b in boxes], [b.center[0] for b in boxes])
        astray += len(boxes) - max(_flush(sorted(side), slack) for side in sides)
        count += len(boxes)
    return astray / max(1, count)


def _flush(edges: list[float], slack: float) -> int:
    """The most of the sorted `edges` that are no further than `slack` from one of them."""
    return max(bisect_right(edges, edge + slack) - bisect_left(edges, edge - slack) for edge in edges)


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
