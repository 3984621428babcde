"""Lists as offices draw them: a panel schedule, a drawing list without rules, notes in a box, line types."""

from __future__ import annotations

from sheet_pen import Pen


def panel(pen: Pen, left: float, top: float) -> float:
    """A panel's schedule: a title, a shaded row that names the panel, and rows that are shaded by turns."""
    title = "PANELBOARD SCHEDULE"
    widths = [30.0, 130, 36, 36, 36, 36, 36, 36, 130, 30]
    x = [left + sum(widths[:k]) for k in range(11)]
    pen.text(left, top + 10, title, 10, True)
    y = top + 16
    head = ["CKT", "DESCRIPTION", "POLE", "AMP", "A", "B", "AMP", "POLE", "DESCRIPTION", "CKT"]
    loads = ["LTG - LOBBY", "RECEPT - OFFICE 101", "SPARE", "AHU-1", "EWH-2", "SPACE"]
    rows = [["PANEL LP-1"] + [""] * 9, head]
    for number in range(12):
        row = [
            str(2 * number + 1),
            pen.rng.choice(loads),
            "1",
            "20",
            str(pen.rng.randint(100, 900)),
            "",
            "20",
            "1",
        ]
        row += [pen.rng.choice(loads), str(2 * number + 2)]
        rows.append(row[:2] + [""] * 6 + row[8:] if number == 5 else row)
    for number, row in enumerate(rows):
        if number % 2 == 0:
            pen.canvas.setFillGray(0.9)
            pen.canvas.rect(left, pen.height - y - 12, sum(widths), 12, stroke=0, fill=1)
            pen.canvas.setFillGray(0)
        edges = [x[0], x[-1]] if number == 0 else x
        for k in range(len(edges) - 1):
            pen.rect(edges[k], y, edges[k + 1], y + 12)
            pen.text((edges[k] + edges[k + 1]) / 2, y + 8.5, row[k], 5.5, number < 2, align="center")
        y += 12
    pen.truth.tables.append((pen.box(left, top + 16, x[-1], y), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top, x[-1], y), None))
    return y


def drawing_list(pen: Pen, left: float, top: float) -> float:
    """The set's sheets in columns without rules."""
    title = "DRAWING LIST"
    pen.text(left, top + 10, title, 10, True)
    pen.line(left, top + 14, left + 320, top + 14)
    names = (
        "GENERAL NOTES",
        "FOUNDATION PLAN",
        "FRAMING PLAN LEVEL 2",
        "ROOF FRAMING PLAN",
        "SECTIONS",
        "DETAILS",
    )
    rows = [["NO.", "TITLE", "REV"], *([f"S-{k:02d}", name, "0"] for k, name in enumerate(names, 1))]
    y = top + 28
    for row in rows:
        for offset, text in zip((0, 60, 290), row, strict=True):
            pen.text(left + offset, y, text, 6.5)
        y += 11
    pen.truth.tables.append((pen.box(left, top + 20, left + 310, y - 8), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top, left + 320, y - 8), None))
    return y


def boxed_notes(pen: Pen, left: float, top: float) -> float:
    """Lettered notes in a box, their heading underlined."""
    lines = [
        "A. ALL WORK SHALL CONFORM TO THE LATEST EDITION",
        "   OF THE STANDARD SPECIFICATIONS.",
        "B. CONCRETE CLASS AA, f'c = 4500 PSI AT 28 DAYS.",
        "C. REINFORCING STEEL ASTM A615 GRADE 60.",
        'D. CHAMFER EXPOSED EDGES 3/4".',
    ]
    y = top + 16
    pen.text(left + 90, y, "STRUCTURAL NOTES:", 8, True)
    pen.line(left + 90, y + 2, left + 200, y + 2)
    y += 14
    for line in lines:
        pen.text(left + (22 if line.startswith(" ") else 10), y, line.strip(), 6)
        y += 9
    pen.rect(left, top, left + 290, y + 4, 0.8)
    pen.truth.zones.append(("notes", "STRUCTURAL NOTES", pen.box(left, top, left + 290, y + 4), None))
    pen.truth.paragraphs.append([line.strip() for line in lines])
    return y + 4


def line_types(pen: Pen, left: float, top: float) -> float:
    """A legend of lines, whose meanings start far right of its heading."""
    title = "LEGEND"
    pen.text(left, top + 10, title, 9, True)
    y, right = top + 26, left
    for number, text in enumerate(("PROPERTY LINE", "EXISTING CONTOUR", "PROPOSED CONTOUR", "STORM SEWER")):
        pen.canvas.setDash([4, 3] if number % 2 else [])
        pen.line(left, y, left + 70, y, 0.7)
        pen.canvas.setDash([])
        right = max(right, left + 84 + pen.text(left + 84, y + 2, text, 6))
        y += 13
    pen.truth.zones.append(("legend", title, pen.box(left, top, right, y - 8), None))
    return y


SECTIONS = ("GENERAL", "DESIGN LOADS", "FOUNDATIONS", "CONCRETE", "REINFORCING STEEL", "STRUCTURAL STEEL")
PROSE = (
    "CONTRACTOR SHALL VERIFY ALL DIMENSIONS AT THE SITE",
    "BEFORE STARTING WORK AND NOTIFY THE ENGINEER",
    "OF ANY DISCREPANCY BETWEEN DRAWINGS AND FIELD",
)


def notes_in_sections(pen: Pen, left: float, top: float) -> None:
    """A sheet of notes in three columns of two sections; numbers begin anew in each."""
    pen.text(left, top + 30, "GENERAL STRUCTURAL NOTES", 14, True)
    for column in range(3):
        x, y = left + 420 * column, top + 60
        lines: list[str] = []
        for section in SECTIONS[2 * column : 2 * column + 2]:
            pen.text(x, y, section, 8, True)
            lines.append(section)
            start, right = y - 8, x
            y += 14
            for number in range(1, 6 + pen.rng.randint(0, 3)):
                pen.text(x, y, f"{number}.", 6)
                for k, line in enumerate(PROSE[: pen.rng.randint(1, 3)]):
                    right = max(right, x + 16 + pen.text(x + 16, y, line, 6))
                    lines.append(line if k else f"{number}. {line}")
                    y += 9
                y += 3
            pen.truth.zones.append(("notes", section, pen.box(x, start, right, y - 10), None))
            y += 8
        pen.truth.paragraphs.append(lines)
