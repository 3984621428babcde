"""Drafting helpers over reportlab: a sheet in millimetres with dimension lines, hatching, tables and symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, pi, sin
from pathlib import Path
from typing import Any, Literal

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

Align = Literal["left", "center", "right"]
Point = tuple[float, float]

REGULAR, BOLD, OBLIQUE = "Sheet", "Sheet-Bold", "Sheet-Oblique"
FONT_FILES = {
    REGULAR: "DejaVuSansCondensed.ttf",
    BOLD: "DejaVuSansCondensed-Bold.ttf",
    OBLIQUE: "DejaVuSansCondensed-Oblique.ttf",
}

# Line widths in points: cut walls, objects, and everything that explains them.
THICK, MEDIUM, THIN, HAIR = 1.4, 0.7, 0.4, 0.22


def register_fonts(folder: Path) -> None:
    """Makes the three fonts known to reportlab, which embeds only the glyphs that are used."""
    for name, file in FONT_FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))


@dataclass(frozen=True)
class Column:
    """A table's column: its width in millimetres and how its cells stand."""

    width: float
    align: Align = "left"


class Sheet:
    """A page of a canvas, drawn on in millimetres from the lower left corner of the page as displayed."""

    def __init__(self, canvas: Canvas, width: float, height: float, turned: bool = False) -> None:
        """`turned` stores the page upright and lets the viewer turn it by 90 degrees (`/Rotate 90`)."""
        self.canvas = canvas
        canvas.setPageSize((width * mm, height * mm))  # as displayed: reportlab swaps the stored one itself
        canvas.setPageRotation(90 if turned else 0)
        if turned:
            canvas.transform(0, 1, -1, 0, height * mm, 0)
        canvas.setLineJoin(0)

    @contextmanager
    def saved(self) -> Iterator[None]:
        """Restores colours, widths and the coordinate system afterwards."""
        self.canvas.saveState()
        try:
            yield
        finally:
            self.canvas.restoreState()

    def pen(self, width: float, grey: float = 0.0, dash: Sequence[float] = ()) -> None:
        """Sets line width (points), grey level (0 is black) and dash pattern (millimetres)."""
        self.canvas.setLineWidth(width)
        self.canvas.setStrokeGray(grey)
        self.canvas.setDash([length * mm for length in dash])

    def line(self, *points: Point, close: bool = False, fill: bool = False, stroke: bool = True) -> None:
        """A polyline, or a polygon where `close` is set."""
        path = self.canvas.beginPath()
        path.moveTo(points[0][0] * mm, points[0][1] * mm)
        for x, y in points[1:]:
            path.lineTo(x * mm, y * mm)
        if close:
            path.close()
        self.canvas.drawPath(path, stroke=int(stroke), fill=int(fill))

    def rect(self, x: float, y: float, width: float, height: float, fill: bool = False) -> None:
        """A rectangle by its lower left corner."""
        self.canvas.rect(x * mm, y * mm, width * mm, height * mm, stroke=1, fill=int(fill))

    def circle(self, x: float, y: float, radius: float, fill: bool = False) -> None:
        """A circle."""
        self.canvas.circle(x * mm, y * mm, radius * mm, stroke=1, fill=int(fill))

    def arc(self, x: float, y: float, radius: float, start: float, sweep: float) -> None:
        """An arc around a centre; angles in degrees, counter-clockwise."""
        box = [(x - radius) * mm, (y - radius) * mm, (x + radius) * mm, (y + radius) * mm]
        self.canvas.arc(*box, startAng=start, extent=sweep)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 6.0,
        font: str = REGULAR,
        align: Align = "left",
        angle: float = 0.0,
    ) -> None:
        """A line of text on the baseline that starts, ends or is centred at the point; size in points."""
        with self.saved():
            self.canvas.translate(x * mm, y * mm)
            self.canvas.rotate(angle)
            self.canvas.setFont(font, size)
            draw: dict[Align, Callable[..., Any]] = {
                "left": self.canvas.drawString,
                "center": self.canvas.drawCentredString,
                "right": self.canvas.drawRightString,
            }
            draw[align](0, 0, text)

    def hatch(
        self, corners: Sequence[Point], spacing: float, angle: float = 45.0, width: float = HAIR
    ) -> None:
        """Parallel lines inside a polygon."""
        with self.clipped(corners):
            self.pen(width)
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
            reach = hypot(max(xs) - min(xs), max(ys) - min(ys)) / 2
            along, across = angle * pi / 180, (angle + 90) * pi / 180
            for step in range(-int(reach / spacing) - 1, int(reach / spacing) + 2):
                x = middle[0] + step * spacing * cos(across)
                y = middle[1] + step * spacing * sin(across)
                dx, dy = reach * cos(along), reach * sin(along)
                self.line((x - dx, y - dy), (x + dx, y + dy))

    @contextmanager
    def clipped(self, corners: Sequence[Point]) -> Iterator[None]:
        """Draws only inside a polygon."""
        with self.saved():
            path = self.canvas.beginPath()
            path.moveTo(corners[0][0] * mm, corners[0][1] * mm)
            for x, y in corners[1:]:
                path.lineTo(x * mm, y * mm)
            path.close()
            self.canvas.clipPath(path, stroke=0, fill=0)
            yield

    def dimension(self, start: Point, end: Point, label: str, offset: float, gap: float = 2.0) -> None:
        """A dimension line beside the stretch from `start` to `end`, `offset` millimetres to its left."""
        length = hypot(end[0] - start[0], end[1] - start[1])
        with self.saved():
            self.canvas.translate(start[0] * mm, start[1] * mm)
            self.canvas.rotate(degrees(atan2(end[1] - start[1], end[0] - start[0])))
            self.pen(HAIR)
            side = 1 if offset > 0 else -1
            for x in (0.0, length):
                self.line((x, side * gap), (x, offset + side * 1.6))
            self.line((-1.6, offset), (length + 1.6, offset))
            self.pen(THIN * 2)
            for x in (0.0, length):
                self.line((x - 0.8, offset - 0.8), (x + 0.8, offset + 0.8))
            self.text(length / 2, offset + 0.8, label, 6, align="center")

    def bubble(self, x: float, y: float, label: str) -> None:
        """A grid axis's name in a circle."""
        with self.saved():
            self.pen(THIN)
            self.canvas.setFillGray(1)
            self.circle(x, y, 4.0, fill=True)
        self.text(x, y - 1.25, label, 10, BOLD, "center")

    def leader(self, target: Point, elbow: Point, label: str, underline: float) -> None:
        """A note that stands on `underline` millimetres of line; from there a line leads to a dot on what it means."""
        self.pen(HAIR)
        self.line(target, elbow, (elbow[0] + underline, elbow[1]))
        with self.saved():
            self.canvas.setFillGray(0)
            self.circle(*target, 0.45, fill=True)
        self.text(min(elbow[0], elbow[0] + underline) + 0.5, elbow[1] + 0.8, label, 6)

    def table(
        self,
        x: float,
        top: float,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        row_height: float,
        size: float = 6.0,
        header_rows: int = 1,
        header_height: float = 0.0,
    ) -> float:
        """A ruled table; gives the y of its lower edge. A newline in a cell starts a smaller, oblique second line."""
        header_height = header_height or row_height
        total = sum(column.width for column in columns)
        y = top
        for number, row in enumerate(rows):
            height = header_height if number < header_rows else row_height
            if number < header_rows:
                with self.saved():
                    self.canvas.setFillGray(0.9)
                    self.pen(HAIR)
                    self.rect(x, y - height, total, height, fill=True)
            self.row(
                x,
                y,
                columns,
                row,
                height,
                size,
                BOLD if number < header_rows else REGULAR,
                number < header_rows,
            )
            y -= height
            self.pen(THIN if number + 1 == header_rows else HAIR)
            self.line((x, y), (x + total, y))
        self.pen(HAIR)
        edge = x
        for column in columns[:-1]:
            edge += column.width
            self.line((edge, top), (edge, y))
        self.pen(MEDIUM)
        self.rect(x, y, total, top - y)
        return y

    def row(
        self,
        x: float,
        top: float,
        columns: Sequence[Column],
        cells: Sequence[str],
        height: float,
        size: float,
        font: str = REGULAR,
        centred: bool = False,
    ) -> None:
        """The texts of one row, without rules."""
        pad = 1.0
        for column, cell in zip(columns, cells, strict=True):
            align: Align = "center" if centred else column.align
            anchor = {"left": x + pad, "center": x + column.width / 2, "right": x + column.width - pad}[align]
            first, _, second = cell.partition("\n")
            middle = top - height / 2 - size * 0.125
            if second:
                self.text(anchor, middle + size * 0.17, first, size, font, align)
                self.text(anchor, middle - size * 0.23, second, size * 0.82, OBLIQUE, align)
            else:
                self.text(anchor, middle, first, size, font, align)
            x += column.width
