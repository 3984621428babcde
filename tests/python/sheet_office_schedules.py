"""Schedules as offices draw them: turned and grouped headers, rows that name a group, drawings in cells."""

from __future__ import annotations

from sheet_pen import Pen

Place = tuple[float, float, float, float]


def finish_schedule(pen: Pen, left: float, top: float) -> float:
    """A room finish schedule: headers turned to read upwards, headers over several columns, empty fields."""
    title = "ROOM FINISH SCHEDULE - LEVEL 02"
    widths = [40.0, 120.0, 30, 30, 30, 30, 30, 30, 46, 46, 160]
    x = [left + sum(widths[:k]) for k in range(len(widths) + 1)]
    pen.rect(left, top, x[-1], top + 20, 1.0)
    pen.text((left + x[-1]) / 2, top + 14, title, 9, True, align="center")
    y = top + 20
    # Two rows of headers: the upper one has groups, the lower one turned names.
    groups = [("ROOM", 0, 2), ("FLOOR", 2, 4), ("WALLS", 4, 8), ("CEILING", 8, 10)]
    for text, a, b in groups:
        pen.rect(x[a], y, x[b], y + 14)
        pen.text((x[a] + x[b]) / 2, y + 10, text, 6.5, True, align="center")
    pen.rect(x[10], y, x[11], y + 66)
    pen.text((x[10] + x[11]) / 2, y + 36, "REMARKS", 6.5, True, align="center")
    names = ["NO.", "NAME", "FINISH", "BASE", "NORTH", "EAST", "SOUTH", "WEST", "MATERIAL", "HEIGHT"]
    for k, name in enumerate(names):
        pen.rect(x[k], y + 14, x[k + 1], y + 66)
        if 2 <= k < 8:
            pen.text((x[k] + x[k + 1]) / 2 + 2, y + 62, name, 6, True, angle=90)
        else:
            pen.text((x[k] + x[k + 1]) / 2, y + 44, name, 6, True, align="center")
    rows = [
        [title] + [""] * 10,
        ["ROOM", "", "FLOOR", "", "WALLS", "", "", "", "CEILING", "", "REMARKS"],
        [*names, ""],
    ]
    y += 66
    rooms = [
        "CORRIDOR",
        "PATIENT ROOM",
        "TOILET",
        "NURSE STATION",
        "SOILED UTILITY",
        "CLEAN SUPPLY",
        "ELEC",
        "STAIR 2",
    ]
    rng = pen.rng
    for number in range(21):
        row = [f"B2{number:02d}", rng.choice(rooms), rng.choice(["RF-1", "CPT-2", "PT-1"]), "RB-1"]
        row += [rng.choice(["P-1", "P-2", "CT-1", ""]) for _ in range(4)]
        row += [
            rng.choice(["ACT-1", "GYP", "EXP"]),
            "9'-0\"",
            rng.choice(["", "", "SEE INT. ELEV.", "CG AT ALL CORNERS"]),
        ]
        for k, text in enumerate(row):
            pen.rect(x[k], y, x[k + 1], y + 13)
            if k in (1, 10):
                pen.text(x[k] + 3, y + 9, text, 6)
            else:
                pen.text((x[k] + x[k + 1]) / 2, y + 9, text, 6, align="center")
        rows.append(row)
        y += 13
    pen.truth.tables.append((pen.box(left, top, x[-1], y), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top, x[-1], y), None))
    return y


def finish_legend(pen: Pen, left: float, top: float) -> float:
    """A legend in a grid with rows over its whole width that name a group."""
    title = "FINISH LEGEND"
    pen.text(left, top + 10, title, 10, True)
    widths = [46.0, 130.0, 150.0]
    x = [left + sum(widths[:k]) for k in range(4)]
    top += 16
    y = top
    rows: list[list[str]] = []
    for row in (
        ["CODE", "DESCRIPTION", "MANUFACTURER / COLOR"],
        ["CORNER GUARDS"],
        ["CG", "CORNER GUARD, STAINLESS STEEL", "INPRO 160 / SATIN"],
        ["FLOORING"],
        ["RF-1", "RESILIENT FLOORING", "ALTRO ASPECTA / OAK"],
        ["CPT-2", "CARPET TILE", "INTERFACE / 104521"],
        ["PAINT"],
        ["P-1", "PAINT, EGGSHELL", "SW 7008 ALABASTER"],
        ["P-2", "PAINT, SEMI-GLOSS", "SW 6244 NAVAL"],
    ):
        edges = x if len(row) == 3 else [x[0], x[-1]]
        for k, text in enumerate(row):
            pen.rect(edges[k], y, edges[k + 1], y + 13)
            pen.text(edges[k] + 4, y + 9, text, 6, len(row) == 1)
        rows.append(row + [""] * (3 - len(row)))
        y += 13
    pen.truth.tables.append((pen.box(left, top, x[-1], y), rows))
    pen.truth.zones.append(("legend", title, pen.box(left, top - 16, x[-1], y), None))
    return y


def door_schedule(pen: Pen, left: float, top: float) -> float:
    """A door schedule: a title over the grid, headers over columns, values of two lines, an empty row."""
    title = "DOOR SCHEDULE"
    pen.text(left, top + 12, title, 12, True)
    widths = [44.0, 36, 36, 30, 44, 44, 44, 60, 130]
    x = [left + sum(widths[:k]) for k in range(10)]
    top += 20
    y = top
    rows = [
        ["DOOR", "", "", "", "", "FRAME", "", "FIRE RATING", "REMARKS"],
        ["NO.", "W", "H", "THK", "TYPE", "TYPE", "MATL", "", ""],
    ]
    for text, a, b, high in (
        ("DOOR", 0, 5, 13),
        ("FRAME", 5, 7, 13),
        ("FIRE RATING", 7, 8, 26),
        ("REMARKS", 8, 9, 26),
    ):
        pen.rect(x[a], y, x[b], y + high)
        pen.text((x[a] + x[b]) / 2, y + high / 2 + 2, text, 6, True, align="center")
    for k, text in enumerate(rows[1][:7]):
        pen.rect(x[k], y + 13, x[k + 1], y + 26)
        pen.text((x[k] + x[k + 1]) / 2, y + 22, text, 6, True, align="center")
    y += 26
    for number in range(14):
        row = [
            f"1{number:02d}A",
            "3'-0\"",
            "7'-0\"",
            '1 3/4"',
            pen.rng.choice("ABF"),
            "F1",
            "HM",
            pen.rng.choice(["", "20 MIN", "90 MIN"]),
            pen.rng.choice(["", "CARD READER", "AUTO OPERATOR,|COORDINATE POWER"]),
        ]
        if number == 9:
            row = [""] * 9
        height = 20 if "|" in row[8] else 12
        for k, text in enumerate(row):
            pen.rect(x[k], y, x[k + 1], y + height)
            parts = text.split("|")
            for line, part in enumerate(parts):
                pen.text(x[k] + 3, y + 8.5 + 8 * line, part, 6)
        rows.append([text.replace("|", " ") for text in row])
        y += height
    pen.truth.tables.append((pen.box(left, top, x[-1], y), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top - 20, x[-1], y), None))
    return y


def window_types(pen: Pen, left: float, top: float) -> float:
    """A schedule of windows with a drawing in each column, as offices in Vietnam draw it."""
    title = "BẢNG THỐNG KÊ CỬA SỔ"
    widths = [70.0, 90, 90, 90]
    x = [left + sum(widths[:k]) for k in range(5)]
    pen.text(left, top + 10, title, 9, True)
    top += 16
    rows = [
        ["KÝ HIỆU", "S1", "S2", "S3"],
        ["HÌNH DẠNG", "", "", ""],
        ["KÍCH THƯỚC", "1200x1400", "1800x1400", "600x600"],
        ["SỐ LƯỢNG", "12", "8", "4"],
        ["GHI CHÚ", "Kính an toàn 6.38mm", "Kính cường lực", "Kính mờ"],
    ]
    y = top
    for number, row in enumerate(rows):
        height = 84.0 if number == 1 else 16.0
        for k, text in enumerate(row):
            pen.rect(x[k], y, x[k + 1], y + height)
            pen.text((x[k] + x[k + 1]) / 2, y + height / 2 + 2, text, 6, number == 0, align="center")
            if number == 1 and k:
                pen.rect(x[k] + 15, y + 12, x[k] + 65, y + 68, 0.8)
                pen.rect(x[k] + 18, y + 15, x[k] + 40, y + 65)
                pen.rect(x[k] + 40, y + 15, x[k] + 62, y + 65)
                pen.line(x[k] + 18, y + 15, x[k] + 40, y + 40, 0.3)
                pen.line(x[k] + 18, y + 65, x[k] + 40, y + 40, 0.3)
                pen.line(x[k] + 15, y + 75, x[k] + 65, y + 75, 0.3)
                pen.text(x[k] + 40, y + 74, ("1200", "1800", "600")[k - 1], 5, align="center")
        y += height
    rows[1] = ["HÌNH DẠNG", "1200", "1800", "600"]
    pen.truth.tables.append((pen.box(left, top, x[-1], y), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top - 16, x[-1], y), None))
    return y


def steel_schedule(pen: Pen, left: float, top: float) -> float:
    """A schedule of reinforcement with a first column over several rows and bars drawn in one."""
    title = "BẢNG THỐNG KÊ CỐT THÉP"
    widths = [50.0, 28, 110, 40, 50, 40, 56]
    x = [left + sum(widths[:k]) for k in range(8)]
    pen.text((left + x[-1]) / 2, top + 10, title, 9, True, align="center")
    top += 16
    y = top
    head = ["CẤU KIỆN", "SỐ", "HÌNH DẠNG", "Ø (mm)", "DÀI (mm)", "SL", "KL (kg)"]
    rows = [head]
    for k, text in enumerate(head):
        pen.rect(x[k], y, x[k + 1], y + 16)
        pen.text((x[k] + x[k + 1]) / 2, y + 10, text, 6, True, align="center")
    y += 16
    for name, count in (("DẦM D1", 4), ("DẦM D2", 3)):
        pen.rect(x[0], y, x[1], y + 18 * count)
        pen.text((x[0] + x[1]) / 2, y + 9 * count + 2, name, 6, align="center")
        for number in range(count):
            values = [
                "",
                str(number + 1),
                "",
                str(pen.rng.choice([8, 16, 20])),
                str(pen.rng.randint(12, 90) * 100),
                str(pen.rng.randint(2, 40)),
                f"{pen.rng.randint(40, 900) / 10:.1f}",
            ]
            for k in range(1, 7):
                pen.rect(x[k], y, x[k + 1], y + 18)
                pen.text((x[k] + x[k + 1]) / 2, y + 12, values[k], 6, align="center")
            pen.poly([(x[2] + 10, y + 8), (x[2] + 10, y + 13), (x[3] - 10, y + 13), (x[3] - 10, y + 8)], 1.0)
            bar = str(pen.rng.randint(12, 80) * 100)
            pen.text((x[2] + x[3]) / 2, y + 11, bar, 5, align="center")
            rows.append([name if number == 0 else "", values[1], bar, *values[3:]])
            y += 18
    pen.truth.tables.append((pen.box(left, top, x[-1], y), rows))
    pen.truth.zones.append(("schedule", title, pen.box(left, top - 16, x[-1], y), None))
    return y
