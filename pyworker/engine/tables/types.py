"""Tables as the engines hand them on: cells on a grid, rectangles in displayed-page points (TOPLEFT)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent, Word
from pyworker.engine.pdf.tilt import Tilt

Check = Callable[[], None]
"""Called between pieces of work; raises when the request's deadline has passed."""


NOWHERE = Rect(0.0, 0.0, 0.0, 0.0)


@dataclass
class Cell:
    """One cell: rows `row` to `row_end` and columns `col` to `col_end` (ends exclusive) of its table."""

    row: int
    col: int
    row_end: int
    col_end: int
    words: list[Word] = field(default_factory=list)
    rect: Rect = NOWHERE
    text: str = ""
    column_header: bool = False
    row_header: bool = False


@dataclass
class Table:
    """One table found on a page."""

    rect: Rect
    method: str
    """How the structure was found: `ruling` (drawn lines), `alignment` (text), or another engine's name."""
    rows: int
    cols: int
    cells: list[Cell]
    confidence: float = 1.0
    """How sure the structure is, 0 to 1 (`confidence`)."""
    warnings: list[str] = field(default_factory=list)
    """Why it may be wrong, where the confidence is low."""


def displayed(table: Table, tilt: Tilt) -> Table:
    """`table`, read in level coordinates, with the boxes it has on the page as displayed."""
    if tilt.angle:
        table.rect = tilt.displayed(table.rect)
        for cell in table.cells:
            cell.rect = tilt.displayed(cell.rect)
    return table


class TableEngine(Protocol):
    """What stands behind `parse_table`; several may be present, the router's choice goes by capability."""

    name: str

    def find(self, content: PageContent, check: Check) -> list[Table]:
        """Every table of the page, in reading order."""
        ...

    def read(self, content: PageContent, box: Rect, check: Check) -> Table | None:
        """The structure of the one table in `box`, or None where the box has no text."""
        ...


def overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    """Length common to two intervals; negative: the gap between them."""
    return min(a1, b1) - max(a0, b0)
