"""A page read as a sheet: seen in its directions, with its title block, its tables and its zones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.linework import Linework
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.sheets.canvas import Canvas, canvas_of
from pyworker.engine.sheets.drawn_tables import DrawnTable, sheet_tables
from pyworker.engine.sheets.title_block import Seen, find_title_block, look
from pyworker.engine.sheets.types import TitleBlock, Zone
from pyworker.engine.sheets.zones import find_zones

Check = Callable[[], None]


@dataclass
class Reading:
    """A sheet looked at; its parts are found when they are asked for."""

    views: list[Seen]
    """The sheet in each of its directions, the main one first; empty for a page without text."""
    check: Check
    others: list[Canvas] = field(default_factory=list)
    """The directions with a few words only, which hold no tables and no title block: their words without the rules."""

    @cached_property
    def _block(self) -> tuple[TitleBlock, Seen, Rect] | None:
        return find_title_block(self.views)

    @property
    def title_block(self) -> TitleBlock | None:
        """The title block, its boxes in displayed-page points."""
        return self._block[0] if self._block else None

    def block_in(self, seen: Seen) -> Rect | None:
        """The title block's box in a view's canvas."""
        return seen.canvas.from_page(self._block[0].rect) if self._block else None

    @cached_property
    def tables(self) -> list[tuple[Seen, DrawnTable]]:
        """The tables of every direction, those that lie on another left out."""
        found: list[tuple[Seen, DrawnTable]] = []
        taken: list[Rect] = []
        for seen in self.views:
            for drawn in sheet_tables(seen, self.block_in(seen), self.check):
                rect = seen.canvas.to_page(drawn.table.rect)
                level = sum(w.direction == 0 for cell in drawn.table.cells for w in cell.words)
                if not level or any(other.contains(*rect.center) for other in taken):
                    continue
                taken.append(rect)
                found.append((seen, drawn))
        return found

    @cached_property
    def zones(self) -> list[Zone]:
        """The zones, from top to bottom, their boxes in displayed-page points."""
        if not self.views:
            return []
        main = self.views[0]
        drawn = []
        for seen, table in self.tables:
            if seen is not main:
                table = DrawnTable(
                    table.table,
                    table.kind,
                    table.title,
                    main.canvas.from_page(seen.canvas.to_page(table.rect)),
                )
            drawn.append(table)
        zones = find_zones(main, self.views[1:], self.block_in(main), drawn, self.check)
        for zone in zones:
            zone.rect = main.canvas.to_page(zone.rect)
        return sorted(zones, key=lambda zone: (zone.rect.top, zone.rect.left))


def read(width: float, height: float, words: list[Word], work: Linework, check: Check) -> Reading:
    """A page of `width` x `height` points looked at as a sheet."""
    if not words:
        return Reading([], check)
    canvas = canvas_of(width, height, words, work, check)
    directions = canvas.directions()
    words_only = Canvas(canvas.width, canvas.height, canvas.words, [], scale=canvas.scale, turns=canvas.turns)
    others = sorted({word.direction for word in canvas.words} - set(directions))
    return Reading(
        [look(canvas.seen_in(direction), check) for direction in directions],
        check,
        [words_only.seen_in(direction) for direction in others],
    )
