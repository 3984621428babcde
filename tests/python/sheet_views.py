"""What specimen sheets show: plans with rooms, doors, stairs and hatching, sections, details, notes, legends."""

from __future__ import annotations

import itertools

from sheet_pen import Pen


def _parts(text: str) -> list[str]:
    return text.split("|")


WORDS = {
    "en": {
        "rooms": _parts("LOBBY|OFFICE|CORRIDOR|STORAGE|MEETING ROOM|WC|PUMP ROOM|KITCHEN|EXAM|PLANT ROOM"),
        "plan": _parts("GROUND FLOOR PLAN|FIRST FLOOR PLAN|ROOF PLAN|ENLARGED TOILET PLAN|FOUNDATION PLAN"),
        "other": _parts("SECTION A-A|WALL SECTION|FOOTING DETAIL|NORTH ELEVATION|STAIR DETAIL"),
        "notes": _parts("GENERAL NOTES|NOTES|KEYNOTES"),
        "legend": _parts("LEGEND|SYMBOL LEGEND|ABBREVIATIONS"),
        "lines": _parts(
            "1. ALL DIMENSIONS ARE IN MILLIMETRES UNLESS NOTED|   OTHERWISE ON THE DRAWINGS.|"
            "2. VERIFY ALL DIMENSIONS ON SITE BEFORE|   COMMENCING ANY WORK.|"
            "3. CONCRETE GRADE SHALL BE C30/37 FOR ALL|   FOUNDATIONS AND SLABS.|"
            "4. REFER TO STRUCTURAL DRAWINGS FOR SIZES|   OF BEAMS AND COLUMNS."
        ),
        "meanings": _parts("BRICK WALL|CONCRETE|INSULATION|FIRE RATED DOOR|FLOOR DRAIN|SMOKE DETECTOR"),
    },
    "vi": {
        "rooms": _parts("PHÒNG KHÁCH|PHÒNG NGỦ|BẾP|KHO|HÀNH LANG|WC|PHÒNG HỌP|SẢNH|PHÒNG KỸ THUẬT|BAN CÔNG"),
        "plan": _parts("MẶT BẰNG TẦNG 1|MẶT BẰNG TẦNG 2|MẶT BẰNG MÁI|MẶT BẰNG MÓNG"),
        "other": _parts("MẶT CẮT A-A|CHI TIẾT MÓNG M1|MẶT ĐỨNG TRỤC 1-5|CHI TIẾT CẦU THANG"),
        "notes": _parts("GHI CHÚ|GHI CHÚ CHUNG"),
        "legend": _parts("KÝ HIỆU|CHÚ DẪN"),
        "lines": _parts(
            "1. KÍCH THƯỚC TRONG BẢN VẼ TÍNH BẰNG MILIMÉT,|   CAO ĐỘ TÍNH BẰNG MÉT.|"
            "2. BÊ TÔNG MÓNG CẤP ĐỘ BỀN B25, CỐT THÉP|   NHÓM CB400-V.|"
            "3. KIỂM TRA KÍCH THƯỚC TẠI CÔNG TRƯỜNG TRƯỚC|   KHI THI CÔNG."
        ),
        "meanings": _parts("TƯỜNG GẠCH|BÊ TÔNG|LỚP CÁCH NHIỆT|CỬA CHỐNG CHÁY|PHỄU THU NƯỚC|ĐẦU BÁO KHÓI"),
    },
}
SCALES = {
    "en": ['1/8" = 1\'-0"', '1/4" = 1\'-0"', "1:100", "1:50", '3/4" = 1\'-0"', "1:200"],
    "vi": ["1/50", "1/100", "1:75", "1:200"],
}


def plan(pen: Pen, left: float, top: float, right: float, bottom: float, language: str) -> None:
    """Rooms with double walls, names, numbers, doors; a stair, hatching, tiles, axes and a chain of dimensions."""
    rng, columns, rows = pen.rng, pen.rng.randint(2, 4), pen.rng.randint(2, 3)
    edge = 46.0
    x0, y0, x1, y1 = left + edge, top + edge, right - 8, bottom - 8
    xs = [x0 + (x1 - x0) * k / columns for k in range(columns + 1)]
    ys = [y0 + (y1 - y0) * k / rows for k in range(rows + 1)]
    wall = 3.0
    for x in xs:
        pen.line(x - wall, y0 - wall, x - wall, y1 + wall, 0.9)
        pen.line(x + wall, y0 - wall, x + wall, y1 + wall, 0.9)
        pen.circle(x, top + 10, 8)
        pen.text(x, top + 13, str(xs.index(x) + 1), 8, align="center")
        pen.line(x, top + 18, x, y0 - 6, 0.2)
    for y in ys:
        pen.line(x0 - wall, y - wall, x1 + wall, y - wall, 0.9)
        pen.line(x0 - wall, y + wall, x1 + wall, y + wall, 0.9)
    at = y0 - 12
    pen.line(x0 - 3, at, x1 + 3, at, 0.25)
    for a, b in itertools.pairwise(xs):
        pen.line(a - 2, at + 2, a + 2, at - 2, 0.5)
        pen.text((a + b) / 2, at - 2, str(rng.randint(12, 60) * 100), 5, align="center")
    pen.line(x0 - 12, y0 - 3, x0 - 12, y1 + 3, 0.25)
    for a, b in itertools.pairwise(ys):
        pen.text(x0 - 14, (a + b) / 2, str(rng.randint(12, 60) * 100), 5, align="center", angle=90)
    for c in range(columns):
        for r in range(rows):
            cx, cy = (xs[c] + xs[c + 1]) / 2, (ys[r] + ys[r + 1]) / 2
            pen.text(cx, cy, rng.choice(WORDS[language]["rooms"]), 6.5, align="center")
            pen.text(cx, cy + 8, str(100 + 10 * r + c), 6.5, align="center")
            pen.rect(cx - 11, cy + 2, cx + 11, cy + 10, 0.3)
            dx, dy = xs[c] + wall + 2, ys[r + 1] - wall
            pen.line(dx, dy, dx, dy - 22, 0.5)
            pen.arc(dx, dy, 22, 0, 90)
            kind = rng.random()
            if kind < 0.25:
                pen.hatch(
                    xs[c] + wall, ys[r] + wall, xs[c + 1] - wall, cy - 14, 5, rng.choice([0, 45, 90, 135])
                )
            elif kind < 0.45:
                for k in range(9):
                    pen.line(xs[c] + 30 + 5 * k, ys[r] + wall, xs[c] + 30 + 5 * k, ys[r] + 26, 0.35)
            elif kind < 0.6:
                for k in range(8):
                    pen.line(xs[c] + wall, ys[r] + wall + 5 * k, cx, ys[r] + wall + 5 * k, 0.2)
                    pen.line(
                        xs[c] + wall + (cx - xs[c]) * k / 8,
                        ys[r] + wall,
                        xs[c] + wall + (cx - xs[c]) * k / 8,
                        ys[r] + wall + 35,
                        0.2,
                    )


def detail(pen: Pen, left: float, top: float, right: float, bottom: float, language: str) -> None:
    """A cut with layers, leaders with notes, and a dimension."""
    x0, x1 = left + (right - left) * 0.15, left + (right - left) * 0.55
    y0, y1 = top + 14, bottom - 12
    pen.poly([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], 1.0, close=True)
    layers = 4
    for k in range(1, layers):
        y = y0 + (y1 - y0) * k / layers
        pen.line(x0, y, x1, y, 0.7)
    pen.hatch(x0, y0, x1, y0 + (y1 - y0) / layers, 4, 45)
    for k in range(layers):
        y = y0 + (y1 - y0) * (k + 0.5) / layers
        pen.line(x1 - 8, y, x1 + 20, y - 6, 0.3)
        pen.line(x1 + 20, y - 6, x1 + 30, y - 6, 0.3)
        pen.text(x1 + 33, y - 4, pen.rng.choice(WORDS[language]["meanings"]), 5.5)
    pen.line(x0 - 14, y0, x0 - 14, y1, 0.25)
    pen.text(x0 - 17, (y0 + y1) / 2, str(pen.rng.randint(3, 30) * 100), 5, align="center", angle=90)


def view(pen: Pen, box: tuple[float, float, float, float], kind: str, number: str, language: str) -> None:
    """A view with its title, number and scale note below it, or in a frame with the title on top."""
    left, top, right, bottom = box
    rng = pen.rng
    title = rng.choice(WORDS[language]["plan" if kind == "plan" else "other"])
    scale = rng.choice(SCALES[language])
    (plan if kind == "plan" else detail)(pen, left, top, right, bottom - 44, language)
    y = bottom - 24
    x = left + 40
    if rng.random() < 0.7:
        pen.circle(x, y, 11)
        pen.text(x, y + 3, number, 9, True, align="center")
        x += 20
    width = pen.text(x, y - 3, title, 10, True)
    pen.line(x, y, x + width + 30, y, 0.8)
    word = {"en": "SCALE: ", "vi": "TỶ LỆ "}[language] if rng.random() < 0.8 else ""
    if not word and (":" not in scale and '"' not in scale):
        word = "TỶ LỆ "
    pen.text(x, y + 9, word + scale, 6)
    pen.truth.zones.append(("view", title, pen.box(left + 8, top, right, bottom - 10), scale))


def notes(pen: Pen, left: float, top: float, language: str) -> float:
    """Numbered notes under a heading; gives their lower edge."""
    title = pen.rng.choice(WORDS[language]["notes"])
    lines = WORDS[language]["lines"]
    pen.text(left, top + 9, title, 8, True)
    y, right = top + 9, left
    for line in lines:
        y += 9.5
        indent = 9 if line.startswith("   ") else 0
        right = max(right, left + indent + pen.text(left + indent, y, line.strip(), 6))
    pen.truth.zones.append(("notes", title, pen.box(left, top + 2, right, y + 2), None))
    pen.truth.paragraphs.append([line.strip() for line in lines])
    return y + 4


def legend(pen: Pen, left: float, top: float, language: str) -> float:
    """Symbols with their meanings under a heading; gives its lower edge."""
    title = pen.rng.choice(WORDS[language]["legend"])
    pen.text(left, top + 9, title, 8, True)
    y, right = top + 9, left
    for number, meaning in enumerate(WORDS[language]["meanings"]):
        y += 16
        if number % 2:
            pen.rect(left, y - 9, left + 20, y)
            pen.hatch(left, y - 9, left + 20, y, 3, 45)
        else:
            pen.circle(left + 10, y - 4, 5)
        right = max(right, left + 28 + pen.text(left + 28, y - 2, meaning, 6))
    pen.truth.zones.append(("legend", title, pen.box(left, top + 2, right, y + 2), None))
    return y + 4
