"""The words and the text that belong to a box of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

INSIDE = 0.5
"""Share of a word's area that must lie in the box."""


def text_in_box(page: OpenPage, rect: Rect) -> str:
    """The page's own text inside `rect` (displayed-page points), lines in reading order joined by newlines;
    no OCR.

    A word belongs to the box when at least half of its area is in it.
    """
    words = inside_box(page_words(page), rect)
    return "\n".join(line.text for line in lines_in_order(words, page.geometry.width, page.geometry.height))


def inside_box(words: Sequence[Word], region: Rect) -> list[Word]:
    """The words of which at least half of the area is in `region`."""
    left, top, right, bottom = region
    chosen = []
    for word in words:
        word_left, word_top, word_right, word_bottom = word.rect
        if word_left >= left and word_top >= top and word_right <= right and word_bottom <= bottom:
            if word_left < word_right and word_top < word_bottom:
                chosen.append(word)
        elif (common := word.rect.common_area(region)) > 0 and common >= INSIDE * word.rect.area:
            chosen.append(word)
    return chosen
