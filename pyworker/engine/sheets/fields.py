"""The fields of a title block: which text is a label, and which text is its value."""

from __future__ import annotations

from collections.abc import Sequence

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.canvas import Canvas
from pyworker.engine.sheets.cells import Cell, cell_at
from pyworker.engine.sheets.labels import (
    NUMBER,
    field_of,
    is_variable,
    labelled,
    names_no_field,
    near_field_of,
    normal,
)
from pyworker.engine.sheets.pieces import Piece, piece_text
from pyworker.engine.sheets.types import Field
from pyworker.engine.sheets.values import PEOPLE, checked, fits, unlabelled

BESIDE = 14.0
"""Font sizes: how far right of its label, where no rule is between, a value may begin."""
BELOW, NEXT_LINE = 2.6, 1.9
"""Font sizes: how far below its label a value's first line may stand, and below that each further one."""
MAX_VALUE = 200
"""Characters; a longer text is no value of a field but a note."""
SURE = 0.95
"""Confidence of a value in its label's own text or cell."""
STRICT = ("number", "revision", "date", "scale", "project_number")
"""Fields whose values are short and of a form of their own."""
SECOND = ("quan ly ky thuat", "qlkt", "kcs", "qa qc")
"""Labels of those who check beside the one that a block calls so."""
SMALL_PRINT = 0.6
"""Of the largest letters in a cell: smaller text beside such a value is none of it."""
STEP = 1.12
"""Times a label's letters, those of the value behind it on one line."""
ROOM = 2.5
"""Times its width, the cell of a label with a colon whose value belongs there, be it missing, where others have theirs
in their own.
"""
TRANSLATED = 1.25
"""Times the letters of a label and of its translation below it, those of the value."""


class _Label:
    def __init__(self, piece: Piece, name: str, label: str, value: str) -> None:
        self.piece, self.name, self.label, self.value = piece, name, label, value
        self.named = name
        self.cell: Rect | None = None
        self.of: _Label | None = None
        """The label in another language that this one repeats."""


def read_fields(
    canvas: Canvas, block: Rect, apart: Sequence[Rect] = (), *, nearly: bool = False
) -> list[Field]:
    """The fields in `block`, a box of `canvas`, whose text runs as the canvas does; boxes are the canvas's.

    Text in the boxes `apart` is none of theirs. With `nearly` a letter of a label may be wrong, as OCR reads some.
    """
    pieces = [
        piece
        for piece in canvas.pieces
        if block.contains(*piece.center) and not any(box.contains(*piece.center) for box in apart)
    ]
    cells: dict[int, Rect | None] = {id(piece): cell_at(canvas, *piece.center) for piece in pieces}
    labels = _labels(pieces, cells, nearly)
    taken = {id(label.piece) for label in labels}
    free = [piece for piece in pieces if id(piece) not in taken]
    found: list[Field] = []
    for label in labels:
        label.cell = cells[id(label.piece)]
    # A value that is in its label's own text or cell is surer than one beside it.
    for label in labels:
        made = _inline(label) or _in_own_cell(label, labels, free, cells)
        if made is not None:
            found.append(checked(made))
            label.name = ""
    used = {(round(f.rect.left), round(f.rect.top)) for f in found}
    in_own = any(label.value and label.piece.text.startswith(f"{label.label}:") for label in labels)
    for label in labels:
        if label.name:
            rest = [p for p in free if (round(p.rect.left), round(p.rect.top)) not in used]
            beside = None if in_own and _has_room(label) else _in_next_cell(label, labels, rest, cells)
            made = beside or _near(label, labels, rest, cells)
            if made is not None:
                found.append(checked(made))
                used.add((round(made.rect.left), round(made.rect.top)))
    for field in found:
        if normal(field.label.split("/")[0]) in SECOND:
            field.confidence = round(field.confidence * 0.9, 4)
    if not any(field.name == "number" for field in found):
        # "SHEET" alone is the label of a number too: A5.3, but not 2 of 5.
        for field in found:
            if field.name == "sheet" and NUMBER.match(field.value) and any(c.isalpha() for c in field.value):
                field.name = "number"
    return found + unlabelled(found, free, {label.named for label in labels})


def _labels(pieces: list[Piece], cells: dict[int, Rect | None], nearly: bool) -> list[_Label]:
    labels: list[_Label] = []
    small = sorted(piece.size for piece in pieces)
    usual = small[len(small) // 2] if small else 9.0
    for piece in pieces:
        # A label is no larger than the other text, so that a title "SECTION DETAILS" is none.
        if (parts := _parted(piece)) is not None:
            labels.append(_Label(piece, *parts))
        elif (inline := labelled(piece.text)) is not None:
            labels.append(_Label(piece, *inline))
        elif (name := _name(piece.text, nearly)) is not None and piece.size <= 1.6 * usual:
            labels.append(_Label(piece, name, piece.text.strip(" :"), ""))
        elif names_no_field(piece.text) and piece.size <= 1.6 * usual:
            labels.append(_Label(piece, "", piece.text.strip(" :"), ""))
    # Initials may spell a label, such as DRG: in the cell of another label larger text is its value.
    values = [
        other
        for label in labels
        for other in labels
        if other.name != label.name
        and not other.value
        and not label.value
        and other.piece.base > label.piece.base - label.piece.size
        and other.piece.size >= STEP * label.piece.size
        and not other.piece.text.endswith(":")
        and cells[id(label.piece)] is not None
        and cells[id(label.piece)] == cells[id(other.piece)]
    ]
    labels = [label for label in labels if label not in values]
    # The second line of a label in two languages is a label of the same field and no value.
    for label in labels:
        for other in labels:
            if (
                other is not label
                and other.name == label.name
                and not other.value
                and not label.value
                and cells[id(label.piece)] is not None
                and cells[id(label.piece)] == cells[id(other.piece)]
                and 0 < other.piece.base - label.piece.base < 2.2 * label.piece.size
                and other in labels
            ):
                label.label = f"{label.label} / {other.label}"
                other.name, other.of = "", label
    return labels


def _name(text: str, nearly: bool) -> str | None:
    name = field_of(text)
    return near_field_of(text) if name is None and nearly else name


def _parted(piece: Piece) -> tuple[str, str, str] | None:
    """(field, label, value) of a label in small letters with its value in larger ones close behind it; else None."""
    for count in range(1, len(piece.words)):
        small, large = piece.words[count - 1].font_size, piece.words[count].font_size
        if large >= STEP * small:
            label = piece_text(piece.words[:count])
            name = field_of(label)
            # OCR reads a colon as a word of its own, higher than its label or lower.
            value = piece_text(piece.words[count:]).strip(" :")
            return None if name is None else (name, label.strip(" :"), value)
    return None


def _field(label: _Label, pieces: list[Piece], confidence: float) -> Field | None:
    text = " ".join(piece.text for piece in pieces).strip(" :")
    if len(text) > MAX_VALUE or not any(c.isalnum() for c in text) or is_variable(text):
        return None
    # Beside a label stands whatever the next field holds, where its own value is missing.
    if confidence < SURE and not fits(label.name, text):
        return None
    return Field(label.name, label.label, text, union(p.rect for p in pieces), confidence, label.piece.rect)


def _inline(label: _Label) -> Field | None:
    if not label.name or not any(c.isalnum() for c in label.value) or is_variable(label.value):
        return None
    share = len(label.value) / max(1, len(label.piece.text))
    rect = label.piece.rect
    value = Rect(rect.right - share * rect.width, rect.top, rect.right, rect.bottom)
    return Field(label.name, label.label, label.value, value, SURE, rect)


def _in_own_cell(
    label: _Label, labels: list[_Label], free: list[Piece], cells: dict[int, Rect | None]
) -> Field | None:
    cell = label.cell
    if not label.name or label.value or cell is None:
        return None
    if sum(other.cell == cell and bool(other.name) for other in labels) > 1:
        return None
    inside = [piece for piece in free if cells[id(piece)] == cell]
    inside = _told(_untranslated(label, inside), label.name)
    if label.name not in ("title", "project") and len(inside) > 6:
        return None
    return _field(label, _lines(inside), SURE)


def _untranslated(label: _Label, pieces: list[Piece]) -> list[Piece]:
    """`pieces` without a translation of the label: small text right below it at its edge, where the rest is larger."""
    edge, size = label.piece.rect, label.piece.size
    below = [
        piece
        for piece in pieces
        if piece.size <= size
        and abs(piece.rect.left - edge.left) <= 0.5 * size
        and 0 < piece.base - label.piece.base <= BELOW * size
    ]
    rest = [piece for piece in pieces if piece not in below]
    return rest if rest and all(piece.size >= TRANSLATED * size for piece in rest) else pieces


def _told(pieces: list[Piece], name: str) -> list[Piece]:
    """Those of a cell's texts that are the value: of a number or a date not the small print below it."""
    if name not in STRICT or len(pieces) < 2:
        return pieces
    large = max(piece.size for piece in pieces)
    kept = [piece for piece in pieces if piece.size >= SMALL_PRINT * large]
    if len(kept) < len(pieces) and fits(name, " ".join(piece.text for piece in _lines(kept))):
        return kept
    fitting = [piece for piece in pieces if fits(name, piece.text)]
    return fitting if len(fitting) == 1 and not fits(name, " ".join(p.text for p in pieces)) else pieces


def _is_right_of(cell: Rect, other: Rect) -> bool:
    """Whether a cell shares the right edge of another."""
    level = _common(cell.top, cell.bottom, other.top, other.bottom) > 0.5
    return level and abs(cell.left - other.right) <= 4


def _has_room(label: _Label) -> bool:
    """Whether a label with a colon has room for a value in its own cell."""
    cell = label.cell
    return cell is not None and label.piece.text.endswith(":") and cell.width > ROOM * label.piece.rect.width


def _in_next_cell(
    label: _Label, labels: list[_Label], free: list[Piece], cells: dict[int, Rect | None]
) -> Field | None:
    cell = label.cell
    if label.value or cell is None or sum(other.cell == cell and other.of is None for other in labels) > 1:
        return None
    with_label = {other.cell for other in labels if other.cell is not None}
    by_cell: dict[Rect, list[Piece]] = {}
    for piece in free:
        place = cells[id(piece)]
        if place is not None and place not in with_label:
            by_cell.setdefault(place, []).append(piece)
    # Between a role and a name may stand the date.
    near = [cell]
    if label.name in PEOPLE:
        near += [c for c in set(cells.values()) - with_label if c is not None and _is_right_of(c, cell)]
    right = [c for before in near for c in by_cell if _is_right_of(c, before)]
    below = [
        c
        for c in by_cell
        if abs(c.top - cell.bottom) <= 4 and _common(c.left, c.right, cell.left, cell.right) > 0.5
    ]
    # Labels side by side are the header of the row below; labels one under the other have their values beside.
    header = any(
        c is not None
        and c != cell
        and (abs(c.left - cell.right) <= 4 or abs(c.right - cell.left) <= 4)
        and _common(c.top, c.bottom, cell.top, cell.bottom) > 0.5
        for c in with_label
    )
    for places in (below, right) if header else (right, below):
        for place in places:
            made = _field(label, _lines(by_cell[place]), 0.9)
            if made is not None:
                return made
    return None


def _near(
    label: _Label, labels: list[_Label], free: list[Piece], cells: dict[int, Rect | None]
) -> Field | None:
    """A value that no rule ties to its label: beside it on its line, else below it."""
    piece = label.piece
    size = piece.size
    inside = [p for p in free if cells[id(p)] == label.cell]
    beside = [
        p
        for p in inside
        if abs(p.base - piece.base) <= 0.6 * max(size, p.size)
        and 0 <= p.rect.left - piece.rect.right <= BESIDE * size
    ]
    others = [o.piece for o in labels if o.piece is not piece]
    if beside:
        first = min(beside, key=lambda p: p.rect.left)
        if not any(
            piece.rect.right <= o.rect.left < first.rect.left and abs(o.base - piece.base) <= 0.6 * size
            for o in others
        ):
            return _field(label, [first], 0.8)
    lines: list[Piece] = []
    base, last = piece.rect.bottom, piece.size
    for p in sorted(inside, key=lambda p: p.base):
        if (
            p.base <= piece.base + 0.3 * size
            or _common(p.rect.left, p.rect.right, piece.rect.left - 2, piece.rect.right) <= 0
        ):
            continue
        if any(
            o.base < p.base
            and o.base > piece.base + 0.3 * size
            and _common(o.rect.left, o.rect.right, piece.rect.left, piece.rect.right) > 0
            for o in others
        ):
            break
        if p.rect.top - base > ((NEXT_LINE if lines else BELOW) - 1.0) * max(last, p.size):
            break
        lines.append(p)
        base, last = p.rect.bottom, p.size
    return _field(label, lines, 0.75) if lines and not label.value else None


def _lines(pieces: list[Piece]) -> list[Piece]:
    """Pieces in lines from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.base):
        if rows and piece.base - rows[-1][0].base <= 0.4 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [piece for row in rows for piece in sorted(row, key=lambda p: p.rect.left)]


def _common(a0: float, a1: float, b0: float, b1: float) -> float:
    """The part common to two stretches, of the shorter one."""
    return (min(a1, b1) - max(a0, b0)) / max(0.1, min(a1 - a0, b1 - b0))


def cells_with_labels(cells: list[Cell]) -> set[str]:
    """The fields that the labels in `cells` name."""
    names: set[str] = set()
    for cell in cells:
        for piece in cell.pieces:
            name = field_of(piece.text)
            if name is None and (inline := labelled(piece.text)) is not None:
                name = inline[0]
            if name is not None:
                names.add(name)
    return names
