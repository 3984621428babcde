"""Pages of a statistical report, made from a seed: tables with captions, notes and prose, or pages without a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_setting import BOLD, MARGIN, Placed, Sheet, column_widths, prose, sentence, set_table, wrap
from specimen_tables import HEADS, ITEMS, make_table

LETTER = (612.0, 792.0)


@dataclass
class Page:
    """A document of one page and what is on it."""

    pdf: bytes
    kind: str
    tables: list[Placed] = field(default_factory=list)


def caption(sheet: Sheet, number: int, left: float, right: float) -> None:
    rng = sheet.rng
    style = rng.choice(["Table {}.", "Table {}.--", "TABLE {}:", "", "Table 1-{}."])
    title = f"{style.format(number)} {sentence(rng, rng.randint(4, 16)).rstrip('.').title()}".strip()
    font = BOLD[sheet.font]
    for text in wrap(title, right - left, font, 10.0)[:2]:
        x = left if style else (left + right - stringWidth(text, font, 10.0)) / 2
        sheet.text(x, sheet.y + 10, text, 10.0, font)
        sheet.y += 13
    if rng.random() < 0.35:
        unit = rng.choice(["(In thousands)", "[Millions of dollars]", "(Percent; numbers in thousands)"])
        sheet.text(
            (left + right - stringWidth(unit, sheet.font, 8.0)) / 2, sheet.y + 8, unit, 8.0, sheet.font
        )
        sheet.y += 11
    sheet.y += rng.choice([2, 5, 8])


def notes(sheet: Sheet, left: float, right: float) -> None:
    rng = sheet.rng
    for _ in range(rng.randint(0, 3)):
        start = rng.choice(["1 ", "NOTE: ", "Source: ", "* ", "Notes: "])
        for text in wrap(start + sentence(rng, rng.randint(6, 25)), right - left, sheet.font, 7.0):
            sheet.text(left, sheet.y + 7, text, 7.0, sheet.font)
            sheet.y += 8.5
    sheet.y += 14


def table_page(seed: int) -> Page:
    """A page with one table or several."""
    rng = Random(seed)
    landscape = rng.random() < 0.2
    turned = landscape and rng.random() < 0.6
    sheet = Sheet(rng, (LETTER[1], LETTER[0]) if landscape else LETTER, turned)
    found: list[Placed] = []
    kind = ""
    bottom = sheet.height - MARGIN
    sheet.text(MARGIN, 36, f"{rng.randint(2, 300)}   Statistical report, {sentence(rng, 4)}", 8.0, sheet.font)
    columns = rng.random() < 0.25 and not landscape
    left, right = MARGIN, sheet.width - MARGIN
    if columns:
        middle = sheet.width / 2
        other = (MARGIN, middle - 9) if rng.random() < 0.5 else (middle + 9, right)
        left, right = (middle + 9, right) if other[0] == MARGIN else (MARGIN, middle - 9)
        prose(sheet, *other, MARGIN, 54, True)
        sheet.y = prose(sheet, left, right, sheet.y, rng.randint(2, 12), True)
    elif rng.random() < 0.6:
        sheet.y = prose(sheet, left, right, sheet.y, rng.randint(2, 9), rng.random() < 0.5)
    for number in range(1, 1 + rng.choice([1, 1, 2, 3])):
        for _ in range(30):
            table = make_table(rng)
            start = sheet.y
            room = right - left
            if sum(column_widths(table)) + table.gap * table.size * (table.cols - 1) > room:
                continue
            if start + 150 < bottom:
                caption(sheet, number, left, right)
            placed = set_table(sheet, table, left + (rng.choice([0, 0, 12])), room - 12, bottom)
            if placed is not None:
                found.append(placed)
                kind = kind or table.rules
                notes(sheet, left, right)
                if rng.random() < 0.5 and sheet.y + 60 < bottom:
                    sheet.y = prose(sheet, left, right, sheet.y, 4, columns)
                break
            if sheet.y != start:
                break
    return Page(sheet.save(), kind, found)


def plain_page(seed: int) -> Page:
    """A page without a table that has something of one."""
    rng = Random(seed)
    sheet = Sheet(rng, LETTER, False)
    kind = rng.choice(["columns", "contents", "references", "form", "chart", "list", "letter", "index"])
    left, right = MARGIN, sheet.width - MARGIN
    sheet.text(left, 40, sentence(rng, 5).rstrip("."), 14.0, BOLD[sheet.font])
    y = 70.0
    if kind == "columns":
        count = rng.choice([2, 2, 3])
        width = (right - left - 18 * (count - 1)) / count
        for c in range(count):
            prose(sheet, left + c * (width + 18), left + c * (width + 18) + width, y, 50, rng.random() < 0.7)
    elif kind == "contents":
        page = 1
        for number in range(rng.randint(6, 25)):
            indent = rng.choice([0, 0, 16])
            title = f"{number + 1}. {rng.choice(ITEMS)} {rng.choice(HEADS).lower()}"
            sheet.text(left + indent, y, title, 10.0, sheet.font)
            page += rng.randint(0, 9)
            end = right - stringWidth(str(page), sheet.font, 10.0)
            start = left + indent + stringWidth(title, sheet.font, 10.0)
            if rng.random() < 0.9:
                sheet.text(start + 2, y, "." * int((end - start - 6) / 2.8), 10.0, sheet.font)
            sheet.text(end, y, str(page), 10.0, sheet.font)
            y += 15
    elif kind in ("references", "list"):
        for number in range(rng.randint(5, 14)):
            mark = (
                f"[{number + 1}]" if kind == "references" else rng.choice(["-", f"{number + 1}.", "\u2022"])
            )
            sheet.text(left, y, mark, 10.0, sheet.font)
            y = prose(sheet, left + 24, right, y - 10, rng.randint(1, 4), False) + 4
    elif kind == "form":
        for _ in range(rng.randint(6, 16)):
            label = f"{rng.choice(ITEMS + HEADS)}:"
            sheet.text(left, y, label, 10.0, sheet.font)
            start = left + stringWidth(label, sheet.font, 10.0) + 6
            sheet.line(start, y + 2, right if rng.random() < 0.6 else start + 120, y + 2)
            y += 24
    elif kind == "chart":
        prose(sheet, left, right, y, 6, True)
        base, top = 500.0, 200.0
        bars = rng.randint(5, 12)
        for tick in range(6):
            sheet.text(left, base - tick * (base - top) / 5 + 3, str(tick * 20), 8.0, sheet.font)
            sheet.line(left + 20, base - tick * (base - top) / 5, right, base - tick * (base - top) / 5, 0.25)
        for bar in range(bars):
            x = left + 30 + bar * (right - left - 40) / bars
            sheet.box(x, base - rng.uniform(20, base - top), x + 14, base, 0.4)
            sheet.text(x - 3, base + 12, str(1990 + bar), 8.0, sheet.font)
        prose(sheet, left, right, base + 40, 10, True)
    elif kind == "letter":
        for text in ("Department of Commerce", "Bureau of the Census", "Washington, DC 20233"):
            sheet.text(left, y, text, 10.0, sheet.font)
            beside = rng.choice(["Tel. 301-555-0100", "March 4, 1998", "Room 2040"])
            sheet.text(right - 120, y, beside, 10.0, sheet.font)
            y += 13
        prose(sheet, left, right, y + 30, 30, rng.random() < 0.5)
    else:
        for c in range(3):
            for number in range(40):
                entry = f"{rng.choice(ITEMS)[:22]}, {rng.randint(2, 300)}"
                sheet.text(left + c * 170, y + number * 14, entry, 9.0, sheet.font)
    return Page(sheet.save(), kind, [])
