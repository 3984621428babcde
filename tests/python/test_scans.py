"""Pages that mix text and pictures of text, and what `auto` reads of them."""

import io

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from text_pages import column, open_page, plenty, show, text_pdf

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.engines import Engines
from pyworker.errors import DeadlinePassed
from pyworker.messages import ExtractText
from pyworker.settings import Settings

PARAGRAPH = [f"This is line number {number} of a paragraph that the page has as text" for number in range(6)]
SCANNED = ["A picture of a letter", "with a second line in it"]
STAMP = "Bates 000123"
WIDTH, HEIGHT = 612.0, 792.0


@pytest.fixture(scope="module")
def picture():
    """A picture, 612 x 396 points at 150 dpi, of two lines of text."""
    import pypdfium2

    document = pypdfium2.PdfDocument(text_pdf(column(80, 300, SCANNED, 15, 1.8), size=(WIDTH, HEIGHT / 2)))
    page = document[0]
    picture = page.render(scale=150 / 72).to_pil().convert("RGB")
    page.close()
    document.close()
    return picture


def page_of(lines, pictures, top=HEIGHT - 60):
    """A page with lines of text below `top` (from the lower edge) and pictures at (x, y, width, height)."""
    out = io.BytesIO()
    pdf = canvas.Canvas(out, pagesize=(WIDTH, HEIGHT))
    for image, box in pictures:
        pdf.drawImage(ImageReader(image), *box)
    pdf.setFont("Helvetica", 11)
    for index, line in enumerate(lines):
        pdf.drawString(60, top - 18 * index, line)
    pdf.save()
    return out.getvalue()


def texts(found, source):
    return [line["text"] for line in found["lines"] if line["source"] == source]


def test_a_picture_of_paper_on_a_page_with_text_is_read_too(read, picture):
    found = read(page_of(PARAGRAPH, [(picture, (0, 100, WIDTH, HEIGHT / 2))]))
    assert found["text"].split("\n") == PARAGRAPH + SCANNED
    assert texts(found, "pdf") == PARAGRAPH and texts(found, "ocr") == SCANNED


def test_never_leaves_pictures_alone(read, picture):
    found = read(page_of(PARAGRAPH, [(picture, (0, 100, WIDTH, HEIGHT / 2))]), ocr="never")
    assert found["text"].split("\n") == PARAGRAPH


def test_a_scan_with_a_stamp_over_it_is_read_and_the_stamp_only_once(read, picture):
    found = read(page_of([STAMP], [(picture, (0, 200, WIDTH, HEIGHT / 2))], top=550))
    assert texts(found, "pdf") == [STAMP]
    assert texts(found, "ocr") == SCANNED


def test_a_scan_in_strips_is_read_as_one_picture(read, picture):
    strips = []
    rows = 7
    for row in range(rows):
        top, bottom = (round(picture.height * edge / rows) for edge in (row, row + 1))
        height = HEIGHT / 2 / rows
        strip = picture.crop((0, top, picture.width, bottom))
        strips.append((strip, (0, 100 + (rows - 1 - row) * height, WIDTH, height)))
    found = read(page_of([STAMP], strips, top=700))
    assert texts(found, "ocr") == SCANNED


def test_the_text_layer_that_another_ocr_made_is_used(read, picture):
    """Hidden text (rendering mode 3) over a scan."""
    hidden = [
        "What another program has read of this picture of a page, line by line, and hidden behind it"
    ] * 2
    out = io.BytesIO()
    pdf = canvas.Canvas(out, pagesize=(WIDTH, HEIGHT))
    pdf.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    text = pdf.beginText(60, 700)
    text.setFont("Helvetica", 10)
    text.setTextRenderMode(3)
    for line in hidden:
        text.textLine(line)
    pdf.drawText(text)
    pdf.save()
    found = read(out.getvalue())
    assert found["text"].split("\n") == hidden
    assert texts(found, "ocr") == []


def test_photographs_and_logos_are_not_read(make_pdf, picture):
    """Where nothing is read no OCR is needed: a worker without it does not refuse."""
    photograph = Image.radial_gradient("L").resize((600, 400))
    data = page_of(PARAGRAPH, [(photograph, (60, 200, 400, 250)), (picture, (60, 60, 120, 60))])
    path = make_pdf(data)
    _cache, document, _page = open_page(path)
    without_ocr = Engines.load(Settings(docling_profile="none"))
    payload = ExtractText(file_path=str(path), page_index=0)
    found = extract_text(document, payload, plenty(), without_ocr.ocr)
    assert found["text"].split("\n") == PARAGRAPH


@pytest.mark.parametrize("ocr", ["auto", "always"])
def test_a_blank_page_has_no_lines(read, ocr):
    assert read(text_pdf(""), ocr=ocr) == {"text": "", "lines": []}
    assert (
        read(page_of([], [(Image.new("RGB", (600, 800), "white"), (0, 0, WIDTH, HEIGHT))]), ocr=ocr)["lines"]
        == []
    )


@pytest.mark.parametrize("ocr", ["auto", "always"])
@pytest.mark.parametrize(
    "box", [(100, 100, 0.01, 0.01), (60, 0, 0.5, 790), (0, 100, 610, 0.5), (611.9, 791.9, 5, 5)]
)
def test_slivers_are_empty_and_no_error(read, picture, box, ocr):
    found = read(page_of([], [(picture, (0, 0, WIDTH, HEIGHT))]), bbox=list(box), ocr=ocr)
    assert found["lines"] == []


def test_a_single_digit_stays_in_its_line(read):
    """Its box is higher than wide, as that of sideways text is."""
    row = show(60, 700, "Valve DN50", 14) + show(300, 700, "3", 14) + show(420, 700, "264.00", 14)
    assert read(text_pdf(row), ocr="always")["text"] == "Valve DN50 3 264.00"


class Ending(RequestContext):
    """A deadline that passes when the engine looks at it for the `looks`th time."""

    looks = 0

    def check(self):
        self.looks -= 1
        if self.looks <= 0:
            raise self.timeout()


def test_a_timeout_says_how_far_the_reading_was_and_what_would_do(read):
    context = Ending(600.0)
    context.looks = 24
    with pytest.raises(DeadlinePassed, match=r"read [1-9]\d* of 54 lines: .* timeout_ms of about \d+000"):
        read(text_pdf(column(60, 740, PARAGRAPH * 9, 11)), ocr="always", context=context)
