"""Tables in scans: grids and bands of pixels, scans askew or with a digital line, pictures of tables in a report."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from test_level import FONT
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.commands.extract_evidence import extract_evidence
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.ocr.lines import OcrLine, Reading
from pyworker.engine.ocr.picture_look import is_worth_reading
from pyworker.engine.ocr.scanned import without_rests
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.messages import Convert, ExtractEvidence, ParseTable

ROWS = [
    ["Line item", "2023", "2022", "Change"],
    ["Operating cash flow", "1,204.6", "998.1", "+206.5"],
    ["Capital expenditure", "-312.9", "-287.4", "-25.5"],
    ["Dividends paid", "(88.0)", "(75.5)", "-"],
    ["Net change in cash", "761.2", "699.5", "61.7"],
]
XS = [110, 520, 700, 880, 1080]
TOP, HEIGHT = 90, 56
SIZE = (1240, 480)


def scan(style, angle=0.0, rows=ROWS):
    """A grey picture at 150 dpi of `rows`, as a grid, with bands, or with nothing but the text."""
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    bottom = TOP + HEIGHT * len(rows)
    if style == "bands":
        for row in range(0, len(rows), 2):
            draw.rectangle((XS[0], TOP + HEIGHT * row, XS[-1], TOP + HEIGHT * (row + 1)), fill=215)
    if style == "grid":
        for x in XS:
            draw.line((x, TOP, x, bottom), fill=0, width=2)
        for row in range(len(rows) + 1):
            draw.line((XS[0], TOP + HEIGHT * row, XS[-1], TOP + HEIGHT * row), fill=0, width=2)
    font = ImageFont.truetype(FONT, 24)
    for row, texts in enumerate(rows):
        y = TOP + HEIGHT * row + HEIGHT // 2
        for column, text in enumerate(texts):
            place = (XS[0] + 12, y) if column == 0 else (XS[column + 1] - 12, y)
            draw.text(place, text, font=font, fill=0, anchor="lm" if column == 0 else "rm")
    return image.rotate(angle, fillcolor=255, resample=Image.BICUBIC)


def page_with(picture, box, lines=()):
    """A Letter page with the picture in `box` (x, y, width, height from the lower left) and lines of its own text."""
    out = io.BytesIO()
    pdf = canvas.Canvas(out, pagesize=(612, 792))
    pdf.drawImage(ImageReader(picture), *box)
    pdf.setFont("Helvetica", 10)
    for x, y, text in lines:
        pdf.drawString(x, y, text)
    pdf.save()
    return out.getvalue()


FULL = (8.4, 500, 595.2, 230.4)


@pytest.fixture
def tables(make_pdf, lean):
    """The tables of the first page of a PDF."""

    def run(data, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        payload = ParseTable(file_path=str(path), page_index=0, **fields)
        return parse_table(document, payload, plenty(), lean)["tables"]

    return run


def texts(table):
    return [[cell["text"].replace("\u2212", "-") for cell in row] for row in table["data"]["grid"]]


@pytest.mark.parametrize("style", ["grid", "bands", "text"])
@pytest.mark.parametrize("angle", [-2.0, 0.0, 1.5])
def test_a_scanned_table_is_read_whole_whichever_way_it_is_askew(tables, style, angle):
    (table,) = tables(page_with(scan(style, angle), FULL))
    assert texts(table) == ROWS
    assert table["engine"] == ("ruling" if style == "grid" else "alignment")


def test_single_digits_and_crosses_of_a_scan_are_kept(tables):
    rows = [ROWS[0], *([label, "0", "X", value] for label, *_, value in ROWS[1:])]
    (table,) = tables(page_with(scan("grid", 1.5, rows), FULL))
    assert [[text.upper() for text in row[1:3]] for row in texts(table)[1:]] == [["0", "X"]] * 4


def test_pieces_of_a_ruling_are_no_dots():
    rule = Ruling(False, 50.0, 0.0, 100.0, 1.0)
    rect = Rect(40, 40, 64, 50)
    dots = [Word(".", Rect(x, 40, x + 4, 44), 10.0, 0, 0) for x in (48.0, 60.0)]
    word = Word("4.5", Rect(45, 40, 60, 50), 10.0, 0, 0)
    lines = [OcrLine("4.5 . .", rect, 0.9, (word, *dots), rect), OcrLine(".", rect, 0.9, (dots[0],), rect)]
    (line,) = without_rests(Reading(lines), [rule]).lines
    assert (line.text, line.words) == ("4.5 .", (word, dots[1]))


def test_the_box_of_a_table_askew_cuts_out_the_table(tables, make_pdf):
    data = page_with(scan("grid", 2.0), FULL)
    (table,) = tables(data)
    (again,) = tables(data, bbox=table["bbox"])
    assert texts(again) == ROWS
    path = make_pdf(data)
    _cache, document, _page = open_page(path)
    crop = ExtractEvidence(file_path=str(path), page_index=0, bbox=table["bbox"], dpi=72.0, format="png")
    picture = Image.open(io.BytesIO(extract_evidence(document, crop, plenty(), None)["base64"])).convert("L")
    # Nothing is cut off: the outermost pixels hold at most a corner of the frame.
    dark = picture.point(lambda shade: shade < 128, "1")
    left, top, right, bottom = dark.getbbox()
    assert right - left > 0.95 * picture.width - 4 and bottom - top > 0.9 * picture.height - 4


def test_a_scan_with_a_scanners_mark_has_its_table(tables):
    whole = Image.new("L", (1275, 1650), 255)
    whole.paste(scan("grid"), (0, 300))
    data = page_with(whole, (0, 0, 612, 792), [(480, 12, "Scanned with a scanner")])
    (table,) = tables(data)
    assert texts(table) == ROWS


PARAGRAPH = [
    "The group generated more cash from operations than in the year before, and the table",
    "shows how much.",
]


def report():
    lines = [(54, 740 - 14 * n, text) for n, text in enumerate(PARAGRAPH)]
    return page_with(scan("grid"), (8.4, 420, 595.2, 230.4), [*lines, (54, 400, "Amounts in million euros.")])


def test_a_picture_of_a_table_in_a_report_is_read(tables):
    (table,) = tables(report())
    assert texts(table) == ROWS


@pytest.mark.parametrize("style", ["grid", "bands", "text"])
def test_a_table_looks_like_one_before_it_is_read(make_pdf, style):
    assert look(make_pdf, scan(style))


def test_a_chart_is_not_read_for_tables(make_pdf):
    """Axes, bars, and labels under, beside and over them."""
    image = Image.new("L", SIZE, 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 20)
    draw.line((120, 30, 120, 420), fill=0, width=2)
    draw.line((120, 420, 1180, 420), fill=0, width=2)
    for step in range(5):
        draw.text((110, 420 - 90 * step), f"{20 * step} %", font=font, fill=0, anchor="rm")
    for bar, height in enumerate((120, 260, 340, 190, 80)):
        draw.rectangle((180 + 200 * bar, 420 - height, 280 + 200 * bar, 420), fill=120)
        draw.text((230 + 200 * bar, 445), f"Year {bar + 1}", font=font, fill=0, anchor="mm")
    assert not look(make_pdf, image)


def look(make_pdf, picture):
    _cache, _document, page = open_page(make_pdf(page_with(picture, FULL)))
    x, y, width, height = FULL
    return is_worth_reading(page, Rect(x, 792 - y - height, x + width, 792 - y))


def test_convert_puts_the_picture_of_a_table_between_the_paragraphs(make_pdf, lean):
    path = make_pdf(report())
    _cache, document, _page = open_page(path)
    payload = Convert(file_path=str(path), format="markdown")
    text = convert_pdf(document, payload, plenty(), lean)["text"]
    places = [text.index(piece) for piece in ("The group", "Capital expenditure", "Amounts in million")]
    assert places == sorted(places)
    # The picture stays a figure of the report: it stands beside text of the page.
    assert text.count("<!-- image -->") == 1
    assert text.count("Capital expenditure") == 1 and "| Dividends paid | (88.0) | (75.5) | - |" in text


def test_a_scan_askew_keeps_its_font_sizes_in_convert(make_pdf, lean):
    """A long line askew has a high box; it is no heading for that."""
    image = Image.new("L", (1240, 600), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, 22)
    for n in range(8):
        draw.text(
            (90, 60 + 40 * n),
            f"Running text of a letter that was scanned askew, its line {n}",
            font=font,
            fill=0,
        )
    path = make_pdf(page_with(image.rotate(2, fillcolor=255, resample=Image.BICUBIC), FULL))
    _cache, document, _page = open_page(path)
    text = convert_pdf(document, Convert(file_path=str(path), format="markdown"), plenty(), lean)["text"]
    # All of the page is the scan, which is no figure of it.
    assert "#" not in text and "<!-- image -->" not in text
    assert text.index("line 0") < text.index("line 7")


def test_text_of_a_crop_is_read_by_ocr_where_languages_are_named(make_pdf, lean):
    path = make_pdf(page_with(scan("text"), FULL))
    _cache, document, _page = open_page(path)
    fields = {"page_index": 0, "bbox": [60, 80, 250, 60], "include_text": True}

    def text(**more):
        payload = ExtractEvidence(file_path=str(path), **fields, **more)
        return extract_evidence(document, payload, plenty(), None, load_ocr=lean.ocr)["text"]

    assert text() == ""
    assert "Line item" in text(languages=["en"])
