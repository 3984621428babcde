"""Sheets as drawing programs plot them: borders that name zones, blocks without labels, words set one by one."""

from random import Random

import pytest
from pdf_maker import Pdf
from sheet_pen import Pen, vietnamese
from text_pages import open_page, plenty

from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.commands.read_sheet import read_sheet
from pyworker.engine.sheets.labels import field_of, names_no_field
from pyworker.errors import EngineUnavailable
from pyworker.messages import ExtractText, ReadSheet

A4, A3 = (842.0, 595.0), (1191.0, 842.0)


def none():
    raise EngineUnavailable("no OCR is installed")


def shown(x, y, text, size=9.0):
    return f"BT /F {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm ({text}) Tj ET"


def spread(x, y, words, size, gap):
    """Words each set by itself, `gap` points between them."""
    parts = []
    for word in words:
        parts.append(shown(x, y, word, size))
        # Letters of Helvetica are half as wide as they are high, more or less.
        x += sum(WIDTHS.get(c, 0.556) for c in word) * size + gap
    return parts


WIDTHS = {
    "I": 0.278,
    "L": 0.556,
    "M": 0.833,
    "O": 0.778,
    "R": 0.722,
    "T": 0.611,
    "i": 0.222,
    "l": 0.222,
    "t": 0.278,
}
WIDTHS |= {
    "r": 0.333,
    "m": 0.833,
    "w": 0.722,
    "s": 0.5,
    "c": 0.5,
    ":": 0.278,
    "A": 0.667,
    "P": 0.667,
    "f": 0.278,
}
WIDTHS |= {"D": 0.722, "C": 0.722, "v": 0.5, "k": 0.5}


def wires(left, bottom, count):
    """Parts of a circuit: slanted strokes, each with a level one."""
    return [
        f"{left + 40 * (n % 12)} {bottom + 50 * (n // 12)} m {left + 40 * (n % 12) + 14} "
        f"{bottom + 50 * (n // 12) + 9} l {left + 40 * (n % 12) + 30} {bottom + 50 * (n // 12) + 9} l S"
        for n in range(count)
    ]


def read(make_pdf, parts, size):
    pdf = Pdf.with_font()
    pdf.page("\n".join(["0.5 w", *parts]), size)
    path = make_pdf(pdf.build())
    _cache, document, _page = open_page(path)
    request = {"file_path": str(path), "page_index": 0}
    sheet = read_sheet(document, ReadSheet(**request), plenty(), none)
    lines = extract_text(document, ExtractText(**request), plenty(), none)["lines"]
    return sheet, [line["text"] for line in lines]


def fields(sheet):
    return {field["name"]: field["value"] for field in sheet["title_block"]["fields"]}


def bordered(width, height, rows="ABCDEFGH", columns=17):
    """A border whose upper and left strips name zones; the left one ends at the title block."""
    parts = [
        f"10 10 {width - 20} {height - 20} re S",
        f"10 {height - 26} m {width - 10} {height - 26} l S",
    ]
    parts.append(f"10 52 m {width - 10} 52 l S 26 52 m 26 {height - 10} l S")
    step = (width - 36) / columns
    for n in range(columns):
        x = 26 + step * n
        parts += [
            f"{x:g} {height - 26} m {x:g} {height - 10} l S",
            shown(x + step / 2 - 3, height - 22, str(n), 8),
        ]
    step = (height - 78) / len(rows)
    for n, name in enumerate(rows):
        y = height - 26 - step * (n + 1)
        parts += [f"10 {y:g} m 26 {y:g} l S", shown(15, y + step / 2 - 3, name, 8)]
    return parts


def test_a_folio_with_few_strokes_is_a_sheet(make_pdf):
    parts = [
        *bordered(*A4),
        "200 10 m 200 52 l S 640 10 m 640 52 l S 10 31 m 200 31 l S 640 31 m 832 31 l S",
    ]
    parts += [shown(14, 38, "Author: Field Works"), shown(14, 17, "Date: 14 Aug 2014")]
    parts += [
        shown(340, 28, "Feeder 3, main circuit"),
        shown(644, 38, "File: feeder.qet"),
    ]
    parts += [shown(644, 17, "Folio: 6/19"), *wires(80, 200, 20)]
    sheet, _lines = read(make_pdf, parts, A4)
    assert sheet["kind"] == "drawing"
    assert fields(sheet) == {
        "drawn": "Field Works",
        "date": "14 Aug 2014",
        "title": "Feeder 3, main circuit",
        "file": "feeder.qet",
        "sheet": "6/19",
    }


def block(rows, left=700.0, top=140.0, size=9.0):
    """A title block in the corner of an A3 sheet: rows of (height, [(width, text, size)])."""
    parts = ["20 20 1151 802 re S", *wires(100, 300, 60)]
    y = top
    for height, row in rows:
        x = left
        for width, text, *of in row:
            parts.append(f"{x:g} {y - height:g} {width:g} {height:g} re S")
            if text:
                parts.append(shown(x + 5, y - height + 6, text, *of))
            x += width
        y -= height
    return parts


def test_title_number_and_place_are_told_without_labels(make_pdf):
    rows = [
        (30, [(120, ""), (351, "Dalby Tools Ltd", 9)]),
        (40, [(120, "Approved: A. Cole"), (351, "Pump Base Plate", 14)]),
        (25, [(120, "Drawn: J. Harmon"), (60, "C4"), (231, "GB-5185-22"), (60, "C")]),
        (25, [(120, "Checked: T. Okafor"), (100, "1:2"), (251, "2 / 3")]),
    ]
    sheet, _lines = read(make_pdf, block(rows), A3)
    told = fields(sheet)
    assert told["title"] == "Pump Base Plate"
    assert (told["number"], told["scale"], told["sheet"]) == (
        "GB-5185-22",
        "1:2",
        "2 / 3",
    )
    assert all(f["confidence"] <= 0.6 for f in sheet["title_block"]["fields"] if not f["label"])


def test_a_title_without_a_value_is_not_guessed(make_pdf):
    rows = [
        (40, [(235, "Kestrel Pumps", 14), (236, "Title:")]),
        (
            25,
            [(160, "Drawn: J. Harmon"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")],
        ),
        (25, [(160, "Dwg No: KP-22"), (160, "Page:"), (151, "of")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert "title" not in told
    assert "sheet" not in told
    assert told["number"] == "KP-22"


def test_what_stands_in_the_next_cell_is_no_value_of_another_kind(make_pdf):
    rows = [
        (25, [(160, "Rev"), (311, "MODIFICATION")]),
        (
            25,
            [(160, "Title: Coupling"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")],
        ),
        (25, [(160, "Dwg No: KP-22"), (160, "Approved"), (151, "Signature")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert told == {
        "title": "Coupling",
        "date": "2020-01-27",
        "scale": "1:5",
        "number": "KP-22",
    }


def test_a_line_across_the_sheet_parts_no_text(make_pdf):
    rows = [
        (
            25,
            [(160, "Title: Coupling"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")],
        ),
        (25, [(160, "Dwg No: KP-22"), (311, "")]),
    ]
    parts = [
        *block(rows),
        shown(870, 96, "Approved"),
        shown(930, 96, "M."),
        shown(943.3, 96, "Reyes"),
    ]
    parts.append("941.5 20 m 941.5 822 l S")
    assert fields(read(make_pdf, parts, A3)[0])["approved"] == "M. Reyes"


def test_three_labels_tell_a_small_sheet(make_pdf):
    parts = [
        *bordered(*A4),
        "200 10 m 200 52 l S 640 10 m 640 52 l S 10 31 m 200 31 l S 640 31 m 832 31 l S",
    ]
    parts += [
        shown(14, 38, "Drawn: J. Harmon"),
        shown(14, 17, "Checked: T. Okafor"),
        *wires(80, 200, 20),
    ]
    parts += [shown(340, 28, "Feeder 3"), shown(644, 38, "Approved: A. Cole")]
    sheet, _lines = read(make_pdf, parts, A4)
    assert sheet["kind"] == "drawing"


def test_labels_of_narrow_cells_side_by_side_are_apart(make_pdf):
    # Between the two words is less room than between two words of one text.
    parts = block([(20, [(60, ""), (80, "Approved"), (160, ""), (171, "")])] * 3)
    parts += [
        shown(703, 86, "Rev"),
        shown(722.5, 86, "Sheet"),
        "720 80 m 720 140 l S",
        shown(728, 106, "4"),
    ]
    parts += [
        shown(850, 86, "Scale 1:50"),
        shown(1010, 86, "Drawing No. M-07"),
        shown(705, 106, "B"),
    ]
    told = fields(read(make_pdf, parts, A3)[0])
    assert told["number"] == "M-07"


def test_words_set_one_by_one_are_one_line(make_pdf):
    rows = [
        (25, [(471, "")]),
        (25, [(160, "Date: 2015-03-22"), (160, "Rev: 2"), (151, "Size: A4")]),
    ]
    title = ["Title:", "Lamp", "control", "with", "two", "motors"]
    parts = [*block(rows), *spread(705, 121, title, 9, 12.5)]
    parts += spread(200, 250, ["Attach", "the", "cover", "last"], 9, 12.5)
    sheet, lines = read(make_pdf, parts, A3)
    assert fields(sheet)["title"] == "Lamp control with two motors"
    assert "Attach the cover last" in lines


def test_the_mark_of_an_encoding_is_no_word(make_pdf):
    rows = [
        (25, [(240, "Title: Lamp control"), (231, "Scale: 1:2")]),
        (25, [(240, "Dwg No: L-12"), (231, "Rev: 2")]),
    ]
    parts = [*block(rows), shown(307, 250, "\\376\\377"), shown(320.5, 250, "Relay")]
    _sheet, lines = read(make_pdf, parts, A3)
    assert "Relay" in lines


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Обозначение", "number"),
        ("Разраб.", "drawn"),
        ("Масштаб", "scale"),
        ("Лист", "sheet"),
        ("图号", "number"),
        ("图名", "title"),
        ("比例", "scale"),
        ("审核", "checked"),
        ("Nº de plano", "number"),
        ("Revisó", "checked"),
        ("Escala", "scale"),
        ("Committente", "client"),
        ("Scala", "scale"),
        ("Titolo", "title"),
        ("Título do desenho", "title"),
        ("Verificado por", "checked"),
    ],
)
def test_labels_of_other_languages_are_known(text, name):
    assert field_of(text) == name


def test_a_template_s_variable_is_no_label():
    assert field_of("$Revision$") is None
    assert field_of("%{title}") is None
    assert names_no_field("Signature") and names_no_field("Подп.") and not names_no_field("Scale")


def test_a_block_after_gost_is_read(tmp_path):
    if not vietnamese():
        pytest.skip("DejaVu Sans, which has Cyrillic letters, is not installed")
    width, height = A3
    pen = Pen(width, height, Random(4), "Sheet")
    pen.rect(57, 14, width - 14, height - 14, 1.2)
    left, right, bottom = width - 14 - 520, width - 14, height - 14
    for x, text in zip((0, 20, 48, 110, 155), ("Изм", "Лист", "№ докум.", "Подп.", "Дата"), strict=True):
        pen.text(left + x + 2, bottom - 4, text, 8)
        pen.line(left + x, bottom - 42, left + x, bottom)
    for y in (0, 14, 28, 42):
        pen.line(left, bottom - y, left + 190, bottom - y)
    pen.rect(left, bottom - 42, right, bottom)
    pen.line(left + 190, bottom - 42, left + 190, bottom)
    pen.text(left + 240, bottom - 14, "КМВТ.323764.094СБ", 16)
    pen.line(right - 30, bottom - 42, right - 30, bottom)
    pen.line(right - 30, bottom - 22, right, bottom - 22)
    pen.text(right - 26, bottom - 27, "Лист", 8)
    pen.text(right - 18, bottom - 6, "2", 8)
    for n in range(60):
        pen.line(100 + 9 * n, 200, 130 + 9 * n, 240)
    path = tmp_path / "sheet.pdf"
    path.write_bytes(pen.close())
    _cache, document, _page = open_page(path)
    request = {"file_path": str(path), "page_index": 0}
    told = fields(read_sheet(document, ReadSheet(**request), plenty(), none))
    assert told == {"number": "КМВТ.323764.094СБ", "sheet": "2"}
