"""Specimen sheets with known truth: a title block, views, schedules, notes, a legend, revisions and a stamp."""

from __future__ import annotations

from random import Random

from sheet_pen import Pen, Truth
from sheet_views import SCALES, WORDS, legend, notes, view

SIZES = {"A1": (2384, 1684), "A2": (1684, 1191), "A3": (1191, 842), "ARCH D": (2592, 1728)}
STYLES = ("strip", "strip turned", "corner", "corner rows", "bottom", "open")
RULES = ("plain", "double", "pieces", "dashed", "caps", "poly")
LABELS = {
    "en": [
        ("project", "PROJECT"),
        ("title", "DRAWING TITLE"),
        ("scale", "SCALE"),
        ("date", "DATE"),
        ("drawn", "DRAWN BY"),
        ("checked", "CHECKED"),
        ("revision", "REV"),
        ("number", "SHEET NO."),
    ],
    "vi": [
        ("project", "CÔNG TRÌNH"),
        ("item", "HẠNG MỤC"),
        ("title", "TÊN BẢN VẼ"),
        ("lead", "CHỦ TRÌ"),
        ("scale", "TỶ LỆ"),
        ("date", "NGÀY"),
        ("drawn", "VẼ"),
        ("checked", "KIỂM"),
        ("revision", "LẦN SỬA"),
        ("number", "SỐ HIỆU"),
    ],
}
PEOPLE = {
    "en": ["J. SMITH", "M. BROWN", "A. LEE", "KW"],
    "vi": ["Nguyễn Văn An", "Trần Thị Bình", "Lê Quốc Dũng"],
}
PROJECTS = {
    "en": ["ST MARY HOSPITAL EXTENSION", "RIVERSIDE OFFICE TOWER", "PUMPING STATION 4"],
    "vi": ["NHÀ Ở GIA ĐÌNH ÔNG HÙNG", "TRƯỜNG TIỂU HỌC SỐ 2", "TRẠM BƠM ĐỒNG SEN"],
}
TITLES = {
    "en": ["FINISH PLAN LEVEL 2", "FOUNDATION PLAN AND DETAILS", "DOOR SCHEDULE", "ELEVATIONS"],
    "vi": ["MẶT BẰNG TẦNG 2", "MẶT BẰNG KẾT CẤU MÓNG", "CHI TIẾT CẦU THANG"],
}


def values(rng: Random, language: str) -> dict[str, str]:
    """The fields of a title block."""
    prefix = rng.choice(["A-", "S-", "M", "KT-", "AF"])
    return {
        "project": rng.choice(PROJECTS[language]),
        "item": "KHỐI NHÀ CHÍNH",
        "title": rng.choice(TITLES[language]),
        "lead": rng.choice(PEOPLE[language]),
        "scale": rng.choice(["AS NOTED", *SCALES[language]])
        if language == "en"
        else rng.choice(SCALES["vi"]),
        "date": f"{rng.randint(10, 28)}/{rng.randint(10, 12)}/20{rng.randint(18, 26)}",
        "drawn": rng.choice(PEOPLE[language]),
        "checked": rng.choice(PEOPLE[language]),
        "revision": rng.choice(["A", "B", "C", "0", "1", "P2"]),
        "number": f"{prefix}{rng.randint(100, 499)}",
    }


def title_block(pen: Pen, style: str, language: str) -> tuple[float, float, float, float]:
    """Draws the block; gives the area that is left for everything else."""
    fields = values(pen.rng, language)
    labels = LABELS[language]
    pen.truth.fields = {name: fields[name] for name, _ in labels}
    m, w, h = 24.0, pen.width, pen.height
    pen.rect(m, m, w - m, h - m, 1.2)
    inner = (m, m, w - m, h - m)
    if style == "strip":
        x0, x1 = w - m - 150, w - m
        pen.line(x0, m, x0, h - m, 1.0)
        heights = {"project": 70.0, "title": 70.0, "number": 60.0, "item": 40.0}
        y = h - m
        for name, label in reversed(labels):
            size = heights.get(name, 26.0)
            pen.line(x0, y - size, x1, y - size, 0.6)
            pen.text(x0 + 4, y - size + 8, label + pen.rng.choice(["", ":"]) * 0, 5)
            large = {"number": 20.0, "title": 10.0, "project": 9.0}.get(name, 7.0)
            wrapped(pen, x0 + 8, y - size + 12 + large, fields[name], large, 136)
            y -= size
        pen.text(x0 + 20, m + 40, "ACME ARCHITECTS" if language == "en" else "CÔNG TY TƯ VẤN", 9, True)
        box = (x0, m, x1, h - m)
        inner = (m, m, x0, h - m)
    elif style == "strip turned":
        x0, x1 = w - m - 70, w - m
        pen.line(x0, m, x0, h - m, 1.0)
        # Read from the right: each cell is as long along the edge as its text needs.
        y, part = h - m, min(1.0, (h - 2 * m) / 940)
        for name, label in labels:
            size = part * {"project": 190.0, "title": 170.0, "number": 90.0, "item": 120.0}.get(name, 62.0)
            pen.line(x0, y - size, x1, y - size, 0.6)
            pen.text(x0 + 9, y - 4, label, 5, angle=90)
            pen.text(
                x0 + 30, y - 6, fields[name], {"number": 14.0, "title": 9.0}.get(name, 7.0) * part, angle=90
            )
            y -= size
        box = (x0, m, x1, h - m)
        inner = (m, m, x0, h - m)
    elif style in ("corner", "corner rows"):
        x0, x1, y1 = w - m - 330, w - m, h - m
        if style == "corner rows":
            height = 15.0
            y0 = y1 - height * len(labels)
            for number, (name, label) in enumerate(labels):
                y = y0 + number * height
                pen.line(x0, y, x1, y, 0.5)
                pen.text(x0 + 3, y + 10, label + ":", 6)
                pen.text(x0 + 104, y + 10.5, fields[name], 7.5 if name in ("title", "number") else 6.5)
            pen.line(x0 + 100, y0, x0 + 100, y1, 0.5)
        else:
            # Large fields over the whole width, the others side by side, labels over values.
            wide = [pair for pair in labels if pair[0] in ("project", "item", "title")]
            rest = [pair for pair in labels if pair not in wide]
            y0 = y1 - 32.0 * len(wide) - 52.0
            y = y0
            for name, label in wide:
                pen.line(x0, y, x1, y, 0.5)
                pen.text(x0 + 3, y + 8, label, 5)
                pen.text(x0 + 10, y + 23, fields[name], 9, True)
                y += 32
            columns = (len(rest) + 1) // 2
            for number, (name, label) in enumerate(rest):
                left = x0 + (number % columns) * 330 / columns
                top = y + (number // columns) * 26
                pen.rect(left, top, left + 330 / columns, top + 26)
                pen.text(left + 3, top + 7, label, 4.5)
                pen.text(left + 6, top + 20, fields[name], 7)
        pen.rect(x0, y0, x1, y1, 1.0)
        box = (x0, y0, x1, y1)
        inner = (m, m, w - m, y0)
    elif style == "bottom":
        y0, y1 = h - m - 52, h - m
        pen.line(m, y0, w - m, y0, 1.0)
        weights = [
            {"project": 2.4, "title": 2.4, "item": 1.6, "number": 1.3}.get(name, 1.0) for name, _ in labels
        ]
        x, unit = m, (w - 2 * m) / sum(weights)
        for (name, label), weight in zip(labels, weights, strict=True):
            pen.line(x, y0, x, y1, 0.5)
            pen.text(x + 3, y0 + 9, label, 5)
            pen.text(x + 6, y0 + 30, fields[name], 12 if name == "number" else 8)
            x += unit * weight
        box = (m, y0, w - m, y1)
        inner = (m, m, w - m, y0)
    else:
        x0, y0 = w - m - 260, h - m - 14 * len(labels) - 10
        for number, (name, label) in enumerate(labels):
            y = y0 + 12 + number * 14
            pen.text(x0 + 4, y, label + ":", 6)
            pen.text(x0 + 84, y, fields[name], 7)
        box = (x0, y0, w - m - 60, h - m - 4)
        inner = (m, m, w - m, y0)
    pen.truth.block = pen.box(*box)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return inner


def wrapped(pen: Pen, x: float, y: float, text: str, size: float, width: float) -> None:
    line = ""
    for word in text.split():
        if line and pen.canvas.stringWidth(f"{line} {word}", pen.bold, size) > width:
            pen.text(x, y, line, size, True)
            y, line = y + size * 1.15, ""
        line = f"{line} {word}".strip()
    pen.text(x, y, line, size, True)


def schedule(pen: Pen, left: float, top: float, language: str, rules: str) -> tuple[float, float]:
    """A schedule with a two-row header, merged fields and empty ones; gives its right and lower edge.

    `rules` is one of OPEN, or `closed` for any style of closed cells.
    """
    rng = pen.rng
    if language == "en":
        title = rng.choice(["ROOM FINISH SCHEDULE", "DOOR SCHEDULE", "FIXTURE SCHEDULE"])
        head: list[list[str | None]] = [
            ["NO.", "ROOM NAME", "WALLS", None, "REMARKS"],
            ["", "", "NORTH", "SOUTH", ""],
        ]
        names = WORDS["en"]["rooms"]
        other = ["PT-1", "PT-2", "CT-3", "ACT", ""]
    else:
        title = rng.choice(["BẢNG THỐNG KÊ CỬA", "BẢNG THỐNG KÊ CỐT THÉP"])
        head = [["STT", "TÊN GỌI", "KÍCH THƯỚC", None, "GHI CHÚ"], ["", "", "RỘNG", "CAO", ""]]
        names = WORDS["vi"]["rooms"]
        other = ["900", "1200", "2200", "D10", ""]
    if rules != "closed":
        # Without rules only one row of headers can be told.
        head = [[upper if lower == "" else lower for upper, lower in zip(*head, strict=True)]]
    rows = head + [
        [
            str(101 + k),
            rng.choice(names),
            rng.choice(other),
            rng.choice(other),
            rng.choice(["", "", "SEE NOTE 3"]),
        ]
        for k in range(rng.randint(5, 14))
    ]
    if rng.random() < 0.5:
        pen.spaced(left, top + 9, title, 8, rng.choice([0.0, 2.5]))
    else:
        pen.text(left, top + 9, title, 8, True)
    style = rng.choice(RULES)
    style = style if rules == "closed" else rules
    box = pen.grid(left, top + 14, [34, 110, 52, 52, 70], rng.choice([11.0, 13.0]), rows, 6, style, len(head))
    pen.truth.zones.append(("schedule", title, pen.box(left, top + 2, box[2], box[3]), None))
    return box[2], box[3]


def revisions(pen: Pen, left: float, top: float, language: str) -> float:
    """A revision table; gives its lower edge."""
    head = ["REV", "DATE", "DESCRIPTION", "BY"] if language == "en" else ["LẦN", "NGÀY", "NỘI DUNG", "VẼ"]
    rows: list[list[str | None]] = [list(head)]
    for k in range(pen.rng.randint(2, 4)):
        text = "ISSUED FOR TENDER" if language == "en" else "Phát hành lần đầu"
        rows.append(["ABCD"[k], f"1{k}/03/2025", text, "KW"])
    box = pen.grid(left, top, [28, 58, 130, 30], 12, rows, 6, "plain")
    pen.truth.zones.append(("revisions", None, pen.box(*box), None))
    return box[3]


def make_sheet(seed: int, **fixed: str) -> tuple[bytes, Truth, dict[str, str]]:
    """A sheet and what stands on it; `size`, `style`, `language` and `turn` are the seed's where not given.

    `schedule` is how its schedule is ruled: `closed` where not given, or one of OPEN.
    """
    rng = Random(seed)
    chosen = {
        "size": rng.choice(list(SIZES)),
        "style": rng.choice(STYLES),
        "language": rng.choice(["en", "vi"]),
        "turn": rng.choice(["upright", "upright", "rotate", "sideways"]),
        "schedule": "closed",
        **fixed,
    }
    language = chosen["language"]
    pen = Pen(*SIZES[chosen["size"]], rng, "Sheet", chosen["turn"])
    left, top, right, bottom = title_block(pen, chosen["style"], language)
    side = right - 330
    y = top + 16
    _, y = schedule(pen, side, y, language, chosen["schedule"])
    y = notes(pen, side, y + 26, language)
    if bottom - y > 170:
        y = legend(pen, side, y + 22, language)
    if bottom - y > 90:
        revisions(pen, side, y + 26, language)
    area = (left + 14, top + 14, side - 30, bottom - 10)
    if chosen["size"] in ("A1", "ARCH D"):
        middle = (area[0] + area[2]) / 2
        lower = area[1] + (area[3] - area[1]) * 0.62
        view(pen, (area[0], area[1], area[2], lower), "plan", "1", language)
        view(pen, (area[0], lower + 26, middle - 20, area[3]), "detail", "2", language)
        view(pen, (middle + 20, lower + 26, area[2], area[3]), "detail", "3", language)
    else:
        view(pen, area, "plan", "1", language)
    return pen.close(), pen.truth, chosen
