"""Pages as firms and banks print them, each with its truth; drawn from a seed.

Other things of the same page stand above, below and beside the tables.
"""

from __future__ import annotations

from random import Random

from specimen_daily import cards, lab_report, plans, week
from specimen_kinds import Kind
from specimen_setting import BOLD, MARGIN, Placed, Sheet
from specimen_tables import ITEMS, PLACES
from specimen_tabs import RIGHT, Tabs, address, block, money, set_rows, words

GOODS = str.split(
    "Desk,Cable,Office chair,Desk lamp,Paper A4 80 g,Monitor arm,Hosting monthly,Domain renewal,On-site support,Travel,"
    "Logo design,Print run of 500,Wireless keyboard,Filter set,Annual maintenance,Toner",
    ",",
)


def invoice_letter(rng: Random, sheet: Sheet) -> list[Placed]:
    """Addresses side by side, labelled fields, items with small second lines, totals of their own at the right."""
    sheet.text(MARGIN, sheet.y + 16, "INVOICE", 18.0, BOLD[sheet.font])
    sheet.y += 34
    below = block(sheet, MARGIN, sheet.y, ["Bill to", *address(rng)], first="Bill to")
    block(sheet, MARGIN + 280, sheet.y, ["Ship to", *address(rng)], first="Ship to")
    sheet.y = below + rng.uniform(12, 24)
    for x, label, value in (
        (MARGIN, "Invoice no.", f"2024-{rng.randint(100, 999)}"),
        (MARGIN + 130, "Date", "12 Mar 2024"),
        (MARGIN + 260, "Due", "11 Apr 2024"),
        (MARGIN + 390, "Customer", f"C{rng.randint(1000, 9999)}"),
    ):
        block(sheet, x, sheet.y, [label, value], first=label)
    sheet.y += rng.uniform(32, 44)
    rows = [["Description", "Qty", "Unit price", "VAT", "Amount"]]
    for name in rng.sample(GOODS, rng.randint(3, 7)):
        more = rng.choice(
            ["", f"\n{words(rng, 3, 8)}", f"\nArt. {rng.randint(1000, 9999)}-{rng.randint(10, 99)}"]
        )
        rows.append(
            [name + more, str(rng.randint(1, 20)), money(rng, 400), rng.choice(["20%", "0%"]), money(rng)]
        )
    stops = [
        (MARGIN, "left", 200.0),
        (300.0, rng.choice(["right", "center"]), 40.0),
        (390.0, "right", 70.0),
        (450.0, "right", 50.0),
        (RIGHT, "right", 80.0),
    ]
    style = Tabs(
        stops,
        small=0.85,
        rules=rng.choice(["rows", "head", "ends", ""]),
        fill=rng.choice(["head", "dark", "", "zebra"]),
        space=rng.choice([4.0, 8.0]),
    )
    items = set_rows(sheet, rows, style)
    sheet.y += rng.uniform(4, 16)
    total = [["Subtotal", money(rng)], ["VAT 20%", money(rng)], ["Total due", f"$ {money(rng)}"]]
    totals = set_rows(
        sheet, total, Tabs([(390.0, "left", 80.0), (RIGHT, "right", 80.0)], head=0, space=3.0, bold={2})
    )
    block(
        sheet,
        MARGIN,
        sheet.y + 20,
        ["Payment within 30 days to the account below.", "IBAN GB00 0000 0000 0000"],
    )
    return [items, totals]


def order_lines(rng: Random, sheet: Sheet) -> list[Placed]:
    """Positions with article numbers and wrapped names, set without any rule but one."""
    rows = [["Pos", "Article", "Name", "Unit", "Ordered", "Delivered"]]
    for n in range(rng.randint(4, 9)):
        name = f"{rng.choice(GOODS)} {words(rng, 1, 9).lower()}"
        count = rng.randint(1, 90)
        rows.append(
            [
                str((n + 1) * 10),
                f"{rng.randint(100000, 999999)}",
                name,
                rng.choice(["pcs", "box", "m"]),
                str(count),
                str(count),
            ]
        )
    stops = [
        (MARGIN, "left", 24.0),
        (MARGIN + 34, "left", 50.0),
        (MARGIN + 100, "left", 180.0),
        (MARGIN + 300, "left", 30.0),
        (MARGIN + 390, "right", 50.0),
        (RIGHT, "right", 50.0),
    ]
    return [
        set_rows(
            sheet, rows, Tabs(stops, rules=rng.choice(["head", "ends", ""]), space=rng.choice([3.0, 6.0]))
        )
    ]


def bank_account(rng: Random, sheet: Sheet) -> list[Placed]:
    """Movements: dates, texts of two lines, amounts in one of two columns, balances, an opening and a closing line."""
    block(sheet, MARGIN, sheet.y, address(rng))
    block(sheet, MARGIN + 330, sheet.y, ["Account 00-1234-567890", "Statement 4 / 2024", "Page 1 of 2"])
    sheet.y += 66
    rows = [
        ["Date", "Details", "Money out", "Money in", "Balance"],
        ["01 Apr", "Opening balance", "", "", money(rng)],
    ]
    for day in sorted(rng.sample(range(2, 30), rng.randint(5, 11))):
        out = rng.random() < 0.6
        text = rng.choice(["Card payment", "Transfer from", "Direct debit", "Standing order"])
        second = f"\n{rng.choice(PLACES)} {rng.randint(100, 999)}" if rng.random() < 0.5 else ""
        rows.append(
            [
                f"{day:02d} Apr",
                text + second,
                money(rng, 900) if out else "",
                "" if out else money(rng, 900),
                money(rng),
            ]
        )
    rows.append(["30 Apr", "Closing balance", "", "", money(rng)])
    stops = [
        (MARGIN, "left", 50.0),
        (MARGIN + 60, "left", 160.0),
        (370.0, "right", 70.0),
        (460.0, "right", 70.0),
        (RIGHT, "right", 80.0),
    ]
    style = Tabs(
        stops,
        rules=rng.choice(["head", "rows", ""]),
        fill=rng.choice(["", "head", "zebra"]),
        bold={1, len(rows) - 1},
    )
    return [set_rows(sheet, rows, style)]


def income_statement(rng: Random, sheet: Sheet) -> list[Placed]:
    """A column of notes that is mostly empty, currency signs on some rows, headings, short rules under subtotals."""
    rows = [["", "Note", "2024", "2023"]]
    bold, underlined = set(), set()

    def amount(sign: bool) -> str:
        value = f"{rng.randint(10, 99999):,}"
        return ("$ " if sign else "") + (f"({value})" if rng.random() < 0.2 else value)

    for part in rng.sample(
        ["Revenue", "Operating expenses", "Other income", "Current assets", "Equity"], rng.randint(2, 3)
    ):
        bold.add(len(rows))
        rows.append([part, "", "", ""])
        labels = rng.sample(ITEMS, rng.randint(2, 4))
        for k, label in enumerate(labels):
            note = str(rng.randint(1, 20)) if rng.random() < 0.4 else ""
            if k == len(labels) - 1:
                underlined.add(len(rows))
            rows.append([label, note, amount(k == 0), amount(k == 0)])
        bold.add(len(rows))
        rows.append([f"Total {part.lower()}", "", amount(True), amount(True)])
    stops = [
        (MARGIN, "left", 210.0),
        (330.0, rng.choice(["center", "right"]), 30.0),
        (430.0, "right", 60.0),
        (RIGHT - 10, "right", 60.0),
    ]
    style = Tabs(
        stops, rules=rng.choice(["head", ""]), bold=bold, underlined=underlined, space=rng.choice([2.0, 4.0])
    )
    return [set_rows(sheet, rows, style)]


def payslip(rng: Random, sheet: Sheet) -> list[Placed]:
    """Earnings and deductions side by side under headings of their own, in one box or without."""
    top, found = sheet.y, []
    for left, head in ((MARGIN + 4, "Earnings"), (MARGIN + 252, "Deductions")):
        sheet.y = top
        rows = [[head, "Amount", "Year to date"]]
        pays = ["Basic pay", "Overtime", "Bonus", "Income tax", "Pension", "Insurance", "Union dues", "Loan"]
        labels = rng.sample(pays, rng.randint(3, 6))
        rows += [[label, money(rng), money(rng, 90000)] for label in labels]
        stops = [(left, "left", 90.0), (left + 150, "right", 50.0), (left + 228, "right", 70.0)]
        found.append(set_rows(sheet, rows, Tabs(stops, rules="head", fill=rng.choice(["", "head"]))))
    bottom = max(placed.box[3] for placed in found) + 4
    sheet.y = bottom + 8
    if rng.random() < 0.5:
        for y in (top, bottom):
            sheet.line(MARGIN - 2, y, RIGHT, y)
        for x in (MARGIN - 2, MARGIN + 242, RIGHT):
            sheet.line(x, top, x, bottom)
    return found


def price_list(rng: Random, sheet: Sheet) -> list[Placed]:
    """Groups under titles on grounds of their own, codes, texts, and prices."""
    rows, bold = [["Code", "Article", "Pack", "Price"]], set()
    for group in rng.sample(["Stationery", "Furniture", "Printing supplies", "Cleaning"], rng.randint(2, 3)):
        bold.add(len(rows))
        rows.append([group, "", "", ""])
        packs = ["1", "10 x 5", "500 sheets"]
        rows += [
            [f"{rng.choice('ABC')}{rng.randint(100, 999)}", name, rng.choice(packs), money(rng, 300)]
            for name in rng.sample(GOODS, rng.randint(2, 5))
        ]
    stops = [
        (MARGIN, "left", 60.0),
        (MARGIN + 90, "left", 200.0),
        (MARGIN + 310, "left", 70.0),
        (RIGHT, "right", 70.0),
    ]
    return [
        set_rows(sheet, rows, Tabs(stops, rules=rng.choice(["rows", "head", "ends"]), bold=bold, spans=bold))
    ]


BUSINESS: tuple[Kind, ...] = (
    invoice_letter, order_lines, bank_account, income_statement, lab_report, payslip, cards, price_list, week, plans,
)  # fmt: skip
