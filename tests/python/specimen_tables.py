"""Random tables as statistical reports print them: the cells of the truth, and the style they are to be set in."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


def _listed(text: str) -> list[str]:
    return text.split("|")


PLACES = _listed(
    "Alabama|Alaska|Arizona|California|Colorado|District of Columbia|Florida|Illinois|Maryland|Massachusetts|"
    "New Hampshire|New Mexico|North Carolina|Pennsylvania|South Dakota|Texas|Virginia|West Virginia|Puerto Rico"
)
ITEMS = _listed(
    "Agriculture, forestry, and fishing|Mining|Construction|Manufacturing|Durable goods|Wholesale trade|"
    "Retail trade|Finance, insurance, and real estate|Services|Government enterprises|Military|Health services|"
    "Heart disease|Malignant neoplasms|Chronic lower respiratory diseases|Accidents (unintentional injuries)|"
    "Influenza and pneumonia|Personal income taxes|Corporate income taxes|Social insurance contributions|Outlays|"
    "Net interest|Grants to State and local governments|Under 18 years|18 to 44 years|45 to 64 years|"
    "65 years and over|Owner-occupied units|Renter-occupied units|Less than high school diploma|"
    "Bachelor's degree or higher|Full-time, year-round workers|Motor vehicles and parts|Household furnishings|"
    "Imports of goods and services|Defense|Nondefense|Budget authority|Loans and guarantees|Unallocated"
)
HEADS = _listed(
    "Total|Male|Female|Number|Percent|Rate|Change|All ages|Urban|Rural|Public|Private|Federal|State|Local|Actual|"
    "Estimate|Enacted|Proposed|Standard error|Percent distribution|Number of persons|Average annual rate|"
    "Amount (millions)|Share of total|Per capita|Lower bound|Upper bound|95 percent confidence interval|"
    "Median income (dollars)|Weighted average|Sample size|Cases reported|Not reported|Other|First quarter|2nd qtr."
)
GROUPS = _listed(
    "All persons|Employed|Civilian labor force|Race and Hispanic origin|Fiscal year|Current dollars|"
    "Both sexes|Private insurance|Medicaid or other public coverage|Change from previous year|Obligations|Population|"
    "Age group (years)|Receipts|Metropolitan areas|Outside metropolitan areas|Level|Response to question"
)
STUBS = _listed(
    "State|Item|Characteristic|Industry|Program|Age and sex|Cause of death|Agency|Selected category|Year|Area"
)
PHRASES = _listed(
    "Not applicable|Yes|No|Quarterly|Required by statute|Under review|Office of the Secretary|Completed|"
    "Submitted to the committee for comment|Regional administrator|Monthly report|Pending funding|"
    "Training of field staff|Field survey of households|Delayed until next year|No change from prior plan"
)
SECTIONS = _listed(
    "Male|Female|Northeast|Midwest|South|West|Discretionary|Mandatory|Current prices|By age group"
)
RULES = ("grid", "frame", "booktabs", "header", "rows", "banded", "columns", "none", "none")


@dataclass
class Cell:
    """One cell of the truth: rows and columns (ends exclusive), and how its text is set."""

    text: str
    row: int
    col: int
    row_end: int
    col_end: int
    align: str = "left"
    indent: int = 0
    bold: bool = False


@dataclass
class Specimen:
    """A table and its style; lengths are in font sizes, `rows` counts header rows too."""

    cells: list[Cell]
    rows: int
    cols: int
    header_rows: int
    rules: str
    size: float = 8.0
    leading: float = 1.25
    row_space: float = 0.15
    gap: float = 1.6
    font: str = "Helvetica"
    leaders: str = ""
    fill_width: bool = False
    group_rules: bool = False
    values_on_last_line: bool = False
    words_width: float = 12.0
    stub_width: float = 20.0
    wrapped: list[int] = field(default_factory=list)
    """Columns of words, which may be wrapped."""


def number(rng: Random, kind: str) -> str:
    """A value of a column of one kind."""
    chance = rng.random()
    if chance < 0.04:
        return rng.choice(["-", "NA", "(X)", "n.a.", "--", "*", "(1)"])
    if chance < 0.07:
        return ""
    if kind == "integer":
        text = f"{int(10 ** rng.uniform(0, 6.2)):,}"
    elif kind == "decimal":
        text = f"{10 ** rng.uniform(-0.5, 2):.1f}"
    elif kind == "fine":
        text = f"{rng.uniform(0, 3):.3f}"
    elif kind == "percent":
        text = f"{rng.uniform(0, 100):.1f}%"
    else:
        text = f"{int(10 ** rng.uniform(1, 5)):,}"
        text = f"({text})" if rng.random() < 0.3 else text
    return f"-{text}" if kind == "decimal" and rng.random() < 0.1 else text


def make_table(rng: Random) -> Specimen:
    """A table with everything but its place on a page chosen by `rng`."""
    cols = 1 + rng.choice([1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 10])
    words = {c for c in range(1, cols) if cols <= 5 and rng.random() < 0.12}
    header, header_rows = _header(rng, cols, words)
    cells = [c for c in header if c.text] + _body(rng, cols, words, header_rows)
    rules = rng.choice(RULES)
    leaders = rng.choice([".", ". "]) if rules not in ("grid", "frame") and rng.random() < 0.35 else ""
    return Specimen(
        cells,
        max(c.row_end for c in cells),
        cols,
        header_rows,
        rules,
        size=rng.choice([6.0, 7.0, 7.5, 8.0, 8.0, 9.0, 10.0]),
        leading=rng.choice([1.1, 1.2, 1.3]),
        # Without space between its rows nobody could tell where a row of wrapped words ends.
        row_space=rng.choice([0.3, 0.45, 0.6] if words else [0.0, 0.0, 0.15, 0.3, 0.6]),
        gap=rng.choice([0.9, 1.2, 1.6, 2.5, 4.0]),
        font=rng.choice(["Helvetica", "Helvetica", "Helvetica", "Times-Roman", "Times-Roman", "Courier"]),
        leaders=leaders,
        fill_width=rng.random() < 0.55,
        group_rules=rng.random() < 0.5,
        values_on_last_line=not words and rng.random() < 0.7,
        words_width=rng.choice([8.0, 12.0, 16.0]),
        stub_width=rng.choice([10.0, 14.0, 20.0, 30.0]),
        wrapped=sorted(words),
    )


def _header(rng: Random, cols: int, words: set[int]) -> tuple[list[Cell], int]:
    """One to three rows of column headers: years or names, under groups or not."""
    levels = 1 if cols < 4 else rng.choice([1, 1, 2, 2, 2, 3 if cols > 5 else 2])
    align = rng.choice(["center", "center", "right", "left"])
    names = rng.sample(HEADS, cols - 1)
    if rng.random() < 0.3:
        first = rng.randint(1970, 2004)
        names = [str(first + c) for c in range(cols - 1)]
    bold = rng.random() < 0.4
    stub = rng.choice(STUBS) if rng.random() < 0.8 else ""
    cells = [Cell(stub, 0, 0, levels, 1, rng.choice(["left", "left", "center"]), 0, bold)]
    tops = _groups(rng, cols, levels)
    for start, end, level in tops:
        name = rng.choice(GROUPS)
        cells.append(Cell(name, level, start, level + 1, end, "center", 0, bold))
    for c in range(1, cols):
        top = max((level + 1 for start, end, level in tops if start <= c < end), default=0)
        cells.append(Cell(names[c - 1], top, c, levels, c + 1, "left" if c in words else align, 0, bold))
    return cells, levels


def _groups(rng: Random, cols: int, levels: int) -> list[tuple[int, int, int]]:
    """The spanning headers as (first column, end, level); with three levels one lies over two others."""
    if levels == 1:
        return []
    found: list[tuple[int, int, int]] = []
    c = rng.choice([1, 1, 2])
    while c + 1 < cols:
        end = min(cols, c + rng.choice([2, 2, 3, 4]))
        if cols - end == 1 and rng.random() < 0.6:
            end = cols
        found.append((c, end, levels - 2))
        c = end
    if levels == 3:
        if len(found) < 2:
            return [(start, end, 0) for start, end, _ in found]
        # One over the first two; the others have no second row of groups under them.
        rest = [(start, end, 0) for start, end, _ in found[2:]]
        found = [*found[:2], (found[0][0], found[1][1], 0), *rest]
    return found


def _body(rng: Random, cols: int, words: set[int], top: int) -> list[Cell]:
    kinds = ["integer", "decimal", "fine", "percent", "money"]
    kind = rng.choice(kinds)
    by_column = [kind if rng.random() < 0.6 else rng.choice(kinds) for _ in range(cols)]
    align = rng.choice(["right", "right", "right", "decimal", "center"])
    labels = rng.sample(PLACES if rng.random() < 0.4 else ITEMS, rng.randint(4, 18))
    sections = rng.random() < 0.3
    centred_sections = sections and rng.random() < 0.35
    indented = rng.random() < 0.4
    dollars = rng.random() < 0.2
    total_first = rng.random() < 0.2
    if total_first or rng.random() < 0.4:
        labels.insert(0 if total_first else len(labels), "Total")
    cells: list[Cell] = []
    row, level = top, 0
    for place, label in enumerate(labels):
        if sections and label != "Total" and place % 5 == (1 if total_first else 0):
            text = rng.choice(SECTIONS)
            if centred_sections:
                cells.append(Cell(text, row, 0, row + 1, cols, "center", 0, True))
            else:
                cells.append(Cell(text, row, 0, row + 1, 1, "left", 0, rng.random() < 0.5))
            row, level = row + 1, 1
        indent = level + (rng.choice([0, 0, 1]) if indented else 0)
        cells.append(Cell(label, row, 0, row + 1, 1, "left", 0 if label == "Total" else indent))
        for c in range(1, cols):
            if c in words:
                cells.append(Cell(rng.choice(PHRASES), row, c, row + 1, c + 1))
                continue
            text = number(rng, by_column[c])
            if dollars and text[:1].isdigit() and place == 0 and by_column[c] != "percent":
                text = "$" + text
            cells.append(Cell(text, row, c, row + 1, c + 1, align))
        row += 1
    return [c for c in cells if c.text]
