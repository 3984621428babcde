"""Drawings in detail: views without titles, notes over a strip's title block, clipped text, strokes beside text."""

from random import Random

import pytest
from pdf_maker import Pdf
from sheet_office_blocks import strip_usa
from sheet_pen import Pen
from sheet_scores import iou
from stroke_font import stroked
from text_pages import open_page, plenty

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.commands.read_sheet import read_sheet
from pyworker.engine.ocr.stroked_rows import stroked_rows
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.sheets.labels import field_of, is_scale_note, is_view_title, near_field_of, zone_word
from pyworker.engine.sheets.read_words import without_rules, without_stray_accents
from pyworker.errors import EngineUnavailable
from pyworker.messages import ExtractText, ReadSheet

BLOCK = {"PROJECT": "NORTH CLINIC", "TITLE": "FIRST FLOOR PLAN", "SCALE": "1:100", "DRAWING NO": "W-247"}
NOTES = ["ALL SIZES ARE IN MILLIMETRES", "CHECK LEVELS ON SITE"]
SIZE = (1684.0, 1191.0)


def shown(x, y, text, size):
    return f"BT /F {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm ({text}) Tj ET"


def none():
    raise EngineUnavailable("no OCR is installed")


def page_of(make_pdf, parts):
    pdf = Pdf.with_font()
    pdf.page("\n".join(parts), SIZE)
    return make_pdf(pdf.build())


def sheet_of(path, load_ocr=none, context=None, **fields):
    _cache, document, _page = open_page(path)
    return read_sheet(
        document, ReadSheet(file_path=str(path), page_index=0, **fields), context or plenty(), load_ocr
    )


def text_of(path, load_ocr=none, context=None, **fields):
    _cache, document, _page = open_page(path)
    payload = ExtractText(file_path=str(path), page_index=0, **fields)
    return extract_text(document, payload, context or plenty(), load_ocr)


def framed():
    """A border with a title block in its corner: labels as text, no values."""
    parts = ["0.5 w 1 J 1 j 20 20 1644 1151 re S 1300 20 364 160 re S"]
    for row, label in enumerate(BLOCK):
        y = 140 - 40 * row
        parts += [f"1300 {y} m 1664 {y} l S", shown(1304, y + 32, label, 5.5)]
    return parts


def values(put):
    return [put(1320, 146 - 40 * row, value, 9) for row, value in enumerate(BLOCK.values())]


def stroked_values(x, y, text, size):
    return stroked(x, y, text, 0.72 * size)


def test_a_view_without_a_title_is_told(make_pdf):
    parts = [*framed(), *values(shown)]
    # Vessels far from each other.
    for number in range(4):
        x = 120 + 330 * number
        parts += [f"{x} 500 90 60 re S {x + 20} 520 30 30 re S"]
        parts += [shown(x + 20, 470, f"V-10{number}", 9)]
        parts += [f"{x} {600 + 2 * n} m {x + 80} {604 + 3 * n} l S" for n in range(20)]
    views = [zone for zone in sheet_of(page_of(make_pdf, parts))["zones"] if zone["kind"] == "view"]
    assert [view["title"] for view in views] == [None]
    left, top, width, height = views[0]["bbox"]
    assert iou((left, top, left + width, top + height), (120, 511, 1200, 725)) > 0.8


def test_notes_over_a_block_in_one_strip_are_no_part_of_it(tmp_path):
    pen = Pen(1684, 1191, Random(1), "Helvetica")
    pen.rect(20, 20, 1664, 1171, 1.0)
    pen.line(1400, 20, 1400, 1171, 1.0)
    pen.text(1410, 44, "GENERAL NOTES", 10, True)
    for number, line in enumerate((*NOTES, "DO NOT SCALE"), 1):
        pen.text(1410, 48 + 12 * number, f"{number}. {line}", 7)
    for number, (label, value) in enumerate(BLOCK.items()):
        y = 900 + 67 * number
        pen.line(1400, y, 1664, y)
        pen.text(1404, y + 9, label, 5.5)
        pen.text(1420, y + 40, value, 10, True)
    for number in range(40):
        pen.line(100 + 30 * number, 200, 400 + 18 * number, 800)
    path = tmp_path / "notes.pdf"
    path.write_bytes(pen.close())
    sheet = sheet_of(path)
    assert sheet["title_block"]["number"] == "W-247"
    assert sheet["title_block"]["bbox"][1] == pytest.approx(900, abs=2)
    assert [zone["title"] for zone in sheet["zones"] if zone["kind"] == "notes"] == ["GENERAL NOTES"]


def test_text_that_a_clipping_path_hides_is_not_told(make_pdf):
    hidden = (
        "q 100 300 400 400 re W n " + shown(700, 500, "FAR ROOM", 9) + shown(200, 500, "NEAR ROOM", 9) + " Q"
    )
    parts = [*framed(), *values(shown), hidden, shown(700, 499, "NOTE", 9)]
    parts += [f"100 {300 + 3 * n} m 500 {302 + 4 * n} l S" for n in range(60)]
    lines = [line["text"] for line in text_of(page_of(make_pdf, parts), ocr="never")["lines"]]
    assert "NEAR ROOM" in lines and "NOTE" in lines
    assert not any("FAR" in line for line in lines)


def mixed(make_pdf):
    parts = [*framed(), *values(stroked_values)]
    parts += [f"{100 + 20 * n} 300 m {300 + 14 * n} 700 l S" for n in range(60)]
    parts += [shown(1300, 1100, "NOTES", 9)]
    parts += [stroked(1300, 1080 - 16 * row, line, 6) for row, line in enumerate(NOTES)]
    return page_of(make_pdf, parts)


def test_strokes_beside_text_are_read(make_pdf, lean):
    path = mixed(make_pdf)
    block = sheet_of(path, lean.ocr, languages=["en"])["title_block"]
    told = {name: block[name] for name in ("project", "title", "scale", "number")}
    assert told == dict(zip(told, BLOCK.values(), strict=True))
    assert all(field["confidence"] < 0.95 for field in block["fields"])
    lines = text_of(path, lean.ocr, languages=["en"])["lines"]
    sources = {line["text"].replace(" ", ""): line["source"] for line in lines}
    assert sources["NOTES"] == sources["PROJECT"] == "pdf"
    assert sources[NOTES[0].replace(" ", "")] == sources["NORTHCLINIC"] == "ocr"


def test_strokes_beside_text_are_left_out_without_ocr_or_time(make_pdf, lean):
    path = mixed(make_pdf)
    own = ["NOTES", *BLOCK]
    assert sorted(line["text"] for line in text_of(path)["lines"]) == sorted(own)
    assert sheet_of(path)["title_block"] is None or not sheet_of(path)["title_block"]["number"]
    short = RequestContext(1.5)
    assert sorted(line["text"] for line in text_of(path, lean.ocr, short)["lines"]) == sorted(own)


def test_symbols_and_ticks_are_no_rows_of_letters():
    page = Rect(0.0, 0.0, 1000.0, 1000.0)
    ticks = [Rect(10 * n, 500, 10 * n + 2, 506) for n in range(80)]
    steps = [Rect(12 * n, 400 + 3 * n, 12 * n + 5, 406 + 3 * n) for n in range(80)]
    assert stroked_rows(ticks, [], 6.0, page, lambda: None) == []
    assert stroked_rows(steps, [], 6.0, page, lambda: None) == []


def test_labels_are_known_in_other_languages():
    assert field_of("Maßstab") == field_of("Échelle") == field_of("縮尺") == "scale"
    assert field_of("N° de plan") == field_of("Plan-Nr.") == field_of("図面番号") == "number"
    assert field_of("Änd.") == "revision" and field_of("AND") is None
    assert zone_word("TÜRLISTE") == zone_word("NOMENCLATURE") == "schedule"
    assert zone_word("LÉGENDE") == zone_word("MATERIALS KEY") == "legend"
    assert is_view_title("A-A (1:2)") and is_view_title("SCHNITT B-B") and not is_view_title("A-A")
    assert is_scale_note("M 1:50") and is_scale_note("NOT TO SCALE") and not is_scale_note("NONE")


def test_a_strip_without_notes_is_whole(tmp_path):
    pen = Pen(3024, 2160, Random(1), "Helvetica")
    area = strip_usa(pen)
    for number in range(60):
        pen.line(area[0] + 100 + 20 * number, 300, area[0] + 400, 900 + 3 * number)
    path = tmp_path / "strip.pdf"
    path.write_bytes(pen.close())
    left, top, width, height = sheet_of(path)["title_block"]["bbox"]
    assert iou((left, top, left + width, top + height), pen.truth.block) > 0.95


def test_what_ocr_made_of_rules_and_capitals_is_undone():
    def word(text, left, top=100.0):
        return Word(text, Rect(left, top, left + 4 * len(text), top + 8), 8.0, 0, 0)

    rules = [Ruling(False, 101.0, 60.0, 200.0, 1.0), Ruling(True, 110.0, 60.0, 200.0, 1.0)]
    words = [word("Ì", 100), word("KIỂM", 106), word("I", 160)]
    assert [w.text for w in without_rules(words, rules)] == ["KIỂM", "I"]
    capitals = ["NHÀ", "MAY", "NUOC", "TAN", "HIEP", "BE", "LANG", "NGANG", "MAT", "BANG"]
    read = without_stray_accents([word(text, 10 * k) for k, text in enumerate(capitals)])
    assert [w.text for w in read] == ["NHA", *capitals[1:]]
    accented = ["MẶT", "BẰNG", "CẤP", "ĐIỆN", "TẦNG", "BA", "VÀ", "MÁI"]
    kept = without_stray_accents([word(text, 10 * k) for k, text in enumerate(accented)])
    assert [w.text for w in kept] == accented


def test_a_label_with_one_letter_wrong_is_known_where_it_was_read():
    assert near_field_of("DIỊA DIEM:") == "location" and near_field_of("CHECKFD BY") == "checked"
    assert near_field_of("SCAIE") is None and near_field_of("WAREHOUSE") is None
