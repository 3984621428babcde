"""What the values of a title block's fields look like, and those that stand without a label."""

from __future__ import annotations

import itertools
import re
from collections.abc import Set as AbstractSet

from pyworker.engine.pdf.geometry import union
from pyworker.engine.sheets.labels import NUMBER, PLACE, SCALE, is_date
from pyworker.engine.sheets.pieces import Piece
from pyworker.engine.sheets.types import Field

PEOPLE = ("drawn", "designed", "checked", "approved", "lead")
LONGEST_NAME = 48
"""Characters of a name with its degrees."""
LARGE = 1.25
"""Times the usual letters: a number or a title without a label is at least so large."""
LONGEST_NUMBER, LONG, FIGURES = 20, 6, 3
"""Characters of a large number at most, and characters and figures of one in usual letters at least."""
LETTERS, AS_LARGE = 4, 0.95
"""Letters of a title without a label at least; times its first line's letters, those of its further lines at least."""
NEXT_LINE = 2.2
"""Font sizes between the baselines of two lines of a title at most."""
FIELDS = 3
"""Fields, told or named by a label, of a block at least in which a title is told by its letters."""
MARK = 2
"""Letters at most of a revision without a figure."""
COMPANY = re.compile(
    r"(?i)\b(?:ltd|limited|inc|llc|llp|gmbh|corp|company|co\.|s\.?a\.?s?|s\.?r\.?l|b\.?v|ag|ооо|оао|зао|ао|"
    r"công ty|university|institute)\b|公司|会社"
)
"""What the name of a firm holds."""


def unlabelled(found: list[Field], free: list[Piece], named: AbstractSet[str]) -> list[Field]:
    """Number, title, scale and place in the set where they stand without a label; `named` are the labels' fields."""
    used = {(round(f.rect.left), round(f.rect.top)) for f in found}
    rest = [p for p in free if (round(p.rect.left), round(p.rect.top)) not in used]
    if not rest:
        return []
    usual = sorted(p.size for p in rest)[len(rest) // 2]
    known = {field.name for field in found}
    made: list[Field] = []
    if "number" not in known:
        made += _number(rest, usual, "number" in named)
    if "title" not in known | named and len((known | named) - {""}) >= FIELDS:
        made += _title([p for p in rest if not any(f.rect == p.rect for f in made)], usual)
    if "scale" not in known:
        scales = [
            (p, m)
            for p in rest
            if (m := SCALE.search(p.text)) is not None and len(p.text) < 40 and ":" in m.group(0)
        ]
        if len(scales) == 1:
            made.append(Field("scale", "", scales[0][1].group(0), scales[0][0].rect, 0.6))
    if "sheet" not in known | named:
        places = [p for p in rest if (of := PLACE.match(p.text)) and of[2] and int(of[1]) <= int(of[2])]
        # "1/50" may be a scale.
        if len(places) == 1 and any(field.name == "scale" for field in found + made):
            made.append(Field("sheet", "", places[0].text, places[0].rect, 0.5))
    return made


def _number(rest: list[Piece], usual: float, named: bool) -> list[Field]:
    """The sheet's number: large, or the only text of the form of a long one where no label is a number's."""
    numbers = [
        p for p in rest if NUMBER.match(p.text) and not is_date(p.text) and any(c.isalpha() for c in p.text)
    ]
    large = [p for p in numbers if p.size >= LARGE * usual and len(p.text) <= LONGEST_NUMBER]
    if large:
        best = max(large, key=lambda p: (p.size, p.rect.bottom + p.rect.right))
        if sum(p.size > 0.95 * best.size for p in large) <= 2:
            return [Field("number", "", best.text, best.rect, 0.6)]
    long = [
        p
        for p in numbers
        if len(p.text) >= LONG
        and " " not in p.text
        and any(c in "-._/" for c in p.text)
        and sum(c.isdigit() for c in p.text) >= FIGURES
    ]
    return [Field("number", "", long[0].text, long[0].rect, 0.5)] if len(long) == 1 and not named else []


def _title(rest: list[Piece], usual: float) -> list[Field]:
    """The title: the largest words with the lines of the same letters below them, or the only words there are."""
    wordy = [p for p in rest if sum(c.isalpha() for c in p.text) >= LETTERS and not is_date(p.text)]
    wordy = [p for p in wordy if not NUMBER.match(p.text) and not COMPANY.search(p.text)]
    best = max(wordy, key=lambda p: p.size, default=None)
    if best is None:
        return []
    lines = sorted((p for p in wordy if p.size >= AS_LARGE * best.size), key=lambda p: p.base)
    if best.size < LARGE * usual and len(lines) < len(wordy):
        return []
    for above, below in itertools.pairwise(lines):
        across = min(above.rect.right, below.rect.right) - max(above.rect.left, below.rect.left)
        if below.base - above.base > NEXT_LINE * below.size or across <= 0:
            return []
    text = " ".join(p.text for p in lines)
    return [Field("title", "", text, union(p.rect for p in lines), 0.5)]


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
    if name == "sheet":
        return any(c.isdigit() for c in value)
    if name == "scale":
        return SCALE.search(value) is not None
    if name in PEOPLE:
        return len(value) <= LONGEST_NAME and any(c.isalpha() for c in value)
    if name == "revision":
        short = (len(word) <= MARK or any(c.isdigit() for c in word) for word in value.split())
        return len(value) <= 12 and any(short) and not is_date(value)
    return True
