"""Draws on a specimen sheet with reportlab, y downwards, and keeps what it drew as truth."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from math import cos, pi, sin
from pathlib import Path
from random import Random

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path("/usr/share/fonts/truetype/dejavu")


def vietnamese() -> bool:
    """Whether a font with Vietnamese letters is there; it is registered as Sheet and Sheet-Bold."""
    files = {"Sheet": FONTS / "DejaVuSans.ttf", "Sheet-Bold": FONTS / "DejaVuSans-Bold.ttf"}
    if not all(file.exists() for file in files.values()):
        return False
    for name, file in files.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(file)))
    return True


Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points of the page as displayed."""


OPEN = ("rows", "head", "none")
"""Styles of tables without closed cells."""


@dataclass
class Truth:
    """What stands on a sheet."""

    block: Box = (0.0, 0.0, 0.0, 0.0)
    fields: dict[str, str] = field(default_factory=dict)
    zones: list[tuple[str, str | None, Box, str | None]] = field(default_factory=list)
    """Kind, title, box, scale."""
    tables: list[tuple[Box, list[list[str]]]] = field(default_factory=list)
    """Box and rows; a merged cell's text is in its first field, the others are empty."""
    paragraphs: list[list[str]] = field(default_factory=list)
    """Notes, line by line."""


class Pen:
    """A page of `width` x `height` points as displayed; `turn` is how it is stored.

    `upright`; `rotate`: turned back by /Rotate; `sideways`: the whole sheet's text runs upwards on the page.
    """

    def __init__(self, width: float, height: float, rng: Random, letters: str, turn: str = "upright") -> None:
        self.width, self.height, self.rng, self.turn = width, height, rng, turn
        self.out = io.BytesIO()
        self.page = (height, width) if turn == "sideways" else (width, height)
        stored = (height, width) if turn in ("sideways", "rotate") else (width, height)
        self.canvas = Canvas(self.out, pagesize=stored, invariant=True, pageCompression=1)
        if turn == "rotate":
            self.canvas.setPageSize((width, height))
            self.canvas.setPageRotation(90)
            self.canvas.transform(0, 1, -1, 0, height, 0)
        elif turn == "sideways":
            self.canvas.transform(0, 1, -1, 0, height, 0)
        self.font = letters
        self.bold = letters + "-Bold"
        self.truth = Truth()

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box of the drawing as the page shows it."""
        if self.turn == "sideways":
            # A point at (x, y) of the sheet is at (y, width - x) of the page.
            return (top, self.width - right, bottom, self.width - left)
        return (left, top, right, bottom)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        bold: bool = False,
        align: str = "left",
        angle: float = 0.0,
    ) -> float:
        """`text` with its baseline at y; gives its width."""
        font = self.bold if bold else self.font
        width = stringWidth(text, font, size)
        self.canvas.saveState()
        self.canvas.translate(x, self.height - y)
        self.canvas.rotate(angle)
        self.canvas.setFont(font, size)
        self.canvas.drawString({"left": 0.0, "center": -width / 2, "right": -width}[align], 0, text)
        self.canvas.restoreState()
        return width

    def spaced(self, x: float, y: float, text: str, size: float, space: float) -> None:
        """`text` with `space` points between its letters."""
        item = self.canvas.beginText(x, self.height - y)
        item.setFont(self.bold, size)
        item.setCharSpace(space)
        item.textOut(text)
        # The spacing would stay for all text that follows.
        item.setCharSpace(0)
        self.canvas.drawText(item)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def poly(self, points: list[tuple[float, float]], width: float = 0.5, close: bool = False) -> None:
        path = self.canvas.beginPath()
        path.moveTo(points[0][0], self.height - points[0][1])
        for x, y in points[1:]:
            path.lineTo(x, self.height - y)
        if close:
            path.close()
        self.canvas.setLineWidth(width)
        self.canvas.drawPath(path)

    def rect(self, left: float, top: float, right: float, bottom: float, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.rect(left, self.height - bottom, right - left, bottom - top)

    def circle(self, x: float, y: float, radius: float, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.circle(x, self.height - y, radius)

    def arc(self, x: float, y: float, radius: float, start: float, sweep: float) -> None:
        self.canvas.setLineWidth(0.35)
        y = self.height - y
        self.canvas.arc(x - radius, y - radius, x + radius, y + radius, start, sweep)

    def hatch(self, left: float, top: float, right: float, bottom: float, step: float, angle: float) -> None:
        """Parallel lines at `angle` degrees inside a box."""
        self.canvas.saveState()
        path = self.canvas.beginPath()
        path.rect(left, self.height - bottom, right - left, bottom - top)
        self.canvas.clipPath(path, stroke=0, fill=0)
        reach = (right - left) + (bottom - top)
        dx, dy = cos(angle * pi / 180), sin(angle * pi / 180)
        middle = ((left + right) / 2, (top + bottom) / 2)
        for number in range(int(-reach / step / 2), int(reach / step / 2) + 1):
            x, y = middle[0] - dy * number * step, middle[1] + dx * number * step
            self.line(x - dx * reach, y - dy * reach, x + dx * reach, y + dy * reach, 0.2)
        self.canvas.restoreState()

    def rule(self, x0: float, y0: float, x1: float, y1: float, style: str, width: float = 0.5) -> None:
        """A table's rule: `plain`, `double`, `pieces`, `dashed` (each dash a path), or `caps`."""
        if style == "double":
            dx, dy = (0.0, 0.9) if y0 == y1 else (0.9, 0.0)
            self.line(x0 - dx, y0 - dy, x1 - dx, y1 - dy, 0.25)
            self.line(x0 + dx, y0 + dy, x1 + dx, y1 + dy, 0.25)
        elif style in ("pieces", "dashed"):
            step, gap = (11.0, 0.0) if style == "pieces" else (5.0, 2.5)
            length = abs(x1 - x0) + abs(y1 - y0)
            at = 0.0
            while at < length:
                end = min(length, at + step)
                a, b = at / length, end / length
                self.line(
                    x0 + (x1 - x0) * a, y0 + (y1 - y0) * a, x0 + (x1 - x0) * b, y0 + (y1 - y0) * b, width
                )
                at = end + gap
        else:
            if style == "caps":
                self.canvas.setLineCap(1)
                self.canvas.setStrokeColorRGB(0.1, 0.2, 0.7)
            self.line(x0, y0, x1, y1, width)
            self.canvas.setLineCap(0)
            self.canvas.setStrokeGray(0)

    def grid(
        self,
        left: float,
        top: float,
        widths: list[float],
        height: float,
        rows: list[list[str | None]],
        size: float,
        style: str,
        header: int = 1,
    ) -> Box:
        """A ruled table; None in a row is a field merged with the one before it. Gives its box.

        The styles `rows`, `head` and `none` close no cells: a rule under each row, three rules, or none at all.
        """
        right, bottom = left + sum(widths), top + height * len(rows)
        edges = [left + sum(widths[:k]) for k in range(len(widths) + 1)]
        is_open = style in OPEN
        if is_open:
            levels = {"rows": range(len(rows) + 1), "head": (0, header, len(rows)), "none": ()}[style]
            for k in levels:
                self.rule(left, top + k * height, right, top + k * height, "plain")
        elif style == "poly":
            snake: list[tuple[float, float]] = []
            for k in range(len(rows) + 1):
                y = top + k * height
                snake += [(left, y), (right, y)] if k % 2 == 0 else [(right, y), (left, y)]
            self.poly(snake)
        else:
            for k in range(len(rows) + 1):
                self.rule(left, top + k * height, right, top + k * height, style)
        for r, row in enumerate(rows):
            y = top + r * height
            if not is_open:
                self.rule(left, y, left, y + height, style if style != "poly" else "plain")
            for c, text in enumerate(row):
                end = c + 1
                while end < len(row) and row[end] is None:
                    end += 1
                if text is None:
                    continue
                if not is_open:
                    self.rule(edges[end], y, edges[end], y + height, style if style != "poly" else "plain")
                self.text(edges[c] + 3, y + height / 2 + size * 0.35, text, size, r < header)
        box = (left, top, right, bottom)
        self.truth.tables.append((self.box(*box), [[text or "" for text in row] for row in rows]))
        return box

    def close(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.out.getvalue()
