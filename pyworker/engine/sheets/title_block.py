"""Where a sheet's title block is: the cells at the edge of the sheet that hold its labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.blocks import headed_blocks
from pyworker.engine.sheets.canvas import Canvas
from pyworker.engine.sheets.cells import (
    Cell,
    around,
    groups,
    part_at_rules,
    text_cells,
    with_empty_neighbours,
)
from pyworker.engine.sheets.fields import cells_with_labels, read_fields
from pyworker.engine.sheets.frame import frame_of, inside_strips
from pyworker.engine.sheets.labels import field_of, labelled, names_no_field
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.revisions import own_tables, without
from pyworker.engine.sheets.types import Field, TitleBlock

WEIGHTS = {
    "number": 2.0,
    "title": 2.0,
    "scale": 1.5,
    "revision": 1.0,
    "date": 1.0,
    "project": 1.5,
    "sheet": 0.7,
}
LEAST_SCORE = 3.0
"""What the labels of a block weigh together at least; others than those above weigh 1."""
OTHER = 0.5
"""What labels weigh that name none of the fields, such as "Signature"."""
TEXT_CELL = 45
"""Words from which on a cell beside the block is a note of its own."""
STRIP = 0.28
"""Of the sheet's width or height: the widest strip along an edge that is one title block."""
NOTES_LINES, UPPER_END = 3, 0.25
"""Lines of notes that stand at the upper end of such a strip at least, and within which share of it they begin."""
GAP = 6.0
"""Letters: how far apart the texts of a block without rules stand at most."""


@dataclass
class Seen:
    """A sheet seen in one direction, with its closed cells."""

    canvas: Canvas
    frame: Rect | None
    cells: list[Cell]
    """Those with text, and the empty ones beside them."""
    loose: list[Piece]
    gridded: bool = False
    """Whether the border names the zones of a grid, as only sheets have it."""

    @cached_property
    def groups(self) -> list[list[Cell]]:
        """Cells that share edges."""
        return groups(self.cells)


def look(canvas: Canvas, check: Callable[[], None]) -> Seen:
    """The cells of a canvas, those of a border's strip of zone names left out."""
    frame, gridded = frame_of(canvas), False
    part_at_rules(canvas, check)
    filled, loose = text_cells(canvas, check)
    if frame is not None:
        frame, gridded = inside_strips(frame, filled)
        filled = [cell for cell in filled if frame.contains(*cell.rect.center)]
    cells = with_empty_neighbours(canvas, filled, check)
    if frame is not None:
        cells = [cell for cell in cells if frame.contains(*cell.rect.center)]
    return Seen(canvas, frame, cells, loose, gridded)


def find_title_block(views: list[Seen]) -> tuple[TitleBlock, Seen, Rect] | None:
    """The title block with its fields on the page, the view it was found in and its box there; None without one."""
    best: tuple[float, Seen, Rect] | None = None
    for seen in views:
        for score, rect in _candidates(seen):
            if best is None or score > best[0]:
                best = (score, seen, rect)
    if best is None:
        return None
    _, seen, rect = best
    rect = _below_notes(seen, rect)
    page_rect = seen.canvas.to_page(rect)
    fields: list[Field] = []
    for other in views:
        inside = rect if other is seen else other.canvas.from_page(page_rect)
        # The dates and names of a revision table inside the block are its rows' and not the sheet's.
        near = (group for group in other.groups if any(inside.contains(*c.rect.center) for c in group))
        apart = [around(rows) for group in near for _, rows in own_tables(group)]
        for field in read_fields(
            other.canvas, inside, [box for box in apart if inside.contains(*box.center)]
        ):
            field.rect = other.canvas.to_page(field.rect)
            if field.label_rect is not None:
                field.label_rect = other.canvas.to_page(field.label_rect)
            fields.append(field)
    fields.sort(key=lambda f: (f.rect.top, f.rect.left))
    return TitleBlock(page_rect, fields), seen, rect


def _candidates(seen: Seen) -> list[tuple[float, Rect]]:
    """Boxes that may be the title block, with what their labels weigh."""
    found: list[tuple[float, Rect]] = []
    canvas = seen.canvas
    for group in seen.groups:
        kept = [cell for cell in group if sum(len(p.words) for p in cell.pieces) <= TEXT_CELL]
        for part in [group] if len(kept) == len(group) else groups(kept):
            names = cells_with_labels(part)
            score = sum(WEIGHTS.get(name, 1.0) for name in names)
            if any(names_no_field(piece.text) for cell in part for piece in cell.pieces):
                score += OTHER
            if score < LEAST_SCORE or len(names) < 2:
                continue
            rect = around(_without_tables(part))
            place = _place(seen, rect)
            if place > 0:
                found.append((score * place, _strip(seen, rect)))
    without_rules = open_block(seen)
    if without_rules is not None:
        found.append(without_rules)
    limit = 0.4 * canvas.width * canvas.height
    return [(score, rect) for score, rect in found if rect.area <= limit]


def _place(seen: Seen, rect: Rect) -> float:
    """How well a place suits a title block: at the right or the bottom edge of the sheet, less so at the others."""
    canvas = seen.canvas
    frame = seen.frame or Rect(0.0, 0.0, canvas.width, canvas.height)
    slack_x, slack_y = 0.06 * canvas.width, 0.06 * canvas.height
    right, bottom = frame.right - rect.right <= slack_x, frame.bottom - rect.bottom <= slack_y
    left, top = rect.left - frame.left <= slack_x, rect.top - frame.top <= slack_y
    if right and bottom:
        return 1.0
    if right or bottom:
        return 0.8
    # Seen from the side, the lower right corner is another one.
    return 0.7 if left or top else 0.0


def _strip(seen: Seen, rect: Rect) -> Rect:
    """`rect` grown to the whole strip along the sheet's edge that a rule from border to border parts off."""
    frame, canvas = seen.frame, seen.canvas
    if frame is None:
        return rect
    if frame.right - rect.right <= 12:
        for rule in reversed(canvas.upright.between(frame.right - STRIP * frame.width, rect.left + 6)):
            if rule.end - rule.start >= 0.9 * frame.height and frame.right - rule.at > 20:
                if rect.height >= 0.35 * frame.height or rect.left - rule.at < 12:
                    return Rect(rule.at, frame.top, frame.right, frame.bottom)
                break
    if frame.bottom - rect.bottom <= 12:
        for rule in reversed(canvas.level.between(frame.bottom - STRIP * frame.height, rect.top + 6)):
            if rule.end - rule.start >= 0.9 * frame.width and frame.bottom - rule.at > 15:
                if rect.width >= 0.35 * frame.width or rect.top - rule.at < 12:
                    return Rect(frame.left, rule.at, frame.right, frame.bottom)
                break
    return rect


def _below_notes(seen: Seen, rect: Rect) -> Rect:
    """A strip down the sheet without the notes at its upper end: it begins with what comes next below them."""
    pieces = [piece for piece in seen.canvas.pieces if rect.contains(*piece.center)]
    labels = [p.rect.top for p in pieces if field_of(p.text) is not None or labelled(p.text) is not None]
    if rect.height < rect.width or not labels:
        return rect
    first = min(labels)
    ends = [
        block.rect.bottom
        for block in headed_blocks(pieces, [])
        if block.kind in ("notes", "legend")
        and len(block.pieces) >= NOTES_LINES
        and block.rect.top < rect.top + UPPER_END * rect.height
        and block.rect.bottom < first
    ]
    if not ends:
        return rect
    below = max(ends)
    rules = (
        rule.at
        for rule in seen.canvas.level.between(below, first)
        if rule.start <= rect.left + 6 and rule.end >= rect.right - 6
    )
    return rect._replace(top=min(first, *rules, *(p.rect.top for p in pieces if p.rect.top > below)))


def _without_tables(cells: list[Cell]) -> list[Cell]:
    """Without the rows of a revision table or a parts list that shares an edge with the block."""
    for _, rows in own_tables(cells):
        rest = without(cells, rows)
        if len(rest) >= 3 and len(cells_with_labels(rest)) >= 2:
            cells = rest
    return cells


def open_block(seen: Seen) -> tuple[float, Rect] | None:
    """A block whose texts no rules part: labels close together at the sheet's lower right."""
    canvas = seen.canvas
    hits: list[tuple[Piece, str]] = []
    for piece in canvas.pieces:
        name = field_of(piece.text)
        if name is None and (inline := labelled(piece.text)) is not None:
            name = inline[0]
        x, y = piece.center
        if name is not None and (x > 0.5 * canvas.width and y > 0.5 * canvas.height):
            hits.append((piece, name))
    clusters: list[list[tuple[Piece, str]]] = []
    for hit in hits:
        near = [c for c in clusters if any(_distance(hit[0].rect, other.rect) < GAP * 9 for other, _ in c)]
        for cluster in near:
            clusters.remove(cluster)
        clusters.append([hit, *(other for cluster in near for other in cluster)])
    best: tuple[float, Rect] | None = None
    for cluster in clusters:
        names = {name for _, name in cluster}
        score = 0.6 * sum(WEIGHTS.get(name, 1.0) for name in names)
        if len(names) < 4 or score < LEAST_SCORE:
            continue
        rect = union(piece.rect for piece, _ in cluster)
        # Values stand right of their labels, or below them.
        inside = [
            p.rect
            for p in canvas.pieces
            if rect.left - 9 <= p.rect.left <= rect.right + 14 * p.size
            and rect.top - 9 <= p.center[1] <= rect.bottom + 27
        ]
        box = union([rect, *inside])
        if best is None or score > best[0]:
            best = (score, Rect(box.left - 3, box.top - 3, box.right + 3, box.bottom + 3))
    return best


def _distance(a: Rect, b: Rect) -> float:
    across = max(0.0, a.left - b.right, b.left - a.right)
    down = max(0.0, a.top - b.bottom, b.top - a.bottom)
    return max(across, down)
