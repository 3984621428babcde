"""The views of a sheet: their titles, numbers and scale notes, and the graphics that belong to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.sheets.labels import is_scale_note, is_view_title, normal, scale_in, zone_word
from pyworker.engine.sheets.pieces import Piece

LETTER = 9.0
TITLE = 1.15
"""Times the usual letters: a title without a scale note is at least so large."""
MAX_TITLE_WORDS = 14


@dataclass
class Title:
    """A view's title with what belongs to it."""

    text: str
    rect: Rect
    number: str | None = None
    scale: str | None = None
    pieces: list[Piece] = field(default_factory=list)
    kind: str = "view"


def view_titles(pieces: Sequence[Piece]) -> list[Title]:
    """The titles of views among loose `pieces`: above a scale note, or large and named as one."""
    titles: list[Title] = []
    used: set[int] = set()
    for note in pieces:
        if not is_scale_note(note.text):
            continue
        above = _title_above(note, pieces, used)
        if above is None:
            continue
        lines = _with_first_lines(above, pieces, used)
        titles.append(_made(lines, note, pieces))
        used.update(id(piece) for piece in titles[-1].pieces)
    for piece in pieces:
        if id(piece) in used or len(piece.words) > MAX_TITLE_WORDS or is_scale_note(piece.text):
            continue
        scale = scale_in(piece.text)
        key = zone_word(piece.text) == "key"
        if key or (is_view_title(piece.text) and (piece.size >= TITLE * LETTER or (scale and ":" in scale))):
            titles.append(_made([piece], None, pieces))
            if key:
                titles[-1].kind = "key"
            used.update(id(p) for p in titles[-1].pieces)
    return _with_second_lines(titles)


def _with_second_lines(titles: list[Title]) -> list[Title]:
    """Titles one close below the other are one in two lines, or in two languages."""
    found: list[Title] = []
    for title in sorted(titles, key=lambda t: t.rect.top):
        for above in found:
            gap = title.rect.top - above.rect.bottom
            overlap = min(title.rect.right, above.rect.right) - max(title.rect.left, above.rect.left)
            if -LETTER < gap < 1.5 * LETTER and overlap > 0 and not (title.scale and above.scale):
                above.text = f"{above.text} {title.text}"
                above.rect = union([above.rect, title.rect])
                above.scale, above.number = above.scale or title.scale, above.number or title.number
                above.pieces += title.pieces
                break
        else:
            found.append(title)
    return found


def _title_above(note: Piece, pieces: Sequence[Piece], used: set[int]) -> Piece | None:
    """The title over a scale note, or before it on its line."""
    best: tuple[float, Piece] | None = None
    for piece in pieces:
        if piece is note or id(piece) in used or is_scale_note(piece.text) or not _wordy(piece.text):
            continue
        gap = note.rect.top - piece.rect.bottom
        apart = max(0.0, note.rect.left - piece.rect.right, piece.rect.left - note.rect.right)
        level = abs(note.base - piece.base) <= 0.5 * max(note.size, piece.size)
        if level and piece.rect.right <= note.rect.left and apart < 12 * LETTER:
            cost = apart / 3
        elif -0.5 * LETTER <= gap <= 2.5 * max(note.size, piece.size) and apart < 4 * LETTER:
            cost = gap + apart
        else:
            continue
        cost -= 2.0 * (piece.size - LETTER) + (9.0 if is_view_title(piece.text) else 0.0)
        if best is None or cost < best[0]:
            best = (cost, piece)
    return best[1] if best else None


def _with_first_lines(last: Piece, pieces: Sequence[Piece], used: set[int]) -> list[Piece]:
    """A title's last line with the one above it, where the title has two."""
    for piece in pieces:
        if (
            piece is not last
            and id(piece) not in used
            and abs(piece.size - last.size) < 0.1 * last.size
            and last.size >= TITLE * LETTER
            and 0 < last.base - piece.base <= 1.7 * last.size
            and (
                abs(piece.rect.left - last.rect.left) < last.size
                or abs(piece.center[0] - last.center[0]) < last.size
            )
            and _wordy(piece.text)
        ):
            return [piece, last]
    return [last]


def _made(lines: list[Piece], note: Piece | None, pieces: Sequence[Piece]) -> Title:
    text = " ".join(piece.text for piece in lines)
    scale = scale_in(note.text) if note else scale_in(text)
    if note is None and scale:
        text = text.replace(scale, "").strip(" -:()")
    title = Title(text, union(p.rect for p in lines), None, scale, [*lines, *([note] if note else [])])
    number = _number(title, pieces)
    if number is not None:
        title.number = number.text
        title.pieces.append(number)
    title.rect = union(piece.rect for piece in title.pieces)
    return title


def _number(title: Title, pieces: Sequence[Piece]) -> Piece | None:
    """A short text left of the title, as in a bubble."""
    rect = title.rect
    near = [
        piece
        for piece in pieces
        if len(piece.text) <= 4
        and piece not in title.pieces
        and 0 <= rect.left - piece.rect.right <= 5 * LETTER
        and piece.rect.top < rect.bottom + 2 * LETTER
        and piece.rect.bottom > rect.top - LETTER
        and piece.text[:1].isalnum()
    ]
    return max(near, key=lambda p: (p.size, p.rect.right)) if near else None


def _wordy(text: str) -> bool:
    return sum(c.isalpha() for c in text) >= 3 and len(normal(text).split()) <= MAX_TITLE_WORDS


def assigned(titles: list[Title], patches: Sequence[Rect]) -> tuple[list[Rect | None], list[Rect]]:
    """For each title the box around the graphics that belong to it and the title, None where there are none; and the
    patches that belong to none.
    """
    members: list[list[Rect]] = [[] for _ in titles]
    rest: list[Rect] = []
    for patch in patches:
        costs = [(_cost(title.rect, patch), index) for index, title in enumerate(titles)]
        cost, index = min(costs, default=(inf, 0))
        if cost < 60 * LETTER:
            members[index].append(patch)
        else:
            rest.append(patch)
    boxes: list[Rect | None] = []
    for title, own in zip(titles, members, strict=True):
        large = max((patch.area for patch in own), default=0.0)
        kept = [patch for patch in own if patch.area > 0.02 * large]
        boxes.append(union([title.rect, *kept]) if kept else None)
    return boxes, rest


def _cost(title: Rect, patch: Rect) -> float:
    """How far a patch is from a title; titles stand below their views as a rule."""
    across = max(0.0, patch.left - title.right, title.left - patch.right)
    if title.top >= patch.bottom:
        down = title.top - patch.bottom
    elif title.bottom <= patch.top:
        down = 3.0 * (patch.top - title.bottom) + 6 * LETTER
    else:
        down = 0.0
    return down + 2.0 * across
