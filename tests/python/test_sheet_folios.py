"""Sheets as drawing programs plot them: borders that name zones, words set one by one, letters that are outlines."""

from random import Random

import pytest
from pdf_maker import Pdf
from sheet_folios import A3, A4, block, bordered, fields, none, read, shown, spread, wires
from sheet_pen import Pen, vietnamese
from text_pages import open_page, plenty

from pyworker.engine.commands.read_sheet import read_sheet
from pyworker.engine.pdf.linework import read_linework
from pyworker.engine.pdf.outlined_words import with_letters
from pyworker.messages import ReadSheet


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


def test_a_low_title_block_is_no_strip_of_names(make_pdf):
    parts = [
        *bordered(*A4, low=34),
        "200 10 m 200 34 l S 420 10 m 420 34 l S 640 10 m 640 34 l S 740 10 m 740 34 l S",
    ]
    parts += [shown(14, 18, "Author: Field Works"), shown(240, 18, "Feeder 3"), *wires(80, 200, 20)]
    parts += [shown(430, 18, "Date: 14 Aug 2014"), shown(644, 18, "Page: 6"), shown(744, 18, "Rev: 2")]
    told = fields(read(make_pdf, parts, A4)[0])
    assert told.pop("title") == "Feeder 3"
    assert told == {"drawn": "Field Works", "date": "14 Aug 2014", "sheet": "6", "revision": "2"}


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


def test_a_word_that_is_one_outline_has_letters(make_pdf):
    letter = "{0} 200 m {0} 205 l {1} 205 l {1} 204 l {2} 204 l {2} 200 l h"
    word = " ".join(letter.format(100 + 5 * n, 103 + 5 * n, 101 + 5 * n) for n in range(6)) + " f"
    pdf = Pdf.with_font()
    pdf.page(word + " 300 300 20 5 re f", A3)
    _cache, _document, page = open_page(make_pdf(pdf.build()))
    marks = read_linework(page, lambda: None).marks
    boxes = with_letters(page, marks, 5.0, lambda: None)
    assert len(marks) == 2
    assert sorted(round(box.left) for box in boxes) == [100, 105, 110, 115, 120, 125, 300]


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
