"""The size of a document's running text, which tells what is large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pyworker.engine.layout.blocks import Block, Page, StyledLine

NEAR = 1.0
"""In em: white space between two lines of running text, at most."""


def body_size(pages: Sequence[Page]) -> float:
    """The font size of most of the text, in points.

    Text of tables counts only where all lines of that size stand alone, as headings between tables do, and the tables
    are set in a smaller size that lines beside them have too.
    """
    lines: Counter[float] = Counter()
    tables: Counter[float] = Counter()
    for page in pages:
        for part in page.parts:
            for line in part.lines if isinstance(part, Block) else [part]:
                lines[_rounded(line.size)] += len(line.text)
            if isinstance(part, Block) and part.kind == "table" and part.size and part.content is not None:
                tables[_rounded(part.size)] += sum(len(cell.text) for cell in part.content.data.table_cells)
    if not lines:
        return 0.0
    size, letters = lines.most_common(1)[0]
    if tables:
        smaller, held = tables.most_common(1)[0]
        if smaller < size and held > letters and lines[smaller] and not _runs(pages, size):
            return smaller
    return size


def _runs(pages: Sequence[Page], size: float) -> bool:
    """Whether lines of `size` stand under each other as those of a paragraph."""
    for page in pages:
        for above, below in pairwise(page.parts):
            if (
                isinstance(above, StyledLine)
                and isinstance(below, StyledLine)
                and _rounded(above.size) == _rounded(below.size) == size
                and 0 <= below.rect.top - above.rect.bottom < NEAR * size
            ):
                return True
    return False


def _rounded(size: float) -> float:
    return round(size * 2) / 2
