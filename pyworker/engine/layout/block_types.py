"""Lines of a document and the blocks that they make."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyworker.engine.layout.list_markers import Marker
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.structure_tree import Tag


@dataclass(eq=False)
class Line:
    """One printed line."""

    page: int
    """From 1."""
    text: str
    rect: Rect
    size: float
    bold: bool = False
    mono: bool = False
    tag: Tag | None = None
    column_right: float = 0.0
    """Where the lines of its column end."""


@dataclass(eq=False)
class Block:
    """Lines that belong together, and what they are."""

    kind: str
    """`title`, `heading`, `paragraph`, `list_item`, `code`, `caption`, `page_header`, `page_footer` or `note`."""
    lines: list[Line]
    level: int = 0
    """Of a heading from 1; nesting of a list item from 1."""
    marker: Marker | None = None
    text: str = field(default="")
