"""The text of a sheet zone after zone, each piece a line of its own with its direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.canvas import Canvas
from pyworker.engine.sheets.columns import in_columns
from pyworker.engine.sheets.pieces import Piece, piece_text, rows_of
from pyworker.engine.sheets.sheet import Reading
from pyworker.engine.sheets.types import Zone

MARKER = 5
"""Characters of a note's number at most, which is read with the note."""
MARKER_GAP = 9.0
"""Letters between a note's number and the note at most."""
LETTER = 9.0
STACKED = 4.0
"""Letters between two notes of one column at most."""
BAND = 0.12
"""Of the sheet's height: zones whose upper edges are no further apart are read from left to right."""


@dataclass
class SheetLine:
    """A line of text on a sheet, its box in displayed-page points."""

    text: str
    rect: Rect
    direction: int
    """0 to the right, 90 downwards, 180 upside down, 270 upwards."""
    orders: tuple[int, ...] = ()
    """Those of its words."""


def zone_lines(reading: Reading, wanted: Callable[[Rect], bool]) -> list[SheetLine]:
    """The lines of a sheet, zone after zone, the title block last; `wanted` says which words to take by their boxes."""
    if not reading.views:
        return []
    main = reading.views[0].canvas
    height = main.height / main.scale
    canvases = [*(seen.canvas for seen in reading.views), *reading.others]
    zones = _in_reading_order(reading.zones, BAND * height, STACKED * LETTER / main.scale)
    placed: list[list[tuple[Canvas, Piece]]] = [[] for _ in range(len(zones) + 1)]
    for canvas in canvases:
        for piece in canvas.pieces:
            kept = _kept(canvas, piece, wanted)
            if kept is not None:
                place = zone_at(canvas.to_page(piece.rect).center, zones)
                placed[place].append((canvas, kept))
    # What is in no zone, such as the names of a border's fields, comes before the title block.
    order = list(range(len(zones)))
    first_block = next((i for i, zone in enumerate(zones) if zone.kind == "title_block"), len(zones))
    order.insert(first_block, len(zones))
    lines: list[SheetLine] = []
    for index in order:
        kind = zones[index].kind if index < len(zones) else "other"
        for canvas in canvases:
            pieces = [piece for owner, piece in placed[index] if owner is canvas]
            for piece in _in_order(pieces, kind):
                rect = canvas.to_page(piece.rect)
                orders = tuple(word.order for word in piece.words)
                lines.append(SheetLine(piece.text, rect, (360 - 90 * canvas.turns) % 360, orders))
    return lines


def _kept(canvas: Canvas, piece: Piece, wanted: Callable[[Rect], bool]) -> Piece | None:
    """The part of a piece whose words are wanted."""
    words = [word for word in piece.words if wanted(canvas.to_page(word.rect))]
    if len(words) == len(piece.words):
        return piece
    if not words:
        return None
    return Piece(words, union(w.rect for w in words), piece.size, piece.base, piece_text(words))


def _in_reading_order(zones: Sequence[Zone], band: float, gap: float) -> list[Zone]:
    """Zones from top to bottom and, where they begin in one `band`, from left to right, the title block last.

    Notes that stand below each other, no more than `gap` apart, are a column and come together.
    """
    tops: dict[int, Zone] = {}
    for zone in sorted(zones, key=lambda zone: zone.rect.top):
        over = next(
            (
                other
                for other in zones
                if zone.kind == other.kind == "notes"
                and abs(other.rect.left - zone.rect.left) <= gap
                and -gap < zone.rect.top - other.rect.bottom <= gap
                and id(other) in tops
            ),
            None,
        )
        tops[id(zone)] = tops[id(over)] if over is not None else zone

    def key(zone: Zone) -> tuple[bool, int, float, float, float]:
        top = tops[id(zone)].rect
        return zone.kind == "title_block", int(top.top / band), top.left, top.top, zone.rect.top

    return sorted(zones, key=key)


class _Placed(Protocol):
    """What `zone_at` asks of a zone."""

    @property
    def kind(self) -> str: ...
    @property
    def rect(self) -> Rect: ...


def zone_at(center: tuple[float, float], zones: Sequence[_Placed]) -> int:
    """The place in `zones` of the smallest one around a point, views last; their number where there is none."""
    around = [
        (zone.kind in ("view", "key"), zone.rect.area, i)
        for i, zone in enumerate(zones)
        if zone.rect.contains(*center)
    ]
    return min(around)[2] if around else len(zones)


def _in_order(pieces: list[Piece], kind: str) -> list[Piece]:
    """Pieces in rows from top to bottom, each from left to right; notes column after column, numbers joined to them."""
    rows = rows_of(pieces)
    return in_columns([_with_markers(row) for row in rows]) if kind == "notes" else list(chain(*rows))


def _with_markers(row: list[Piece]) -> list[Piece]:
    """A row of notes, each number joined to its text."""
    joined: list[Piece] = []
    for piece in row:
        last = joined[-1] if joined else None
        if (
            last is not None
            and len(last.text) <= MARKER
            and piece.rect.left - last.rect.right <= MARKER_GAP * piece.size
        ):
            words = [*last.words, *piece.words]
            text = f"{last.text} {piece.text}"
            joined[-1] = Piece(words, union([last.rect, piece.rect]), piece.size, piece.base, text)
        else:
            joined.append(piece)
    return joined
