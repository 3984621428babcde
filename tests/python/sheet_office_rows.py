"""Title blocks in rows: captions below their values, a row of labels over a row of values, one line on a detail."""

from __future__ import annotations

from sheet_pen import Pen

Place = tuple[float, float, float, float]


def bar(pen: Pen, x0: float, y0: float, x1: float, y1: float) -> None:
    """A rule that is a filled rectangle."""
    half = 0.35
    pen.canvas.rect(
        x0 - half, pen.height - y1 - half, x1 - x0 + 2 * half, y1 - y0 + 2 * half, stroke=0, fill=1
    )


def captions_below(pen: Pen) -> Place:
    """Values over their captions in two rows, all rules filled rectangles."""
    w, h, m = pen.width, pen.height, 24.0
    for side in ((m, m, w - m, m), (m, h - m, w - m, h - m), (m, m, m, h - m), (w - m, m, w - m, h - m)):
        bar(pen, *side)
    x0, y0, x1, y1 = w - m - 520, h - m - 120, w - m, h - m
    bar(pen, x0, y0, x1, y0)
    rows: list[list[tuple[str, str, float, str | None]]] = [
        [
            ("Firm", "RIVERTON CIVIL ENGINEERS PC", 260, None),
            ("Project", "ROUTE 9 BRIDGE REPLACEMENT", 260, "project"),
        ],
        [
            ("Sheet Title", "ABUTMENT PLAN & ELEVATION", 180, "title"),
            ("Designed", "ABC", 50, "designed"),
            ("Drawn", "DEF", 50, "drawn"),
            ("Checked", "GHI", 50, "checked"),
            ("Date", "JUN 2022", 70, "date"),
            ("Scale", "AS SHOWN", 60, "scale"),
            ("Sheet No.", "S-12", 60, "number"),
        ],
    ]
    y = y0
    for row in rows:
        x = x0
        for caption, value, width, name in row:
            bar(pen, x, y, x, y + 60)
            bar(pen, x, y + 60, x + width, y + 60)
            pen.text(x + width / 2, y + 30, value, 8 if width > 100 else 7, True, align="center")
            pen.text(x + width / 2, y + 56, caption, 4.5, align="center")
            if name:
                pen.truth.fields[name] = value
            x += width
        y += 60
    return _closed(pen, (x0, y0, x1, y1), (m, m, w - m, y0))


def header_rows(pen: Pen) -> Place:
    """Cells with labels, each over the cell of its value."""
    w, h, m = pen.width, pen.height, 24.0
    pen.rect(m, m, w - m, h - m, 1.2)
    x0, y0, x1, y1 = w - m - 420, h - m - 150, w - m, h - m
    pen.rect(x0, y0, x1, y1, 1.0)
    rows: list[tuple[float, list[tuple[str, str, float, str]]]] = [
        (
            30,
            [
                ("CLIENT", "NORTH HARBOUR AUTHORITY", 210, "client"),
                ("PROJECT", "QUAY WALL STRENGTHENING", 210, "project"),
            ],
        ),
        (
            40,
            [
                ("DRAWING TITLE", "ANCHOR DETAILS", 280, "title"),
                ("SCALE", "1:20", 70, "scale"),
                ("SIZE", "A1", 70, "size"),
            ],
        ),
        (
            50,
            [
                ("DRAWN", "MK", 60, "drawn"),
                ("CHECKED", "PL", 60, "checked"),
                ("APPROVED", "RS", 60, "approved"),
                ("DATE", "2021-04-30", 80, "date"),
                ("DRAWING NO.", "NHA-QW-3105", 110, "number"),
                ("REV", "D", 50, "revision"),
            ],
        ),
    ]
    y = y0
    for height, cells in rows:
        x = x0
        for label, value, width, name in cells:
            pen.rect(x, y, x + width, y + 10)
            pen.text(x + width / 2, y + 7, label, 5, align="center")
            pen.rect(x, y + 10, x + width, y + 10 + height)
            pen.text(x + width / 2, y + 13 + height / 2, value, 8, True, align="center")
            pen.truth.fields[name] = value
            x += width
        y += 10 + height
    return _closed(pen, (x0, y0, x1, y1), (m, m, w - m, y0))


def one_line(pen: Pen) -> Place:
    """One row along the lower edge of a detail; its number is labelled SHEET."""
    w, h, m = pen.width, pen.height, 18.0
    pen.rect(m, m, w - m, h - m, 1)
    y0 = h - m - 36
    pen.line(m, y0, w - m, y0)
    x = m
    for label, value, name, width in (
        ("PROJECT", "CLINIC AT ELM ROAD", "project", 150),
        ("TITLE", "DOOR JAMB DETAIL AT MASONRY", "title", 270),
        ("SCALE", '3" = 1\'-0"', "scale", 100),
        ("DATE", "7/19/23", "date", 80),
        ("DRAWN BY", "WJ", "drawn", 90),
        ("SHEET", "A5.3", "number", 116),
    ):
        pen.line(x + width, y0, x + width, h - m)
        pen.text(x + 3, y0 + 7, label, 4.5)
        pen.text(x + 6, y0 + 24, value, 8, True)
        pen.truth.fields[name] = value
        x += width
    return _closed(pen, (m, y0, w - m, h - m), (m, m, w - m, y0))


def _closed(pen: Pen, block: Place, inner: Place) -> Place:
    pen.truth.block = block
    pen.truth.zones.append(("title_block", None, block, None))
    return inner
