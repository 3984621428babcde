"""Captions, and lines that hang under the words behind a label: those of captions and numbered headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyworker.engine.layout.blocks import StyledLine

# "Table 2: Loads", "Table 2 Loads", but not "Table 2 shows the loads".
_CAPTION = re.compile(
    r"[\[<]?\s*(?i:figure|fig\.|table|listing|chart|scheme|abbildung|abb\.|tabelle|tableau|hình|bảng|biểu đồ|"
    r"図|表|그림|표)"
    r"\s*(?:(?:[A-Z]{1,2}[.\-])?\d+(?:[.\-]\d+)*|[IVX]{1,5})\s*(?:[:.\-–—|\]>](?!\d)|$|\s[A-ZÀ-Ỹ(])"
)
_NUMBERED = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*|[A-Z](?:\.\d{1,3})+|[IVX]{1,6}\.)[.)]?\s*[^\W\d]")
DEEPEST = 6.0
"""In em: how far a second line may hang in."""


def is_caption(text: str) -> bool:
    """Whether `text` begins as captions do ("Figure 3: …")."""
    return bool(_CAPTION.match(text))


def hangs(group: Sequence[StyledLine], line: StyledLine, width: float) -> bool:
    """Whether `line`, which is indented, goes on with the caption or the bold numbered line that is `group`."""
    first = group[0]
    if len(group) > 1 or line.bold != first.bold or line.text[:1] in "•–-":
        return False
    labelled = is_caption(first.text) or (first.bold and bool(_NUMBERED.match(first.text.lstrip())))
    return labelled and line.start(width) <= first.start(width) + DEEPEST * line.size
