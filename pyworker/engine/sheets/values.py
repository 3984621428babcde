"""What the values of a title block's fields look like, and those that stand without a label."""

from __future__ import annotations

from pyworker.engine.sheets.labels import NUMBER, SCALE, is_date
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.types import Field

PEOPLE = ("drawn", "designed", "checked", "approved", "lead")
LONGEST_NAME = 48
"""Characters of a name with its degrees."""
LARGE = 1.25
"""Times the usual letters: a sheet number without a label is at least so large."""


def unlabelled(found: list[Field], free: list[Piece]) -> list[Field]:
    """The sheet's number, and the title beside it, where they stand large and without a label."""
    made: list[Field] = []
    used = {(round(f.rect.left), round(f.rect.top)) for f in found}
    rest = [p for p in free if (round(p.rect.left), round(p.rect.top)) not in used]
    if not any(f.name == "number" for f in found) and rest:
        usual = sorted(p.size for p in rest)[len(rest) // 2]
        large = [
            p
            for p in rest
            if p.size >= LARGE * usual
            and NUMBER.match(p.text)
            and not is_date(p.text)
            and len(p.text) <= 16
            and any(c.isalpha() for c in p.text)
        ]
        if large:
            best = max(large, key=lambda p: (p.size, p.rect.bottom + p.rect.right))
            if sum(p.size > 0.95 * best.size for p in large) <= 2:
                made.append(Field("number", "", best.text, best.rect, 0.6))
    if not any(f.name == "scale" for f in found):
        scales = [
            (p, m)
            for p in rest
            if (m := SCALE.search(p.text)) is not None and len(p.text) < 40 and ":" in m.group(0)
        ]
        if len(scales) == 1:
            made.append(Field("scale", "", scales[0][1].group(0), scales[0][0].rect, 0.6))
    return made


def checked(field: Field) -> Field:
    """The field with less confidence where its value doesn't look like one of its kind."""
    if not fits(field.name, field.value):
        field.confidence = round(field.confidence * 0.6, 4)
    return field


def fits(name: str, value: str) -> bool:
    """Whether a value looks like one of the field `name`."""
    if name in ("number", "project_number"):
        return any(c.isdigit() for c in value) and len(value) <= 40
    if name == "date":
        return is_date(value)
    if name == "scale":
        return SCALE.search(value) is not None
    if name in PEOPLE:
        return len(value) <= LONGEST_NAME
    return name != "revision" or len(value) <= 12
