"""Invoices and price lists in manners of several countries, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_kinds import Kind
from specimen_layout import Layout, edges
from specimen_setting import BOLD, MARGIN, Placed, Sheet
from specimen_tabs import RIGHT, address, block, money, words

WIDTH = RIGHT - MARGIN
WORK = str.split(
    "Consulting services,Website design,Monthly retainer,Copy editing,Translation of contract,Roof repair,Brake pads,"
    "Photography,Licence renewal,Piano tuning,Legal advice,Cloud hosting,Catering,Window cleaning,Delivery",
    ",",
)
WARE = str.split(
    "Schrauben M8x40,Winkelprofil,Kabelkanal,Steckdose,Gipskarton 12.5 mm,Farbe 10 l,Dachlatte,Silikon,Rohrschelle,"
    "Leuchte",
    ",",
)
BIENS = str.split(
    "Carrelage gris,Pose de parquet,Peinture murale,Robinet,Evier inox,Main d'oeuvre,Deplacement,Joint,Plinthe,Enduit",
    ",",
)


def german(value: float) -> str:
    """1.234,56"""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def french(value: float) -> str:
    """1 234,56"""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


def plain_invoice(rng: Random, sheet: Sheet) -> list[Placed]:
    """A description and an amount, two columns; totals in the same columns or in those of their own below."""
    sign = rng.choice(["$", "", "", "EUR "])
    rows = [rng.choice([["Description", "Amount"], ["Service", "Total"], ["Item", "Price"]])]
    for name in rng.sample(WORK, rng.randint(2, 6)):
        more = rng.choice(["", "", f" - {words(rng, 3, 14).lower()}", f"\n{words(rng, 3, 7)}"])
        rows.append([name + more, sign + money(rng)])
    same = rng.random() < 0.6
    totals = [
        ["Subtotal", sign + money(rng)],
        [rng.choice(["VAT 20%", "Tax (8.5%)"]), sign + money(rng)],
        ["Total", sign + money(rng)],
    ]
    if same:
        rows += totals
    sheet.text(MARGIN, sheet.y + 20, "Invoice", 20.0, BOLD[sheet.font])
    sheet.y += 34
    block(sheet, MARGIN, sheet.y, address(rng))
    sheet.y = (
        block(
            sheet,
            MARGIN + 320,
            sheet.y,
            [f"Invoice no. {rng.randint(1000, 9999)}", "Date: 4 May 2024", "Terms: net 30"],
        )
        + 40
    )
    amount = rng.choice([80.0, 110.0])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, WIDTH - amount, amount),
        rng.choice(["lr", "lr", "lc"]),
        size=rng.choice([9.0, 10.0, 11.0]),
        above=rng.choice([3.0, 5.0, 8.0]),
        bold={len(rows) - 1} if same else set(),
        below=rng.choice([3.0, 6.0]),
    )
    style = rng.choice(["none", "head", "rows", "dark", "zebra", "grid"])
    for r in range(len(rows)):
        if style == "zebra" and r % 2 == 0:
            look.ground(r, 0.9)
        if style in ("rows", "grid") or (style == "head" and r == 1):
            look.rule(r)
    if style == "dark":
        look.ground(0, 0.25)
        look.white.add(0)
    if style == "grid":
        look.rule(len(rows))
        for c in range(3):
            look.wall(c)
    found = [look.place()]
    if not same:
        sheet.y += rng.choice([4.0, 12.0])
        found.append(
            Layout(
                sheet,
                totals,
                edges(RIGHT - amount - 100, 100, amount),
                "l" + look.align[1],
                size=look.size,
                head=0,
                bold={2},
            ).place()
        )
    sheet.y = block(
        sheet, MARGIN, sheet.y + 30, ["Thank you for your business.", "Please quote the number above."]
    )
    return found


def rechnung(rng: Random, sheet: Sheet) -> list[Placed]:
    """Positions with units, German figures, totals at the right with labels flush right; terms beside them."""
    sheet.text(MARGIN, sheet.y + 14, f"Rechnung Nr. {rng.randint(10000, 99999)}", 14.0, BOLD[sheet.font])
    sheet.y += 24
    rows = [
        ["Pos.", "Bezeichnung", "Menge", "Einh.", "Einzelpreis", rng.choice(["Gesamtpreis", "Betrag EUR"])]
    ]
    euro = rng.choice(["", " \u20ac"])
    for k, name in enumerate(rng.sample(WARE, rng.randint(3, 8))):
        more = rng.choice(["", "", f"\nArt.-Nr. {rng.randint(1000, 9999)}", f" {words(rng, 4, 9).lower()}"])
        n = rng.randint(1, 90)
        rows.append(
            [
                str(k + 1),
                name + more,
                str(n),
                rng.choice(["Stk", "m", "Pck"]),
                german(rng.uniform(1, 99)) + euro,
                german(rng.uniform(20, 4000)) + euro,
            ]
        )
    xs = edges(MARGIN, 32, WIDTH - 262, 45, 40, 70, 75)
    style = rng.choice(["none", "head", "rows", "zebra", "ends"])
    look = Layout(
        sheet,
        rows,
        xs,
        "clrlrr",
        size=rng.choice([8.5, 9.5]),
        above=rng.choice([2.0, 4.0]),
        below=rng.choice([2.0, 4.0]),
    )
    for r in range(len(rows)):
        if style == "zebra" and r % 2:
            look.ground(r, 0.93)
    for r in range(len(rows) + 1):
        if (
            style == "rows"
            or (style in ("head", "ends") and r == 1)
            or (style == "ends" and r in (0, len(rows)))
        ):
            look.rule(r)
    found = [look.place()]
    sheet.y += rng.choice([2.0, 8.0, 16.0])
    top = sheet.y
    sums = [
        ["Zwischensumme", german(rng.uniform(20, 9000)) + euro],
        ["zzgl. 19 % MwSt.", german(rng.uniform(20, 900)) + euro],
        ["Gesamtbetrag", german(rng.uniform(20, 9000)) + euro],
    ]
    total = Layout(
        sheet,
        sums,
        edges(RIGHT - 185, 110, 75),
        "rr" if rng.random() < 0.5 else "lr",
        size=look.size,
        head=0,
        bold={2},
        above=look.above,
        below=look.below,
    )
    if rng.random() < 0.5:
        total.rule(2)
    found.append(total.place())
    if rng.random() < 0.6:
        low = sheet.y
        lines = [
            "Zahlbar innerhalb von 14 Tagen ohne Abzug",
            "auf das unten genannte Konto. Die Ware",
            "bleibt bis zur Bezahlung unser Eigentum.",
            "Lieferdatum entspricht Rechnungsdatum.",
        ]
        sheet.y = max(
            low,
            block(sheet, MARGIN, top + rng.choice([0.0, 3.0]), lines[: rng.randint(2, 4)], size=look.size),
        )
    sheet.y = block(sheet, MARGIN, sheet.y + 24, ["IBAN DE00 1234 5678 9012 3456 00"])
    return found


def facture(rng: Random, sheet: Sheet) -> list[Placed]:
    """A tall frame with column rules and no row rules, empty at its foot; a box of totals under its right end."""
    rows = [["R\u00e9f.", "D\u00e9signation", "Qt\u00e9", "P.U. HT", "TVA", "Total HT"]]
    for name in rng.sample(BIENS, rng.randint(3, 7)):
        more = rng.choice(["", "", f"\n{words(rng, 3, 6).lower()}"])
        rows.append(
            [
                f"{rng.choice('ABC')}{rng.randint(100, 999)}",
                name + more,
                str(rng.randint(1, 60)),
                french(rng.uniform(2, 2000)),
                rng.choice(["20 %", "10 %"]),
                french(rng.uniform(20, 9000)),
            ]
        )
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, 50, WIDTH - 285, 40, 70, 45, 80),
        "llrrrr",
        size=9.0,
        above=rng.choice([2.0, 4.0]),
        below=2.0,
        head_align=rng.choice(["cccccc", "llrrrr"]),
    )
    if rng.random() < 0.5:
        look.ground(0, 0.88)
    foot = look.ys[-1] + rng.choice([0.0, 20.0, 90.0])
    for x in look.xs:
        sheet.line(x, look.ys[0], x, foot)
    for y in (look.ys[0], look.ys[1], foot):
        sheet.line(look.left, y, look.right, y)
    found = [look.place()]
    sheet.y = foot + rng.choice([0.0, 10.0])
    sums = [
        ["Total HT", french(rng.uniform(20, 9000)) + " \u20ac"],
        ["TVA 20 %", french(rng.uniform(20, 900)) + " \u20ac"],
        ["Net \u00e0 payer", french(rng.uniform(20, 9000)) + " \u20ac"],
    ]
    top = sheet.y
    box = Layout(sheet, sums, edges(RIGHT - 195, 115, 80), "lr", size=9.0, head=0, bold={2})
    for r in range(4):
        box.rule(r)
    for c in range(3):
        box.wall(c)
    found.append(box.place())
    sheet.y = 20 + block(
        sheet,
        MARGIN,
        top + 4,
        [
            "Conditions de r\u00e8glement : 30 jours",
            "P\u00e9nalit\u00e9s de retard : 3 fois le taux l\u00e9gal",
        ],
        size=8.0,
    )
    return found


def till(rng: Random, sheet: Sheet) -> list[Placed]:
    """A menu or a till's list: names with prices, descriptions in a line below, sections as titles; no rules."""
    euro = rng.choice(["", "\u20ac", "$"])
    rows = [["Dish", "Small", "Large"]] if rng.random() < 0.6 else [["Article", "Code", "Price"]]
    coded = rows[0][1] == "Code"
    bold = set()
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.6:
            bold.add(len(rows))
            rows.append([words(rng, 1, 2), "", ""])
        for _ in range(rng.randint(3, 6)):
            name = words(rng, 1, 4) + rng.choice(["", f"\n{words(rng, 4, 9).lower()}"])
            second = f"{rng.randint(100, 999)}" if coded else f"{euro}{rng.uniform(2, 12):.2f}"
            rows.append([name, second, f"{euro}{rng.uniform(5, 30):.2f}"])
    width = rng.choice([300.0, 400.0, WIDTH])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, width - 130, 60, 70),
        "l" + ("l" if coded else "r") + "r",
        size=rng.choice([9.0, 10.0]),
        bold=bold,
        above=rng.choice([1.0, 3.0, 6.0]),
        below=rng.choice([1.0, 3.0]),
    )
    if rng.random() < 0.5:
        look.rule(1)
    return [look.place()]


INVOICES: tuple[Kind, ...] = (plain_invoice, rechnung, facture, till)
