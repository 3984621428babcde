"""Pages of laboratories, railways, journals and meetings, each with its truth; drawn from a seed."""

from __future__ import annotations

from random import Random

from specimen_kinds import Kind
from specimen_layout import Layout, edges
from specimen_setting import BOLD, MARGIN, Placed, Sheet, prose, sentence
from specimen_tables import HEADS, ITEMS, PLACES
from specimen_tabs import RIGHT, block, words

WIDTH = RIGHT - MARGIN
TESTS = str.split(
    "Haemoglobin,White cells,Platelets,Sodium,Potassium,Urea,Creatinine,Glucose,ALT,Bilirubin total,TSH,Ferritin",
    ",",
)


def blood(rng: Random, sheet: Sheet) -> list[Placed]:
    """Results with a flag that is mostly empty, units and ranges, groups as bold lines, a comment line under some."""
    flag_first = rng.random() < 0.5
    head = (
        ["Test", "Flag", "Result", "Units", "Reference range"]
        if flag_first
        else ["Investigation", "Result", "", "Unit", "Ref. interval"]
    )
    rows, bold, indent = [head], set(), {}
    for group in rng.sample(["HAEMATOLOGY", "Biochemistry", "Thyroid function"], rng.randint(1, 3)):
        bold.add(len(rows))
        rows.append([group, "", "", "", ""])
        for name in rng.sample(TESTS, rng.randint(2, 6)):
            low, high = rng.uniform(0.1, 50), rng.uniform(51, 400)
            result, flag = f"{rng.uniform(0, 400):.1f}", rng.choice(["", "", "", "H", "L", "*"])
            span = rng.choice([f"{low:.1f} - {high:.1f}", f"{low:.1f}-{high:.1f}", f"< {high:.0f}"])
            indent[len(rows)] = rng.choice([0.0, 8.0])
            rows.append(
                [
                    name,
                    *([flag, result] if flag_first else [result, flag]),
                    rng.choice(["g/L", "mmol/L", "10^9/L", "U/L"]),
                    span,
                ]
            )
    step = next(iter(indent.values()), 0.0)
    xs = edges(MARGIN, 170, 60, 60, 70, WIDTH - 360)
    look = Layout(
        sheet,
        rows,
        xs,
        rng.choice(["lcrll", "lrlll", "lcccc"]),
        size=rng.choice([8.5, 9.5]),
        above=rng.choice([1.5, 3.0, 5.0]),
        below=1.5,
        bold=bold,
        indent=dict.fromkeys(indent, step),
    )
    style = rng.choice(["none", "head", "zebra", "rows"])
    for r in range(len(rows)):
        if style == "zebra" and r % 2 == 0:
            look.ground(r, 0.94)
        if (style == "rows" and r) or (style == "head" and r == 1):
            look.rule(r)
    return [look.place()]


def line_times(rng: Random, sheet: Sheet) -> list[Placed]:
    """Stops down, runs across: times of four digits or with a colon or a dot, marks where a run does not stop."""
    runs = rng.randint(5, 10)
    form = rng.choice(["{:02}:{:02}", "{:02}{:02}", "{}.{:02}"])
    rows = []
    if rng.random() < 0.6:
        rows.append([rng.choice(["Train", "Run no."]), *(str(rng.randint(100, 999)) for _ in range(runs))])
    if rng.random() < 0.4:
        rows.append(["Notes", *(rng.choice(["", "A", "B", "SO"]) for _ in range(runs))])
    head = max(1, len(rows))
    if not rows:
        rows.append(["Stop", *(f"{k + 1}" for k in range(runs))])
    start = [rng.randint(300, 420) + 40 * k for k in range(runs)]
    for place in rng.sample(PLACES, rng.randint(5, 12)):
        start = [t + rng.randint(2, 12) for t in start]
        name = place + rng.choice(["", "", " Central", " (arr.)"])
        rows.append(
            [
                name,
                *(
                    rng.choice(["|", "-", "..."]) if rng.random() < 0.12 else form.format(t // 60, t % 60)
                    for t in start
                ),
            ]
        )
    first = rng.choice([100.0, 130.0])
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, first, *[(WIDTH - first) / runs] * runs),
        "l" + rng.choice(["c", "r"]) * runs,
        size=rng.choice([7.5, 8.5]),
        head=head,
        above=rng.choice([1.0, 2.5]),
        below=1.0,
        inset=2.0,
    )
    style = rng.choice(["none", "head", "zebra", "walls"])
    for r in range(len(rows)):
        if style == "zebra" and r % 2:
            look.ground(r, 0.92)
    if style in ("head", "walls"):
        look.rule(head)
    if style == "walls":
        for c in range(runs + 2):
            look.wall(c)
    return [look.place()]


def journal(rng: Random, sheet: Sheet) -> list[Placed]:
    """A paper of two columns of prose with a table in one of them or over both, its caption above, a note below."""
    gutter = 18.0
    half = (WIDTH - gutter) / 2
    over = rng.random() < 0.4
    cols = rng.randint(4, 7) if over else rng.randint(2, 4)
    width = WIDTH if over else half
    left = MARGIN if over or rng.random() < 0.5 else MARGIN + half + gutter
    top = MARGIN
    y = top
    if not over:
        y = prose(sheet, left, left + half, top, rng.randint(3, 12), True) + 8
    sheet.text(left, y + 9, f"Table {rng.randint(1, 5)}: {words(rng, 3, 6)}", 9.0, BOLD[sheet.font])
    sheet.y = y + 16
    rows = [[rng.choice(["", "Method", "Group"]), *rng.sample(HEADS, cols - 1)]]
    kind = rng.choice(["{:.2f}", "{:.1f} \u00b1 0.3", "{:.1f} (0.4)"])
    rows += [
        [name, *(kind.format(rng.uniform(0, 99)) for _ in range(cols - 1))]
        for name in rng.sample(ITEMS, rng.randint(3, 8))
    ]
    first = width * (0.5 if cols == 2 else 0.3)
    look = Layout(
        sheet,
        rows,
        edges(left, first, *[(width - first) / (cols - 1)] * (cols - 1)),
        "l" + rng.choice("cr") * (cols - 1),
        size=rng.choice([7.5, 8.5]),
        above=rng.choice([1.0, 2.5]),
        below=1.0,
        inset=2.0,
    )
    for r in (0, 1, len(rows)):
        look.rule(r)
    found = [look.place()]
    block(sheet, left, sheet.y + 3, [f"Note: {sentence(rng, 5)}"], size=7.0)
    y = sheet.y + 26
    if over:
        prose(sheet, MARGIN, MARGIN + half, y, 22, True)
        prose(sheet, MARGIN + half + gutter, RIGHT, y, 22, True)
    else:
        prose(sheet, left, left + half, y, rng.randint(6, 16), True)
        other = MARGIN if left > MARGIN else MARGIN + half + gutter
        prose(sheet, other, other + half, top, 40, True)
    return found


def nested(rng: Random, sheet: Sheet) -> list[Placed]:
    """A header of two or three levels with a rule under each group, groups of rows whose name stands on their first."""
    deep = rng.random() < 0.4
    groups = rng.randint(2, 3)
    per = 2
    n = groups * per
    head: list[list[str]] = []
    spans: dict[tuple[int, int], int] = {}
    if deep:
        spans[0, 2] = n
        head.append(["", "", words(rng, 2, 4), *[""] * (n - 1)])
    level = len(head)
    row = ["", ""]
    for g in range(groups):
        spans[level, 2 + g * per] = per
        row += [rng.choice(["Before", "Men", "Women", "2021", "2022", "Urban", "Rural"]) + f" {'ABC'[g]}", ""]
    head += [
        row,
        [
            rng.choice(["Region", "Group"]),
            rng.choice(["Age", "Class"]),
            *rng.sample(["n", "%", "Mean", "SD", "Rate", "Cost"], 2) * groups,
        ],
    ]
    rows = head[:]
    for name in rng.sample(PLACES, rng.randint(2, 4)):
        for k, age in enumerate(rng.sample(["0-14", "15-24", "25-64", "65+", "All"], rng.randint(2, 4))):
            rows.append([name if k == 0 else "", age, *(f"{rng.uniform(0, 99):.1f}" for _ in range(n))])
    xs = edges(MARGIN, 80, 50, *[(WIDTH - 130) / n] * n)
    look = Layout(
        sheet,
        rows,
        xs,
        "ll" + rng.choice("cr") * n,
        size=rng.choice([8.0, 9.0]),
        head=len(head),
        above=rng.choice([1.5, 3.0]),
        below=1.5,
        spans=spans,
    )
    for r in (0, len(head), len(rows)):
        look.rule(r)
    for (r, c), wide in spans.items():
        sheet.line(xs[c] + 3, look.ys[r + 1], xs[c + wide] - 3, look.ys[r + 1])
    return [look.place()]


def agenda(rng: Random, sheet: Sheet) -> list[Placed]:
    """Times, topics, speakers: words wrapped in two columns, rows apart by space, rules or stripes."""
    three = rng.random() < 0.6
    rows = [["Time", "Topic", *(["Speaker"] if three else [])]]
    at = 540
    for _ in range(rng.randint(4, 8)):
        rows.append(
            [
                f"{at // 60}:{at % 60:02}",
                words(rng, 2, 16),
                *([rng.choice(PLACES) + rng.choice(["", f", {words(rng, 2, 7).lower()}"])] if three else []),
            ]
        )
        at += rng.choice([15, 30, 45])
    xs = edges(MARGIN, 60, *([WIDTH - 200, 140] if three else [WIDTH - 60]))
    look = Layout(
        sheet,
        rows,
        xs,
        "lll"[: len(rows[0])],
        size=rng.choice([9.0, 10.0]),
        above=rng.choice([3.0, 6.0]),
        below=rng.choice([2.0, 5.0]),
    )
    style = rng.choice(["none", "rows", "zebra", "head"])
    for r in range(len(rows)):
        if style == "zebra" and r % 2:
            look.ground(r, 0.92)
        if (style == "rows" and r) or (style == "head" and r == 1):
            look.rule(r)
    return [look.place()]


def register(rng: Random, sheet: Sheet) -> list[Placed]:
    """Risks or changes: a number, wrapped words in two or three columns, short values between."""
    rows = [["No.", "Risk", "Score", "Measures", "Owner"]]
    rows += [
        [
            f"R{k + 1}",
            sentence(rng, rng.randint(4, 16)),
            str(rng.randint(1, 25)),
            sentence(rng, rng.randint(5, 22)),
            rng.choice(PLACES)[:9],
        ]
        for k in range(rng.randint(3, 6))
    ]
    look = Layout(
        sheet,
        rows,
        edges(MARGIN, 32, 160, 40, WIDTH - 297, 65),
        "llcll",
        size=rng.choice([8.0, 9.0]),
        above=rng.choice([3.0, 5.0]),
        below=rng.choice([2.0, 4.0]),
    )
    style = rng.choice(["rows", "zebra", "head", "grid"])
    for r in range(len(rows)):
        if style == "zebra" and r % 2:
            look.ground(r, 0.92)
    for r in range(len(rows) + 1):
        if style in ("rows", "grid") or (style == "head" and r in (0, 1, len(rows))):
            look.rule(r)
    if style == "grid":
        for c in range(6):
            look.wall(c)
    return [look.place()]


PRINTED: tuple[Kind, ...] = (blood, line_times, journal, nested, agenda, register)
