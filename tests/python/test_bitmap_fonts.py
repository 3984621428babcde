"""Text in TeX's bitmap fonts (Type 3), whose glyphs have names such as "a65" and no characters."""

import pytest
from pdf_maker import Pdf
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.layout.misread_text import reread
from pyworker.messages import Convert

pytestmark = pytest.mark.filterwarnings("ignore")

GLYPH = "{width} 0 0 0 {ink} 700 d1 30 0 {ink} 700 re f"
NARROW = {ord(letter): 250 for letter in "ilt.,;()[]"} | {32: 333}


def bitmap_pdf(lines, fixed=False) -> bytes:
    """A page of `lines` in a font of rectangles; each letter as wide as in a book, or all as wide as each other."""
    codes = sorted({ord(letter) for text in lines for letter in text} - {32})
    widths = {code: 525 if fixed else NARROW.get(code, 480 + 7 * (code % 17)) for code in codes}
    pdf = Pdf()
    glyphs = {code: pdf.stream(GLYPH.format(width=widths[code], ink=widths[code] - 60)) for code in codes}
    first, last = codes[0], codes[-1]
    advances = " ".join(str(widths.get(code, 0)) for code in range(first, last + 1))
    font = pdf.add(
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[.001 0 0 .001 0 0]/Resources<<>>"
        f"/CharProcs<<{''.join(f'/a{code} {glyphs[code]} 0 R' for code in codes)}>>"
        f"/Encoding<</Type/Encoding/Differences[{' '.join(f'{code}/a{code}' for code in codes)}]>>"
        f"/FirstChar {first}/LastChar {last}/Widths[{advances}]>>"
    )
    gap = -(525 if fixed else NARROW[32])
    rows = []
    for index, text in enumerate(lines):
        shown = f" {gap} ".join(f"<{word.encode('latin-1').hex()}>" for word in text.split(" "))
        rows.append(f"BT /T 10 Tf 1 0 0 1 72 {700 - 12 * index} Tm [{shown}] TJ ET")
    content = pdf.stream("\n".join(rows))
    pdf.pages.append(
        pdf.add(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {content} 0 R"
            f"/Resources<</Font<</T {font} 0 R>>>>>>"
        )
    )
    return pdf.build()


@pytest.fixture
def converted(make_pdf, lean):
    def convert(data):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        return convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)["texts"]

    return convert


def test_convert_gives_the_letters_and_no_dingbats(converted):
    lines = ["The pump station stands at the river and lifts water to", "the works of the town."]
    assert [item["text"] for item in converted(bitmap_pdf(lines))] == [" ".join(lines)]


def test_ligatures_and_dashes_are_read_by_their_codes(read):
    found = read(bitmap_pdf(["the e\x1bect of \x1cve \x1dows \x15 and o\x1fine"]))
    assert [line["text"] for line in found["lines"]] == ["the effect of five flows – and offline"]


def test_a_list_has_its_bullets(converted):
    found = converted(bitmap_pdf(["\x88 Pumps of the town", "\x88 Pipes of the town"]))
    assert [(item["label"], item["text"]) for item in found] == [
        ("list_item", "Pumps of the town"),
        ("list_item", "Pipes of the town"),
    ]


CODE = ["def mean(values):", "    total = 0.0", "    for value in values:", "        total += value"]


@pytest.mark.parametrize(("fixed", "label"), [(True, "code"), (False, "text")])
def test_letters_of_one_width_are_a_listing(converted, fixed, label):
    lines = [*CODE, "    return total / len(values)", "print(mean(of all values in the list))"]
    found = converted(bitmap_pdf([text.strip() for text in lines], fixed))
    assert {item["label"] for item in found} == {label}


@pytest.mark.parametrize(
    ("text", "own", "told"),
    [
        ("❚❤❡ ♣✉♠♣", "The pump", "The pump"),
        ("a115a116", "st", "st"),
        ("✩ git clone  repo", "$ git clone repo", "$ git clone  repo"),
        ("✓ The pump is checked", "P The pump is checked", "P The pump is checked"),
        ("✓ The pump is checked", "✓ The pump is checked", "✓ The pump is checked"),
        ("❶ The pump", "The pump and more", "❶ The pump"),
        ("room a115", "room a115", "room a115"),
    ],
)
def test_what_is_taken_from_the_page(text, own, told):
    assert reread(text, own) == told
