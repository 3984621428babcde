"""Title blocks as offices in Vietnam draw them, with captions in two languages or capitals without accents."""

from __future__ import annotations

from sheet_pen import Pen

Place = tuple[float, float, float, float]


def column_vietnamese(pen: Pen) -> Place:
    """A right column with captions in two languages, and who signs in rows of role, name and signature."""
    w, h, m = pen.width, pen.height, 22.0
    pen.rect(m, m, w - m, h - m, 1.4)
    x0, x1 = w - m - 170, w - m
    pen.line(x0, m, x0, h - m, 1.0)
    y = m
    for vi, en, lines, height, size in (
        ("CHỦ ĐẦU TƯ", "OWNER", ["CÔNG TY CP ĐẦU TƯ AN BÌNH"], 44, 8),
        ("CÔNG TRÌNH", "PROJECT", ["CHUNG CƯ CAO TẦNG", "SAO MAI RESIDENCE"], 56, 8),
        ("ĐỊA ĐIỂM", "LOCATION", ["PHƯỜNG 7, QUẬN 8, TP. HỒ CHÍ MINH"], 40, 6),
        ("HẠNG MỤC", "ITEM", ["KHỐI THÁP A"], 40, 8),
    ):
        pen.text((x0 + x1) / 2, y + 10, f"{vi} / {en}", 5.5, True, align="center")
        for number, line in enumerate(lines):
            pen.text((x0 + x1) / 2, y + 24 + number * size * 1.3, line, size, align="center")
        y += height
        pen.line(x0, y, x1, y)
    pen.text((x0 + x1) / 2, y + 10, "ĐƠN VỊ TƯ VẤN THIẾT KẾ / CONSULTANT", 5.5, True, align="center")
    pen.rect(x0 + 65, y + 16, x0 + 105, y + 46, 1.0)
    pen.text((x0 + x1) / 2, y + 58, "CÔNG TY TNHH KIẾN TRÚC TRE XANH", 7, True, align="center")
    y += 68
    pen.line(x0, y, x1, y)
    roles = (
        ("GIÁM ĐỐC", "KTS. Phạm Hữu Đức", "approved"),
        ("CHỦ NHIỆM", "KTS. Lý Thu Hà", "lead"),
        ("CHỦ TRÌ", "KTS. Đỗ Minh Quân", "lead"),
        ("THIẾT KẾ", "KTS. Ngô Bảo Châu", "designed"),
        ("THỂ HIỆN", "HS. Vũ Văn Tư", "drawn"),
        ("KIỂM TRA", "KS. Trần Quốc Toản", "checked"),
    )
    for role, name, _ in roles:
        pen.text(x0 + 3, y + 12, role, 5.5)
        pen.text(x0 + 55, y + 12, name, 6)
        pen.line(x0, y + 18, x1, y + 18)
        y += 18
    pen.line(x0 + 52, y - 18 * len(roles), x0 + 52, y)
    pen.line(x0 + 130, y - 18 * len(roles), x0 + 130, y)
    rows: list[list[str | None]] = [
        ["LẦN", "NGÀY", "NỘI DUNG HIỆU CHỈNH"],
        ["1", "12/05/2023", "Phát hành lần 1"],
        ["2", "20/06/2023", "Sửa cầu thang"],
        ["", "", ""],
    ]
    box = pen.grid(x0, y, [24, 46, 100], 12, rows, 5, "plain")
    pen.truth.zones.append(("revisions", None, pen.box(*box), None))
    y = box[3]
    for vi, en, value, height, size in (
        ("TÊN BẢN VẼ", "DRAWING TITLE", "MẶT BẰNG TẦNG ĐIỂN HÌNH", 46, 9),
        ("GIAI ĐOẠN", "STAGE", "THIẾT KẾ KỸ THUẬT THI CÔNG", 34, 7),
    ):
        pen.text((x0 + x1) / 2, y + 10, f"{vi} / {en}", 5.5, True, align="center")
        pen.text((x0 + x1) / 2, y + height - 10, value, size, True, align="center")
        y += height
        pen.line(x0, y, x1, y)
    for left, right, vi, en, value in (
        (x0, x0 + 85, "TỶ LỆ", "SCALE", "1/150"),
        (x0 + 85, x1, "NGÀY", "DATE", "20/06/2023"),
    ):
        pen.text(left + 4, y + 9, f"{vi}/{en}", 5)
        pen.text((left + right) / 2, y + 24, value, 9, align="center")
    pen.line(x0 + 85, y, x0 + 85, y + 32)
    y += 32
    pen.line(x0, y, x1, y)
    pen.text((x0 + x1) / 2, y + 10, "KÝ HIỆU BẢN VẼ / DRAWING NO.", 5.5, True, align="center")
    pen.text((x0 + x1) / 2, y + 36, "KT-2.05", 20, True, align="center")
    pen.truth.fields = {
        "client": "CÔNG TY CP ĐẦU TƯ AN BÌNH",
        "project": "CHUNG CƯ CAO TẦNG SAO MAI RESIDENCE",
        "location": "PHƯỜNG 7, QUẬN 8, TP. HỒ CHÍ MINH",
        "item": "KHỐI THÁP A",
        "approved": "KTS. Phạm Hữu Đức",
        "designed": "KTS. Ngô Bảo Châu",
        "drawn": "HS. Vũ Văn Tư",
        "checked": "KS. Trần Quốc Toản",
        "title": "MẶT BẰNG TẦNG ĐIỂN HÌNH",
        "phase": "THIẾT KẾ KỸ THUẬT THI CÔNG",
        "scale": "1/150",
        "date": "20/06/2023",
        "number": "KT-2.05",
    }
    pen.truth.block = (x0, m, x1, h - m)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return (m, m, x0, h - m)


def bottom_plain_vietnamese(pen: Pen) -> Place:
    """A strip along the lower edge in capitals without accents, empty fields among them."""
    w, h, m = pen.width, pen.height, 20.0
    pen.rect(m, m, w - m, h - m, 1.2)
    y0, y1 = h - m - 64, h - m
    pen.line(m, y0, w - m, y0, 1.0)
    unit = (w - 2 * m) / 100
    columns = [
        (18, [("", "CONG TY TU VAN XD HOANG LONG", ""), ("", "DT: 028 3555 0101", "")]),
        (22, [("CONG TRINH:", "NHA MAY NUOC TAN HIEP 3", "project"), ("HANG MUC:", "BE LANG NGANG", "item")]),
        (
            22,
            [
                ("TEN BAN VE:", "MAT BANG VA MAT CAT BE LANG", "title"),
                ("DIA DIEM:", "HUYEN HOC MON", "location"),
            ],
        ),
        (
            14,
            [
                ("CHU TRI:", "KS. NGUYEN VAN HUNG", "lead"),
                ("THIET KE:", "KS. LE THI MAI", "designed"),
                ("KIEM TRA:", "", "checked"),
            ],
        ),
        (12, [("TY LE:", "1/100", "scale"), ("NGAY:", "15/08/2022", "date")]),
        (12, [("SO BAN VE:", "CN-07", "number"), ("LAN:", "0", "revision")]),
    ]
    x = m
    for share, fields in columns:
        pen.line(x, y0, x, y1)
        height = 64 / len(fields)
        for number, (label, value, name) in enumerate(fields):
            y = y0 + number * height
            if number:
                pen.line(x, y, x + share * unit, y)
            if label:
                pen.text(x + 3, y + 8, label, 5)
            pen.text(x + 8, y + height - 5, value, 7.5 if height > 25 else 6.5, True)
            if name and value:
                pen.truth.fields[name] = value
        x += share * unit
    pen.truth.block = (m, y0, w - m, y1)
    pen.truth.zones.append(("title_block", None, pen.truth.block, None))
    return (m, m, w - m, y0)
