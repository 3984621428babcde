"""Statements of banks and firms, delivery notes and lists of payments, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_invoices import german
from specimen_kinds import Kind
from specimen_layout import Layout, edges
from specimen_setting import MARGIN, Placed, Sheet, prose, sentence
from specimen_tabs import RIGHT, block, money, words

WIDTH = RIGHT - MARGIN


def giro(rng: Random, sheet: Sheet) -> list[Placed]:
    """Movements, the date only where it changes, texts of several lines, debits with a minus behind, no rules."""
    signed = rng.random() < 0.5
    rows = [["Buchung", "Verwendungszweck", *(["Betrag", "Saldo"] if signed else ["Soll", "Haben", "Saldo"])]]
    for day in sorted(rng.sample(range(1, 29), rng.randint(3, 6))):
        for k in range(rng.randint(1, 3)):
            text = rng.choice(["Lastschrift", "Gutschrift", "Dauerauftrag", "Kartenzahlung"])
            text += "".join(f"\n{words(rng, 2, 6)}" for _ in range(rng.randint(0, 2)))
            value, minus = german(rng.uniform(2, 2000)), rng.random() < 0.6
            amounts = (
                [value + (rng.choice(["-", " S"]) if minus else "")]
                if signed
                else ([value, ""] if minus else ["", value])
            )
            rows.append(
                [
                    f"{day:02}.04." if k == 0 else "",
                    text,
                    *amounts,
                    german(rng.uniform(2, 9000)) if rng.random() < 0.7 else "",
                ]
            )
    tail = [75.0, 75.0] if signed else [70.0, 70.0, 75.0]
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, 55, WIDTH - 55 - sum(tail), *tail),
        "ll" + "r" * len(tail),
        size=rng.choice([8.5, 9.0, 10.0]),
        above=rng.choice([1.0, 3.0, 5.0]),
        below=rng.choice([1.0, 3.0]),
        valign=rng.choice(["top", "top", "bottom"]),
    )
    if rng.random() < 0.6:
        look.rule(1)
    if rng.random() < 0.3:
        look.ground(0, 0.9)
    return [look.place()]


def dollar_statement(rng: Random, sheet: Sheet) -> list[Placed]:
    """Sections, indents, signs flush left of their column, parentheses, rules under figures, years under a title."""
    years = rng.choice([["2023", "2022"], ["2023", "2022", "2021"]])
    n = len(years)
    notes = rng.random() < 0.4
    rows = [["", *(["Note"] if notes else []), *years]]
    spans: dict[tuple[int, int], int] = {}
    offset = 1 + notes
    if rng.random() < 0.6:
        rows.insert(
            0,
            [
                "",
                *([""] if notes else []),
                rng.choice(["Years ended December 31,", "As of June 30,", "(in thousands)"]),
                *[""] * (n - 1),
            ],
        )
        spans[0, offset] = n
    head = len(rows)
    indent, bold, sums = {}, set(), []
    dash = rng.choice(["-", "\u2014"])

    def amount(big: bool) -> str:
        if rng.random() < 0.08:
            return dash
        value = rng.randint(100, 90000) if big else rng.randint(1, 4000)
        return f"({value:,})" if rng.random() < 0.3 else f"{value:,}"

    for section in rng.sample(
        ["Operating activities", "Current assets", "Revenue", "Financing activities", "Liabilities"],
        rng.randint(1, 3),
    ):
        rows.append([section + rng.choice([":", ""]), *[""] * (n + notes)])
        if rng.random() < 0.5:
            bold.add(len(rows) - 1)
        for k in range(rng.randint(2, 5)):
            indent[len(rows)] = 10.0
            sign = "$ " if k == 0 and rng.random() < 0.8 else ""
            label = rng.choice([words(rng, 1, 4), words(rng, 5, 11)])
            rows.append(
                [
                    label,
                    *([str(rng.randint(1, 25)) if rng.random() < 0.5 else ""] if notes else []),
                    *(sign + amount(False) for _ in years),
                ]
            )
        sums.append(len(rows))
        rows.append(
            [
                f"Total {section.lower()}",
                *([""] if notes else []),
                *(rng.choice(["", "$ "]) + amount(True) for _ in years),
            ]
        )
    size = rng.choice([8.5, 9.0, 10.0])
    wide = rng.choice([62.0, 78.0])
    first = WIDTH - wide * n - (36 if notes else 0)
    xs = edges(MARGIN, first, *([36.0] if notes else []), *[wide] * n)
    look = Layout(
        sheet,
        [[text.removeprefix("$ ") for text in row] for row in rows],
        xs,
        "l" + ("c" if notes else "") + "r" * n,
        size=size,
        head=head,
        above=rng.choice([1.0, 2.0, 4.0]),
        below=1.0,
        spans=spans,
        indent=indent,
        bold=bold,
        valign="bottom",
        inset=2.0,
        head_align="l" + ("c" if notes else "") + rng.choice(["r", "c"]) * n,
    )
    if spans:
        sheet.line(xs[offset] + 4, look.ys[1], xs[-1] - 2, look.ys[1])
    for r in sums:
        for c in range(offset, offset + n):
            sheet.line(xs[c] + 8, look.ys[r], xs[c + 1], look.ys[r])
            if r == sums[-1]:
                for gap in (0.0, 2.0):
                    sheet.line(xs[c] + 8, look.ys[r + 1] + gap, xs[c + 1], look.ys[r + 1] + gap)
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text.startswith("$ "):
                sheet.text(xs[c] + 10, look.ys[r + 1] - 1 - 0.25 * size, "$", size, sheet.font)
    if rng.random() < 0.4:
        for r in range(head, len(rows), 2):
            look.ground(r, 0.93)
    return [look.place()]


def delivery(rng: Random, sheet: Sheet) -> list[Placed]:
    """Ordered, delivered and open pieces with boxes for ticks, serial numbers under the names, lines to sign on."""
    rows = [["No.", "Article no.", "Description", "Ordered", "Delivered", "Open", "Lot"]]
    for k in range(rng.randint(3, 9)):
        n = rng.randint(1, 60)
        more = rng.choice(["", "", f"\nS/N {rng.randint(10**6, 10**7)}"])
        rows.append(
            [
                str(k + 1),
                f"{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
                words(rng, 2, 6) + more,
                str(n),
                str(n),
                "0" if rng.random() < 0.7 else str(rng.randint(1, 9)),
                rng.choice(["", f"L{rng.randint(100, 999)}"]),
            ]
        )
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, 28, 72, WIDTH - 280, 48, 52, 36, 44),
        "lllrrrl",
        size=rng.choice([8.0, 9.0]),
        above=rng.choice([2.0, 4.0, 6.0]),
        below=2.0,
    )
    style = rng.choice(["none", "rows", "box", "dark"])
    if style == "dark":
        look.ground(0, 0.2)
        look.white.add(0)
    for r in range(len(rows) + 1):
        if style == "rows" or (style == "box" and r in (0, 1, len(rows))):
            look.rule(r)
    if style == "box":
        look.wall(0)
        look.wall(7)
    found = [look.place()]
    y = sheet.y + 50
    for x, name in ((MARGIN, "Place, date"), (MARGIN + 180, "Delivered by"), (MARGIN + 350, "Received by")):
        sheet.line(x, y, x + 130, y)
        sheet.text(x, y + 10, name, 7.5, sheet.font)
    return found


def remittance(rng: Random, sheet: Sheet) -> list[Placed]:
    """A letter, then a list of paid bills with discounts, and its sum under a rule; a paragraph right of the sum."""
    sheet.y = prose(sheet, MARGIN, RIGHT, sheet.y, rng.randint(2, 4), False) + 6
    rows = [["Document", "Date", "Gross", "Discount", "Net"]]
    rows += [
        [
            f"RE-{rng.randint(1000, 9999)}",
            f"{rng.randint(1, 28):02}/0{rng.randint(1, 9)}/2024",
            money(rng),
            rng.choice(["0.00", money(rng, 90)]),
            money(rng),
        ]
        for _ in range(rng.randint(3, 9))
    ]
    last = len(rows)
    rows.append(["Total", "", money(rng), money(rng, 90), money(rng)])
    wide = rng.choice([330.0, 380.0])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, wide - 250, 70, 60, 55, 65),
        "llrrr",
        size=9.0,
        above=rng.choice([1.5, 3.0]),
        below=1.5,
        bold={last},
    )
    look.rule(1)
    look.rule(last)
    found = [look.place()]
    lines = [sentence(rng, 4), sentence(rng, 4), sentence(rng, 3)]
    block(sheet, MARGIN + wide + 14, look.ys[last] - 30, [line[:28] for line in lines], size=7.5)
    return found


ACCOUNTS: tuple[Kind, ...] = (giro, dollar_statement, delivery, remittance)
