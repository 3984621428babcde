"""The zones of a sheet put together: title block, tables, framed boxes, text blocks, views and stamps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.blocks import Block, headed_blocks, paragraphs
from pyworker.engine.sheets.boxes import box_title, framed_boxes
from pyworker.engine.sheets.cells import cell_at
from pyworker.engine.sheets.drawn_tables import DrawnTable
from pyworker.engine.sheets.labels import is_stamp, normal, scale_in, zone_word
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.regions import patches, together
from pyworker.engine.sheets.title_block import Seen
from pyworker.engine.sheets.types import Zone, ZoneKind
from pyworker.engine.sheets.views import Title, assigned, view_titles

WHOLE_VIEW = 0.05
"""Of the sheet: graphics that no title names are a view from this size on."""
VIEW_GAP, MOST_PARTS = 150.0, 400
"""Units between two parts of a view that no title names at most, and how many parts are put together."""
FULL_BOX = 0.15
"""Share of a box that its text takes at least where the box is the zone."""
CLOSE = 0.2
"""Of the lesser side of a large part of a view: how far from the rest of the view it is at most."""
FAR = 0.25
"""Of the sheet's lesser side: the same on a sheet on which no view has a title."""
WORDS_OF_NOTES = 12
KEY_HEIGHT = 45.0
"""Units: a lower field of a title block has no room for a key plan."""
KEY_WORDS = 5
LABEL_GAP = 45.0
"""Units between a view's graphics and a label of it at most."""


def find_zones(
    seen: Seen,
    others: Sequence[Seen],
    block: Rect | None,
    tables: list[DrawnTable],
    check: Callable[[], None],
) -> list[Zone]:
    """The zones of the view `seen` of a sheet, in its canvas's boxes; `block` is the title block there."""
    zones: list[Zone] = [Zone("title_block", block)] if block else []
    known: list[Rect] = [block] if block else []
    for drawn in tables:
        if drawn.kind != "title_block":
            inside = block is not None and block.contains(*drawn.rect.center)
            zones.append(Zone(drawn.kind, drawn.rect, drawn.title, None, None, 0.9))
            if not inside:
                known.append(drawn.rect)
    if block is not None:
        zones += _keys_in(seen, block)
    stamps = _stamps([seen, *others], seen, known)
    zones += stamps
    free = [p for p in seen.canvas.pieces if not any(r.contains(*p.center) for r in known)]
    if seen.frame is not None:
        free = [p for p in free if seen.frame.contains(*p.center)]
    check()
    titles = view_titles(free)
    boxes = framed_boxes(seen, known)
    zones_of_boxes, titles, free = _boxed(boxes, titles, free)
    check()
    of_titles = {id(piece) for title in titles for piece in title.pieces}
    free = [piece for piece in free if id(piece) not in of_titles]
    blocks = headed_blocks(free, boxes)
    keys = [b for b in blocks if b.kind == "key"]
    blocks = [b for b in blocks if b.kind != "key" and b.pieces]
    taken = {id(p) for b in blocks for p in [*b.pieces, *([b.heading] if b.heading else [])]}
    free = [piece for piece in free if id(piece) not in taken]
    blocks += paragraphs(free)
    zones += zones_of_boxes + [_zone_of(b) for b in blocks]
    views = _views(seen, titles, [z.rect for z in zones], keys, free, check)
    apart = [z.rect for z in zones]
    rest = [p for p in free if not any(r.contains(*p.center) for r in apart)]
    rest = _with_labels(views, rest)
    zones += views
    zones += [Zone("other", rect, None, None, None, 0.3) for rect in _clusters(rest)]
    return zones


def _keys_in(seen: Seen, block: Rect) -> list[Zone]:
    """The key plans in fields of the title block."""
    found: list[Zone] = []
    for piece in seen.canvas.pieces:
        if block.contains(*piece.center) and zone_word(piece.text) == "key" and len(piece.words) <= KEY_WORDS:
            cell = cell_at(seen.canvas, *piece.center)
            if cell is not None and cell.height >= KEY_HEIGHT and cell.area < 0.5 * block.area:
                found.append(Zone("key", cell, piece.text.strip(" :"), None, None, 0.8))
    return found


def _boxed(
    boxes: list[Rect], titles: list[Title], free: list[Piece]
) -> tuple[list[Zone], list[Title], list[Piece]]:
    """The zones that boxes are, and the titles and pieces that are in none of them."""
    zones: list[Zone] = []
    for box in boxes:
        own = [title for title in titles if box.contains(*title.rect.center)]
        if len(own) > 1:
            continue
        inside = [piece for piece in free if box.contains(*piece.center)]
        if not inside:
            continue
        if own:
            title = own[0]
            kind: ZoneKind = "key" if title.kind == "key" else "view"
            zones.append(Zone(kind, box, title.text, title.number, title.scale, 0.95))
        else:
            zone = _zone_of_box(box, inside)
            # A closed field without a title is a part of a view.
            if zone is None:
                continue
            zones.append(zone)
        titles = [title for title in titles if title not in own]
        free = [piece for piece in free if not box.contains(*piece.center)]
    return zones, titles, free


def _zone_of_box(box: Rect, inside: list[Piece]) -> Zone | None:
    heading = next(
        (p for p in sorted(inside, key=lambda p: p.base)[:3] if zone_word(p.text) and len(p.words) <= 7), None
    )
    if heading is not None:
        text = union(piece.rect for piece in inside)
        # What a strip has left below its notes is no part of them.
        rect = box if text.area >= FULL_BOX * box.area else text
        return Zone(_kind(zone_word(heading.text)), rect, heading.text, None, None, 0.9)
    title = box_title(box, inside)
    if title is not None:
        return Zone("view", box, title.text, None, scale_in(title.text), 0.8)
    words = sum(len(piece.words) for piece in inside)
    prose = words >= WORDS_OF_NOTES and words >= 3.5 * len(inside)
    return Zone("notes", box, None, None, None, 0.5) if prose else None


def _kind(word: str | None) -> ZoneKind:
    kinds: dict[str | None, ZoneKind] = {
        "notes": "notes",
        "legend": "legend",
        "schedule": "schedule",
        "revisions": "revisions",
        "key": "key",
    }
    return kinds.get(word, "other")


def _zone_of(block: Block) -> Zone:
    heading = block.heading
    return Zone(
        _kind(block.kind),
        block.rect,
        heading.text.strip(" :") if heading else None,
        None,
        None,
        0.85 if heading else 0.5,
    )


def _views(
    seen: Seen,
    titles: list[Title],
    known: list[Rect],
    keys: list[Block],
    labels: list[Piece],
    check: Callable[[], None],
) -> list[Zone]:
    """The views outside boxes: each title with the graphics near it, and large graphics with their labels that no title
    is near.
    """
    canvas, frame = seen.canvas, seen.frame
    found = patches(canvas, frame, known, check)
    if frame is not None:
        slack = 16.0
        found = [
            rect
            for rect in found
            if frame.left - slack < rect.left
            and rect.right < frame.right + slack
            and frame.top - slack < rect.top
            and rect.bottom < frame.bottom + slack
            and rect.area < 0.97 * frame.area
        ]
    headings = [key.heading for key in keys if key.heading is not None]
    titles += [Title(h.text, h.rect, None, None, [h], "key") for h in headings]
    zones: list[Zone] = []
    boxes, untitled = assigned(titles, found)
    for title, rect in zip(titles, boxes, strict=True):
        kind: ZoneKind = "key" if title.kind == "key" else "view"
        sure = 0.9 if title.scale else 0.7
        zones.append(Zone(kind, rect or title.rect, title.text, title.number, title.scale, sure))
    whole = canvas.width * canvas.height
    untitled = _grown(zones, untitled, known, WHOLE_VIEW * whole)
    apart = [*known, *(zone.rect for zone in zones)]
    parts = [rect for rect in untitled if not any(rect.common_area(other) > 0 for other in apart)]
    gap = VIEW_GAP
    if not titles:
        parts += [piece.rect for piece in labels]
        gap = max(gap, FAR * min(canvas.width, canvas.height))
    joined = together(parts[:MOST_PARTS], gap, apart)
    zones += [Zone("view", rect, None, None, None, 0.4) for rect in joined if rect.area >= WHOLE_VIEW * whole]
    return zones


def _grown(views: list[Zone], parts: list[Rect], known: list[Rect], large: float) -> list[Rect]:
    """Grows the views by parts close to them, which stand far from the title; gives those that belong to none.

    A part of `large` or more may be a view of its own: it must be closer.
    """
    rest = parts
    while True:
        left: list[Rect] = []
        for part in rest:
            near = min(views, key=lambda view: _apart(view.rect, part), default=None)
            gap = VIEW_GAP if part.area < large else CLOSE * min(part.width, part.height)
            if near is None or _apart(near.rect, part) > gap:
                left.append(part)
                continue
            both = union([near.rect, part])
            others = (view.rect for view in views if view is not near)
            if any(both.common_area(other) > near.rect.common_area(other) for other in (*known, *others)):
                left.append(part)
            else:
                near.rect = both
        if len(left) == len(rest):
            return left
        rest = left


def _with_labels(views: list[Zone], pieces: list[Piece]) -> list[Piece]:
    """Grows each view by the labels just beside it; gives the pieces that belong to none."""
    rest: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: min((_apart(v.rect, p.rect) for v in views), default=0.0)):
        near = min(views, key=lambda view: _apart(view.rect, piece.rect), default=None)
        if near is None or _apart(near.rect, piece.rect) > LABEL_GAP:
            rest.append(piece)
        elif not near.rect.contains(*piece.center):
            near.rect = union([near.rect, piece.rect])
    return rest


def _apart(a: Rect, b: Rect) -> float:
    return max(0.0, a.left - b.right, b.left - a.right, a.top - b.bottom, b.top - a.bottom)


def _stamps(views: Sequence[Seen], seen: Seen, known: list[Rect]) -> list[Zone]:
    """Stamps: text of any direction that says what stamps say, outside the other zones."""
    found: list[Zone] = []
    for view in views:
        for piece in view.canvas.pieces:
            if len(piece.words) > 8 or piece.size < 10 or not is_stamp(piece.text) or zone_word(piece.text):
                continue
            rect = piece.rect if view is seen else seen.canvas.from_page(view.canvas.to_page(piece.rect))
            if any(other.contains(*rect.center) for other in known):
                continue
            if any(normal(zone.title or "") == normal(piece.text) for zone in found):
                continue
            found.append(Zone("stamp", rect, piece.text, None, None, 0.6))
    return found


def _clusters(pieces: list[Piece]) -> list[Rect]:
    """Boxes around the text that is in no zone, pieces near each other together."""
    boxes: list[Rect] = []
    for piece in pieces:
        rect = piece.rect
        grown = Rect(rect.left - 40, rect.top - 20, rect.right + 40, rect.bottom + 20)
        near = [box for box in boxes if box.common_area(grown) > 0]
        boxes = [box for box in boxes if box not in near]
        boxes.append(union([rect, *near]))
    return boxes
