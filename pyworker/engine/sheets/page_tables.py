"""The tables of a drawing as `parse_table` hands them on: cells and boxes in displayed-page points."""

from __future__ import annotations

from dataclasses import replace

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.sheets.sheet import Reading
from pyworker.engine.sheets.title_block import Seen
from pyworker.engine.tables.lean import finished
from pyworker.engine.tables.types import Table

SAME = 0.5
"""Share in common of a given box and a table's, from which on the table is the one that is meant."""


def drawing_tables(reading: Reading) -> list[Table]:
    """Every table of a drawing, from top to bottom."""
    found = [_on_page(seen, drawn.table) for seen, drawn in reading.tables]
    return sorted(found, key=lambda table: (table.rect.top, table.rect.left))


def drawing_table(reading: Reading, box: Rect) -> Table | None:
    """The drawn table that `box` is around; None where it is around none."""
    best: tuple[float, Table] | None = None
    for table in drawing_tables(reading):
        common = table.rect.common_area(box)
        share = common / max(1.0, table.rect.area + box.area - common)
        if share >= SAME and (best is None or share > best[0]):
            best = (share, table)
    return best[1] if best else None


def _on_page(seen: Seen, table: Table) -> Table:
    cells = [replace(cell, rect=seen.canvas.to_page(cell.rect)) for cell in table.cells]
    return finished(Table(seen.canvas.to_page(table.rect), table.method, table.rows, table.cols, cells))
