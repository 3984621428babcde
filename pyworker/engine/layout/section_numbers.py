"""Numbers and names at the head of headings ("2.1.3 Scope", "Chapter 3"), and the depth that they tell together."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(
    r"(\d{1,3}(?:\.\d{1,3}){0,5}[.)]?|[A-Z](?:\.\d{1,3}){1,5}\.?|[A-Z]\.|[IVX]{1,6}\.)\s+(?=\D)"
)
_CLAUSE = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}")
_LAW = re.compile(r"§{1,2}\s*\d{1,5}(?:[.-]\d{1,4}){0,3}[a-z]?\.?\s+(?=\D)")
_ROMAN = re.compile(r"[IVX]+")
_WORDS = (
    "part|teil|partie|parte|phần",
    "chapter|kapitel|chapitre|capítulo|capitolo|chương",
    "section|abschnitt|sección|sezione|mục",
    "article|artikel|artículo|articolo|điều",
)
"""Names of divisions, from the outermost."""
# "Chapter 3", "Section 1.2", "Điều 5. Nguồn vốn", "Part IV Repairs", but not "Section 4 shows".
_NAMED = re.compile(
    "(?i:" + "|".join(f"({words})" for words in _WORDS) + ")"
    r"\s+(?P<number>\d{1,4}(?:\.\d{1,3}){0,5}[a-z]?|[IVXLC]{1,7}|[A-Z])(?=\s*[.:–—-]|\s*$|\s+[A-ZÀ-ỸĐ])"
)
ARTICLE = len(_WORDS) - 1
ROMAN, LETTER, NUMBER = range(len(_WORDS), len(_WORDS) + 3)

Place = tuple[int, int]
"""A kind of numbering, from the outermost, and the depth within it (from 1)."""


def section_depth(text: str) -> int:
    """How deep a section number at the head of `text` goes ("2.1.3 Scope": 3); 0 where there is none.

    Sections of laws ("§ 1307.22 Disposal.") are one under the other, however they are numbered: 1. Divisions with a
    name go as deep as their number ("Chapter 3": 1, "Section 1.2": 2).
    """
    found = _place(text)
    return found[1] if found else 0


def is_bare_division(text: str) -> bool:
    """Whether `text` names a division and nothing else ("Chapter 3"): its title is the heading below."""
    found = _NAMED.match(text.strip())
    return found is not None and found.end() == len(text.strip())


def section_depths(texts: Sequence[str]) -> list[int]:
    """The depth of each of a document's headings as their numbers tell it together: chapters hold articles, and
    those what is merely numbered. 0 where a heading has no number.
    """
    places = [_place(text) for text in texts]
    kinds = [place[0] for place in places if place]
    first = kinds.index(NUMBER) if NUMBER in kinds else len(kinds)
    # Letters behind the numbered sections are those of appendices.
    outer = sorted({kind for kind in kinds[:first] if kind != NUMBER} | {k for k in kinds if k <= ARTICLE})
    if {ROMAN, LETTER} <= set(outer) and kinds.index(LETTER) < kinds.index(ROMAN):
        outer[-2:] = [LETTER, ROMAN]
    least = min((place[1] for place in places if place and place[0] == NUMBER), default=1)
    depths = []
    for place in places:
        if place is None:
            depths.append(0)
        elif place[0] in outer:
            depths.append(outer.index(place[0]) + place[1])
        elif place[0] == NUMBER:
            # "2.1" under "Chapter 2" counts the chapter.
            depths.append(max(0, len(outer) - (least > 1)) + place[1])
        else:
            depths.append(place[1])
    return depths


def is_outline(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows of texts are the clauses of a contract: "3", "3.1", each with one text behind it."""
    numbers = [row[0] for row in rows if len(row) == 2 and _CLAUSE.fullmatch(row[0]) and row[1][:1].isalpha()]
    return len(numbers) == len(rows) and len({"." in number for number in numbers}) == 2


def _place(text: str) -> Place | None:
    text = text.lstrip()
    named = _NAMED.match(text)
    if named and text[0].isupper():
        kind = next(number for number, words in enumerate(named.groups()) if words)
        return kind, named["number"].count(".") + 1
    if _LAW.match(text):
        return ARTICLE, 1
    found = _NUMBER.match(text)
    if found is None:
        return None
    number = found[1].rstrip(".)")
    depth = number.count(".") + 1
    if number[0].isdigit():
        return NUMBER, depth
    return (ROMAN if _ROMAN.fullmatch(number) else LETTER), depth
