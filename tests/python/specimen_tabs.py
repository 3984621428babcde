"""Sets specimen tables by tab stops, text by text: small second lines, headings between rows, rules here and there."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_setting import BOLD, MARGIN, Placed, Sheet, sentence, wrap
from specimen_tables import PLACES, Cell

RIGHT = 612.0 - MARGIN


@dataclass
class Tabs:
    """Columns as tab stops: for each its x, how it is aligned there, and the width at which texts wrap (points)."""

    stops: list[tuple[float, str, float]]
    size: float = 9.0
    space: float = 5.0
    """Points between rows, beside the line's own height."""
    head: int = 1
    small: float = 1.0
    """Size of a cell's further lines, as a part of the first one's."""
    rules: str = ""
    """`rows`, `head` (under the header), `ends` (above the header and under the last row), or none."""
    fill: str = ""
    """`head` (a grey header), `dark` (white letters on black), `zebra`, or none."""
    bold: set[int] = field(default_factory=set)
    spans: set[int] = field(default_factory=set)
    """Rows of one text that may run over the other columns."""
    underlined: set[int] = field(default_factory=set)
    """Rows under whose values, not labels, there is a short rule."""


def set_rows(sheet: Sheet, rows: list[list[str]], tabs: Tabs) -> Placed:
    """Set rows from the cursor on; a newline in a text starts a further line. Their box and truth."""
    size, font = tabs.size, sheet.font
    before = {"left": 0.0, "right": 1.0, "center": 0.5}
    left = min(x - before[align] * width for x, align, width in tabs.stops)
    right = max(x + (1 - before[align]) * width for x, align, width in tabs.stops)
    top, y = sheet.y, sheet.y
    cells = []
    for r, row in enumerate(rows):
        own = BOLD[font] if r < tabs.head or r in tabs.bold else font
        texts = []
        for (_, _, width), text in zip(tabs.stops, row, strict=False):
            room = 1000.0 if r in tabs.spans else width
            texts.append([line for part in text.split("\n") if part for line in wrap(part, room, own, size)])
        height = max(map(len, texts)) * 1.2 * size + tabs.space
        grey = 0.15 if tabs.fill == "dark" else 0.85
        if (tabs.fill in ("head", "dark") and r < tabs.head) or (tabs.fill == "zebra" and r % 2):
            sheet.box(left - 4, y, right + 4, y + height, grey if r < tabs.head else 0.93)
        if tabs.fill == "dark" and r < tabs.head:
            sheet.canvas.setFillGray(1)
        for c, lines in enumerate(texts):
            x, align, _ = tabs.stops[c]
            for k, line in enumerate(lines):
                at = size if k == 0 else size * tabs.small
                width = stringWidth(line, own, at)
                sheet.text(
                    x - before[align] * width, y + tabs.space / 2 + 0.9 * size + k * 1.2 * size, line, at, own
                )
                if r in tabs.underlined and c and k == 0:
                    sheet.line(x - 52, y + height - 1, x + 1, y + height - 1)
            if lines:
                cells.append(Cell(" ".join(lines), r, c, r + 1, c + 1))
        sheet.canvas.setFillGray(0)
        y += height
        if (
            tabs.rules == "rows"
            or (tabs.rules == "ends" and r == len(rows) - 1)
            or (tabs.rules and r == tabs.head - 1)
        ):
            sheet.line(left - 4, y, right + 4, y)
    if tabs.rules == "ends":
        sheet.line(left - 4, top, right + 4, top)
    sheet.y = y
    return Placed((left - 4, top, right + 4, y), cells)


def block(sheet: Sheet, x: float, y: float, lines: list[str], size: float = 9.0, first: str = "") -> float:
    """Lines under each other; the y below them."""
    for k, line in enumerate(lines):
        sheet.text(
            x, y + size + 1.25 * size * k, line, size, BOLD[sheet.font] if line == first else sheet.font
        )
    return y + 1.25 * size * len(lines)


def address(rng: Random) -> list[str]:
    street = (
        f"{rng.randint(1, 200)} {rng.choice(['Main Street', 'Harbour Road', 'Rue du Lac', 'Station Way'])}"
    )
    place = rng.choice(PLACES)
    return [f"{place} Trading Ltd.", street, f"{rng.randint(10000, 99999)} {place}", "VAT GB 123 4567 89"]


def words(rng: Random, low: int, high: int) -> str:
    return sentence(rng, rng.randint(low, high)).rstrip(".")


def money(rng: Random, most: int = 9000) -> str:
    return f"{rng.uniform(1, most):,.2f}"
