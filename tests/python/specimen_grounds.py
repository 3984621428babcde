"""Tables on coloured grounds and in forms, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_kinds import Kind
from specimen_layout import Layout, edges
from specimen_setting import BOLD, MARGIN, Placed, Sheet, sentence
from specimen_tables import HEADS, ITEMS, PLACES
from specimen_tabs import RIGHT, words

WIDTH = RIGHT - MARGIN


def tiles(rng: Random, sheet: Sheet) -> list[Placed]:
    """Figures in coloured tiles, then two small tables side by side on grounds of their own, then a chart of bars."""
    n = rng.randint(3, 4)
    wide = (WIDTH - 10 * (n - 1)) / n
    for k in range(n):
        x = MARGIN + k * (wide + 10)
        sheet.box(x, sheet.y, x + wide, sheet.y + 48, 0.9)
        sheet.text(x + 8, sheet.y + 16, words(rng, 1, 2), 8.0, sheet.font)
        sheet.text(x + 8, sheet.y + 38, f"{rng.randint(100, 9000):,}", 18.0, BOLD[sheet.font])
    sheet.y += 70
    top, low, found = sheet.y, sheet.y, []
    half = (WIDTH - 24) / 2
    for k in range(2):
        sheet.y = top
        left = MARGIN + k * (half + 24)
        sheet.text(left, sheet.y + 10, words(rng, 2, 3), 11.0, BOLD[sheet.font])
        sheet.y += 18
        cols = rng.randint(2, 3)
        rows = [
            [
                rng.choice(["Region", "Channel", "Product"]),
                *rng.sample(["Sales", "Change", "Share"], cols - 1),
            ]
        ]
        rows += [
            [
                name,
                *(
                    rng.choice([f"{rng.randint(10, 900)}", f"{rng.uniform(0, 50):.1f}%"])
                    for _ in range(cols - 1)
                ),
            ]
            for name in rng.sample(PLACES, rng.randint(3, 6))
        ]
        look = Layout(
            sheet,
            rows,
            edges(left, half - 60 * (cols - 1), *[60.0] * (cols - 1)),
            "l" + "r" * (cols - 1),
            size=8.5,
            above=rng.choice([2.0, 4.0]),
        )
        style = rng.choice(["rows", "zebra", "none", "head"])
        for r in range(len(rows)):
            if style == "zebra" and r % 2 == 0:
                look.ground(r, 0.92)
            if (style == "rows" and r) or (style == "head" and r == 1):
                look.rule(r)
        found.append(look.place())
        low = max(low, sheet.y)
    y = low + 130
    for k in range(6):
        high = rng.uniform(20, 90)
        sheet.box(MARGIN + 20 + 40 * k, y - high, MARGIN + 44 + 40 * k, y, 0.5)
        sheet.text(MARGIN + 24 + 40 * k, y + 10, str.split("Jan Feb Mar Apr May Jun")[k], 7.0, sheet.font)
    sheet.y = y + 24
    return found


def pads(rng: Random, sheet: Sheet) -> list[Placed]:
    """Cells as coloured boxes with white gaps, their texts wrapped and centred both ways."""
    cols = rng.randint(3, 5)
    rows = [[rng.choice(["", "Phase", "Area"]), *rng.sample(HEADS, cols - 1)]]
    names = rng.sample(ITEMS, rng.randint(3, 6))
    rows += [[name, *(words(rng, 1, 9) for _ in range(cols - 1))] for name in names]
    first = rng.choice([90.0, 110.0])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, first, *[(WIDTH - first) / (cols - 1)] * (cols - 1)),
        rng.choice("lc") + "c" * (cols - 1),
        size=rng.choice([8.0, 9.0]),
        above=5.0,
        below=5.0,
        valign="middle",
    )
    for r in range(len(rows)):
        for c in range(cols):
            look.ground(r, 0.3 if r == 0 else 0.85 if c == 0 else 0.93, c, c, 1.0)
    look.white.add(0)
    return [look.place()]


def stripes_centred(rng: Random, sheet: Sheet) -> list[Placed]:
    """Rows on grounds over the whole width, every second one white; texts wrapped and centred, labels in the middle."""
    cols = rng.randint(3, 5)
    rows = [["Item", *rng.sample(HEADS, cols - 1)]]
    names = rng.sample(ITEMS, rng.randint(4, 7))

    def text() -> str:
        return rng.choice([words(rng, 1, 3), words(rng, 3, 9), f"{rng.randint(1, 900)}"])

    rows += [[name, *(text() for _ in range(cols - 1))] for name in names]
    first = rng.choice([100.0, 130.0])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, first, *[(WIDTH - first) / (cols - 1)] * (cols - 1)),
        "l" + rng.choice("lc") * (cols - 1),
        size=9.0,
        above=rng.choice([3.0, 5.0]),
        below=3.0,
        valign=rng.choice(["middle", "top"]),
    )
    for r in range(len(rows)):
        if r == 0:
            look.ground(r, rng.choice([0.2, 0.75]))
        elif r % 2:
            look.ground(r, 0.92)
    return [look.place()]


def application(rng: Random, sheet: Sheet) -> list[Placed]:
    """A form all ruled: rows of labels with values, fields of several columns, a ground behind the labels."""
    rows, spans = [], {}
    for _ in range(rng.randint(4, 8)):
        if rng.random() < 0.35:
            spans[len(rows), 1] = 3
            rows.append([words(rng, 1, 3), sentence(rng, rng.randint(4, 18)), "", ""])
        else:
            rows.append(
                [
                    words(rng, 1, 3),
                    words(rng, 1, 3),
                    words(rng, 1, 2),
                    rng.choice([words(rng, 1, 3), f"{rng.randint(1, 28)}.0{rng.randint(1, 9)}.1980"]),
                ]
            )
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, 90, WIDTH / 2 - 90, 90, WIDTH / 2 - 90),
        "llll",
        size=9.0,
        head=0,
        spans=spans,
        above=rng.choice([3.0, 7.0]),
        below=rng.choice([3.0, 7.0]),
    )
    left_only = rng.random() < 0.5
    for r in range(len(rows)):
        if left_only:
            look.ground(r, 0.9, 0, 0)
            if (r, 1) not in spans:
                look.ground(r, 0.9, 2, 2)
    for r in range(len(rows) + 1):
        look.rule(r)
    for r in range(len(rows)):
        for c in (0, 1, 4) if (r, 1) in spans else range(5):
            look.wall(c, r, r)
    return [look.place()]


GROUNDS: tuple[Kind, ...] = (tiles, pads, stripes_centred, application)
