"""Pages of the kinds that users of table readers report, each with its truth; drawn from a seed.

Rules are made while looking at `TUNED` kinds only; those of `UNTUNED` are scored at the end and never looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_pages import LETTER, Page
from specimen_setting import BOLD, MARGIN, Placed, Sheet, prose, sentence, wrap
from specimen_tables import HEADS, ITEMS, PHRASES, PLACES, Cell, number


@dataclass
class Style:
    """How a table is drawn; lengths in points."""

    rules: str = "grid"
    """`grid`, `rows`, `frame` (columns and the outer box), `head` (above and below the header), `none`."""
    bands: str = ""
    """`zebra`, `rows` (every row has a ground of its own), `head` (a dark header with white letters), or none."""
    size: float = 9.0
    pad: float = 4.0
    centred: bool = False
    """Whether cells of fewer lines are centred against the row's highest."""
    align: list[str] = field(default_factory=list)
    headers: int = 1
    spans: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """Row and column of a cell to the number of rows and columns it covers."""


def draw(sheet: Sheet, rows: list[list[str]], left: float, widths: list[float], style: Style) -> Placed:
    """Draw a table at the cursor; a newline in a text breaks its line. Its box and truth."""
    size, pad, font = style.size, style.pad, sheet.font
    xs = [left]
    for width in widths:
        xs.append(xs[-1] + width)
    texts: dict[tuple[int, int], list[str]] = {}
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            _, columns = style.spans.get((r, c), (1, 1))
            room = xs[c + columns] - xs[c] - 2 * pad
            bold = BOLD[font] if r < style.headers else font
            lines = [line for part in text.split("\n") for line in wrap(part, room, bold, size)]
            texts[r, c] = [line for line in lines if line]
    step = 1.2 * size
    ys = [sheet.y]
    for r, row in enumerate(rows):
        lines = max(
            (len(texts[r, c]) for c in range(len(row)) if style.spans.get((r, c), (1, 1))[0] == 1), default=1
        )
        ys.append(ys[-1] + max(lines, 1) * step + 2 * pad)
    _grounds(sheet, xs, ys, style)
    covered = {
        (r + i, c + k): (r, c)
        for (r, c), (down, right) in style.spans.items()
        for i in range(down)
        for k in range(right)
    }
    _rules(sheet, xs, ys, style, covered)
    cells = []
    for (r, c), lines in texts.items():
        if not lines or covered.get((r, c), (r, c)) != (r, c):
            continue
        down, right = style.spans.get((r, c), (1, 1))
        top, bottom, x0, x1 = ys[r] + pad, ys[r + down] - pad, xs[c] + pad, xs[c + right] - pad
        if style.centred or down > 1:
            top += (bottom - top - len(lines) * step) / 2
        if style.bands == "head" and r < style.headers:
            sheet.canvas.setFillGray(1)
        align = "center" if right > 1 else (style.align[c] if c < len(style.align) else "left")
        for k, text in enumerate(lines):
            bold = BOLD[font] if r < style.headers else font
            width = stringWidth(text, bold, size)
            x = {"left": x0, "right": x1 - width, "center": (x0 + x1 - width) / 2}[align]
            sheet.text(x, top + k * step + 0.85 * size, text, size, bold)
        sheet.canvas.setFillGray(0)
        cells.append(Cell(" ".join(lines), r, c, r + down, c + right))
    box = (xs[0], ys[0], xs[-1], ys[-1])
    sheet.y = ys[-1] + 6
    return Placed(box, cells)


def _grounds(sheet: Sheet, xs: list[float], ys: list[float], style: Style) -> None:
    for r in range(len(ys) - 1):
        head = r < style.headers
        grey = None
        if style.bands == "head" and head:
            grey = 0.2
        elif style.bands == "rows" or (style.bands == "zebra" and (head or r % 2)):
            grey = 0.75 if head else 0.95 if r % 2 else 0.88
        if grey is not None:
            sheet.box(xs[0], ys[r], xs[-1], ys[r + 1], grey)


def _rules(sheet: Sheet, xs: list[float], ys: list[float], style: Style, covered: dict) -> None:
    rows, cols = len(ys) - 1, len(xs) - 1
    if style.rules in ("rows", "head", "frame"):
        chosen = {
            "rows": range(rows + 1),
            "head": (0, style.headers, rows),
            "frame": (0, style.headers, rows),
        }
        for r in chosen[style.rules]:
            sheet.line(xs[0], ys[r], xs[-1], ys[r])
    if style.rules == "frame":
        for x in xs:
            sheet.line(x, ys[0], x, ys[-1])
    if style.rules == "grid":
        for r in range(rows + 1):
            for c in range(cols):
                if r in (0, rows) or covered.get((r - 1, c), (r - 1, c)) != covered.get((r, c), (r, c)):
                    sheet.line(xs[c], ys[r], xs[c + 1], ys[r])
        for c in range(cols + 1):
            for r in range(rows):
                if c in (0, cols) or covered.get((r, c - 1), (r, c - 1)) != covered.get((r, c), (r, c)):
                    sheet.line(xs[c], ys[r], xs[c], ys[r + 1])


def _numbers(rng: Random, rows: int, cols: int) -> list[list[str]]:
    kind = rng.choice(["integer", "decimal", "percent", "money"])
    labels = rng.sample(ITEMS if rng.random() < 0.6 else PLACES, rows)
    return [[label, *(number(rng, kind) or "0" for _ in range(cols - 1))] for label in labels]


def _words(rng: Random, low: int, high: int) -> str:
    return sentence(rng, rng.randint(low, high)).rstrip(".")


def _split(rng: Random, total: float, cols: int, first: float) -> list[float]:
    rest = (total - first) / (cols - 1)
    return [first, *(rest for _ in range(cols - 1))]


def bullets(rng: Random, sheet: Sheet) -> list[Placed]:
    """A full grid whose cells hold lists with bullets or numbers."""
    mark = rng.choice(["\u2022", "-", "1."])
    rows = [["Area", "Strengths", "Open points"]]
    for label in rng.sample(ITEMS, rng.randint(2, 4)):
        lists = []
        for _ in range(2):
            lines = [_words(rng, 2, 9) for _ in range(rng.randint(1, 5))]
            marks = [f"{n + 1}." if mark == "1." else mark for n in range(len(lines))]
            lists.append("\n".join(f"{m} {line}" for m, line in zip(marks, lines, strict=True)))
        rows.append([label, *lists])
    return [draw(sheet, rows, MARGIN, [100, 190, 190], Style(bands=rng.choice(["", "head"])))]


def dark_head(rng: Random, sheet: Sheet) -> list[Placed]:
    """White letters on a dark header, and a first label of two lines."""
    cols = rng.randint(3, 6)
    rows = [["", *rng.sample(HEADS, cols - 1)], *_numbers(rng, rng.randint(4, 9), cols)]
    rows[1][0] = f"FY {rng.randint(1999, 2020)}\n{rows[1][0]}"
    align = ["left", *["right"] * (cols - 1)]
    style = Style("none", "head", align=align, pad=rng.choice([2.0, 4.0]))
    return [draw(sheet, rows, MARGIN, _split(rng, 480, cols, 150), style)]


def row_bands(rng: Random, sheet: Sheet) -> list[Placed]:
    """Filled bands instead of rules, wrapped cells centred in them."""
    rows = [["#", "Recommendation", "Explanation"]]
    rows += [[str(n + 1), _words(rng, 3, 16), _words(rng, 4, 22)] for n in range(rng.randint(3, 6))]
    return [draw(sheet, rows, MARGIN, [30, 210, 240], Style("none", "rows", centred=True))]


def zebra(rng: Random, sheet: Sheet) -> list[Placed]:
    """Every second row filled, labels of several lines."""
    cols = rng.randint(3, 6)
    rows = [["Item", *rng.sample(HEADS, cols - 1)], *_numbers(rng, rng.randint(5, 12), cols)]
    for row in rows[1:]:
        if rng.random() < 0.3:
            row[0] = f"{row[0]} {_words(rng, 2, 6)}"
    style = Style("none", "zebra", align=["left", *["right"] * (cols - 1)], pad=rng.choice([2.0, 4.0]))
    return [draw(sheet, rows, MARGIN, _split(rng, 480, cols, 140), style)]


def stacked(rng: Random, sheet: Sheet) -> list[Placed]:
    """Small tables under each other, each with a title and columns of its own."""
    found = []
    for _ in range(rng.randint(2, 4)):
        cols = rng.randint(3, 7)
        sheet.text(MARGIN, sheet.y + 10, _words(rng, 2, 4).title(), 11.0, BOLD[sheet.font])
        sheet.y += 16
        rows = [["Name", *rng.sample(HEADS, cols - 1)], *_numbers(rng, rng.randint(2, 5), cols)]
        align = ["left", *[rng.choice(["left", "right"])] * (cols - 1)]
        width = rng.uniform(380, 490)
        style = Style(rng.choice(["none", "head", "rows"]), align=align, size=8.0, pad=2.0)
        found.append(draw(sheet, rows, MARGIN, _split(rng, width, cols, rng.uniform(110, 150)), style))
        sheet.y += rng.uniform(6, 14)
    return found


def dashboard(rng: Random, sheet: Sheet) -> list[Placed]:
    """Blocks side by side, each under a title and a rule of its own."""
    found, top = [], sheet.y
    for left, cols in ((MARGIN, 3), (MARGIN + 255, 3)):
        sheet.y = top
        sheet.text(left, sheet.y + 10, _words(rng, 2, 3).title(), 10.0, BOLD[sheet.font])
        sheet.line(left, sheet.y + 13, left + 240, sheet.y + 13)
        sheet.y += 18
        rows = [["Test", "Current", "Prior"], *_numbers(rng, rng.randint(3, 8), cols)]
        style = Style("none", rng.choice(["zebra", ""]), 7.5, 2.0, align=["left", "right", "right"])
        found.append(draw(sheet, rows, left, [120, 60, 60], style))
    return found


def invoice(rng: Random, sheet: Sheet) -> list[Placed]:
    """A row of labelled fields over the items, and a paragraph beside the totals."""
    for x, label in ((MARGIN, "Invoice Date:"), (MARGIN + 170, "Due Date:"), (MARGIN + 340, "Reference:")):
        sheet.text(x, sheet.y + 10, label, 9.0, BOLD[sheet.font])
        sheet.text(
            x, sheet.y + 22, f"{rng.randint(1, 12):02d}/{rng.randint(1, 28):02d}/2024", 9.0, sheet.font
        )
    sheet.y += rng.uniform(34, 50)
    rows = [["Description", "Quantity", "Unit price", "Tax", "Amount"]]
    for _ in range(rng.randint(3, 8)):
        quantity, price = rng.randint(1, 40), rng.uniform(1, 300)
        name = rng.choice(ITEMS) + (f"\n{_words(rng, 3, 6)}" if rng.random() < 0.4 else "")
        rows.append([name, f"{quantity}.00", f"{price:.2f}", "15%", f"{quantity * price:,.2f}"])
    style = Style(rng.choice(["rows", "head", "grid"]), align=["left", *["right"] * 4], pad=3.0)
    return [draw(sheet, rows, MARGIN, [190, 70, 80, 60, 80], style)]


def ticks(rng: Random, sheet: Sheet) -> list[Placed]:
    """Values that are all marks."""
    cols, mark = rng.randint(3, 6), rng.choice(["x", "X", "\u2022", "\u00d7"])
    rows = [["Feature", *(["Free", "Basic", "Pro", "Max", "Team"][: cols - 1])]]
    rows += [
        [label, *(mark if rng.random() < 0.6 else "" for _ in range(cols - 1))]
        for label in rng.sample(ITEMS, rng.randint(4, 9))
    ]
    style = Style(rng.choice(["rows", "grid", "head"]), align=["left", *["center"] * (cols - 1)])
    return [draw(sheet, rows, MARGIN, _split(rng, 460, cols, 200), style)]


def framed_rows(rng: Random, sheet: Sheet) -> list[Placed]:
    """A ruled frame whose fields hold several rows: labels at the left, wrapped text beside them."""
    rows = [["Field", "Content"]]
    rows += [[label, _words(rng, 6, 24)] for label in rng.sample(HEADS, rng.randint(5, 9))]
    return [draw(sheet, rows, MARGIN, [130, 340], Style("frame", pad=rng.choice([3.0, 5.0])))]


def spans(rng: Random, sheet: Sheet) -> list[Placed]:
    """A full grid with cells over several rows and columns."""
    rows = [["Region", "Type", "Sales", ""], ["", "", "2023", "2024"]]
    merged = {(0, 0): (2, 1), (0, 1): (2, 1), (0, 2): (1, 2)}
    for place in rng.sample(PLACES, rng.randint(2, 4)):
        count = rng.randint(1, 3)
        merged[len(rows), 0] = (count, 1)
        for k in range(count):
            values = [f"{rng.randint(10, 9999):,}" for _ in range(2)]
            rows.append([place if k == 0 else "", ["Retail", "Online", "Other"][k], *values])
    style = Style(headers=2, spans=merged, align=["left", "left", "right", "right"])
    return [draw(sheet, rows, MARGIN, [140, 100, 90, 90], style)]


def quantities(rng: Random, sheet: Sheet) -> list[Placed]:
    """A Vietnamese bill of quantities without its marks (standard fonts lack them)."""
    rows = [["STT", "Hang muc cong viec", "DVT", "Khoi luong", "Don gia", "Thanh tien"]]
    for n in range(rng.randint(5, 12)):
        amount, price = rng.uniform(1, 300), rng.randint(10, 2000) * 1000
        name = rng.choice(
            ["Dao dat mong bang may", "Be tong lot mong da 4x6 mac 100 day 100", "Van khuon mong"]
        )
        figures = [f"{amount:.2f}".replace(".", ","), f"{price:,}".replace(",", ".")]
        rows.append(
            [str(n + 1), name, rng.choice(["m3", "m2", "tan"]), *figures, f"{price * 3:,}".replace(",", ".")]
        )
    rows.append(["", "Tong cong", "", "", "", "98.136.900"])
    align = ["center", "left", "center", "right", "right", "right"]
    style = Style(rng.choice(["grid", "rows", "head"]), align=align, pad=3.0)
    return [draw(sheet, rows, MARGIN, [30, 170, 40, 70, 80, 90], style)]


def timetable(rng: Random, sheet: Sheet) -> list[Placed]:
    """Times under trains, most cells filled."""
    cols = rng.randint(6, 10)
    rows = [["Station", *(str(rng.randint(100, 999)) for _ in range(cols - 1))]]
    for place in rng.sample(PLACES, rng.randint(6, 14)):
        times = [
            f"{rng.randint(5, 23):02d}:{rng.randint(0, 59):02d}" if rng.random() < 0.9 else "\u2013"
            for _ in range(cols - 1)
        ]
        rows.append([place, *times])
    style = Style(
        rng.choice(["none", "head"]), rng.choice(["", "zebra"]), 7.5, 1.5, align=["left", *["center"] * 9]
    )
    return [draw(sheet, rows, MARGIN, _split(rng, 490, cols, 130), style)]


def statement(rng: Random, sheet: Sheet) -> list[Placed]:
    """A financial statement: amounts in brackets, sections, a total under the last rule."""
    rows = [["", "2024", "2023"], *_numbers(rng, rng.randint(5, 9), 3)]
    for row in rows[1:]:
        row[1:] = [
            f"({t})" if rng.random() < 0.3 else t for t in (f"{rng.randint(10, 99999):,}" for _ in range(2))
        ]
    placed = draw(
        sheet, rows, MARGIN, [240, 90, 90], Style("head", align=["left", "right", "right"], pad=1.5)
    )
    total = [["Total", f"{rng.randint(1000, 99999):,}", f"{rng.randint(1000, 99999):,}"]]
    sheet.y -= 5
    below = draw(
        sheet,
        total,
        MARGIN,
        [240, 90, 90],
        Style("none", align=["left", "right", "right"], pad=1.5, headers=0),
    )
    cells = [Cell(c.text, len(rows), c.col, len(rows) + 1, c.col_end) for c in below.cells]
    return [Placed((*placed.box[:3], below.box[3]), [*placed.cells, *cells])]


def empty_columns(rng: Random, sheet: Sheet) -> list[Placed]:
    """A narrow column and one that is mostly empty, in rows of words."""
    rows = [["No", "Task", "Owner", "Done", "Remarks"]]
    for n in range(rng.randint(5, 10)):
        remark = rng.choice(PHRASES) if rng.random() < 0.3 else ""
        rows.append([str(n + 1), rng.choice(PHRASES), rng.choice(PLACES), rng.choice(["x", ""]), remark])
    style = Style(rng.choice(["grid", "rows", "head"]), align=["right", "left", "left", "center", "left"])
    return [draw(sheet, rows, MARGIN, [25, 170, 110, 35, 140], style)]


Kind = Callable[[Random, Sheet], list[Placed]]
TUNED: tuple[Kind, ...] = (
    bullets, dark_head, row_bands, zebra, stacked, dashboard, invoice, ticks, framed_rows,
)  # fmt: skip
UNTUNED: tuple[Kind, ...] = (spans, quantities, timetable, statement, empty_columns)


def kind_page(kind: Kind, seed: int) -> Page:
    """One page of a kind, with running text above and below or without."""
    rng = Random(f"{kind.__name__} {seed}")
    sheet = Sheet(rng, LETTER, False)
    if rng.random() < 0.5:
        sheet.y = (
            prose(sheet, MARGIN, LETTER[0] - MARGIN, sheet.y, rng.randint(2, 6), rng.random() < 0.5) + 12
        )
    tables = kind(rng, sheet)
    if rng.random() < 0.5 and sheet.y < 640:
        prose(sheet, MARGIN, LETTER[0] - MARGIN, sheet.y + 16, rng.randint(2, 6), rng.random() < 0.5)
    return Page(sheet.save(), kind.__name__, tables)
