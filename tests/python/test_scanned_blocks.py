"""Title blocks of scans: fields read apart, short texts found, rules met, and which reader reads a line."""

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from sheet_maker import make_sheet
from sheet_pen import FONTS, vietnamese
from sheet_scores import plain
from text_pages import plenty

from pyworker.engine.ocr.box_cuts import cut_at_rules
from pyworker.engine.ocr.choice import LineReader
from pyworker.engine.ocr.detection import TextBox
from pyworker.engine.ocr.level import LevelPicture
from pyworker.engine.ocr.missed_text import missed_text
from pyworker.engine.ocr.pace import Pace
from pyworker.engine.ocr.readers import OtherReader
from pyworker.engine.ocr.recognition import Recognised
from pyworker.engine.ocr.tesseract import Tesseract
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.pdf.tilt import Tilt
from pyworker.engine.sheets.canvas import Lines
from pyworker.engine.sheets.pieces import text_pieces
from pyworker.engine.sheets.read_words import parted, without_rules
from pyworker.engine.sheets.scans import meeting


def drawn(size, draw) -> LevelPicture:
    """A level picture of `size` pixels at 72 dpi, a pixel a point."""
    picture = Image.new("RGB", size, "white")
    draw(ImageDraw.Draw(picture))
    return LevelPicture(
        np.asarray(picture)[:, :, ::-1].copy(), Rect(0.0, 0.0, *map(float, size)), 72.0, Tilt()
    )


def box(left, top, right, bottom) -> TextBox:
    return TextBox(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float32))


def spans(boxes):
    return [(round(float(b.corners[0][0])), round(float(b.corners[1][0]))) for b in boxes]


def test_a_box_over_a_rule_is_cut_there():
    picture = drawn((300, 100), lambda pen: None)
    rule = Ruling(False, 100.0, 0.0, 90.0, 1.0)
    assert spans(cut_at_rules([box(20, 40, 200, 56)], [rule], picture)) == [(20, 99), (101, 200)]
    # At its end, the rule alone is cut off; a stroke no longer than the line is a letter's.
    assert spans(cut_at_rules([box(99, 40, 200, 56)], [rule], picture)) == [(101, 200)]
    stroke = Ruling(False, 100.0, 41.0, 56.0, 1.0)
    assert spans(cut_at_rules([box(20, 40, 200, 56)], [stroke], picture)) == [(20, 200)]


def test_a_box_of_turned_text_is_cut_at_level_rules():
    picture = drawn((100, 300), lambda pen: None)
    rule = Ruling(True, 100.0, 0.0, 90.0, 1.0)
    parts = cut_at_rules([box(40, 20, 56, 200)], [rule], picture)
    assert [(round(float(b.corners[0][1])), round(float(b.corners[3][1]))) for b in parts] == [
        (20, 99),
        (101, 200),
    ]


def test_a_letter_alone_in_its_field_is_found():
    if not vietnamese():
        pytest.skip("DejaVu Sans is not installed")
    font = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), 24)

    def draw(pen):
        pen.rectangle((20, 20, 300, 120), outline=0, width=4)
        pen.line((160, 20, 160, 120), fill=0, width=4)
        pen.text((40, 28), "LABEL", fill=0, font=font)
        pen.text((169, 60), "C", fill=0, font=font)
        pen.point([(260, 80), (60, 90)], fill=0)

    rules = [Ruling(True, float(y), 20.0, 300.0, 4.0) for y in (22, 118)]
    rules += [Ruling(False, float(x), 20.0, 120.0, 4.0) for x in (22, 160, 298)]
    found = missed_text(drawn((340, 160), draw), [Rect(34.0, 24.0, 140.0, 60.0)], rules)
    assert len(found) == 1
    (left, top), (right, bottom) = (found[0].corners.min(axis=0), found[0].corners.max(axis=0))
    assert 160 <= left <= 170 and 185 <= right <= 200 and 54 <= top <= 66 and 83 <= bottom <= 96


def test_rules_that_just_miss_others_meet_them():
    rules = [Ruling(True, 50.0, 10.0, 94.0, 1.0), Ruling(False, 100.0, 0.0, 80.0, 1.0)]
    assert meeting(rules)[0][2:4] == (10.0, 100.0)
    far = [Ruling(True, 50.0, 10.0, 80.0, 1.0), Ruling(False, 100.0, 0.0, 80.0, 1.0)]
    assert meeting(far) == far


def test_words_close_to_a_rule_on_either_side_are_two_pieces():
    words = [Word("An", Rect(60, 0, 99, 9), 9, 0, 0), Word("1:200", Rect(104, 0, 130, 9), 9, 0, 3)]
    pieces = text_pieces(words)
    assert [piece.text for piece in pieces] == ["An 1:200"]
    rule = Ruling(False, 101.0, -5.0, 20.0, 0.0)
    assert [piece.text for piece in parted(pieces, Lines([rule]))] == ["An", "1:200"]
    assert parted(pieces, Lines([])) == pieces


def test_a_rule_read_as_a_letter_with_an_accent_is_none():
    words = [Word("Ỉ", Rect(10, 5, 13, 14), 9, 0, 0), Word("NGÀY", Rect(16, 5, 50, 14), 9, 0, 20)]
    assert [w.text for w in without_rules(words, [Ruling(False, 11.0, 0.0, 40.0, 0.5)])] == ["NGÀY"]


class Script:
    """A reader that reads what it is told: a line is a picture whose shade is its number."""

    def __init__(self, texts):
        self.texts, self.pace = texts, Pace()

    def recognise(self, line, context):
        text, confidence = self.texts[int(line[0, 0, 0])]
        return Recognised(text, confidence, tuple(0.5 for _ in text))


def read_by(first, other):
    lines = [np.full((10, 100, 3), number, dtype=np.uint8) for number in range(len(first))]
    reader = LineReader(Script(first), OtherReader(Script(other), frozenset("ủảệạỆẢẠỐ")), plenty())
    return [read.text for read in reader.read_all(lines)]


def test_letters_that_vietnamese_lacks_are_not_taken_for_its_own():
    first = [("Alle Maße prüfen", 0.999), ("Schnitt", 0.999)]
    other = [("Alle MaBe prủfen", 0.9), ("Schnitt", 0.9)]
    assert read_by(first, other) == ["Alle Maße prüfen", "Schnitt"]
    # A page whose accents the first reader is not sure of is Vietnamese.
    assert read_by([("Küm tra", 0.9)], [("Kủểm trả", 0.9)]) == ["Kủểm trả"]


def test_figures_on_a_page_in_vietnamese_are_read_by_the_reader_of_figures():
    first = [("SÓ HIÊU BÁN", 0.9), ("17/12/2021", 1.0)]
    other = [("SỐ HIỆU BẢN TRẠM", 0.93), ("17712/2021", 0.95)]
    assert read_by(first, other) == ["SỐ HIỆU BẢN TRẠM", "17/12/2021"]


def test_accents_of_blurred_capitals_are_read():
    reader = Tesseract(None).reader(["vi"])
    if reader is None or not vietnamese():
        pytest.skip("no Vietnamese, or no DejaVu Sans")
    texts = ("TRẠM BƠM ĐỒNG SEN", "KHỐI NHÀ CHÍNH", "Trần Thị Bình", "MẶT BẰNG TẦNG 2", "Trần Quốc Toản")
    texts += ("CHI TIẾT CẦU THANG", "MẶT BẰNG KẾT CẤU MÓNG", "NHÀ MÁY XỬ LÝ NƯỚC")
    right = 0
    for size, blur in ((14, 1.2), (14, 1.4), (16, 1.2)):
        font = ImageFont.truetype(str(FONTS / "DejaVuSans.ttf"), size)
        for text in texts:
            picture = Image.new("RGB", (round(font.getlength(text)) + 12, round(1.8 * size)), (235, 235, 235))
            ImageDraw.Draw(picture).text((6, size // 4), text, fill=(40, 40, 40), font=font)
            line = np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)))[:, :, ::-1].copy()
            right += reader.recognise(line, plenty()).text == text
    # Eleven, and without sharper edges five.
    assert right >= 9


def test_a_scanned_block_without_rules_is_read(sheet_worker, tmp_path):
    data, truth, _ = make_sheet(105, size="A2", style="open", language="en", turn="upright")
    picture = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72).to_pil().convert("L")
    path = tmp_path / "scan.pdf"
    picture.save(path, resolution=200)
    block = sheet_worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=120_000)[
        "title_block"
    ]
    found = {field["name"]: field["value"] for field in block["fields"]}
    right = [name for name, value in truth.fields.items() if plain(found.get(name)) == plain(value)]
    assert len(right) >= len(truth.fields) - 1, found
