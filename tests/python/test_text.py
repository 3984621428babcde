"""extract_text and the text in a box: reading order, places, and when a page's own text is not enough."""

import pytest
from pdf_maker import Pdf, fill
from text_pages import column, open_page, plenty, scanned_pdf, show, text_pdf

from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.engines import Engines
from pyworker.engine.layout.box_text import text_in_box
from pyworker.errors import BboxOutOfPage, EngineUnavailable
from pyworker.messages import ExtractText
from pyworker.settings import Settings

LEFT = [
    "The left column of the page holds",
    "several lines of running text that",
    "fill it from side to side, so that",
    "it is read before the right one.",
]
RIGHT = [
    "The right column is read after it,",
    "from its first line to its last one,",
    "though the baselines of both are the",
    "same and no rule stands between.",
]
TURNS = (0, 90, 180, 270)
BOXES = ("", "/CropBox[50 80 560 760]", "/MediaBox[-40 -60 572 732]", "/UserUnit 1.5")


@pytest.fixture(scope="module")
def no_docling():
    return Engines.load(Settings(docling_profile="none"))


@pytest.fixture
def read(make_pdf, no_docling):
    """Reads page 0 of a PDF, given as bytes; further arguments are fields of the request."""

    def run(data, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        payload = ExtractText(file_path=str(path), page_index=0, **{"ocr": "never", **fields})
        return extract_text(document, payload, plenty(), no_docling.ocr)

    return run


def test_columns_are_read_one_after_the_other(read):
    title = show(90, 740, "A title over both of the columns of this page", 16)
    content = title + column(60, 700, LEFT) + column(320, 700, RIGHT) + show(280, 40, "page 7", 9)
    found = read(text_pdf(content))
    assert found["text"].split("\n") == [
        "A title over both of the columns of this page", *LEFT, *RIGHT, "page 7",
    ]  # fmt: skip


def test_columns_written_row_by_row_are_still_columns(read):
    content = "".join(
        show(x, 700 - 12 * row, line[row], 10) for row in range(4) for x, line in ((60, LEFT), (320, RIGHT))
    )
    assert read(text_pdf(content))["text"].split("\n") == LEFT + RIGHT


def test_a_table_is_read_row_by_row(read):
    rows = [
        ("Item", "Pieces", "Price"),
        ("bolts", "12", "3.40"),
        ("nuts", "7", "1.10"),
        ("washers", "40", "0.90"),
    ]
    content = "".join(
        show(x, 700 - 14 * y, cell, 10)
        for y, row in enumerate(rows)
        for x, cell in zip((60, 250, 420), row, strict=True)
    )
    assert read(text_pdf(content))["text"].split("\n") == [" ".join(row) for row in rows]


def test_raised_and_lowered_characters_stay_in_their_line(read):
    content = (
        show(60, 700, "H", 12)
        + show(69, 697, "2", 8)
        + show(73.6, 700, "O and x", 12)
        + show(116, 705, "2", 8)
    )
    assert read(text_pdf(content))["text"] == "H2O and x2"


def test_a_drop_capital_does_not_mix_the_lines_beside_it(read):
    content = show(60, 676, "O", 34) + column(
        92, 700, ["nce upon a time there were", "three lines beside a capital", "and they stayed apart"], 10
    )
    lines = read(text_pdf(content))["text"].split("\n")
    assert "nce upon a time there were" in lines
    assert any(line.endswith("three lines beside a capital") for line in lines)


@pytest.mark.parametrize("turn", TURNS)
def test_text_that_stands_upright_as_displayed_is_read_in_order(read, turn):
    """A page stored sideways with /Rotate to turn it upright, as scanners and drawing programs write them."""
    matrix, places = {
        0: ("1 0 0 1", [(60, 700), (60, 680)]),
        90: ("0 1 -1 0", [(100, 60), (120, 60)]),
        180: ("-1 0 0 -1", [(500, 100), (500, 120)]),
        270: ("0 -1 1 0", [(500, 700), (480, 700)]),
    }[turn]
    content = "".join(
        show(x, y, text, 12, matrix)
        for (x, y), text in zip(places, ["first line", "second line"], strict=True)
    )
    found = read(text_pdf(content, f"/Rotate {turn}"))
    assert found["text"] == "first line\nsecond line"
    boxes = [line["bbox"] for line in found["lines"]]
    assert all(width > height for _x, _y, width, height in boxes)
    assert boxes[0][1] < boxes[1][1]


def test_a_stamp_along_the_margin_comes_after_the_text(read):
    content = show(20, 300, "arXiv stamp in the margin", 14, "0 1 -1 0") + column(60, 700, LEFT)
    assert read(text_pdf(content))["text"].split("\n") == [*LEFT, "arXiv stamp in the margin"]


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES)
def test_the_box_of_a_line_holds_exactly_that_line(make_pdf, no_docling, turn, box):
    lines = ["Alpha beta gamma", "delta epsilon", "zeta eta theta iota"]
    path = make_pdf(
        text_pdf(column(120, 640, lines, 14, 1.3) + show(120, 200, "kappa", 9), f"{box}/Rotate {turn}")
    )
    _cache, document, page = open_page(path)
    for origin in ("TOPLEFT", "BOTTOMLEFT"):
        payload = ExtractText(file_path=str(path), page_index=0, coord_origin=origin)
        found = extract_text(document, payload, plenty(), no_docling.ocr)["lines"]
        assert sorted(line["text"] for line in found) == sorted([*lines, "kappa"])
        for line in found:
            rect = page.geometry.clip(line["bbox"], origin)
            assert text_in_box(page, rect) == line["text"]


def test_the_ink_of_a_line_lies_in_its_box(worker, make_pdf):
    path = make_pdf(text_pdf(show(120, 640, "HHHH", 20), "/CropBox[50 80 560 760]/Rotate 90"))
    (line,) = worker.data("extract_text", {"file_path": str(path), "page_index": 0})["lines"]
    whole = worker.crop(path, [0, 0, 680, 510]).pixels()
    inside = worker.crop(path, line["bbox"]).pixels()
    dark = [sum(pixel[0] < 128 for pixel in pixels) for pixels in (whole, inside)]
    assert dark[0] > 50
    assert dark[1] >= 0.95 * dark[0]


def test_a_region_gives_only_its_own_words(read):
    content = show(60, 700, "one two three four", 12) + show(60, 600, "five six", 12)
    # "two" begins about 86 points from the left, "three" ends at 136; y is measured from the top of 792 points.
    found = read(text_pdf(content), bbox=[84, 75, 52, 30])
    assert found["text"] == "two three"
    assert found["lines"][0]["source"] == "pdf"
    assert found["lines"][0]["confidence"] == 1.0
    assert read(text_pdf(content), bbox=[84, 687, 52, 30], coord_origin="BOTTOMLEFT")["text"] == "two three"


def test_a_region_off_the_page_is_refused(read):
    with pytest.raises(BboxOutOfPage):
        read(text_pdf(show(60, 700, "text")), bbox=[700, 0, 10, 10])


def test_what_stands_in_a_form_field_is_text_of_the_page(read):
    pdf = Pdf.with_font()
    look = pdf.stream(
        "/Tx BMC BT /F 12 Tf 2 4 Td (Jane Doe) Tj ET EMC",
        "/Type/XObject/Subtype/Form/BBox[0 0 100 20]/Resources<</Font<</F 3 0 R>>>>",
    )
    field = pdf.add(
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Jane Doe)/F 4/Rect[120 690 220 710]/AP<</N {look} 0 R>>>>"
    )
    pdf.page(show(60, 696, "Name:"), (612, 792), f"/Annots[{field} 0 R]")
    pdf.catalog = f"/AcroForm<</Fields[{field} 0 R]>>"
    found = read(pdf.build())
    assert found["text"] == "Name: Jane Doe"
    x, y, width, height = found["lines"][0]["bbox"]
    assert (x, x + width) == (pytest.approx(60, abs=2), pytest.approx(172, abs=4))
    assert y > 80 and y + height < 105


def with_meanings(*entries):
    """A document in Helvetica whose codes mean what these entries of a ToUnicode map say."""
    pdf = Pdf.with_font()
    to_unicode = pdf.stream(
        "/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange <00><FF> endcodespacerange "
        f"{' '.join(entries)} endcmap end"
    )
    pdf.objects[3] = (
        f"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode {to_unicode} 0 R>>"
    ).encode()
    return pdf


def test_words_of_hebrew_are_read_from_the_right(read):
    # Glyphs a to d as Hebrew letters, drawn from the right to the left one by one, as most producers write them.
    pdf = with_meanings("4 beginbfchar <61><05D0> <62><05D1> <63><05D2> <64><05D3> endbfchar")
    word = "".join(show(200 - 7 * place, 700, letter) for place, letter in enumerate("abcd"))
    second = "".join(show(160 - 7 * place, 700, letter) for place, letter in enumerate("dcba"))
    pdf.page(word + second, (612, 792))
    assert read(pdf.build())["text"].split() == ["\u05d0\u05d1\u05d2\u05d3", "\u05d3\u05d2\u05d1\u05d0"]


def test_a_mark_set_over_a_letter_does_not_part_its_word(read):
    pdf = with_meanings("1 beginbfrange <61><7A><0061> endbfrange", "1 beginbfchar <B4><0301> endbfchar")
    # The accent is drawn by itself, four points above the line, as programs do that compose letters.
    pdf.page("BT /F 12 Tf 72 700 Td (te) Tj 3.3 4 Td (\xb4) Tj 6.7 -4 Td (n so) Tj ET", (612, 792))
    assert read(pdf.build())["text"].split() == ["te\u0301n", "so"]


@pytest.mark.parametrize("times", [1, 2])
def test_each_letter_of_a_ligature_is_kept_and_a_word_drawn_twice_is_one(read, times):
    pdf = with_meanings("2 beginbfchar <46><00660066> <4C><006600660069> endbfchar")
    pdf.page(show(72, 700, "oFer of the oLce", 12) * times, (612, 792))
    assert read(pdf.build())["text"] == "offer of the office"


def test_a_page_without_ink_needs_no_ocr(read):
    assert read(text_pdf(""), ocr="auto") == {"text": "", "lines": []}


@pytest.mark.parametrize("content", ["scan", "unmapped"])
def test_auto_says_that_ocr_is_missing_where_the_text_is_not_usable(read, content):
    data = scanned_pdf(show(60, 700, "only a picture", 14)) if content == "scan" else _private_use()
    with pytest.raises(EngineUnavailable, match=r"no usable text of its own.*TACH_DOCLING_PROFILE"):
        read(data, ocr="auto")
    assert len(read(data, ocr="never")["lines"]) == (0 if content == "scan" else 1)


def test_a_line_drawn_is_no_reason_for_ocr_beside_text(read):
    content = column(60, 700, LEFT) + fill((0, 0, 0), 60, 500, 300, 2)
    assert read(text_pdf(content), ocr="auto")["text"].split("\n") == LEFT


def _private_use() -> bytes:
    """Text whose characters are mapped into the private use area, as some subset fonts have it."""
    pdf = Pdf.with_font()
    to_unicode = pdf.stream(
        "/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange <00><FF> endcodespacerange "
        "1 beginbfrange <20><7E><E020> endbfrange endcmap end"
    )
    pdf.objects[3] = (
        f"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode {to_unicode} 0 R>>"
    ).encode()
    pdf.page(show(60, 700, "unreadable"), (612, 792))
    return pdf.build()
