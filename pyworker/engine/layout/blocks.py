"""Blocks of a document's structure, and the lines that they are made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pyworker.engine.layout.line_ends import joined
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.tilt import Tilt

Kind = Literal[
    "title",
    "heading",
    "text",
    "item",
    "caption",
    "footnote",
    "code",
    "checkbox",
    "formula",
    "table",
    "picture",
    "page_header",
    "page_footer",
]


@dataclass(frozen=True)
class StyledLine:
    """One printed line of a page."""

    text: str
    rect: Rect
    page_no: int
    """From 1."""
    size: float
    bold: bool
    italic: bool
    mono: bool
    leftwards: bool
    """Whether most of it is written from right to left."""
    font: str = ""
    """The name of the font of most of its letters; empty where it is not known."""
    led: bool = False
    """Whether its first word, numbers and bullets left out, is bold and the line is not: a term, a run-in heading."""

    def start(self, width: float) -> float:
        """Distance of the line's first letter from the side where reading begins."""
        return width - self.rect.right if self.leftwards else self.rect.left

    def end(self, width: float) -> float:
        """Distance of its last letter from that side."""
        return width - self.rect.left if self.leftwards else self.rect.right


@dataclass
class Block:
    """A paragraph, heading, list item, table or picture."""

    kind: Kind
    text: str = ""
    places: list[tuple[int, Rect]] = field(default_factory=list)
    """Page number (from 1) and box (TOPLEFT) of each part."""
    level: int = 1
    """Of a heading, or the depth of a list item."""
    marker: str = ""
    ordered: bool = False
    ticked: bool = False
    """Of a check box."""
    new_list: bool = False
    """Whether a list item begins a list of its own."""
    size: float = 0.0
    bold: bool = False
    italic: bool = False
    evidence: str = "fonts"
    lines: list[StyledLine] = field(default_factory=list)
    content: Any = None
    """The table or picture item of the DoclingDocument it comes from."""
    inner: list[Block] = field(default_factory=list)
    """Labels inside a picture."""

    @property
    def page_no(self) -> int:
        """The page that it begins on; 0 where it has no place."""
        return self.places[0][0] if self.places else 0


@dataclass
class Page:
    """What one page gives: lines, tables and pictures in reading order, or blocks where its tags tell them."""

    number: int
    width: float
    height: float
    parts: list[StyledLine | Block] = field(default_factory=list)
    tagged: bool = False
    tilt: Tilt = Tilt()  # noqa: RUF009
    """How far it lies askew: its parts stand where they are once it is level."""


def text_block(kind: Kind, lines: Sequence[StyledLine]) -> Block:
    """A block of `lines`, all of one page."""
    weight = sum(len(line.text) for line in lines) or 1
    bold = sum(len(line.text) for line in lines if line.bold) > 0.8 * weight
    italic = all(line.italic for line in lines)
    size = max((line.size for line in lines), default=0.0)
    place = (lines[0].page_no, union([line.rect for line in lines]))
    text = joined([line.text for line in lines])
    return Block(kind, text, [place], size=size, bold=bold, italic=italic, lines=list(lines))


def with_wholes(
    parts: Sequence[StyledLine | Block], wholes: Mapping[int, StyledLine | Block]
) -> list[StyledLine | Block]:
    """`parts`, those that `wholes` names by their `id` replaced by what they are put together to, at the first one."""
    placed: list[StyledLine | Block] = []
    seen: set[int] = set()
    for part in parts:
        put = wholes.get(id(part), part)
        if id(put) not in seen:
            seen.add(id(put))
            placed.append(put)
    return placed


def is_leftwards(text: str) -> bool:
    """Whether most letters of `text` are of a script written from right to left."""
    if text.isascii():
        return False
    count = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        count += 1 if kind in ("R", "AL") else -1 if kind == "L" else 0
    return count > 0
