"""What the sheets of offices hold beside their title blocks: plans, keynotes, notes in columns, schedules."""

from __future__ import annotations

from sheet_office_lists import boxed_notes, drawing_list, line_types, notes_in_sections, panel
from sheet_office_schedules import door_schedule, finish_legend, finish_schedule, steel_schedule, window_types
from sheet_pen import Pen
from sheet_views import plan
from sheet_views import view as any_view

Place = tuple[float, float, float, float]


def view(pen: Pen, place: Place, title: str, number: str, scale: str, note: str) -> None:
    """A plan with its title and scale below."""
    left, top, right, bottom = place
    plan(pen, left, top, right, bottom - 44, "en")
    y, x = bottom - 24, left + 40
    pen.circle(x, y, 12)
    pen.line(x - 12, y, x + 12, y)
    pen.text(x, y - 2, number, 8, True, align="center")
    x += 20
    width = pen.text(x, y - 3, title, 12, True)
    pen.line(x - 8, y, x + width + 40, y, 1.0)
    pen.text(x, y + 9, note, 6.5)
    pen.truth.zones.append(("view", title, pen.box(left + 8, top, right, bottom - 10), scale))


def keynotes(pen: Pen, left: float, top: float) -> float:
    """Keynotes, each with its number in a hexagon before it."""
    title = "KEYNOTES"
    pen.text(left, top + 10, title, 10, True)
    y = top + 28
    lines = []
    right = left
    for number, note in enumerate(
        (
            "CORNER GUARD, FULL HEIGHT, TYPICAL AT ALL|OUTSIDE CORNERS IN CORRIDORS.",
            "PATCH AND REPAIR EXISTING FLOOR.",
            "ALIGN FINISH WITH FACE OF COLUMN.|COORDINATE WITH STRUCTURAL.",
            "PROVIDE TRANSITION STRIP.",
        ),
        1,
    ):
        r = 8
        pen.poly(
            [
                (left + r * a, y - 2 + r * b)
                for a, b in ((0.2, 0), (0.7, -0.8), (1.6, -0.8), (2.1, 0), (1.6, 0.8), (0.7, 0.8))
            ],
            0.6,
            close=True,
        )
        pen.text(left + 9, y, str(number), 6, align="center")
        for k, line in enumerate(note.split("|")):
            right = max(right, left + 26 + pen.text(left + 26, y, line, 6))
            lines.append(line if k else f"{number} {line}")
            y += 9
        y += 6
    pen.truth.zones.append(("notes", title, pen.box(left, top, right, y - 10), None))
    pen.truth.paragraphs.append(lines)
    return y


def notes_in_columns(pen: Pen, left: float, top: float) -> float:
    """General notes in two columns below one heading; the numbers go on in the second one."""
    title = "GENERAL FINISH NOTES"
    pen.text(left, top + 10, title, 10, True)
    texts = [
        "FINISHES SHALL BE INSTALLED PER MANUFACTURER'S|WRITTEN INSTRUCTIONS.",
        "REFER TO REFLECTED CEILING PLANS FOR CEILING|FINISHES AND HEIGHTS.",
        "PAINT ALL EXPOSED GYPSUM BOARD P-1 UNLESS|NOTED OTHERWISE.",
        "FLOOR TRANSITIONS SHALL OCCUR AT CENTER OF|DOOR UNLESS NOTED OTHERWISE.",
        "SEE INTERIOR ELEVATIONS FOR EXTENT OF WALL|PROTECTION.",
        "CONTRACTOR SHALL VERIFY SUBFLOOR MOISTURE|PRIOR TO INSTALLATION.",
    ]
    bottom, right = top, left
    for column in range(2):
        y = top + 26
        lines = []
        for number in range(3):
            x = left + 240 * column
            pen.text(x, y, f"{3 * column + number + 1}.", 6)
            for k, line in enumerate(texts[3 * column + number].split("|")):
                right = max(right, x + 16 + pen.text(x + 16, y, line, 6))
                lines.append(line if k else f"{3 * column + number + 1}. {line}")
                y += 8.5
            y += 3
        pen.truth.paragraphs.append(lines)
        bottom = max(bottom, y)
    pen.truth.zones.append(("notes", title, pen.box(left, top, right, bottom - 8), None))
    return bottom


def fill(pen: Pen, area: Place, name: str) -> None:
    """The rest of an office's sheet."""
    left, top, right, bottom = area
    if name == "strip usa":
        side = right - 620
        view(
            pen,
            (left + 20, top + 20, side - 40, bottom - 300),
            "FINISH PLAN - LEVEL 02 AREA B",
            "1",
            '1/8" = 1\'-0"',
            'SCALE: 1/8" = 1\'-0"',
        )
        view(
            pen,
            (left + 20, bottom - 290, left + 700, bottom - 10),
            "ENLARGED TOILET FINISH PLAN",
            "2",
            '1/4" = 1\'-0"',
            '1/4" = 1\'-0"',
        )
        y = finish_schedule(pen, side, top + 20)
        y = finish_legend(pen, side, y + 30)
        y = keynotes(pen, side, y + 30)
        notes_in_columns(pen, side, y + 30)
        door_schedule(pen, left + 760, bottom - 290)
    elif name == "column vietnamese":
        side = right - 380
        view(
            pen,
            (left + 10, top + 10, side - 20, bottom - 10),
            "MẶT BẰNG TẦNG ĐIỂN HÌNH",
            "1",
            "1/150",
            "TỶ LỆ: 1/150",
        )
        y = window_types(pen, side, top + 20)
        steel_schedule(pen, side, y + 30)
    elif name == "bottom plain vietnamese":
        view(
            pen,
            (left + 10, top + 10, right - 400, bottom - 10),
            "MAT BANG BE LANG",
            "1",
            "1/100",
            "TL: 1/100",
        )
        steel_schedule(pen, right - 390, top + 10)
    elif name == "captions below":
        view(
            pen, (left + 20, top + 20, right - 560, bottom - 260), "ABUTMENT PLAN", "A", "1:50", "SCALE 1:50"
        )
        y = drawing_list(pen, right - 540, panel(pen, right - 540, top + 20) + 30)
        line_types(pen, right - 540, boxed_notes(pen, right - 540, y + 30) + 24)
        door_schedule(pen, left + 40, bottom - 260)
    elif name == "notes alone":
        notes_in_sections(pen, left + 30, top)
    elif name == "one line":
        any_view(pen, (left + 10, top + 10, right - 10, bottom - 6), "detail", "1", "en")
    else:
        view(pen, (left + 20, top + 20, right - 560, bottom - 20), "GROUND FLOOR PLAN", "1", "1:50", "1:50")
        y = door_schedule(pen, right - 500, top + 20)
        y = keynotes(pen, right - 500, y + 40)
        notes_in_columns(pen, right - 500, y + 30)
