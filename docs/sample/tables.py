"""The sheet's frame, bill of quantities, notes, revisions, title block and stamp."""

from __future__ import annotations

from drafting import BOLD, HAIR, MEDIUM, OBLIQUE, THICK, THIN, Column, Sheet
from reportlab.lib.units import mm

# The right-hand strip of the sheet, in millimetres: the title block reaches the frame, the tables end before it.
STRIP_LEFT, STRIP_RIGHT, FRAME_RIGHT = 266.0, 406.0, 410.0
STRIP_WIDTH = STRIP_RIGHT - STRIP_LEFT

# Vietnamese, English, unit, quantity, price of one unit in dong.
BILL: list[tuple[str, str, str, float, int]] = [
    ("Đào đất móng bằng máy, đất cấp II", "Machine excavation, soil class II", "m³", 86.4, 92_000),
    ("Bê tông lót móng M100, đá 4×6", "Blinding concrete M100", "m³", 6.85, 1_185_000),
    ("Bê tông móng M250, đá 1×2", "Foundation concrete M250", "m³", 24.3, 1_640_000),
    ("Cốt thép móng D10–D18, CB400-V", "Foundation reinforcement CB400-V", "kg", 2_145, 21_500),
    ("Ván khuôn móng, cột", "Formwork, footings and columns", "m²", 118.6, 165_000),
    ("Xây tường gạch đặc 220, vữa M75", "Solid brick wall 220, mortar M75", "m³", 31.72, 1_890_000),
    ("Trát tường trong, ngoài dày 15", "Plaster 15 mm, both faces", "m²", 287.4, 98_000),
    ("Lát nền gạch granite 600×600", "Granite floor tiles 600×600", "m²", 74.9, 385_000),
    ("Cửa đi thép chống cháy EI60", "Steel fire doors EI60", "bộ", 4, 8_750_000),
    ("Cửa sổ nhôm kính 1500×1200", "Aluminium windows 1500×1200", "bộ", 6, 4_320_000),
    ("Bơm ly tâm Q=120 m³/h, H=45 m", "Centrifugal pump 120 m³/h, 45 m", "cái", 3, 146_500_000),
    ("Tủ điện điều khiển, biến tần 37 kW", "Control panel, 37 kW drives", "tủ", 2, 98_200_000),
]
BILL_COLUMNS = [
    Column(8, "center"),
    Column(57),
    Column(11, "center"),
    Column(17, "right"),
    Column(22, "right"),
    Column(25, "right"),
]
VALUE_ADDED_TAX = 8


def number(value: float, decimals: int = 0) -> str:
    """A number as Vietnamese documents write it: points between thousands, a comma before decimals."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def draw_frame(sheet: Sheet) -> None:
    """Border with a binding margin, and zone marks."""
    left, bottom, right, top = 20.0, 10.0, FRAME_RIGHT, 287.0
    sheet.pen(THICK)
    sheet.rect(left, bottom, right - left, top - bottom)
    sheet.pen(HAIR)
    sheet.rect(left - 5, bottom - 5, right - left + 10, top - bottom + 10)
    step = (right - left) / 8
    for zone in range(8):
        x = left + zone * step
        for y in (bottom - 3.6, top + 1.4):
            sheet.text(x + step / 2, y, str(zone + 1), 7, align="center")
        if zone:
            sheet.line((x, bottom - 5), (x, bottom))
            sheet.line((x, top), (x, top + 5))
    step = (top - bottom) / 6
    for zone, letter in enumerate("FEDCBA"):
        y = bottom + zone * step
        for x in (left - 2.5, right + 2.5):
            sheet.text(x, y + step / 2 - 1, letter, 7, align="center")
        if zone:
            sheet.line((left - 5, y), (left, y))
            sheet.line((right, y), (right + 5, y))


def draw_bill(sheet: Sheet) -> None:
    """The bill of quantities with subtotal, tax and total."""
    top = 283.0
    sheet.text(STRIP_LEFT, top - 4, "BẢNG TỔNG HỢP KHỐI LƯỢNG", 10, BOLD)
    sheet.text(STRIP_RIGHT, top - 4, "BILL OF QUANTITIES", 8, OBLIQUE, "right")
    header = [
        "STT\nNo.",
        "HẠNG MỤC\nDescription",
        "ĐVT\nUnit",
        "KHỐI LƯỢNG\nQuantity",
        "ĐƠN GIÁ (đ)\nRate (VND)",
    ]
    rows: list[list[str]] = [[*header, "THÀNH TIỀN (đ)\nAmount (VND)"]]
    total = 0
    for item, (vietnamese, english, unit, quantity, price) in enumerate(BILL, 1):
        amount = round(quantity * price)
        total += amount
        decimals = 0 if float(quantity).is_integer() else 2
        rows.append(
            [
                str(item),
                f"{vietnamese}\n{english}",
                unit,
                number(quantity, decimals),
                number(price),
                number(amount),
            ]
        )
    bottom = sheet.table(STRIP_LEFT, top - 7, BILL_COLUMNS, rows, 6.7, 6.4, header_height=7.6)
    tax = round(total * VALUE_ADDED_TAX / 100)
    label_width = STRIP_WIDTH - BILL_COLUMNS[-1].width
    for label, amount in [
        ("CỘNG TRƯỚC THUẾ / Subtotal", total),
        (f"THUẾ GTGT {VALUE_ADDED_TAX} % / VAT {VALUE_ADDED_TAX} %", tax),
        ("TỔNG CỘNG / GRAND TOTAL", total + tax),
    ]:
        sheet.pen(MEDIUM)
        sheet.rect(STRIP_LEFT, bottom - 5.4, label_width, 5.4)
        sheet.rect(STRIP_LEFT + label_width, bottom - 5.4, BILL_COLUMNS[-1].width, 5.4)
        sums = [Column(label_width, "right"), BILL_COLUMNS[-1]]
        sheet.row(STRIP_LEFT, bottom, sums, [label, number(amount)], 5.4, 6.4, BOLD)
        bottom -= 5.4


def draw_notes(sheet: Sheet) -> None:
    """General notes."""
    y = 159.0
    sheet.text(STRIP_LEFT, y, "GHI CHÚ CHUNG / GENERAL NOTES", 8, BOLD)
    notes = [
        "1. Kích thước trong bản vẽ tính bằng milimét, cao độ tính bằng mét.",
        "    Dimensions are in millimetres, levels in metres.",
        "2. Cao độ ±0.000 tương ứng cao độ tuyệt đối +6.450 (hệ Hòn Dấu).",
        "    Level ±0.000 equals +6.450 above the national datum.",
        "3. Bê tông cấp bền B20 (M250); cốt thép CB300-T với Ø < 10, CB400-V với Ø ≥ 10.",
        "4. Tường bao xây gạch đặc dày 220; tường ngăn dày 110, vữa xi măng M75.",
        "5. Đọc cùng bản vẽ KT-S-201 và hồ sơ thiết bị của nhà sản xuất.",
        "    Read together with KT-S-201 and the equipment maker's documents.",
        "6. Nhà thầu kiểm tra kích thước tại hiện trường trước khi thi công.",
    ]
    for note in notes:
        y -= 4.1
        sheet.text(STRIP_LEFT, y, note, 6.4, OBLIQUE if note.startswith(" ") else "Sheet")


def draw_revisions(sheet: Sheet) -> None:
    """The table of revisions."""
    columns = [
        Column(12, "center"),
        Column(22, "center"),
        Column(72),
        Column(17, "center"),
        Column(17, "center"),
    ]
    rows = [
        ["LẦN\nRev.", "NGÀY\nDate", "NỘI DUNG SỬA ĐỔI\nDescription", "VẼ\nDrawn", "KIỂM\nChecked"],
        ["C", "14/03/2025", "Bổ sung tủ điện số 2, cập nhật khối lượng", "N.T.H.", "T.Q.B."],
        ["B", "21/02/2025", "Dời cửa đi D2 theo ý kiến chủ đầu tư", "N.T.H.", "T.Q.B."],
        ["A", "06/01/2025", "Phát hành lần đầu / First issue", "L.V.Đ.", "T.Q.B."],
    ]
    sheet.table(STRIP_LEFT, 113, columns, rows, 5.0, 6.4, header_height=7.0)


def draw_title_block(sheet: Sheet, title: tuple[str, str], number: str, scale: str, page: str) -> None:
    """The title block in the lower right corner."""
    left, bottom, top = STRIP_LEFT, 10.0, 84.0
    sheet.pen(THICK)
    sheet.line((left, bottom), (left, top), (FRAME_RIGHT, top))

    # The firm, with its mark.
    with sheet.saved():
        sheet.canvas.setFillColorRGB(0.08, 0.27, 0.48)
        sheet.canvas.setStrokeColorRGB(0.08, 0.27, 0.48)
        sheet.line((left + 5, 70), (left + 10, 80), (left + 15, 70), close=True, fill=True)
        sheet.line((left + 12, 70), (left + 16, 77), (left + 20, 70), close=True, fill=True)
        sheet.text(left + 24, 76.4, "CÔNG TY CỔ PHẦN TƯ VẤN XÂY DỰNG SÔNG MÂY", 9, BOLD)
        sheet.text(left + 24, 72.0, "SONG MAY CONSTRUCTION CONSULTANTS JSC", 7)
    sheet.pen(MEDIUM)
    sheet.line((left, 67), (FRAME_RIGHT, 67))

    def field(x: float, y: float, label: str, *values: tuple[str, float, str]) -> None:
        sheet.text(x + 1.5, y - 3.0, label, 5, OBLIQUE)
        for line, (value, size, font) in enumerate(values):
            sheet.text(x + 1.5, y - 7.4 - 4.4 * line, value, size, font)

    field(
        left,
        67,
        "DỰ ÁN / PROJECT",
        ("TRẠM BƠM CẤP NƯỚC KHU CÔNG NGHIỆP ĐỒNG SEN", 8, BOLD),
        ("Water supply pumping station, Dong Sen industrial park", 6.4, "Sheet"),
    )
    sheet.line((left, 53), (FRAME_RIGHT, 53))
    field(left, 53, "TÊN BẢN VẼ / DRAWING TITLE", (title[0], 9.6, BOLD), (title[1], 6.8, "Sheet"))
    sheet.line((left, 38), (FRAME_RIGHT, 38))

    people = [
        ("THIẾT KẾ / Designed", "Lê Văn Đức"),
        ("VẼ / Drawn", "Nguyễn Thị Hằng"),
        ("KIỂM TRA / Checked", "Trần Quốc Bảo"),
        ("CHỦ TRÌ / Approved", "Phạm Thuỳ Dương"),
    ]
    sheet.pen(THIN)
    for index, (role, name) in enumerate(people):
        y = 38 - 7 * index
        if index:
            sheet.line((left, y), (left + 78, y))
        sheet.text(left + 1.5, y - 4.6, role, 5.6, OBLIQUE)
        sheet.text(left + 32, y - 4.6, name, 6.8)
        signature(sheet, left + 62, y - 4.6, index)
    sheet.line((left + 30, 10), (left + 30, 38))
    sheet.line((left + 59, 10), (left + 59, 38))
    sheet.pen(MEDIUM)
    sheet.line((left + 78, 10), (left + 78, 38))

    sheet.pen(THIN)
    sheet.line((left + 78, 24), (FRAME_RIGHT, 24))
    sheet.line((left + 110, 24), (left + 110, 38))
    sheet.line((left + 121, 10), (left + 121, 24))
    field(left + 78, 38, "TỶ LỆ / SCALE (A3)", (scale, 9, BOLD))
    field(left + 110, 38, "NGÀY / DATE", ("14/03/2025", 9, BOLD))
    field(left + 78, 24, "SỐ HIỆU BẢN VẼ / DRAWING No.", ("", 6, BOLD))
    sheet.text(left + 79.5, 12.6, number, 15, BOLD)
    field(left + 121, 24, "TỜ / SHEET", (page, 9, BOLD))


def signature(sheet: Sheet, x: float, y: float, variant: int) -> None:
    """A scribble, another one for each variant."""
    with sheet.saved():
        sheet.pen(THIN)
        sheet.canvas.setStrokeColorRGB(0.1, 0.15, 0.55)
        waves = [
            (0, 3, 1, 4, 4, 0, 6, 2),
            (0, 0, 3, 5, 4, -3, 9, 2),
            (1, 4, -2, -2, 8, 5, 5, 0),
            (0, 2, 5, 5, 2, -3, 10, 3),
        ]
        points = [value * 0.9 for value in waves[variant]]
        xs = [(x + value) * mm for value in points[0::2]]
        ys = [(y + value) * mm for value in points[1::2]]
        path = sheet.canvas.beginPath()
        path.moveTo(xs[0], ys[0])
        path.curveTo(xs[1], ys[1], xs[2], ys[2], xs[3], ys[3])
        path.curveTo(xs[2] + 4, ys[1] - 6, xs[1] + 14, ys[3] + 3, xs[3] + 14, ys[0] + 2)
        sheet.canvas.drawPath(path)


def draw_stamp(sheet: Sheet) -> None:
    """A red stamp, not quite straight, as stamps are."""
    with sheet.saved():
        sheet.canvas.translate(226 * mm, 33 * mm)
        sheet.canvas.rotate(11)
        sheet.canvas.setStrokeColorRGB(0.78, 0.08, 0.1)
        sheet.canvas.setFillColorRGB(0.78, 0.08, 0.1)
        for inset, width in ((0.0, 1.6), (1.3, 0.6)):
            sheet.canvas.setLineWidth(width)
            sheet.canvas.roundRect(
                (-31 + inset) * mm,
                (-11 + inset) * mm,
                (62 - 2 * inset) * mm,
                (22 - 2 * inset) * mm,
                (2.4 - inset / 2) * mm,
            )
        sheet.text(0, 3.4, "ĐÃ PHÊ DUYỆT", 15, BOLD, "center")
        sheet.text(0, -2.2, "APPROVED FOR CONSTRUCTION", 7.4, BOLD, "center")
        sheet.text(0, -7.2, "Ngày 18 tháng 03 năm 2025", 6.8, "Sheet", "center")
