"""Scans that lie askew, marks that stand alone in them, and a page's language told by a later line."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab import __file__ as reportlab_file
from text_pages import picture_pdf

from pyworker.engine.ocr import tesseract
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.tilt import Tilt

# A font with Vietnamese letters.
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
FONT = str(Path(reportlab_file).parent / "fonts" / "Vera.ttf")
LEFT = [f"Left column line {n} goes on here" for n in range(1, 9)]
RIGHT = [f"Right column line {n} is another" for n in range(1, 9)]


def picture(texts, size=(1240, 700), angle=0.0, height=26):
    """A grey picture at 150 dpi of texts at (x, y), turned anticlockwise by `angle` degrees."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(FONT, height)
    for x, y, text in texts:
        draw.text((x, y), text, font=font, fill=0)
    return image.rotate(angle, fillcolor=255, resample=Image.BICUBIC)


def two_columns(angle):
    texts = [(80, 60 + 60 * n, text) for n, text in enumerate(LEFT)]
    texts += [(660, 60 + 60 * n, text) for n, text in enumerate(RIGHT)]
    return picture_pdf(picture(texts, angle=angle))


@pytest.mark.parametrize("angle", [-3.0, -1.5, -0.8, 0.0, 0.8, 1.5, 3.0])
def test_columns_of_a_scan_askew_are_read_one_after_the_other(read, angle):
    found = read(two_columns(angle))["text"].split("\n")
    # OCR now and then leaves out a space beside a digit.
    assert [line.replace(" ", "") for line in found] == [line.replace(" ", "") for line in LEFT + RIGHT]


def test_boxes_of_a_scan_askew_fit_the_page_as_displayed(read):
    data = two_columns(2.0)
    for line in read(data)["lines"][3:6]:
        x, y, width, height = line["bbox"]
        again = read(data, ocr="always", bbox=[x - 1, y - 1, width + 2, height + 2])
        assert line["text"].split()[0] in again["text"]


def test_a_page_that_lies_level_is_not_turned(read):
    lines = read(two_columns(0.0))["lines"]
    assert all(line["bbox"][3] < 24 for line in lines)


def test_a_tilt_there_and_back_keeps_the_middle():
    tilt = Tilt(0.03, 300.0, 400.0)
    rect = Rect(10.0, 20.0, 110.0, 32.0)
    back = tilt.displayed(tilt.level(rect))
    assert back.center == pytest.approx(rect.center)
    assert back.width > rect.width


ROWS = [
    ("Opening balance", "-", "4,120.55"),
    ("Card purchase", "86.40", "0"),
    ("Salary", "–", "7"),
    ("Refund", "9.99", "-"),
]


@pytest.mark.parametrize("angle", [0.0, 1.5])
def test_a_lone_dash_and_a_lone_digit_are_read(read, angle):
    texts = [
        (x, 60 + 70 * n, text)
        for n, row in enumerate(ROWS)
        for x, text in zip((80, 620, 900), row, strict=True)
    ]
    found = read(picture_pdf(picture(texts, angle=angle)))["text"]
    tokens = found.replace("–", "-").split()
    assert tokens.count("-") == 3
    assert tokens.count("0") == 1 and tokens.count("7") == 1


def test_specks_are_no_dots(read):
    image = picture([(80, 60 + 60 * n, text) for n, text in enumerate(LEFT)])
    draw = ImageDraw.Draw(image)
    for n in range(200):
        x, y = 37 * n % 1200, 97 * n % 690
        draw.rectangle((x, y, x + 2, y + 2), fill=0)
    lines = read(picture_pdf(image))["text"].split("\n")
    assert not any(line in (".", "·", "-") for line in lines)


def test_a_later_line_that_tells_switches_the_page(read, lean):
    """The longest lines, which are looked at first, are English; the others are Vietnamese."""
    if "vi" not in lean.ocr().languages():
        pytest.skip("no Vietnamese: " + tesseract.how_to_get("vi", None))
    if not DEJAVU.exists():
        pytest.skip("no font with Vietnamese letters here")
    english = [f"The general conditions of contract apply to item {n} of this bill" for n in range(3)]
    vietnamese = [
        "Hạng mục công việc",
        "Đào đất móng bằng máy",
        "Bê tông lót móng",
        "Cốt thép móng",
        "Tổng cộng",
    ]
    image = Image.new("L", (1500, 800), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(DEJAVU), 28)
    for n, text in enumerate(english + vietnamese):
        draw.text((80, 60 + 70 * n), text, font=font, fill=0)
    out = read(picture_pdf(image))["text"].split("\n")
    assert out[:3] == english
    # Tesseract may misread an accent; without the switch all five lack letters.
    assert sum(line in out for line in vietnamese) >= 4
