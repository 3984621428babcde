"""Title blocks of other countries: ISO 7200 with a parts list, German, French, labels in two lines."""

from __future__ import annotations

from sheet_pen import Pen

Place = tuple[float, float, float, float]
Field = tuple[float, str, str, str | None]
"""Share of the block's width, label, value with `|` between lines, the field's name."""


def boxes(pen: Pen, left: float, top: float, width: float, rows: list[tuple[float, list[Field]]]) -> float:
    """Rows of boxes, each a height and its fields, labels in the upper left corners; gives their lower edge."""
    for height, fields in rows:
        x = left
        for share, label, value, name in fields:
            right = x + share * width
            pen.rect(x, top, right, top + height)
            pen.text(x + 2.5, top + 6.5, label, 4.8)
            lines = value.split("|")
            for k, line in enumerate(lines):
                pen.text(x + 6, top + height - 5 - 11 * (len(lines) - 1 - k), line, 8.5, True)
            if name is not None:
                pen.truth.fields[name] = " ".join(lines)
            x = right
        top += height
    return top


def iso(pen: Pen) -> Place:
    """A block after ISO 7200 with a parts list right on top of it, whose header is its lowest row."""
    w, h, m = pen.width, pen.height, 30.0
    pen.rect(m, m, w - m, h - m, 1.4)
    width = 510.0
    left, top = w - m - width, h - m - 146
    rows: list[tuple[float, list[Field]]] = [
        (
            30,
            [
                (0.28, "Responsible dept.", "ENG-2", None),
                (0.28, "Technical reference", "Ines Falk", None),
                (0.22, "Document type", "Assembly drawing", None),
                (0.22, "Document status", "Released", "phase"),
            ],
        ),
        (
            30,
            [
                (0.28, "Legal owner", "Kestrel Pumps Ltd", None),
                (0.28, "Created by", "M. Ohlsson", "drawn"),
                (0.22, "Approved by", "R. Adeyemi", "approved"),
                (0.22, "Scale", "1:5", "scale"),
            ],
        ),
        (
            56,
            [
                (0.56, "Title, Supplementary title", "Bearing housing|Complete, drive end", "title"),
                (0.44, "Identification number", "KP 7730-0042", "number"),
            ],
        ),
        (
            30,
            [
                (0.22, "Rev.", "C", "revision"),
                (0.34, "Date of issue", "2022-11-08", "date"),
                (0.22, "Lang.", "en", None),
                (0.22, "Sheet", "1/2", "sheet"),
            ],
        ),
    ]
    boxes(pen, left, top, width, rows)
    parts = [
        ["3", "1", "Cover", "KP 7730-0040", "EN-GJL-250"],
        ["2", "2", "Roller bearing", "22216 EK", ""],
        ["1", "1", "Housing", "KP 7730-0041", "EN-GJS-400"],
        ["Item", "Qty", "Description", "Reference", "Material"],
    ]
    box = pen.grid(left, top - 52, [40, 40, 160, 150, 120], 13, parts, 6, "plain", 0)
    pen.truth.zones.append(("schedule", None, pen.box(*box), None))
    return closed(pen, (left, top, w - m, h - m), (m, m, left - 10, h - m))


def german(pen: Pen) -> Place:
    """A German block with its table of changes above it."""
    w, h, m = pen.width, pen.height, 28.0
    pen.rect(m, m, w - m, h - m, 1.4)
    width = 480.0
    left, top = w - m - width, h - m - 280
    rows: list[tuple[float, list[Field]]] = [
        (44, [(1.0, "Bauherr", "Wohnbau Genossenschaft Lindenhof eG", "client")]),
        (44, [(1.0, "Bauvorhaben", "Neubau Mehrfamilienhaus, Birkenweg 14", "project")]),
        (50, [(1.0, "Planinhalt", "Grundriss Erdgeschoss und Schnitt A-A", "title")]),
        (
            42,
            [
                (0.25, "Maßstab", "1:50", "scale"),
                (0.25, "Datum", "14.03.2023", "date"),
                (0.25, "gezeichnet", "Sch", "drawn"),
                (0.25, "geprüft", "Kr", "checked"),
            ],
        ),
        (
            50,
            [
                (0.3, "Projekt-Nr.", "2207", "project_number"),
                (0.5, "Plan-Nr.", "AP-2-EG-01", "number"),
                (0.2, "Änd.", "c", "revision"),
            ],
        ),
        (50, [(1.0, "", "Alle Maße sind am Bau zu prüfen.", None)]),
    ]
    boxes(pen, left, top, width, rows)
    changes = [
        ["Index", "Datum", "Änderung", "gez."],
        ["c", "14.03.2023", "Tür T3 verschoben", "Sch"],
        ["b", "20.02.2023", "Fenster Bad geändert", "Sch"],
    ]
    box = pen.grid(left, top - 55, [50, 80, 290, 60], 13, changes, 6.5, "plain")
    pen.truth.zones.append(("revisions", None, pen.box(*box), None))
    return closed(pen, (left, top, w - m, h - m), (m, m, w - m, top - 60))


def french(pen: Pen) -> Place:
    """A French block along the lower edge; initials spell a label, "DRG"."""
    w, h, m = pen.width, pen.height, 24.0
    pen.rect(m, m, w - m, h - m, 1.2)
    top = h - m - 80
    rows: list[tuple[float, list[Field]]] = [
        (
            40,
            [
                (0.2, "Maître d'ouvrage", "Commune de Saint-Aubin", "client"),
                (0.3, "Opération", "Extension du groupe scolaire", "project"),
                (0.3, "Titre du plan", "Plan de rez-de-chaussée", "title"),
                (0.1, "Dessiné par", "DRG", "drawn"),
                (0.1, "Vérifié par", "L. Petit", "checked"),
            ],
        ),
        (
            40,
            [
                (0.2, "Phase", "DCE", "phase"),
                (0.3, "N° d'affaire", "23-018", "project_number"),
                (0.2, "N° de plan", "ARC-PL-102", "number"),
                (0.1, "Échelle", "1/100", "scale"),
                (0.1, "Date", "12/09/2023", "date"),
                (0.1, "Indice", "B", "revision"),
            ],
        ),
    ]
    boxes(pen, m, top, w - 2 * m, rows)
    return closed(pen, (m, top, w - m, h - m), (m, m, w - m, top))


def stacked(pen: Pen) -> Place:
    """A Vietnamese column: each label has its English below it, and who signs is in rows of role, name, signature."""
    w, h, m = pen.width, pen.height, 26.0
    pen.rect(m, m, w - m, h - m, 1.4)
    width = 240.0
    left, right, y = w - m - width, w - m, m
    pen.line(left, m, left, h - m, 1.0)

    def label(text: str, english: str, x: float, top: float) -> None:
        pen.text(x + 4, top + 8, text, 5.5, True)
        pen.text(x + 4, top + 15, english, 4.5)

    for text, english, value, height, name in (
        ("CHỦ ĐẦU TƯ:", "Client", "CÔNG TY CẤP NƯỚC MIỀN TÂY", 60, "client"),
        ("CÔNG TRÌNH:", "Project", "NHÀ MÁY XỬ LÝ NƯỚC CÁI RĂNG", 70, "project"),
        ("HẠNG MỤC:", "Item", "TRẠM BƠM NÂNG", 50, "item"),
    ):
        label(text, english, left, y)
        pen.text(left + width / 2, y + 34, value, 8.5, True, align="center")
        pen.truth.fields[name] = value
        y += height
        pen.line(left, y, right, y)
    top = y
    for text, english, value, name in (
        ("CHỦ TRÌ", "Lead engineer", "Đặng Quốc Khánh", None),
        ("THIẾT KẾ", "Designed by", "Bùi Thị Lan", "designed"),
        ("KIỂM TRA", "Checked by", "Phan Văn Đỉnh", "checked"),
        ("QUẢN LÝ KỸ THUẬT", "QA/QC", "Tạ Minh Tâm", None),
    ):
        label(text, english, left, y)
        pen.text(left + 84, y + 13, value, 6.5)
        if name is not None:
            pen.truth.fields[name] = value
        y += 22
        pen.line(left, y, right, y)
    for x in (left + 78, left + 170):
        pen.line(x, top, x, y)
    label("TÊN BẢN VẼ", "Drawing title", left, y)
    pen.text(left + width / 2, y + 36, "MẶT BẰNG TRẠM BƠM NÂNG", 10, True, align="center")
    pen.truth.fields["title"] = "MẶT BẰNG TRẠM BƠM NÂNG"
    y += 60
    pen.line(left, y, right, y)
    for number, (text, english, value, name) in enumerate(
        (
            ("TỶ LỆ", "Scale", "1/75", "scale"),
            ("NGÀY", "Date", "08/2023", "date"),
            ("LẦN", "Rev.", "02", "revision"),
        )
    ):
        x = left + 80 * number
        label(text, english, x, y)
        pen.text(x + 40, y + 30, value, 9, True, align="center")
        pen.line(x, y, x, y + 36)
        pen.truth.fields[name] = value
    y += 36
    pen.line(left, y, right, y)
    label("SỐ HIỆU BẢN VẼ:", "Drawing No.", left, y)
    pen.text(left + width / 2, y + 46, "CR2-TB-KC-015", 18, True, align="center")
    pen.truth.fields["number"] = "CR2-TB-KC-015"
    pen.line(left, y + 58, right, y + 58)
    return closed(pen, (left, m, right, h - m), (m, m, left, h - m))


def closed(pen: Pen, block: Place, inner: Place) -> Place:
    pen.truth.block = block
    pen.truth.zones.append(("title_block", None, block, None))
    return inner
