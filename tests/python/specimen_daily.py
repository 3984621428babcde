"""Pages as laboratories, schools and web sites print them, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_setting import BOLD, MARGIN, Placed, Sheet
from specimen_tables import HEADS, ITEMS, PLACES
from specimen_tabs import RIGHT, Tabs, block, set_rows, words


def lab_report(rng: Random, sheet: Sheet) -> list[Placed]:
    """Results with flags that are mostly empty, units, ranges, and headings between the rows."""
    block(sheet, MARGIN, sheet.y, ["Patient: J. Doe", "Born: 01.02.1970"])
    block(sheet, MARGIN + 220, sheet.y, ["Sample: 884-12", "Taken: 03.04.2024"])
    sheet.y += 36
    rows, bold, spans = [["Test", "Result", "Flag", "Units", "Reference range"]], set(), set()
    for part in rng.sample(["HAEMATOLOGY", "CHEMISTRY", "LIPIDS", "THYROID"], rng.randint(1, 3)):
        bold.add(len(rows))
        spans.add(len(rows))
        rows.append([part, "", "", "", ""])
        for test in rng.sample(
            [
                "Haemoglobin",
                "Leukocytes",
                "Platelets",
                "Glucose, fasting",
                "Sodium",
                "LDL cholesterol",
                "TSH",
            ],
            4,
        ):
            low = rng.uniform(0.5, 100)
            bounds = rng.choice([f"{low:.1f} - {low * 1.6:.1f}", f"< {low:.0f}", "Negative"])
            result = "Negative" if bounds == "Negative" else f"{low * rng.uniform(0.7, 1.9):.1f}"
            rows.append(
                [
                    test,
                    result,
                    rng.choice(["", "", "", "H", "L"]),
                    rng.choice(["g/dL", "mmol/L", "10^9/L", "%"]),
                    bounds,
                ]
            )
    stops = [
        (MARGIN, "left", 140.0),
        (MARGIN + 160, "left", 60.0),
        (MARGIN + 235, "left", 24.0),
        (MARGIN + 290, "left", 60.0),
        (MARGIN + 370, "left", 110.0),
    ]
    style = Tabs(
        stops,
        rules=rng.choice(["head", "rows", "", "ends"]),
        bold=bold,
        spans=spans,
        fill=rng.choice(["", "zebra", "head"]),
    )
    return [set_rows(sheet, rows, style)]


def cards(rng: Random, sheet: Sheet) -> list[Placed]:
    """A dashboard: figures in large letters, below them a wide table, and two narrow ones side by side."""
    for k in range(4):
        x = MARGIN + 125 * k
        sheet.text(
            x, sheet.y + 20, f"{rng.uniform(1, 99):.1f}{rng.choice(['%', 'k', 'M'])}", 20.0, BOLD[sheet.font]
        )
        sheet.text(x, sheet.y + 34, rng.choice(HEADS)[:18], 8.0, sheet.font)
    sheet.y += 60
    found = []
    sheet.text(MARGIN, sheet.y, words(rng, 2, 4).title(), 11.0, BOLD[sheet.font])
    sheet.y += 8
    cols = rng.randint(4, 6)
    rows = [["Region", *rng.sample(["Orders", "Visits", "Sales", "Refunds", "Growth", "Share"], cols - 1)]]
    rows += [
        [place, *(f"{rng.randint(1, 9999):,}" for _ in range(cols - 1))]
        for place in rng.sample(PLACES, rng.randint(3, 6))
    ]
    stops = [
        (MARGIN, "left", 120.0),
        *((MARGIN + 120 + (RIGHT - MARGIN - 120) * c / (cols - 1), "right", 50.0) for c in range(1, cols)),
    ]
    found.append(
        set_rows(
            sheet,
            rows,
            Tabs(stops, rules=rng.choice(["rows", "head", ""]), fill=rng.choice(["", "head", "zebra"])),
        )
    )
    sheet.y += rng.uniform(26, 40)
    top = sheet.y
    for left in (MARGIN, MARGIN + 270):
        sheet.y = top
        sheet.text(left, sheet.y, words(rng, 2, 3).title(), 11.0, BOLD[sheet.font])
        sheet.y += 8
        rows = [
            ["Page", "Views"],
            *(
                [
                    f"/{rng.choice(HEADS).split()[0].lower()}/{rng.randint(1, 99)}",
                    f"{rng.randint(10, 9999):,}",
                ]
                for _ in range(rng.randint(4, 7))
            ),
        ]
        found.append(
            set_rows(
                sheet,
                rows,
                Tabs(
                    [(left, "left", 150.0), (left + 220, "right", 60.0)],
                    rules=rng.choice(["rows", "head", ""]),
                ),
            )
        )
    return found


def week(rng: Random, sheet: Sheet) -> list[Placed]:
    """Lessons by hour and day, wrapped names and rooms, many free hours."""
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    rows = [["Time", *days]]
    for hour in range(8, 8 + rng.randint(5, 8)):
        lessons = [
            rng.choice(["Mathematics\nRoom 12", "Biology\nLab 2", "Sport", "History", ""]) for _ in days
        ]
        rows.append([f"{hour:02d}:00", *lessons])
    stops = [(MARGIN, "left", 40.0), *((MARGIN + 60 + 86 * d, "left", 76.0) for d in range(5))]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                8.5,
                rules=rng.choice(["rows", "rows", "head"]),
                fill=rng.choice(["", "head"]),
                space=7.0,
            ),
        )
    ]


def plans(rng: Random, sheet: Sheet) -> list[Placed]:
    """Plans compared: ticks and words, notes in small letters under the labels, prices in the header."""
    names = ["Basic", "Plus", "Team"][: rng.randint(2, 3)]
    rows = [["Feature", *(f"{name}\n${rng.randint(5, 99)} / month" for name in names)]]
    for label in rng.sample(ITEMS, rng.randint(4, 8)):
        note = f"\n{words(rng, 3, 6)}" if rng.random() < 0.4 else ""
        rows.append(
            [
                label + note,
                *(rng.choice(["x", "x", "-", "Unlimited", f"{rng.randint(1, 50)} GB"]) for _ in names),
            ]
        )
    stops = [(MARGIN, "left", 230.0), *((MARGIN + 300 + 85 * k, "center", 70.0) for k in range(len(names)))]
    return [
        set_rows(
            sheet,
            rows,
            Tabs(
                stops,
                small=0.8,
                rules=rng.choice(["rows", "head"]),
                fill=rng.choice(["", "zebra", "dark"]),
                space=6.0,
            ),
        )
    ]
