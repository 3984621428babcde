"""Pages of reports, data sheets and quotations, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from reportlab.pdfbase.pdfmetrics import stringWidth
from specimen_kinds import Style, draw
from specimen_setting import BOLD, MARGIN, Placed, Sheet, prose, sentence, wrap
from specimen_tables import PLACES, Cell
from specimen_tabs import RIGHT, money, words

WIDTH = RIGHT - MARGIN


def deep_header(rng: Random, sheet: Sheet) -> list[Placed]:
    """Headers of three levels, spans over groups, a row of units, booktabs rules; the stub's header may be blank."""
    groups = rng.sample(["Men", "Women", "Urban areas", "Rural areas", "All respondents"], rng.randint(2, 3))
    per = rng.randint(2, 3)
    subs = rng.sample(["Number", "Share", "Mean", "Change"], per)
    units = {"Number": "(n)", "Share": "(%)", "Mean": "(hours)", "Change": "(pp)"}
    n = len(groups) * per
    xs = [MARGIN + 150 + (WIDTH - 150) * (k + 0.5) / n for k in range(n)]
    size = rng.choice([8.0, 9.0])
    step = 1.45 * size
    f = sheet.font
    b = BOLD[f] if rng.random() < 0.6 else f
    y = sheet.y
    top = y
    cells = []
    sheet.line(MARGIN, y, RIGHT, y, 1.0)
    stub = rng.choice(["", "Age group", "Region"])

    def centred(x, y, t, font=f):
        sheet.text(x - stringWidth(t, font, size) / 2, y, t, size, font)

    for g, name in enumerate(groups):
        a, z = xs[g * per], xs[(g + 1) * per - 1]
        centred((a + z) / 2, y + step * 0.85, name, b)
        cells.append(Cell(name, 0, 1 + g * per, 1, 1 + (g + 1) * per))
        sheet.line(a - 22, y + step + 1, z + 22, y + step + 1, 0.4)
    y += step + 2
    for k in range(n):
        centred(xs[k], y + step * 0.85, subs[k % per], b)
        t = subs[k % per]
        cells.append(Cell(t, 1, 1 + k, 2, 2 + k))
    y += step
    with_units = rng.random() < 0.6
    if with_units:
        for k in range(n):
            centred(xs[k], y + step * 0.75, units[subs[k % per]])
            cells[len(groups) + k] = Cell(subs[k % per] + " " + units[subs[k % per]], 1, 1 + k, 2, 2 + k)
        y += step
    if stub:
        sheet.text(MARGIN + 2, y - step * 0.2, stub, size, b)
        cells.append(Cell(stub, 0, 0, 2, 1))
    sheet.line(MARGIN, y + 1, RIGHT, y + 1, 0.6)
    y += 3
    r = 2
    ages = ["15–24", "25–34", "35–44", "45–54", "55–64", "65 and over"] if stub != "Region" else PLACES[:8]
    for label in [*ages[: rng.randint(4, 6)], "Total"]:
        sheet.text(MARGIN + 2, y + step * 0.85, label, size, f)
        cells.append(Cell(label, r, 0, r + 1, 1))
        for k in range(n):
            t = (
                rng.choice([f"{rng.uniform(0, 99):.1f}", f"{rng.randint(1, 999)}"])
                if rng.random() > 0.08
                else rng.choice(["..", "–", ""])
            )
            if t:
                centred(xs[k], y + step * 0.85, t)
                cells.append(Cell(t, r, 1 + k, r + 1, 2 + k))
        y += step
        r += 1
    sheet.line(MARGIN, y + 2, RIGHT, y + 2, 1.0)
    y += 4
    sheet.y = y
    if rng.random() < 0.7:
        for line in wrap("Note: " + sentence(rng, rng.randint(10, 26)), WIDTH, f, 7.0):
            sheet.text(MARGIN, sheet.y + 9, line, 7.0, f)
            sheet.y += 9
    sheet.y += 6
    return [Placed((MARGIN, top, RIGHT, y), cells)]


def datasheet(rng: Random, sheet: Sheet) -> list[Placed]:
    """Electrical characteristics: parameter rows over several conditions, many empty cells, units."""
    rows = [["Parameter", "Symbol", "Conditions", "Min", "Typ", "Max", "Unit"]]
    spans = {}
    style = rng.choice(["grid", "grid", "rows"])
    for name, sym, unit in rng.sample(
        [
            ("Supply voltage", "VCC", "V"),
            ("Quiescent current", "IQ", "mA"),
            ("Output voltage high", "VOH", "V"),
            ("Input leakage current", "IIL", "µA"),
            ("Propagation delay", "tPD", "ns"),
            ("Operating temperature", "TA", "°C"),
            ("Slew rate", "SR", "V/µs"),
        ],
        rng.randint(4, 6),
    ):
        k = rng.randint(1, 2) if style == "grid" else 1
        for j in range(k):
            v = [f"{rng.uniform(0.1, 99):.1f}" for _ in range(3)]
            for m in rng.sample(range(3), rng.randint(0, 2)):
                v[m] = ""
            rows.append(
                [
                    name if j == 0 else "",
                    sym if j == 0 else "",
                    rng.choice(["", "VIN = 5 V", "RL = 10 kΩ, CL = 15 pF", "TA = 25 °C"])
                    if k == 1
                    else f"VCC = {3 + 2 * j} V",
                    *v,
                    unit if j == 0 else "",
                ]
            )
        if k == 2:
            r = len(rows) - 2
            for c in (0, 1, 6):
                spans[r, c] = (2, 1)
    return [
        draw(
            sheet,
            rows,
            MARGIN,
            [115.0, 45.0, 130.0, 45.0, 45.0, 45.0, WIDTH - 425],
            Style(
                style,
                rng.choice(["", "head", "zebra"]),
                size=rng.choice([7.0, 8.0]),
                pad=rng.choice([2.0, 3.5]),
                align=["left", "center", "left", "center", "center", "center", "center"],
                spans=spans,
            ),
        )
    ]


def plan_wrapped(rng: Random, sheet: Sheet) -> list[Placed]:
    """Activities with wrapped words in several columns."""
    rows = [["No.", "Activity", "Responsible", "Start", "Finish", "Status / remarks"]]
    rows += [
        [
            f"{k + 1}" if rng.random() < 0.5 else f"{k // 3 + 1}.{k % 3 + 1}",
            words(rng, 3, 14),
            rng.choice(["Finance and planning unit", "Contractor", "Ministry of Health", "Project office"]),
            f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.2024",
            f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.2025",
            rng.choice(["Done", "In progress", "Delayed: " + words(rng, 2, 5), "Not started", ""]),
        ]
        for k in range(rng.randint(4, 7))
    ]
    return [
        draw(
            sheet,
            rows,
            MARGIN,
            [28.0, 160.0, 90.0, 58.0, 58.0, WIDTH - 394],
            Style(
                rng.choice(["grid", "rows", "rows", "head", "none"]),
                rng.choice(["", "zebra", "head", "rows"]),
                size=8.0,
                pad=rng.choice([3.0, 5.0]),
                centred=rng.random() < 0.3,
            ),
        )
    ]


def ledger_tally(rng: Random, sheet: Sheet) -> list[Placed]:
    """Goods invoice: columns ruled, no rules between items, an empty rest, a total row."""
    rows = [["Sl\nNo.", "Description of goods", "HSN", "Qty", "Rate", "per", "Amount"]]
    n = rng.randint(2, 5)
    rows += [
        [
            str(k + 1),
            rng.choice(
                [
                    "Steel rod 12 mm",
                    "Cement OPC 53 grade",
                    "Paint exterior white 20 L",
                    "Copper cable 4 sq mm",
                    "Tiles 600x600 ivory gloss finish",
                ]
            ),
            str(rng.randint(1000, 9999)),
            f"{rng.randint(1, 90)} Nos",
            money(rng, 900),
            "Nos",
            money(rng),
        ]
        for k in range(n)
    ]
    xs = [MARGIN]
    for w in (26.0, 190.0, 48.0, 56.0, 62.0, 34.0):
        xs.append(xs[-1] + w)
    xs.append(RIGHT)
    size = 8.0
    f = sheet.font
    y = sheet.y
    top = y
    cells = []
    align = "llcrrlr"

    def put(r, row, y, font):
        high = 1
        for c, t in enumerate(row):
            ls = [line for p in t.split("\n") for line in wrap(p, xs[c + 1] - xs[c] - 6, font, size)]
            for j, line in enumerate(ls):
                w = stringWidth(line, font, size)
                x = {"l": xs[c] + 3, "r": xs[c + 1] - 3 - w, "c": (xs[c] + xs[c + 1] - w) / 2}[align[c]]
                sheet.text(x, y + 10 + j * 10, line, size, font)
            high = max(high, len(ls))
            if any(ls):
                cells.append(Cell(" ".join(ls), r, c, r + 1, c + 1))
        return y + 10 * high + 5

    y2 = put(0, rows[0], y, BOLD[f])
    sheet.line(xs[0], y, RIGHT, y)
    sheet.line(xs[0], y2, RIGHT, y2)
    y = y2
    for r, row in enumerate(rows[1:], 1):
        y = put(r, row, y, f)
    y += rng.choice([0.0, 30.0, 80.0])
    r = len(rows)
    sheet.line(xs[0], y, RIGHT, y)
    y = put(r, ["", "Total", "", f"{rng.randint(1, 99)} Nos", "", "", money(rng, 99999)], y, BOLD[f])
    sheet.line(xs[0], y, RIGHT, y)
    for x in xs:
        sheet.line(x, top, x, y)
    sheet.y = y + 4
    sheet.text(MARGIN + 3, sheet.y + 9, "Amount chargeable: INR " + words(rng, 4, 7), size, f)
    sheet.y += 16
    return [Placed((xs[0], top, RIGHT, y), cells)]


def rates(rng: Random, sheet: Sheet) -> list[Placed]:
    """A rate card with dot leaders, two seasons."""
    size = 9.0
    f = sheet.font
    y = sheet.y
    top = y
    cells = []
    xs = [RIGHT - 120, RIGHT - 30]
    sheet.text(MARGIN, y + 10, "Room", size, BOLD[f])
    cells.append(Cell("Room", 0, 0, 1, 1))
    for c, t in enumerate(["Low season", "High season"]):
        sheet.text(xs[c] - stringWidth(t, BOLD[f], size), y + 10, t, size, BOLD[f])
        cells.append(Cell(t, 0, 1 + c, 1, 2 + c))
    y += 16
    for r, name in enumerate(
        rng.sample(
            [
                "Single room",
                "Double room, sea view",
                "Family suite",
                "Extra bed",
                "Breakfast",
                "Parking per night",
                "Late check-out",
                "Airport transfer",
            ],
            rng.randint(4, 7),
        ),
        1,
    ):
        sheet.text(MARGIN, y + 10, name, size, f)
        x = MARGIN + stringWidth(name, f, size) + 4
        dots = "." * int((xs[0] - 50 - x) / stringWidth(".", f, size))
        sheet.text(x, y + 10, dots, size, f)
        cells.append(Cell(name, r, 0, r + 1, 1))
        for c in range(2):
            t = (
                rng.choice(["$", "€"]) + money(rng, 300)
                if rng.random() < 0.85
                else rng.choice(["free", "on request"])
            )
            sheet.text(xs[c] - stringWidth(t, f, size), y + 10, t, size, f)
            cells.append(Cell(t, r, 1 + c, r + 1, 2 + c))
        y += 14
    sheet.y = y + 4
    return [Placed((MARGIN, top, RIGHT, y), cells)]


def totals_block(rng: Random, sheet: Sheet) -> list[Placed]:
    """Quotation: ruled items; totals in a narrower block under the last columns; terms beside them."""
    rows = [["#", "Item", "Qty", "Price", "Total"]]
    rows += [
        [str(k + 1), words(rng, 2, 10).capitalize(), str(rng.randint(1, 40)), money(rng, 500), money(rng)]
        for k in range(rng.randint(3, 6))
    ]
    widths = [24.0, WIDTH - 24 - 50 - 80 - 90, 50.0, 80.0, 90.0]
    rules = rng.choice(["grid", "rows", "head"])
    bands = rng.choice(["", "head", "zebra"])
    a = draw(
        sheet,
        rows,
        MARGIN,
        widths,
        Style(rules, bands, size=9.0, align=["left", "left", "right", "right", "right"]),
    )
    sheet.y += rng.choice([0.0, 10.0, 20.0])
    top = sheet.y
    tot = [["Subtotal", money(rng)], [f"VAT ({rng.choice([7, 20])}%)", money(rng)], ["Total due", money(rng)]]
    b = draw(
        sheet,
        tot,
        RIGHT - 190,
        [100.0, 90.0],
        Style(rules if rules != "head" else "none", size=9.0, headers=0, align=["left", "right"]),
    )
    end = prose(sheet, MARGIN, MARGIN + 240, top, rng.randint(2, 3), False)
    sheet.y = max(end, sheet.y)
    return [a, b]
