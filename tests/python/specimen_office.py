"""Pages of accounts, forms and surveys, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_kinds import Kind, Style, draw
from specimen_reports import datasheet, deep_header, ledger_tally, plan_wrapped, rates, totals_block
from specimen_setting import BOLD, MARGIN, Placed, Sheet, sentence
from specimen_tables import ITEMS, PLACES
from specimen_tabs import RIGHT, Tabs, money, set_rows, words

WIDTH = RIGHT - MARGIN


def amount(rng: Random, negative: float = 0.2, dash: float = 0.12) -> str:
    if rng.random() < dash:
        return rng.choice(["-", "–"])
    v = f"{rng.randint(10, 99999):,}"
    return f"({v})" if rng.random() < negative else v


def balance_notes(rng: Random, sheet: Sheet) -> list[Placed]:
    """Balance sheet: note column, years with units under them, sections, subtotals under short rules."""
    years = rng.randint(2, 3)
    sheet.text(MARGIN, sheet.y + 12, "Consolidated statement of financial position", 12, BOLD[sheet.font])
    sheet.y += 22
    head = [["", "Notes", *(f"{2024 - k}\n£'000" for k in range(years))]]
    rows = list(map(list, head))
    bold = set()
    under = set()
    spans = set()
    note = 1
    for section in rng.sample(
        ["Non-current assets", "Current assets", "Current liabilities", "Equity"], rng.randint(2, 3)
    ):
        spans.add(len(rows))
        bold.add(len(rows))
        rows.append([section, *[""] * (years + 1)])
        for item in rng.sample(
            [
                "Goodwill",
                "Property, plant and equipment",
                "Intangible assets",
                "Inventories",
                "Trade and other receivables",
                "Cash and cash equivalents",
                "Deferred tax",
                "Lease liabilities",
                "Provisions for other liabilities and charges",
            ],
            rng.randint(2, 4),
        ):
            note += 1
            rows.append([item, str(note) if rng.random() < 0.7 else "", *(amount(rng) for _ in range(years))])
        under.add(len(rows) - 1)
        bold.add(len(rows))
        rows.append(
            [rng.choice(["", "Total " + section.lower()]), "", *(amount(rng, 0.2, 0) for _ in range(years))]
        )
    stops = [
        (MARGIN, "left", rng.choice([170.0, 210.0])),
        (MARGIN + 240, rng.choice(["center", "right"]), 30.0),
        *((RIGHT - 80 * k, "right", 60.0) for k in reversed(range(years))),
    ]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                rng.choice([8.5, 9.0, 10.0]),
                head=1,
                space=rng.choice([2.0, 4.0]),
                rules=rng.choice(["head", "", "ends"]),
                bold=bold,
                spans=spans,
                underlined=under,
            ),
        )
    ]


def aged(rng: Random, sheet: Sheet) -> list[Placed]:
    """Debts by age: groups with heads and subtotals."""
    cols = ["Current", "1–30 days", "31–60 days", "61–90 days", "> 90 days", "Total"]
    rows = [["Customer", *cols]]
    bold = set()
    spans = set()
    for _ in range(rng.randint(1, 3)):
        spans.add(len(rows))
        bold.add(len(rows))
        rows.append([f"{rng.choice(PLACES)} region", *[""] * 6])
        rows += [
            [
                rng.choice(PLACES) + " " + rng.choice(["Ltd", "GmbH & Co. KG", "Holdings plc", "SARL"]),
                *(rng.choice([money(rng), "0.00", "0.00", money(rng)]) for _ in cols),
            ]
            for _ in range(rng.randint(2, 4))
        ]
        bold.add(len(rows))
        rows.append(["Subtotal", *(money(rng, 90000) for _ in cols)])
    bold.add(len(rows))
    rows.append(["Grand total", *(money(rng, 90000) for _ in cols)])
    stops = [(MARGIN, "left", 110.0), *((MARGIN + WIDTH * (k + 2.2) / 8.2, "right", 50.0) for k in range(6))]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                7.5,
                space=rng.choice([3.0, 5.0]),
                rules=rng.choice(["rows", "head", "ends", ""]),
                fill=rng.choice(["dark", "head", "", "zebra"]),
                bold=bold,
                spans=spans,
            ),
        )
    ]


def form_grid(rng: Random, sheet: Sheet) -> list[Placed]:
    """Ruled form: label and value pairs, wide cells, blank fields."""
    pairs = [
        ("Surname", rng.choice(PLACES)),
        ("First name", "Maria"),
        ("Date of birth", "12/03/1984"),
        ("Nationality", "Swedish"),
        ("Passport no.", f"K{rng.randint(10**6, 10**7)}"),
        ("Valid until", "01/2030"),
        ("Employer", words(rng, 2, 3)),
        ("Phone", "+44 20 7946 0018"),
        ("Position", ""),
        ("E-mail", "m.k@example.org"),
        ("Reference", f"{rng.randint(100, 999)}/24"),
        ("Branch", rng.choice(PLACES)),
    ]
    rng.shuffle(pairs)
    n = rng.randint(3, 6)
    rows = []
    spans = {}
    for r in range(n):
        (a, b), (c, d) = pairs[2 * r], pairs[2 * r + 1]
        if rng.random() < 0.25:
            spans[len(rows), 1] = (1, 3)
            rows.append([a, words(rng, 4, 10), "", ""])
        else:
            rows.append([a, b, c, d])
    if rng.random() < 0.6:
        spans[len(rows), 1] = (1, 3)
        rows.append(["Remarks", sentence(rng, rng.randint(14, 28)), "", ""])
    w = rng.choice([80.0, 95.0])
    return [
        draw(
            sheet,
            rows,
            MARGIN,
            [w, WIDTH / 2 - w, w, WIDTH / 2 - w],
            Style("grid", size=rng.choice([8.0, 9.0]), headers=0, pad=rng.choice([3.0, 6.0]), spans=spans),
        )
    ]


def pair_ruled(rng: Random, sheet: Sheet) -> list[Placed]:
    """Two tables side by side, each with a title, ruled in the same way, lengths of their own."""
    found = []
    top = sheet.y
    gap = rng.choice([14.0, 24.0, 36.0])
    rules = rng.choice(["grid", "rows", "head", "none"])
    bands = rng.choice(["", "head", "zebra"])
    low = top
    for k in range(2):
        left = MARGIN + k * (WIDTH + gap) / 2
        width = (WIDTH - gap) / 2
        sheet.y = top
        sheet.text(left, sheet.y + 9, words(rng, 2, 4).title(), 10.0, BOLD[sheet.font])
        sheet.y += 16
        cols = rng.randint(2, 4)
        rows = [
            [
                rng.choice(["Item", "Name", "Type"]),
                *rng.sample(["Units", "Share", "2023", "Change", "Cost"], cols - 1),
            ]
        ]
        rows += [
            [
                rng.choice(ITEMS if cols < 4 else PLACES)[:22],
                *(
                    rng.choice([str(rng.randint(1, 999)), f"{rng.uniform(0, 99):.1f}%"])
                    for _ in range(cols - 1)
                ),
            ]
            for _ in range(rng.randint(3, 9))
        ]
        first = width * (0.6 if cols == 2 else 0.5 if cols == 3 else 0.4)
        found.append(
            draw(
                sheet,
                rows,
                left,
                [first, *[(width - first) / (cols - 1)] * (cols - 1)],
                Style(
                    rules,
                    bands,
                    size=8.0,
                    pad=rng.choice([2.5, 4.0]),
                    align=["left", *["right"] * (cols - 1)],
                ),
            )
        )
        low = max(low, sheet.y)
    sheet.y = low
    return found


def survey(rng: Random, sheet: Sheet) -> list[Placed]:
    """Questions wrapped over lines, shaded section rows, percentages in centred columns; values in the middle."""
    opts = rng.choice(
        [
            ["Yes", "No", "Don't know"],
            ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied"],
            ["Agree", "Neither", "Disagree", "N"],
        ]
    )
    n = len(opts)
    rows = [["Question", *opts]]
    spans = {}
    secs = []
    for s in range(rng.randint(1, 3)):
        secs.append(len(rows))
        spans[len(rows), 0] = (1, n + 1)
        rows.append([f"Section {chr(65 + s)}: {words(rng, 2, 4)}", *[""] * n])
        rows += [
            [words(rng, 4, 15), *(f"{rng.randint(0, 100)}%" for _ in range(n))]
            for _ in range(rng.randint(2, 4))
        ]
    first = WIDTH * 0.5
    rules = rng.choice(["grid", "rows", "head"])
    if rules != "grid" and rng.random() < 0.5:
        spans = {}
    return [
        draw(
            sheet,
            rows,
            MARGIN,
            [first, *[(WIDTH - first) / n] * n],
            Style(
                rules,
                rng.choice(["", "head", "rows"]),
                size=8.5,
                pad=3.5,
                align=["left", *["center"] * n],
                centred=rng.random() < 0.5,
                spans=spans,
            ),
        )
    ]


def monthly(rng: Random, sheet: Sheet) -> list[Placed]:
    """Twelve months and a total, small and close together."""
    months = str.split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Total")
    kind = rng.choice(["int", "dec", "mixed"])

    def v():
        if rng.random() < 0.07:
            return rng.choice(["-", "0"])
        return (
            f"{rng.randint(1, 9999):,}"
            if kind == "int" or (kind == "mixed" and rng.random() < 0.5)
            else f"{rng.uniform(0, 99):.1f}"
        )

    rows = [[rng.choice(["", "Station", "Account"]), *months]]
    bold = set()
    rows += [[rng.choice(PLACES)[:12], *(v() for _ in months)] for _ in range(rng.randint(4, 9))]
    bold.add(len(rows))
    rows.append(["Total", *(v() for _ in months)])
    stops = [
        (MARGIN, "left", 62.0),
        *((MARGIN + 90 + (WIDTH - 90) * k / 12, "right", 28.0) for k in range(13)),
    ]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                6.5,
                space=rng.choice([2.0, 4.0]),
                rules=rng.choice(["rows", "head", "ends", ""]),
                fill=rng.choice(["head", "dark", "", "zebra"]),
                bold=bold,
            ),
        )
    ]


def league(rng: Random, sheet: Sheet) -> list[Placed]:
    """Standings: rank, name, country, small integers, no rules."""
    rows = [["Pos", "Team", "P", "WIDTH", "D", "L", "GF", "GA", "GD", "Pts"]]
    rows += [
        [
            str(k + 1),
            p + rng.choice(["", " United", " City"]),
            *(str(rng.randint(0, 38)) for _ in range(6)),
            rng.choice(["+", "-", ""]) + str(rng.randint(0, 40)),
            str(rng.randint(10, 90)),
        ]
        for k, p in enumerate(rng.sample(PLACES, rng.randint(6, 10)))
    ]
    stops = [
        (MARGIN + 12, "right", 14.0),
        (MARGIN + 24, "left", 120.0),
        *((MARGIN + 190 + 26.0 * k, "right", 18.0) for k in range(8)),
    ]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                rng.choice([8.0, 9.0, 10.0]),
                space=rng.choice([2.0, 4.0, 6.0]),
                rules=rng.choice(["", "head", "rows"]),
                fill=rng.choice(["", "head", "zebra"]),
            ),
        )
    ]


OFFICE: tuple[Kind, ...] = (
    balance_notes, aged, form_grid, pair_ruled, survey, monthly, league,
    deep_header, datasheet, plan_wrapped, ledger_tally, rates, totals_block,
)  # fmt: skip
