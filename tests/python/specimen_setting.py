"""Sets tables and running text of specimen pages with reportlab, and tells where each table stands."""

from __future__ import annotations

import io
from dataclasses import dataclass
from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from specimen_tables import Cell, Specimen

MARGIN = 60.0
BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold", "Courier": "Courier-Bold"}
VOCABULARY = str.split(
    "the of and in for to by as with from data estimates survey households population reported total number percent "
    "increase fiscal year national average persons families between published based on were was are is this report "
    "program spending revenue changes rates health services employment during period previous higher lower among"
)


@dataclass
class Placed:
    """A table on its page: its box (left, top, right, bottom from the upper left corner) and its cells."""

    box: tuple[float, float, float, float]
    cells: list[Cell]


class Sheet:
    """A canvas with the y axis down and a cursor."""

    def __init__(self, rng: Random, size: tuple[float, float], turned: bool) -> None:
        self.rng, (self.width, self.height) = rng, size
        self.out = io.BytesIO()
        self.canvas = Canvas(
            self.out,
            pagesize=(self.height, self.width) if turned else size,
            invariant=True,
            pageCompression=0,
        )
        if turned:
            # Drawn sideways on an upright sheet that the viewer turns back.
            self.canvas.setPageRotation(90)
            self.canvas.translate(self.height, 0)
            self.canvas.rotate(90)
        self.y = MARGIN
        self.font = rng.choice(["Helvetica", "Times-Roman"])

    def text(self, x: float, y: float, text: str, size: float, font: str) -> None:
        """`text` from x, its baseline at y."""
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, self.height - y, text)

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.5) -> None:
        self.canvas.setLineWidth(width)
        self.canvas.line(x0, self.height - y0, x1, self.height - y1)

    def box(self, left: float, top: float, right: float, bottom: float, grey: float) -> None:
        self.canvas.setFillGray(grey)
        self.canvas.rect(left, self.height - bottom, right - left, bottom - top, stroke=0, fill=1)
        self.canvas.setFillGray(0)

    def save(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self.out.getvalue()


def wrap(text: str, width: float, font: str, size: float) -> list[str]:
    """`text` in lines of at most `width`."""
    lines: list[str] = []
    for word in text.split():
        if lines and stringWidth(f"{lines[-1]} {word}", font, size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def sentence(rng: Random, words: int) -> str:
    picked = [rng.choice(VOCABULARY) for _ in range(words)]
    if rng.random() < 0.3:
        picked[rng.randrange(words)] = f"{rng.uniform(1, 99):.1f}"
    return " ".join(picked).capitalize() + "."


def prose(sheet: Sheet, left: float, right: float, top: float, lines: int, justified: bool) -> float:
    """Lines of running text; the y below them."""
    rng, size = sheet.rng, 10.0
    text = " ".join(sentence(rng, rng.randint(8, 18)) for _ in range(lines))
    rows = wrap(text, right - left, sheet.font, size)[:lines]
    for number, row in enumerate(rows):
        y = top + size + number * 1.2 * size
        parts = row.split()
        space = (right - left - stringWidth("".join(parts), sheet.font, size)) / max(len(parts) - 1, 1)
        if justified and number + 1 < len(rows):
            x = left
            for part in parts:
                sheet.text(x, y, part, size, sheet.font)
                x += stringWidth(part, sheet.font, size) + space
        else:
            sheet.text(left, y, row, size, sheet.font)
    return top + len(rows) * 1.2 * size + 8


def column_widths(table: Specimen) -> list[float]:
    """The widths that the texts need, words wrapped where the style says so."""
    size = table.size
    widths = [0.0] * table.cols
    for cell in table.cells:
        if cell.col_end - cell.col > 1:
            continue
        font = BOLD[table.font] if cell.bold else table.font
        longest = max(stringWidth(w, font, size) for w in cell.text.split())
        whole = stringWidth(cell.text, font, size) + cell.indent * size
        if cell.row < table.header_rows:
            need = longest if cell.col else min(whole, table.stub_width * size)
        elif cell.col == 0:
            need = max(longest + cell.indent * size, min(whole, table.stub_width * size))
        elif cell.col in table.wrapped:
            need = max(longest, min(whole, table.words_width * size))
        else:
            need = whole
        widths[cell.col] = max(widths[cell.col], need)
    for cell in table.cells:
        span = range(cell.col, cell.col_end)
        if len(span) > 1 and cell.row < table.header_rows:
            font = BOLD[table.font] if cell.bold else table.font
            need = max(stringWidth(w, font, size) for w in cell.text.split())
            have = sum(widths[c] for c in span) + table.gap * size * (len(span) - 1)
            for c in span:
                widths[c] += max(0.0, need - have) / len(span)
    return widths


def set_table(sheet: Sheet, table: Specimen, left: float, room: float, bottom: float) -> Placed | None:
    """Set `table` from the cursor on; None, and nothing set, where it finds no room."""
    size, gap = table.size, table.gap * table.size
    widths = column_widths(table)
    total = sum(widths) + gap * (table.cols - 1)
    if total > room:
        return None
    if table.fill_width and room > total:
        gap += min((room - total) / table.cols, 4 * size)
        total = sum(widths) + gap * (table.cols - 1)
    xs = [left + sum(widths[:c]) + gap * c for c in range(table.cols)]
    lines = {id(c): _cell_lines(c, table, widths, gap) for c in table.cells}
    pad = max(table.row_space, 0.3 if table.rules in ("grid", "rows", "frame") else 0.0) * size
    heights = [table.leading * size + pad] * table.rows
    for cell in sorted(table.cells, key=lambda c: c.row_end - c.row):
        need = len(lines[id(cell)]) * table.leading * size + pad
        have = sum(heights[cell.row : cell.row_end])
        heights[cell.row_end - 1] += max(0.0, need - have)
    header_space = 0.4 * size if table.rules != "none" else 0.2 * size
    heights[table.header_rows - 1] += header_space
    ys = [sheet.y + sum(heights[:r]) for r in range(table.rows + 1)]
    if ys[-1] > bottom:
        return None
    _decorate(sheet, table, xs, widths, ys, gap)
    boxes: list[tuple[float, float, float, float]] = []
    for cell in table.cells:
        boxes += _set_cell(sheet, table, cell, lines[id(cell)], xs, widths, ys, pad, header_space)
    sheet.y = ys[-1] + 4
    box = (
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    )
    return Placed(box, table.cells)


def _cell_lines(cell: Cell, table: Specimen, widths: list[float], gap: float) -> list[str]:
    font = BOLD[table.font] if cell.bold else table.font
    width = sum(widths[cell.col : cell.col_end]) + gap * (cell.col_end - cell.col - 1)
    return wrap(cell.text, width - cell.indent * table.size + 0.01, font, table.size)


def _set_cell(sheet, table, cell, lines, xs, widths, ys, pad, header_space):
    size = table.size
    font = BOLD[table.font] if cell.bold else table.font
    left, right = xs[cell.col], xs[cell.col_end - 1] + widths[cell.col_end - 1]
    step = table.leading * size
    header = cell.row < table.header_rows
    bottom = ys[cell.row_end] - pad / 2 - (header_space if cell.row_end == table.header_rows else 0)
    room = bottom - ys[cell.row] - pad / 2
    from_bottom = header or (table.values_on_last_line and cell.col > 0 and cell.col not in table.wrapped)
    top = bottom - len(lines) * step if from_bottom else ys[cell.row] + pad / 2
    if header and cell.align == "center" and table.rules == "grid":
        top = ys[cell.row] + pad / 2 + (room - len(lines) * step) / 2
    boxes = []
    for number, text in enumerate(lines):
        width = stringWidth(text, font, size)
        hang = size if number and cell.col == 0 and not header else 0.0
        x = left + cell.indent * size + min(hang, max(0.0, right - left - cell.indent * size - width))
        if cell.align == "right":
            x = right - width
        elif cell.align == "center":
            x = (left + right - width) / 2
        elif cell.align == "decimal":
            after = text.rpartition(".")[2] if "." in text else ""
            tail = stringWidth("." + after, font, size) if after else 0.0
            x = min(right - width, right - 2.2 * size - (width - tail))
            x = max(x, left)
        y = top + number * step + 0.8 * step
        sheet.text(x, y, text, size, font)
        boxes.append((x, y - 0.75 * size, x + width, y + 0.2 * size))
        valued = any(c.row == cell.row and c.col for c in table.cells)
        if table.leaders and cell.col == 0 and not header and valued and number + 1 == len(lines):
            dots = int((right - x - width - 0.5 * size) / stringWidth(table.leaders, font, size))
            if dots > 2:
                end = x + width + (0.25 * size if table.leaders == ". " else 0.0)
                sheet.text(end, y, table.leaders * dots, size, font)
    return boxes


def _decorate(sheet, table, xs, widths, ys, gap) -> None:
    """The rules and bands of the table's style."""
    left, right = xs[0] - gap / 3, xs[-1] + widths[-1] + gap / 3
    head = ys[table.header_rows]
    if table.rules == "banded":
        for r in range(table.header_rows, table.rows, 2):
            sheet.box(left, ys[r], right, ys[r + 1], 0.9)
        sheet.box(left, ys[0], right, head, 0.75)
    if table.rules in ("booktabs", "header", "rows", "columns", "frame"):
        for y in (ys[0], head):
            sheet.line(left, y, right, y)
    if table.rules in ("booktabs", "rows", "columns", "frame"):
        sheet.line(left, ys[-1], right, ys[-1])
    if table.rules == "rows":
        for y in ys[table.header_rows + 1 : -1]:
            sheet.line(left, y, right, y)
    if table.rules in ("columns", "frame"):
        for c in range(1, table.cols):
            x = xs[c] - gap / 2
            groups = [k for k in table.cells if k.row < table.header_rows and k.col < c < k.col_end]
            top = max((ys[k.row_end] for k in groups), default=ys[0])
            sheet.line(x, top, x, ys[-1])
    if table.rules == "frame":
        sheet.line(left, ys[0], left, ys[-1])
        sheet.line(right, ys[0], right, ys[-1])
    if table.rules == "grid":
        taken = {
            (r, c): k for k in table.cells for r in range(k.row, k.row_end) for c in range(k.col, k.col_end)
        }
        edges = [left, *(xs[c] - gap / 2 for c in range(1, table.cols)), right]
        for r in range(table.rows + 1):
            for c in range(table.cols):
                above, below = taken.get((r - 1, c)), taken.get((r, c))
                if above is None or above is not below:
                    sheet.line(edges[c], ys[r], edges[c + 1], ys[r])
        for c in range(table.cols + 1):
            for r in range(table.rows):
                before, after = taken.get((r, c - 1)), taken.get((r, c))
                if before is None or before is not after:
                    sheet.line(edges[c], ys[r], edges[c], ys[r + 1])
    elif table.group_rules:
        for cell in table.cells:
            if cell.row < table.header_rows and cell.col_end - cell.col > 1:
                y = ys[cell.row + 1]
                sheet.line(xs[cell.col], y, xs[cell.col_end - 1] + widths[cell.col_end - 1], y)
