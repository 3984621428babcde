"""The ground floor plan on page 1, drawn from sizes in metres at 1 : 75."""

from __future__ import annotations

from itertools import pairwise

from drafting import BOLD, HAIR, MEDIUM, OBLIQUE, THICK, THIN, Point, Sheet

SCALE = 1000 / 75  # millimetres of paper for a metre
ORIGIN = (54.0, 112.0)  # paper position of the crossing of axes 1 and A

AXES_X = [0.0, 4.2, 8.4, 12.6]
AXES_Y = [0.0, 3.9, 7.2]
WALL = 0.22
PARTITION = 0.11


def at(x: float, y: float) -> Point:
    """Metres from the crossing of axes 1 and A to millimetres on the sheet."""
    return ORIGIN[0] + x * SCALE, ORIGIN[1] + y * SCALE


def draw_plan(sheet: Sheet) -> None:
    """Everything left of the sheet's right-hand strip."""
    draw_axes(sheet)
    draw_walls(sheet)
    draw_openings(sheet)
    draw_equipment(sheet)
    draw_rooms(sheet)
    draw_dimensions(sheet)
    draw_symbols(sheet)


def draw_axes(sheet: Sheet) -> None:
    """Grid axes with their names."""
    for label, x in zip("1234", AXES_X, strict=True):
        paper, low = at(x, 0)
        high = at(x, AXES_Y[-1])[1]
        sheet.pen(HAIR, dash=(6, 1.2, 1, 1.2))
        sheet.line((paper, low - 31), (paper, high + 31))
        for y in (low - 35, high + 35):
            sheet.bubble(paper, y, label)
    for label, y in zip("ABC", AXES_Y, strict=True):
        left, paper = at(0, y)
        right = at(AXES_X[-1], y)[0]
        sheet.pen(HAIR, dash=(6, 1.2, 1, 1.2))
        sheet.line((left - 20, paper), (right + 14, paper))
        for x in (left - 24, right + 18):
            sheet.bubble(x, paper, label)


def wall(sheet: Sheet, left: float, bottom: float, right: float, top: float) -> None:
    """A stretch of cut wall, hatched as brickwork."""
    corners = [at(left, bottom), at(right, bottom), at(right, top), at(left, top)]
    with sheet.saved():
        sheet.canvas.setFillGray(1)
        sheet.pen(THICK * 0.75)
        sheet.line(*corners, close=True, fill=True)
    sheet.hatch(corners, 0.9)


def draw_walls(sheet: Sheet) -> None:
    """Outer walls with gaps for doors and windows, partitions, columns."""
    half = WALL / 2
    right, top = AXES_X[-1], AXES_Y[-1]
    for start, end in [(-half, 1.2), (2.9, 5.55), (7.05, 9.75), (11.25, right + half)]:
        wall(sheet, start, -half, end, half)
    for start, end in [(-half, 1.35), (2.85, 5.55), (7.05, 9.75), (11.25, right + half)]:
        wall(sheet, start, top - half, end, top + half)
    for start, end in [(half, 4.9), (6.4, top - half)]:
        wall(sheet, -half, start, half, end)
    for start, end in [(half, 1.2), (2.4, top - half)]:
        wall(sheet, right - half, start, right + half, end)
    half = PARTITION / 2
    for start, end in [(WALL / 2, 1.0), (1.9, 3.9 + half), (3.9 + half, 5.2), (6.1, top - WALL / 2)]:
        wall(sheet, 8.4 - half, start, 8.4 + half, end)
    wall(sheet, 8.4 + half, 3.9 - half, right - WALL / 2, 3.9 + half)
    with sheet.saved():
        sheet.canvas.setFillGray(0.15)
        sheet.pen(MEDIUM)
        for x in AXES_X:
            for y in AXES_Y:
                if (x, y) not in {(4.2, 3.9), (8.4, 3.9)} or x == 8.4:
                    left, bottom = at(x - 0.15, y - 0.15)
                    sheet.rect(left, bottom, 0.3 * SCALE, 0.3 * SCALE, fill=True)


def window(sheet: Sheet, start: float, end: float, axis: float, label: str, upright: bool = False) -> None:
    """A window in a gap of an outer wall: two reveals, two panes."""
    sheet.pen(THIN)
    for offset in (-WALL / 2, -0.02, 0.02, WALL / 2):
        if upright:
            sheet.line(at(axis + offset, start), at(axis + offset, end))
        else:
            sheet.line(at(start, axis + offset), at(end, axis + offset))
    middle = (start + end) / 2
    outward = 0.42 if axis > 1 else -0.48
    point = at(axis - 0.42, middle) if upright else at(middle, axis + outward)
    sheet.text(*point, label, 6, BOLD, "center", angle=90 if upright else 0)


def door(sheet: Sheet, hinge: Point, leaf: float, closed: float, sweep: float) -> None:
    """A door's leaf, open, and the arc of its edge; angles in degrees."""
    x, y = at(*hinge)
    radius = leaf * SCALE
    turned = closed + sweep
    end = {0: (radius, 0.0), 90: (0.0, radius), 180: (-radius, 0.0), 270: (0.0, -radius)}[int(turned) % 360]
    sheet.pen(MEDIUM)
    sheet.line((x, y), (x + end[0], y + end[1]))
    sheet.pen(HAIR)
    sheet.arc(x, y, radius, closed, sweep)


def draw_openings(sheet: Sheet) -> None:
    """Doors and windows with their marks."""
    window(sheet, 5.55, 7.05, 0.0, "S1")
    window(sheet, 9.75, 11.25, 0.0, "S1")
    for start in (1.35, 5.55, 9.75):
        window(sheet, start, start + 1.5, AXES_Y[-1], "S1")
    window(sheet, 4.9, 6.4, 0.0, "S1", upright=True)
    door(sheet, (1.2, -WALL / 2), 0.85, 0, -90)
    door(sheet, (2.9, -WALL / 2), 0.85, 180, 90)
    door(sheet, (12.6 + WALL / 2, 1.2), 1.2, 90, -90)
    door(sheet, (8.4, 1.0), 0.9, 90, 90)
    door(sheet, (8.4, 6.1), 0.9, 270, -90)
    for x, y, label in [(2.05, 0.32, "D1"), (12.1, 1.72, "D2"), (8.72, 1.35, "D3"), (8.72, 5.55, "D3")]:
        sheet.text(*at(x, y), label, 6, BOLD, "center")


def draw_equipment(sheet: Sheet) -> None:
    """Three pumps on their bases with headers, panels, and a desk."""
    for index, x in enumerate((1.7, 3.9, 6.1), 1):
        sheet.pen(MEDIUM)
        left, bottom = at(x - 0.45, 2.3)
        sheet.rect(left, bottom, 0.9 * SCALE, 1.9 * SCALE)
        sheet.pen(THIN)
        motor_left, motor_bottom = at(x - 0.25, 3.1)
        sheet.rect(motor_left, motor_bottom, 0.5 * SCALE, 0.85 * SCALE)
        for rib in range(1, 6):
            y = motor_bottom + rib * 0.85 * SCALE / 6
            sheet.line((motor_left, y), (motor_left + 0.5 * SCALE, y))
        centre = at(x, 2.72)
        sheet.circle(*centre, 0.28 * SCALE)
        sheet.circle(*centre, 0.12 * SCALE)
        sheet.pen(MEDIUM)
        for offset in (-0.06, 0.06):
            sheet.line(at(x + offset, 2.44), at(x + offset, 1.62))
        for y in (2.0, 2.12):
            sheet.line(at(x - 0.13, y), at(x + 0.13, y))
        sheet.text(*at(x, 4.4), f"B-{index}", 7.5, BOLD, "center")
    sheet.pen(MEDIUM)
    for y in (1.44, 1.62):
        sheet.line(at(0.7, y), at(7.3, y))
    sheet.text(*at(4.95, 1.49), "ỐNG ĐẨY DN200 – Q = 240 m³/h", 5, align="center")
    sheet.pen(MEDIUM)
    for number in (0, 1):
        left, bottom = at(9.3 + number * 1.35, 2.9)
        sheet.rect(left, bottom, 1.2 * SCALE, 0.6 * SCALE)
        sheet.pen(HAIR)
        sheet.line((left, bottom), (left + 1.2 * SCALE, bottom + 0.6 * SCALE))
        sheet.text(left + 0.6 * SCALE, bottom - 2.8, f"TĐ-{number + 1}", 6, BOLD, "center")
        sheet.pen(MEDIUM)
    left, bottom = at(10.6, 4.25)
    sheet.rect(left, bottom, 1.5 * SCALE, 0.6 * SCALE)
    sheet.circle(*at(11.35, 5.1), 0.22 * SCALE)


def draw_rooms(sheet: Sheet) -> None:
    """Names, areas and floor levels of the rooms."""
    rooms = [
        (2.25, 5.95, "PHÒNG MÁY BƠM", "PUMP ROOM", "58,4 m²", "±0.000"),
        (10.55, 1.75, "PHÒNG ĐIỆN", "ELECTRICAL", "15,6 m²", "+0.150"),
        (10.55, 6.2, "PHÒNG TRỰC", "OPERATOR", "13,0 m²", "+0.150"),
    ]
    for x, y, vietnamese, english, area, level in rooms:
        left, bottom = at(x, y)
        sheet.text(left, bottom, vietnamese, 8, BOLD, "center")
        sheet.text(left, bottom - 3.1, f"{english} – {area}", 6, OBLIQUE, "center")
        sheet.pen(THIN)
        sheet.line((left - 2, bottom - 5.0), (left + 2, bottom - 5.0), (left, bottom - 7.4), close=True)
        sheet.text(left + 3, bottom - 7.2, level, 6)


def draw_dimensions(sheet: Sheet) -> None:
    """Three rows of dimensions below and above, two on the left."""
    for above in (False, True):
        side = 1.0 if above else -1.0
        y = AXES_Y[-1] if above else 0.0
        stretches = (
            [0.0, 1.35, 2.85, 4.2, 5.55, 7.05, 8.4, 9.75, 11.25, 12.6]
            if above
            else [
                0.0,
                1.2,
                2.9,
                4.2,
                5.55,
                7.05,
                8.4,
                9.75,
                11.25,
                12.6,
            ]
        )
        for offset, points in ((13.0, stretches), (20.0, AXES_X), (27.0, [0.0, AXES_X[-1]])):
            for start, end in pairwise(points):
                label = f"{round((end - start) * 1000)}"
                sheet.dimension(at(start, y), at(end, y), label, side * offset, gap=9 if offset < 14 else 0)
    for offset, points in ((9.0, [0.0, 3.9, 7.2]), (16.0, [0.0, 7.2])):
        for start, end in pairwise(points):
            sheet.dimension(at(0, start), at(0, end), f"{round((end - start) * 1000)}", offset, gap=5)


def draw_symbols(sheet: Sheet) -> None:
    """Section mark, leaders, north arrow, scale bar and the plan's title."""
    sheet.pen(THICK)
    for y, tip in ((-0.5, 1), (7.7, -1)):
        x, paper = at(3.35, y)
        sheet.line((x, paper), (x, paper + tip * 4))
        sheet.line((x, paper), (x + 5, paper))
        with sheet.saved():
            sheet.canvas.setFillGray(0)
            sheet.line((x + 5, paper - 1), (x + 8, paper), (x + 5, paper + 1), close=True, fill=True)
        sheet.text(x - 4, paper - 1, "A", 10, BOLD, "center")
    sheet.leader(at(5.75, 4.1), at(5.2, 5.05), "Móng máy bơm, xem KT-S-201", 30)
    sheet.leader(at(12.6, 5.9), at(13.2, 6.4), "Gạch đặc 220", 14)

    x, y = 243.0, 264.0
    sheet.pen(THIN)
    sheet.circle(x, y, 8)
    with sheet.saved():
        sheet.canvas.setFillGray(0)
        sheet.line((x, y + 11), (x - 3.2, y - 6), (x, y - 3), close=True, fill=True)
    sheet.line((x, y + 11), (x + 3.2, y - 6), (x, y - 3), close=True)
    sheet.text(x, y + 12.5, "B", 9, BOLD, "center")

    sheet.text(60, 36, "MẶT BẰNG TẦNG 1 – NHÀ KỸ THUẬT", 13, BOLD)
    sheet.pen(MEDIUM)
    sheet.line((60, 34), (150, 34))
    sheet.text(60, 30, "GROUND FLOOR PLAN – TECHNICAL BUILDING", 7.5)
    sheet.text(150, 30, "TL 1 : 75", 8, BOLD, "right")
    for metre in range(5):
        with sheet.saved():
            sheet.canvas.setFillGray(0 if metre % 2 == 0 else 1)
            sheet.pen(THIN)
            sheet.rect(60 + metre * SCALE, 20, SCALE, 1.6, fill=True)
    for metre in range(6):
        sheet.text(60 + metre * SCALE, 22.6, str(metre), 5.5, align="center")
    sheet.text(60 + 5 * SCALE + 3, 20, "m", 6)
