"""Headings in the size and weight of the text, told by their words, their place or their number ("I. METHODS").

Lines between a title and the first such heading are names and dates, however large they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyworker.engine.layout.blocks import Block, StyledLine
from pyworker.engine.layout.section_numbers import section_depth

SMALLEST = 0.85
"""Of the body's size."""
SLIGHTLY = 1.05
"""Of the body's size: up to here size tells no heading."""
MAX_LETTERS = 120
# In em of the line's font.
SET_IN = 1.5
"""How far a centred line begins and ends behind the lines of the text below it, at least."""
LONG_SET_IN = 0.8
"""The same for a bold line."""
OFF_CENTRE = 1.0
COLUMN_LINES = 3
"""Lines of a paragraph that tells a column, at least."""
LEAST_HEADINGS = 3
TOLD = 0.8
"""Share of the headings under the title that are numbered, bold or known by name, from which on they tell the names."""
_PARTS = (
    "abstract|summary|executive summary|contents|table of contents|list of figures|list of tables|introduction|preface|"
    "foreword|conclusions?|references|bibliography|literature|acknowledge?ments?|appendix|index|glossary|nomenclature|"
    "zusammenfassung|inhalt|inhaltsverzeichnis|einleitung|literatur|literaturverzeichnis|danksagung|anhang|vorwort|"
    "résumé|table des matières|sommaire|bibliographie|remerciements|annexe|resumen|índice|bibliografía|referencias|"
    "agradecimientos|tóm tắt|mục lục|tài liệu tham khảo|lời cảm ơn|phụ lục|kết luận|mở đầu"
)
_PART = re.compile(rf"(?:(?:\d{{1,2}}|[IVX]{{1,5}}|[A-Z])\.?\s+)?(?:{_PARTS})[.:]?", re.IGNORECASE)
_DATE = re.compile(r"(?:\d{1,2}\.?\s+)?[^\W\d]+(?:\s+\d{1,2},)?\s+\d{4}")
_INITIAL = re.compile(r"(?![IVX]\. )([A-Z])\. ")

Column = tuple[float, float]


def is_part_name(text: str) -> bool:
    """Whether `text` is nothing but the usual name of a part of a document ("Abstract", "5 References")."""
    return bool(_PART.fullmatch(text.strip()))


def is_quiet_heading(
    block: Block,
    before: Block | None,
    after: Block | None,
    body_size: float,
    columns: Sequence[Column],
    names: set[str],
) -> bool:
    """Whether a block of one or two lines, not larger than the text, is a heading over what comes after it.

    `names` are the letters that are `initials`.
    """
    text = block.text.strip()
    if (
        block.kind not in ("text", "item")
        or not block.lines
        or len(block.lines) > 2
        or len(text) > MAX_LETTERS
    ):
        return False
    if (
        block.size < SMALLEST * body_size
        or any(line.mono for line in block.lines)
        or after is None
        or not after.lines
    ):
        return False
    if after.page_no == block.page_no and after.lines[0].rect.center[1] < block.lines[-1].rect.bottom:
        return False
    if is_part_name(text):
        return len(block.lines) == 1 and text[0].isupper()
    if after.kind not in ("text", "item", "heading") or text[-1] in ",;:" or sum(map(str.isalpha, text)) < 3:
        return False
    numbered = section_depth(text) > 0 and not _is_name(text, names)
    capitals = text.upper() == text
    centred = (text[-1] != "." or capitals) and _is_centred(block, columns)
    if centred and (numbered or capitals or block.bold):
        return True
    if centred and block.italic and not after.italic and before is not None and before.lines:
        # Not the place of an author, in italics too.
        return before.kind == "heading" or before.text.rstrip()[-1:] in ".!?:"
    return (
        numbered
        and block.italic
        and len(block.lines) == 1
        and text[-1] != "."
        and after.kind != "item"
        and not after.italic
        and (before is None or before.kind != "item" or not before.italic)
    )


def unmark_names(headings: Sequence[Block], blocks: Sequence[Block], body_size: float) -> None:
    """Make text of large lines under the title, where the headings that follow are told by more than their size."""
    if not headings:
        return
    title, rest = headings[0], headings[1:]
    names = initials(rest)
    if not any(heading.text.startswith("B. ") for heading in rest):
        names.add("A")
    told = [
        heading
        for heading in rest
        if heading.bold
        or (heading.size < SLIGHTLY * body_size and not _is_name(heading.text, names))
        or is_part_name(heading.text)
        or (
            section_depth(heading.text)
            and not _is_name(heading.text, names)
            and not _DATE.fullmatch(heading.text.strip())
        )
    ]
    if len(told) < LEAST_HEADINGS or title.page_no != blocks[0].page_no:
        return
    plain = rest[: rest.index(told[0])]
    if len(told) < TOLD * (len(rest) - len(plain)):
        return
    sizes = [heading.size for heading in plain if _is_short(heading, blocks)]
    for heading in plain:
        if heading.size in sizes and heading.page_no == title.page_no and heading.size < 0.95 * title.size:
            heading.kind = "text"


def _is_short(heading: Block, blocks: Sequence[Block]) -> bool:
    """Whether no paragraph comes behind a line."""
    if _DATE.fullmatch(heading.text.strip()):
        return True
    at = next(index for index, block in enumerate(blocks) if block is heading)
    after = blocks[at + 1] if at + 1 < len(blocks) else None
    return after is None or len(after.lines) < 3 or after.kind == "heading"


def initials(blocks: Sequence[Block]) -> set[str]:
    """The letters that head short blocks but follow no other of them: those of names."""
    letters = {
        found[1] for block in blocks if len(block.lines) <= 2 and (found := _INITIAL.match(block.text))
    }
    return {letter for letter in letters if letter != "A" and chr(ord(letter) - 1) not in letters}


def _is_name(text: str, names: set[str]) -> bool:
    found = _INITIAL.match(text)
    return found is not None and found[1] in names


def text_columns(blocks: Sequence[Block]) -> dict[int, list[Column]]:
    """Left and right edges of the paragraphs of each page and of the one before it."""
    columns: dict[int, list[Column]] = {}
    for block in blocks:
        if block.kind == "text" and len(block.lines) >= COLUMN_LINES and block.places:
            left = min(line.rect.left for line in block.lines)
            right = max(line.rect.right for line in block.lines)
            for page in (block.page_no, block.page_no + 1):
                columns.setdefault(page, []).append((left, right))
    return columns


def _is_centred(block: Block, columns: Sequence[Column]) -> bool:
    """Whether each line is in the middle of a column of text, and the last one is set in."""
    last = block.lines[-1]
    return any(
        min(last.rect.left - left, right - last.rect.right)
        >= (LONG_SET_IN if block.bold else SET_IN) * last.size
        and all(_off(line, left, right) <= OFF_CENTRE * line.size for line in block.lines)
        for left, right in columns
    )


def _off(line: StyledLine, left: float, right: float) -> float:
    return abs(line.rect.left + line.rect.right - left - right) / 2
