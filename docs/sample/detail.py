"""The pump foundation's section on page 2, drawn from sizes in millimetres at 1 : 15."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from drafting import BOLD, HAIR, MEDIUM, OBLIQUE, THICK, THIN, Column, Point, Sheet
from reportlab.lib.units import mm

SCALE = 1 / 15
ORIGIN = (124.0, 142.0)  # paper position of the base's middle, at the underside of the footing

FOOTING = (1900.0, 350.0)
BASE = (1100.0, 750.0)
BLINDING = 100.0


def at(x: float, y: float) -> Point:
    """Millimetres from the middle of the footing's underside to millimetres on the sheet."""
    return ORIGIN[0] + x * SCALE, ORIGIN[1] + y * SCALE


def box(left: float, bottom: float, right: float, top: float) -> list[Point]:
    """The corners of a rectangle on the sheet."""
    return [at(left, bottom), at(right, bottom), at(right, top), at(left, top)]


def draw_detail(sheet: Sheet) -> None:
    """The section, its schedule of bars and its notes."""
    draw_ground(sheet)
    draw_concrete(sheet)
    draw_bars(sheet)
    draw_anchors(sheet)
    draw_dimensions(sheet)
    draw_schedule(sheet)
    x, y = 60.0, 66.0
    sheet.text(x, y, "MẶT CẮT A-A", 13, BOLD)
    sheet.pen(MEDIUM)
    sheet.line((x, y - 2), (x + 62, y - 2))
    sheet.text(x, y - 6, "SECTION A-A – PUMP FOUNDATION", 7.5)
    sheet.text(x + 62, y - 6, "TL 1 : 15", 8, BOLD, "right")


def draw_ground(sheet: Sheet) -> None:
    """Compacted sand under the blinding, soil beside it, the floor slab above."""
    sand = box(-1150, -BLINDING - 250, 1150, -BLINDING)
    dots = Random(7)  # noqa: S311 (a drawing, no secret)
    with sheet.clipped(sand):
        sheet.canvas.setFillGray(0.25)
        for _ in range(650):
            x, y = at(dots.uniform(-1150, 1150), dots.uniform(-BLINDING - 250, -BLINDING))
            sheet.canvas.circle(x * mm, y * mm, dots.uniform(0.25, 0.6), stroke=0, fill=1)
    sheet.pen(THIN)
    sheet.line(*sand, close=True)
    half = FOOTING[0] / 2
    for side in (-1, 1):
        edges = sorted((side * half, side * 1150))
        sheet.hatch(box(edges[0], -BLINDING, edges[1], 650), 2.6, 135)
        edges = sorted((side * BASE[0] / 2, side * half))
        sheet.hatch(box(edges[0], FOOTING[1], edges[1], 650), 2.6, 135)
        edges = sorted((side * (BASE[0] / 2 + 20), side * 1150))
        slab = box(edges[0], 650, edges[1], 800)
        with sheet.saved():
            sheet.canvas.setFillGray(0.93)
            sheet.pen(MEDIUM)
            sheet.line(*slab, close=True, fill=True)
        speckle(sheet, slab, 40, 3 + side)


def speckle(sheet: Sheet, corners: list[Point], count: int, seed: int) -> None:
    """The stones of concrete: small triangles."""
    (left, bottom), (right, top) = corners[0], corners[2]
    stones = Random(seed)  # noqa: S311 (a drawing, no secret)
    with sheet.clipped(corners):
        sheet.pen(HAIR)
        for _ in range(count):
            x, y, size = stones.uniform(left, right), stones.uniform(bottom, top), stones.uniform(0.4, 1.1)
            lean = stones.uniform(-0.4, 0.4)
            sheet.line((x, y), (x + size, y + lean), (x + size / 2 + lean, y + size), close=True)


def draw_concrete(sheet: Sheet) -> None:
    """Blinding, footing, base and grout."""
    half = FOOTING[0] / 2
    blinding = box(-half - 100, -BLINDING, half + 100, 0)
    body = [
        at(-half, 0), at(half, 0), at(half, FOOTING[1]), at(BASE[0] / 2, FOOTING[1]),
        at(BASE[0] / 2, FOOTING[1] + BASE[1]), at(-BASE[0] / 2, FOOTING[1] + BASE[1]),
        at(-BASE[0] / 2, FOOTING[1]), at(-half, FOOTING[1]),
    ]  # fmt: skip
    with sheet.saved():
        sheet.pen(MEDIUM)
        sheet.canvas.setFillGray(0.85)
        sheet.line(*blinding, close=True, fill=True)
        sheet.canvas.setFillGray(0.96)
        sheet.pen(THICK)
        sheet.line(*body, close=True, fill=True)
    speckle(sheet, box(-half, 0, half, FOOTING[1]), 150, 11)
    speckle(sheet, box(-BASE[0] / 2, FOOTING[1], BASE[0] / 2, FOOTING[1] + BASE[1]), 170, 12)


def draw_bars(sheet: Sheet) -> None:
    """Reinforcement: bars along the section as lines, bars across it as dots."""
    half, cover = FOOTING[0] / 2 - 50, 50
    with sheet.saved():
        sheet.canvas.setStrokeColorRGB(0.72, 0.1, 0.1)
        sheet.canvas.setFillColorRGB(0.72, 0.1, 0.1)
        sheet.canvas.setLineWidth(1.3)
        sheet.line(at(-half, 180), at(-half, cover), at(half, cover), at(half, 180))
        sheet.line(at(-half, 170), at(-half, 300), at(half, 300), at(half, 170))
        inner, top = BASE[0] / 2 - 50, FOOTING[1] + BASE[1] - 50
        sheet.line(at(-inner - 180, cover + 25), at(-inner, cover + 25), at(-inner, top), at(inner, top),
                   at(inner, cover + 25), at(inner + 180, cover + 25))  # fmt: skip
        sheet.canvas.setLineWidth(0.8)
        for y in (480, 630, 780, 930):
            sheet.line(at(-inner, y), at(inner, y))
        for step in range(11):
            x = -half + 40 + step * (2 * half - 80) / 10
            for y in (cover + 18, 300 - 18):
                sheet.circle(*at(x, y), 0.55, fill=True)
        for step in range(7):
            sheet.circle(*at(-inner + 40 + step * (2 * inner - 80) / 6, top - 18), 0.55, fill=True)


def draw_anchors(sheet: Sheet) -> None:
    """Base frame of the pump, grout and anchor bolts."""
    top = FOOTING[1] + BASE[1]
    with sheet.saved():
        sheet.pen(MEDIUM)
        sheet.canvas.setFillGray(0.75)
        sheet.line(*box(-420, top, 420, top + 40), close=True, fill=True)
        sheet.canvas.setFillGray(1)
        for side in (-1, 1):
            left, right = sorted((side * 400, side * 280))
            sheet.line(*box(left, top + 40, right, top + 58), close=True, fill=True)
            sheet.line(*box(left + 50, top + 58, right - 50, top + 185), close=True, fill=True)
            sheet.line(*box(left, top + 185, right, top + 203), close=True, fill=True)
        for x in (-375, 375):
            sheet.pen(MEDIUM)
            for offset in (-10, 10):
                sheet.line(at(x + offset, top - 420), at(x + offset, top + 100))
            sheet.line(at(x + 10, top - 420), at(x + 70, top - 420))
            sheet.line(at(x - 10, top - 440), at(x + 70, top - 440), at(x + 70, top - 420))
            sheet.line(at(x - 10, top - 440), at(x - 10, top - 420))
            sheet.line(*box(x - 24, top + 58, x + 24, top + 82), close=True, fill=True)
    sheet.pen(HAIR, dash=(6, 1.2, 1, 1.2))
    sheet.line(at(0, -BLINDING - 330), at(0, top + 420))
    sheet.text(at(0, 0)[0], at(0, top + 440)[1], "TIM MÁY BƠM", 6.5, BOLD, "center")


def draw_dimensions(sheet: Sheet) -> None:
    """Dimensions, levels and notes around the section."""
    half, top = FOOTING[0] / 2, FOOTING[1] + BASE[1]
    floor = -BLINDING - 250
    for points, offset in (
        ([-half - 100, -half, half, half + 100], -8.0),
        ([-half - 100, half + 100], -15.0),
    ):
        for start, end in pairwise(points):
            sheet.dimension(at(start, floor), at(end, floor), f"{round(end - start)}", offset)
    heights = [-BLINDING, 0.0, FOOTING[1], top]
    for start, end in pairwise(heights):
        sheet.dimension(at(-1150, start), at(-1150, end), f"{round(end - start)}", 9.0)
    sheet.dimension(at(-1150, -BLINDING), at(-1150, top), f"{round(top + BLINDING)}", 17.0, gap=10)
    for x, label in ((-BASE[0] / 2, BASE[0]), (-375, 750)):
        offset = 17.0 if x == -375 else 24.0
        sheet.dimension(at(x, top), at(x + label, top), f"{round(label)}", offset, gap=15)
    for y, label in ((800, "±0.000"), (top, "+0.300"), (0, "-0.800")):
        x, paper = at(1150, y)
        x += 8
        sheet.pen(THIN)
        sheet.line((x - 5, paper), (x + 14, paper))
        sheet.line((x, paper), (x - 1.5, paper + 2.6), (x + 1.5, paper + 2.6), close=True)
        sheet.text(x + 3.2, paper + 1.0, label, 7, BOLD)
    notes = [
        ((300, top + 20), 1360, "Vữa không co ngót dày 40 / Non-shrink grout"),
        ((375, top - 100), 1230, "Bu lông neo 4-M20×600 / Anchor bolts"),
        ((500, 780), 950, "③ Ø10 a150 – đai / ties"),
        ((700, 300), 480, "① Ø12 a150 – hai lớp / two layers"),
        ((800, -50), -160, "Bê tông lót M100 dày 100 / Blinding"),
        ((900, -230), -330, "Cát đầm chặt K = 0,95 / Compacted sand"),
    ]
    for target, height, label in notes:
        sheet.leader(at(*target), at(1380, height), label, 47)


def draw_schedule(sheet: Sheet) -> None:
    """Schedule of bars and the notes beside it."""
    left, top = 266.0, 276.0
    sheet.text(left, top + 3, "BẢNG THỐNG KÊ CỐT THÉP", 9, BOLD)
    sheet.text(406, top + 3, "BAR SCHEDULE", 7.5, OBLIQUE, "right")
    columns = [
        Column(18, "center"),
        Column(20, "center"),
        Column(24, "right"),
        Column(22, "right"),
        Column(28, "right"),
        Column(28, "right"),
    ]
    rows = [
        [
            "SỐ HIỆU\nMark",
            "Ø\nmm",
            "DÀI 1 THANH\nLength, mm",
            "SỐ LƯỢNG\nNumber",
            "TỔNG DÀI\nTotal, m",
            "KHỐI LƯỢNG\nMass, kg",
        ]
    ]
    mass = 0.0
    for mark, diameter, length, count in [
        ("①", 12, 2060, 26),
        ("②", 12, 2060, 26),
        ("③", 10, 4240, 12),
        ("④", 14, 2980, 16),
        ("⑤", 20, 600, 4),
    ]:
        total = length * count / 1000
        weight = total * diameter * diameter / 162.2  # kilograms of a steel bar: d²/162.2 a metre
        mass += weight
        rows.append(
            [
                mark,
                str(diameter),
                f"{length}",
                str(count),
                f"{total:.2f}".replace(".", ","),
                f"{weight:.1f}".replace(".", ","),
            ]
        )
    rows.append(["CỘNG", "", "", "", "", f"{mass:.1f}".replace(".", ",")])
    sheet.table(left, top, columns, rows, 6.0, 6.8, header_height=8.0)
    sheet.text(left, 100, "GHI CHÚ / NOTES", 8, BOLD)
    for line, note in enumerate([
        "1. Lớp bê tông bảo vệ: móng 50 mm, bệ máy 40 mm. Cover: footing 50 mm, base 40 mm.",
        "2. Chỉ rót vữa sau khi căn chỉnh máy. Grout only after the pump is aligned.",
    ]):  # fmt: skip
        sheet.text(left, 95.5 - 4.2 * line, note, 6.4)
