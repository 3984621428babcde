"""What of a page's own text is used, and which areas OCR must read beside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

from pyworker.engine.layout.scan_areas import has_ink, joined, scan_areas
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

UNUSABLE = 0.3
"""Share of characters without a meaning from which on none of a page's own text is used."""
UNUSABLE_WORD = 3
"""Characters without a meaning that make a word be read by OCR; fewer are signs of a list, or icons."""
MAX_AREAS = 8
"""With more places than this to read, the whole region is read at once."""


def what_to_read(
    page: OpenPage, words: list[Word], region: Rect, check: Callable[[], None]
) -> tuple[list[Word], list[Rect]]:
    """Of the page's own `words` in `region` those to keep, and the areas (displayed-page points) that OCR must read."""
    if not words:
        return [], [region] if has_ink(page, region) else []
    unusable = {word: sum(map(_unusable, word.text)) for word in words}
    if sum(unusable.values()) > UNUSABLE * sum(len(word.text) for word in words):
        return [], [region]
    usable = [word for word in words if unusable[word] < UNUSABLE_WORD]
    # Grown by their height, the words of a line touch.
    areas = joined([_grown(word.rect, region) for word in words if unusable[word] >= UNUSABLE_WORD])
    if len(areas) > MAX_AREAS:
        return [], [region]
    return usable, areas + scan_areas(page, usable, region, check)


def _grown(rect: Rect, region: Rect) -> Rect:
    by = min(rect.width, rect.height)
    return rect.grown(by, by / 4, region)


def _unusable(character: str) -> bool:
    """Whether a character carries no meaning: unmapped, private use, unassigned or a control."""
    return character == "\ufffd" or unicodedata.category(character) in ("Co", "Cn", "Cc", "Cs")
