"""Pages on which it is hard to tell whether there is a table: small tables, and what only looks like one."""

from __future__ import annotations

from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_kinds import Kind, Style, draw
from specimen_pages import LETTER
from specimen_setting import BOLD, MARGIN, Placed, Sheet, prose, sentence
from specimen_tables import HEADS, ITEMS, PHRASES, PLACES

RIGHT = LETTER[0] - MARGIN


def small(rng: Random, sheet: Sheet) -> list[Placed]:
    """A table of two to four rows and columns, drawn in any style, under a sentence."""
    sheet.y = prose(sheet, MARGIN, RIGHT, sheet.y, 2, False)
    cols, count = rng.randint(2, 4), rng.randint(2, 4)
    words = rng.random() < 0.4
    rows = [[rng.choice(["", "Item", "Name"]), *rng.sample(HEADS, cols - 1)]]
    for label in rng.sample(ITEMS if rng.random() < 0.5 else PLACES, count - 1):
        values = [rng.choice(PHRASES) if words else f"{rng.randint(1, 99999):,}" for _ in range(cols - 1)]
        rows.append([label, *values])
    style = Style(
        rng.choice(["grid", "grid", "rows", "head", "frame", "none"]),
        rng.choice(["", "", "zebra", "head"]),
        align=["left", *["left" if words else "right"] * (cols - 1)],
        pad=rng.choice([2.0, 4.0]),
    )
    width = (RIGHT - MARGIN) * rng.uniform(0.6, 1.0)
    return [draw(sheet, rows, MARGIN, [width / cols] * cols, style)]


def headless(rng: Random, sheet: Sheet) -> list[Placed]:
    """Labels and amounts without a header: price lists, accounts, the rest of a table from the page before."""
    cols = rng.choice([2, 2, 2, 3, 4, 5])
    rows = []
    for label in rng.sample(ITEMS, rng.randint(3, 12)):
        if rows and rng.random() < 0.2:
            rows.append([rng.choice(HEADS), *[""] * (cols - 1)])
        rows.append([label, *(f"{rng.randint(1, 99999):,}" for _ in range(cols - 1))])
    style = Style(
        rng.choice(["none", "none", "rows", "grid"]),
        align=["left", *["right"] * (cols - 1)],
        pad=rng.choice([1.0, 2.0, 4.0]),
        headers=0,
    )
    width = (RIGHT - MARGIN) * rng.uniform(0.7, 1.0)
    return [draw(sheet, rows, MARGIN, [width / cols] * cols, style)]


def exercises(rng: Random, sheet: Sheet) -> list[Placed]:
    """Numbered exercises with their choices side by side."""
    for number in range(rng.randint(3, 8)):
        sheet.y = prose(sheet, MARGIN + 18, RIGHT, sheet.y, 1, False) - 6
        sheet.text(MARGIN, sheet.y - 2, f"{number + 1}.", 10.0, BOLD[sheet.font])
        count = rng.choice([2, 3, 4, 5])
        mark = rng.choice(["{}.", "{})", "({})"])
        signs = "ABCDE" if rng.random() < 0.5 else "12345"
        for k in range(rng.choice([count, count, 5])):
            x = MARGIN + 24 + (k % count) * (RIGHT - MARGIN - 24) / count
            value = rng.choice(
                [f"{rng.randint(1, 9)}x + {rng.randint(1, 9)}", str(rng.randint(1, 400)), "cos 30"]
            )
            y = sheet.y + 12 + k // count * 16
            sheet.text(x, y, f"{mark.format(signs[k])} {value}", 10.0, sheet.font)
        sheet.y += 26 + rng.choice([0, 16])
    return []


def figure(rng: Random, sheet: Sheet) -> list[Placed]:
    """Boxes with labels, joined by lines and arrows."""
    cols, rows = rng.randint(3, 5), rng.randint(2, 4)
    step, height = (RIGHT - MARGIN) / cols, rng.uniform(60, 90)
    top = sheet.y
    for r in range(rows):
        for c in range(cols):
            if rng.random() < 0.2:
                continue
            x, y = MARGIN + c * step, top + r * height
            x1, y1 = x + 0.6 * step, y + 0.5 * height
            for a, b, d, e in ((x, y, x1, y), (x, y1, x1, y1), (x, y, x, y1), (x1, y, x1, y1)):
                sheet.line(a, b, d, e)
            name = rng.choice(HEADS).split()[0]
            sheet.text(x + 6, (y + y1) / 2 + 3, name, 9.0, sheet.font)
            if c + 1 < cols:
                sheet.line(x1, (y + y1) / 2, x + step, (y + y1) / 2)
                if rng.random() < 0.5:
                    sheet.text(x1 + 3, (y + y1) / 2 - 3, f"{rng.randint(8, 64)}", 7.0, sheet.font)
            if r + 1 < rows and rng.random() < 0.5:
                sheet.line((x + x1) / 2, y1, (x + x1) / 2, y + height)
    sheet.y = top + rows * height + 6
    sheet.text(MARGIN, sheet.y + 8, f"Figure {rng.randint(1, 9)}: {sentence(rng, 7)}", 9.0, sheet.font)
    sheet.y += 20
    return []


def formulas(rng: Random, sheet: Sheet) -> list[Placed]:
    """Numbered equations and matrices between sentences."""
    for number in range(rng.randint(3, 6)):
        sheet.y = prose(sheet, MARGIN, RIGHT, sheet.y, 1, False)
        if rng.random() < 0.5:
            size = rng.randint(2, 4)
            for r in range(size):
                for c in range(size):
                    text = str(rng.randint(-9, 99))
                    x = 250 + c * 26 - stringWidth(text, sheet.font, 10.0) / 2
                    sheet.text(x, sheet.y + 12 + r * 14, text, 10.0, sheet.font)
            sheet.text(RIGHT - 20, sheet.y + 12 + (size - 1) * 7, f"({number + 1})", 10.0, sheet.font)
            sheet.y += size * 14 + 14
        else:
            for _ in range(rng.randint(1, 3)):
                sheet.text(
                    180,
                    sheet.y + 12,
                    f"f(x) = {rng.randint(2, 9)} x + {rng.randint(1, 99)}",
                    10.0,
                    sheet.font,
                )
                if rng.random() < 0.5:
                    sheet.text(330, sheet.y + 12, f"g(x) = {rng.randint(2, 9)} sin x", 10.0, sheet.font)
                sheet.text(RIGHT - 20, sheet.y + 12, f"({number + 1})", 10.0, sheet.font)
                sheet.y += 16
            sheet.y += 10
    return []


def fields(rng: Random, sheet: Sheet) -> list[Placed]:
    """Labels with values behind or under them, several in a row, as on a form."""
    under = rng.random() < 0.4
    count = rng.randint(2, 4)
    step = (RIGHT - MARGIN) / count
    for _ in range(rng.randint(1, 7)):
        for k in range(count if rng.random() < 0.7 else 1):
            label = f"{rng.choice(HEADS)}:"
            date = f"{rng.randint(1, 12)}/{rng.randint(1, 28)}/2024"
            value = rng.choice([date, str(rng.randint(1, 9999)), rng.choice(PLACES)])
            x = MARGIN + k * step
            sheet.text(x, sheet.y + 10, label, 9.0, BOLD[sheet.font])
            beside = x + stringWidth(label, BOLD[sheet.font], 9.0) + 8
            sheet.text(x if under else beside, sheet.y + (22 if under else 10), value, 9.0, sheet.font)
        sheet.y += rng.choice([14, 18, 26]) + (12 if under else 0)
    return []


def resume(rng: Random, sheet: Sheet) -> list[Placed]:
    """Entries with a place and a date at the right, and sentences under them."""
    for _ in range(rng.randint(2, 4)):
        sheet.text(MARGIN, sheet.y + 12, rng.choice(HEADS).upper(), 12.0, BOLD[sheet.font])
        sheet.y += 20
        for _ in range(rng.randint(1, 4)):
            date = f"{rng.randint(1995, 2010)} - {rng.randint(2011, 2024)}"
            sheet.text(MARGIN, sheet.y + 10, rng.choice(ITEMS), 10.0, BOLD[sheet.font])
            sheet.text(RIGHT - stringWidth(date, sheet.font, 10.0), sheet.y + 10, date, 10.0, sheet.font)
            sheet.y += 14
            if rng.random() < 0.7:
                sheet.y = prose(sheet, MARGIN, RIGHT, sheet.y, rng.randint(1, 2), False)
        sheet.y += 8
    return []


def addresses(rng: Random, sheet: Sheet) -> list[Placed]:
    """Blocks of names, streets and numbers side by side."""
    cols = rng.randint(2, 4)
    top = sheet.y
    for c in range(cols):
        y = top
        for _ in range(rng.randint(2, 5)):
            street = f"{rng.randint(1, 400)} {rng.choice(PLACES)} St."
            lines = [rng.choice(PLACES), street, f"Tel. {rng.randint(100, 999)}-{rng.randint(1000, 9999)}"]
            for text in lines[: rng.choice([2, 3])]:
                sheet.text(MARGIN + c * (RIGHT - MARGIN) / cols, y + 10, text[:24], 9.0, sheet.font)
                y += 11
            y += rng.choice([6, 12])
        sheet.y = max(sheet.y, y)
    return []


def contents(rng: Random, sheet: Sheet) -> list[Placed]:
    """Contents in one or two columns, with sections of a larger letter and pages behind leaders or a space."""
    two = rng.random() < 0.5
    width = (RIGHT - MARGIN - 24) / 2 if two else RIGHT - MARGIN
    top, page = sheet.y, 1
    for column in range(2 if two else 1):
        y, left = top, MARGIN + column * (width + 24)
        for number in range(rng.randint(4, 14)):
            size = rng.choice([10.0, 10.0, 14.0])
            title = f"{number + 1}   {rng.choice(HEADS).split()[0]}"
            sheet.text(left, y + size, title, size, BOLD[sheet.font] if size > 10 else sheet.font)
            page += rng.randint(0, 7)
            end = left + width - stringWidth(str(page), sheet.font, 10.0)
            start = left + stringWidth(title, sheet.font, size) + 8
            if size == 10.0 and rng.random() < 0.6:
                sheet.text(start, y + size, " ." * int((end - start - 8) / 5.6), 10.0, sheet.font)
            sheet.text(end, y + size, str(page), 10.0, sheet.font)
            y += size * rng.choice([1.3, 1.6])
        sheet.y = max(sheet.y, y)
    return []


def code(rng: Random, sheet: Sheet) -> list[Placed]:
    """A listing in a fixed-pitch font, with values and comments that align."""
    for _ in range(rng.randint(8, 24)):
        name = rng.choice(HEADS).split()[0].lower()
        line = f"{'    ' * rng.randint(0, 2)}{name} = {rng.randint(1, 400)};"
        if rng.random() < 0.6:
            line = f"{line:<34}// {sentence(rng, 3).lower()}"
        sheet.text(MARGIN, sheet.y + 9, line, 8.0, "Courier")
        sheet.y += 10
    return []


WITHOUT: tuple[Kind, ...] = (exercises, figure, formulas, fields, resume, addresses, contents, code)
"""Kinds of pages that hold no table."""
