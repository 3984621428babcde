"""Lays rows of texts out between given columns; what is drawn under and between them is up to the kind of page."""

from __future__ import annotations

from dataclasses import dataclass, field

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_setting import BOLD, Placed, Sheet, wrap
from specimen_tables import Cell

Row = list[str]


@dataclass
class Layout:
    """Rows between the columns `xs`; lengths in points. A newline in a text breaks its line."""

    sheet: Sheet
    rows: list[Row]
    xs: list[float]
    align: str
    """A letter a column: `l`, `r`, `c`."""
    size: float = 9.0
    above: float = 3.0
    below: float = 3.0
    inset: float = 4.0
    head: int = 1
    valign: str = "top"
    """`top`, `middle` or `bottom`: where the lines of a shorter cell stand."""
    leading: float = 1.2
    bold: set[int] = field(default_factory=set)
    indent: dict[int, float] = field(default_factory=dict)
    """Points by which the first text of a row stands further in."""
    spans: dict[tuple[int, int], int] = field(default_factory=dict)
    """Row and column of a text to the number of columns that it stands over, in their middle."""
    gaps: dict[int, float] = field(default_factory=dict)
    """Space above a row, beside that of all rows."""
    head_align: str = ""
    white: set[int] = field(default_factory=set)
    """Rows in white letters."""

    def __post_init__(self) -> None:
        self.lines: dict[tuple[int, int], list[str]] = {}
        self.ys = [self.sheet.y]
        for r, row in enumerate(self.rows):
            for c, text in enumerate(row):
                wide = self.spans.get((r, c), 1)
                room = self.xs[c + wide] - self.xs[c] - 2 * self.inset
                if c == 0:
                    room -= self.indent.get(r, 0.0)
                parts = [wrap(part, room, self._font(r), self.size) for part in text.split("\n") if part]
                if parts:
                    self.lines[r, c] = [line for part in parts for line in part]
            most = max((len(self.lines.get((r, c), [])) for c in range(len(row))), default=1)
            height = max(most, 1) * self.leading * self.size + self.above + self.below + self.gaps.get(r, 0.0)
            self.ys.append(self.ys[-1] + height)

    def _font(self, r: int) -> str:
        return BOLD[self.sheet.font] if r < self.head or r in self.bold else self.sheet.font

    @property
    def left(self) -> float:
        return self.xs[0]

    @property
    def right(self) -> float:
        return self.xs[-1]

    def rule(self, r: int, first: int = 0, last: int | None = None, width: float = 0.5) -> None:
        """A rule over row `r`, from column `first` to the end of column `last`."""
        end = self.xs[-1] if last is None else self.xs[last + 1]
        self.sheet.line(self.xs[first], self.ys[r], end, self.ys[r], width)

    def wall(self, c: int, first: int = 0, last: int | None = None) -> None:
        """A rule left of column `c`, from row `first` to the end of row `last`."""
        end = self.ys[-1] if last is None else self.ys[last + 1]
        self.sheet.line(self.xs[c], self.ys[first], self.xs[c], end)

    def ground(self, r: int, grey: float, first: int = 0, last: int | None = None, gap: float = 0.0) -> None:
        """A ground under row `r`, `gap` smaller on each side."""
        end = self.xs[-1] if last is None else self.xs[last + 1]
        self.sheet.box(self.xs[first] + gap, self.ys[r] + gap, end - gap, self.ys[r + 1] - gap, grey)

    def place(self) -> Placed:
        """Set the texts; their box and truth. The cursor goes below them."""
        cells = []
        for (r, c), lines in self.lines.items():
            wide = self.spans.get((r, c), 1)
            x0, x1 = self.xs[c] + self.inset, self.xs[c + wide] - self.inset
            x0 += self.indent.get(r, 0.0) if c == 0 else 0.0
            step = self.leading * self.size
            top, bottom = self.ys[r] + self.above + self.gaps.get(r, 0.0), self.ys[r + 1] - self.below
            free = bottom - top - len(lines) * step
            top += {"top": 0.0, "middle": free / 2, "bottom": free}[self.valign]
            side = self.head_align[c] if r < self.head and self.head_align else self.align[c]
            side = "c" if wide > 1 and r < self.head else side
            self.sheet.canvas.setFillGray(1.0 if r in self.white else 0.0)
            for k, line in enumerate(lines):
                width = stringWidth(line, self._font(r), self.size)
                x = {"l": x0, "r": x1 - width, "c": (x0 + x1 - width) / 2}[side]
                self.sheet.text(x, top + k * step + 0.95 * self.size, line, self.size, self._font(r))
            self.sheet.canvas.setFillGray(0.0)
            cells.append(Cell(" ".join(lines), r, c, r + 1, c + wide))
        self.sheet.y = self.ys[-1]
        return Placed((self.xs[0], self.ys[0], self.xs[-1], self.ys[-1]), cells)


def edges(left: float, *widths: float) -> list[float]:
    """The x of the columns' edges."""
    found = [left]
    for width in widths:
        found.append(found[-1] + width)
    return found
