"""Title blocks as offices abroad draw them: a strip with empty revisions, captions in boxes, a turned column."""

from __future__ import annotations

from sheet_pen import Pen

Place = tuple[float, float, float, float]


def strip_usa(pen: Pen) -> Place:
    """A strip along the right edge: firm, consultants, seal, key plan, revisions with empty rows, a large number."""
    w, h, m = pen.width, pen.height, 30.0
    pen.rect(m, m, w - m, h - m, 2.0)
    x0, x1 = w - m - 190, w - m
    pen.line(x0, m, x0, h - m, 1.5)
    pen.rect(x0 + 20, m + 14, x0 + 60, m + 54, 1.5)
    pen.circle(x0 + 40, m + 34, 16, 2.0)
    pen.text(x0 + 68, m + 34, "HARLAN + VOSS", 11, True)
    pen.text(x0 + 68, m + 46, "ARCHITECTURE  PLANNING  INTERIORS", 5)
    y = m + 70
    for line in (
        "1200 Market Street, Suite 400",
        "Columbus, OH 43215",
        "614.555.0142   www.harlanvoss.example",
    ):
        pen.text(x0 + 20, y, line, 6.5)
        y += 9
    pen.line(x0, y, x1, y, 0.7)
    pen.text(x0 + 4, y + 8, "CONSULTANTS", 5)
    for number, line in enumerate(
        (
            "STRUCTURAL",
            "Beam & Lintel Engineers, Inc.",
            "88 Third Ave, Dayton, OH",
            "MECHANICAL / ELECTRICAL",
            "Northwind MEP, LLC",
            "614.555.0199",
        )
    ):
        pen.text(x0 + 12, y + 20 + 9 * number + (6 if number > 2 else 0), line, 6.5, line.isupper())
    y += 96
    pen.line(x0, y, x1, y, 0.7)
    pen.text(x0 + 4, y + 8, "SEAL", 5)
    pen.circle(x0 + 95, y + 70, 52, 0.8)
    pen.circle(x0 + 95, y + 70, 40, 0.5)
    y += 140
    pen.line(x0, y, x1, y, 0.7)
    pen.text(x0 + 4, y + 8, "PROJECT", 5)
    pen.text(x0 + 12, y + 26, "MERCY VALLEY", 13, True)
    pen.text(x0 + 12, y + 41, "REGIONAL HOSPITAL", 13, True)
    pen.text(x0 + 12, y + 54, "EAST TOWER RENOVATION", 9)
    pen.text(x0 + 12, y + 66, "4500 Riverbend Road, Lancaster, OH", 6.5)
    y += 80
    pen.line(x0, y, x1, y, 0.7)
    pen.text(x0 + 4, y + 8, "KEY PLAN", 5)
    pen.poly(
        [
            (x0 + 40, y + 30),
            (x0 + 150, y + 30),
            (x0 + 150, y + 100),
            (x0 + 100, y + 100),
            (x0 + 100, y + 70),
            (x0 + 40, y + 70),
        ],
        0.8,
        close=True,
    )
    pen.hatch(x0 + 40, y + 30, x0 + 90, y + 70, 4, 45)
    pen.text(x0 + 64, y + 24, "AREA B", 6)
    pen.truth.zones.append(("key", "KEY PLAN", (x0, y, x1, y + 124), None))
    y += 124
    pen.line(x0, y, x1, y, 0.7)
    rows = [
        ["NO.", "DESCRIPTION", "DATE"],
        ["1", "ADDENDUM 1", "03/14/2024"],
        ["2", "BULLETIN 2", "05/02/2024"],
    ]
    rows += [["", "", ""]] * 5
    box = pen.grid(x0, y, [28, 104, 58], 13, rows, 6, "plain")
    pen.truth.zones.append(("revisions", None, pen.box(*box), None))
    y = box[3] + 20
    for label, value in (
        ("DRAWN BY", "RKL"),
        ("CHECKED BY", "TMV"),
        ("PROJECT NO.", "22-0417"),
        ("ISSUE DATE", "02/09/2024"),
    ):
        pen.line(x0, y, x1, y, 0.5)
        pen.text(x0 + 4, y + 11, label, 6)
        pen.text(x0 + 90, y + 11.5, value, 7.5, True)
        y += 16
    pen.line(x0 + 84, y - 64, x0 + 84, y, 0.5)
    pen.line(x0, y, x1, y, 1.0)
    pen.text(x0 + 4, y + 8, "SHEET TITLE", 5)
    pen.text(x0 + 12, y + 26, "LEVEL 02 - FINISH", 12, True)
    pen.text(x0 + 12, y + 40, "PLAN - AREA B", 12, True)
    y = h - m - 74
    pen.line(x0, y, x1, y, 1.0)
    pen.text(x0 + 4, y + 8, "SHEET NUMBER", 5)
    pen.text(x0 + 95, y + 50, "AF102B", 34, True, align="center")
    pen.text(x0 + 12, h - m - 4, "© 2024 HARLAN + VOSS. ALL RIGHTS RESERVED.", 4)
    pen.truth.fields = {
        "drawn": "RKL",
        "checked": "TMV",
        "project_number": "22-0417",
        "date": "02/09/2024",
        "title": "LEVEL 02 - FINISH PLAN - AREA B",
        "number": "AF102B",
        "project": "MERCY VALLEY REGIONAL HOSPITAL EAST TOWER RENOVATION 4500 Riverbend Road, Lancaster, OH",
    }
    pen.truth.block = (x0, m, x1, h - m)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return (m, m, x0, h - m)


def corner_british(pen: Pen) -> Place:
    """Boxes with tiny captions above their values, a status box and a revision table that grows upwards."""
    w, h, m = pen.width, pen.height, 28.0
    pen.rect(m, m, w - m, h - m, 1.4)
    x0, x1, y1 = w - m - 400, w - m, h - m
    y0 = y1 - 220
    pen.rect(x0, y0, x1, y1, 1.0)
    # Logo, firm and address.
    pen.line(x0, y0 + 44, x1, y0 + 44)
    pen.canvas.setFillGray(0.3)
    pen.canvas.rect(x0 + 8, pen.height - y0 - 38, 60, 32, fill=1)
    pen.canvas.setFillGray(0)
    pen.text(x0 + 80, y0 + 18, "Aldous Carter Partnership LLP", 10, True)
    pen.text(x0 + 80, y0 + 29, "14 Quay Street, Bristol BS1 4DL   t 0117 496 0000", 5.5)
    pen.text(x0 + 80, y0 + 38, "Consulting Civil & Structural Engineers", 5.5)
    y = y0 + 44
    for caption, value, height in (
        ("Client", "Wessex Water Services Ltd", 26),
        ("Project", "Avonmouth Sludge Treatment Centre", 26),
        ("Title", "Digester Base Slab|General Arrangement & Sections", 42),
    ):
        pen.line(x0, y + height, x1, y + height)
        pen.text(x0 + 2, y + 5.5, caption, 4)
        for number, line in enumerate(value.split("|")):
            pen.text(x0 + 12, y + 18 + 13 * number, line, 9, True)
        y += height
    cells = [
        [
            ("Drawn", "JPH"),
            ("Date", "04.11.21"),
            ("Checked", "RWM"),
            ("Date", "09.11.21"),
            ("Approved", "DC"),
        ],
        [("Scale @ A1", "1:50, 1:25"), ("Status", "TENDER"), ("CAD ref", "41877-S-0103.dwg")],
        [("Job No", "41877"), ("Drg No", "41877-ACP-00-XX-DR-S-0103"), ("Rev", "P03")],
    ]
    widths = [[60, 80, 80, 80, 100], [140, 120, 140], [80, 260, 60]]
    height = (y1 - y) / 3
    for row, sizes in zip(cells, widths, strict=True):
        x = x0
        for (caption, value), width in zip(row, sizes, strict=True):
            pen.rect(x, y, x + width, y + height)
            pen.text(x + 2, y + 5.5, caption, 4)
            pen.text(x + 6, y + height - 6, value, 8 if width < 200 else 11, True)
            x += width
        y += height
    head = ["Rev", "Date", "Description", "Drn", "Chk"]
    rows = [
        ["P03", "09.11.21", "Issued for tender", "JPH", "RWM"],
        ["P02", "01.10.21", "Sump added", "JPH", "RWM"],
        ["P01", "12.08.21", "First issue", "LS", "RWM"],
        head,
    ]
    top = y0 - 12 * len(rows)
    box = pen.grid(x0, top, [36, 60, 224, 40, 40], 12, rows, 6, "plain", 0)
    pen.truth.zones.append(("revisions", None, pen.box(*box), None))
    pen.text(x0 + 60, top - 24, "PRELIMINARY", 24, True)
    pen.truth.fields = {
        "client": "Wessex Water Services Ltd",
        "project": "Avonmouth Sludge Treatment Centre",
        "title": "Digester Base Slab General Arrangement & Sections",
        "drawn": "JPH",
        "checked": "RWM",
        "approved": "DC",
        "scale": "1:50, 1:25",
        "phase": "TENDER",
        "project_number": "41877",
        "number": "41877-ACP-00-XX-DR-S-0103",
        "revision": "P03",
        "file": "41877-S-0103.dwg",
    }
    pen.truth.block = (x0, y0, x1, y1)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return (m, m, x0 - 10, h - m)


def turned_column(pen: Pen) -> Place:
    """A block of boxes along the right edge, all of it turned to read upwards, with a grid of signatures."""
    w, h, m = pen.width, pen.height, 26.0
    pen.rect(m, m, w - m, h - m, 1.4)
    # In the block's own frame x runs upwards along the sheet's edge and y to the right.
    x0, depth = w - m - 96, 96.0
    pen.line(x0, m, x0, h - m, 1.0)
    bottom = h - m

    def box(a: float, b: float, c: float, d: float) -> None:
        pen.rect(x0 + b, bottom - c, x0 + d, bottom - a)

    def put(a: float, b: float, text: str, size: float, bold: bool = False) -> None:
        pen.text(x0 + b, bottom - a, text, size, bold, angle=90)

    rows = [
        (
            0,
            150,
            [("COMPANY", "NORDVIK ENGINEERING AS", 48, None), ("CLIENT", "HAVN ENERGI AS", 48, "client")],
        ),
        (
            150,
            230,
            [
                ("DRAWN", "OLH", 24, "drawn"),
                ("CHECKED", "KSB", 24, "checked"),
                ("APPROVED", "TRM", 24, "approved"),
                ("DATE", "2023-09-18", 24, "date"),
            ],
        ),
        (
            230,
            480,
            [
                ("PROJECT", "SUBSTATION 132/33 kV FJORDGATA", 40, "project"),
                ("TITLE", "EARTHING LAYOUT - CONTROL BUILDING", 56, "title"),
            ],
        ),
        (
            480,
            560,
            [("SCALE", "1:75", 32, "scale"), ("SIZE", "A1", 32, "size"), ("SHEET", "2 OF 5", 32, "sheet")],
        ),
        (560, 740, [("DRAWING NUMBER", "NVE-132-E-2041", 56, "number"), ("REV.", "C1", 40, "revision")]),
    ]
    for a, c, fields in rows:
        y = 0.0
        for label, value, size, name in fields:
            box(a, y, c, y + size)
            put(a + 3, y + 7, label, 4.5)
            put(a + 8, y + size - 5, value, 7 if size < 50 else 9, True)
            if name:
                pen.truth.fields[name] = value
            y += size
    pen.truth.block = (x0, m, x0 + depth, h - m)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return (m, m, x0, h - m)
