"""Annotations without an appearance stream are in the picture, as their own entries describe them, and in the text."""

from __future__ import annotations

import pytest
from pdf_maker import Pdf
from text_pages import open_page

from pyworker.engine.layout.box_text import text_in_box
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.line_endings import ending

LINE = "/Subtype/Line/Rect[20 45 180 55]/L[20 50 180 50]"
TRIANGLE = "/Subtype/Polygon/Rect[20 10 180 90]/Vertices[30 20 170 20 100 80]"
BENT = "/Subtype/PolyLine/Rect[20 10 180 90]/Vertices[30 20 100 80 170 20]"
STAMP = "/Subtype/Stamp/Rect[20 20 180 80]"
RED, BLUE, GREEN, WHITE = (255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 255)


@pytest.fixture
def page(make_pdf):
    """Opens a page of 200 x 100 points with these annotations."""
    caches = []

    def opened(*annotations, catalog="", entries=""):
        pdf = Pdf.with_font()
        if catalog:
            pdf.catalog = catalog.replace("LAYER", str(pdf.add("<</Type/OCG/Name(off)>>")))
            annotations = [entry.replace("LAYER", "4") for entry in annotations]
        listed = "".join(f"<</Type/Annot{entry}>>" for entry in annotations)
        pdf.page("", entries=f"/Annots[{listed}]{entries}")
        cache, document, first = open_page(make_pdf(pdf.build()))
        caches.append((cache, document))
        return first

    return opened


def picture(page):
    return page.page.render(scale=2).to_pil().convert("RGB")


def at(page, x, y):
    """The colour at a place in points, y upwards."""
    return picture(page).getpixel((int(2 * x), int(200 - 2 * y)))


def is_blank(page) -> bool:
    return picture(page).getextrema() == ((255, 255),) * 3


@pytest.mark.parametrize(
    ("entries", "place", "colour"),
    [
        (f"{LINE}/C[1 0 0]/BS<</W 4>>", (100, 50), RED),
        (f"{LINE}/C[0 0 1]/Border[0 0 4]", (60, 50), BLUE),
        (f"{LINE}/BS<</W 4>>", (100, 50), (0, 0, 0)),
        (f"{LINE}/C[0.5]/BS<</W 4>>", (100, 50), (128, 128, 128)),
        (f"{LINE}/C[1 0 0]/LE[/ClosedArrow/Circle]/IC[0 0 1]/BS<</W 4>>", (180, 50), BLUE),
        (f"{LINE}/C[1 0 0]/LL 20/BS<</W 4>>", (100, 70), RED),
        (f"{TRIANGLE}/C[1 0 0]/BS<</W 6>>", (100, 20), RED),
        (f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]", (100, 40), GREEN),
        (f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]/BS<</W 0>>", (100, 20.5), GREEN),
        (f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]/CA 0.5/BS<</W 6>>", (100, 40), (128, 255, 128)),
        (f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]/BE<</S/C/I 2>>", (93, 15), GREEN),
        (f"{BENT}/C[0 0 1]/BS<</W 6>>/IC[1 0 0]", (65, 50), BLUE),
        (f"{STAMP}/Name/Approved", (23, 50), RED),
        (f"{STAMP}/C[0 0 1]", (23, 50), BLUE),
        (f"{STAMP}/C[0 0 1]/AP<<>>", (23, 50), BLUE),
        ("/Subtype/Caret/Rect[80 20 120 80]/C[0 1 0]", (100, 40), GREEN),
    ],
)
def test_an_annotation_is_drawn_from_its_entries(page, entries, place, colour):
    found = at(page(entries), *place)
    assert all(abs(a - b) <= 2 for a, b in zip(found, colour, strict=True)), found


def test_nothing_is_filled_that_has_no_interior_colour(page):
    assert at(page(f"{TRIANGLE}/C[1 0 0]"), 100, 40) == WHITE
    assert at(page(f"{BENT}/C[1 0 0]/IC[0 1 0]"), 100, 40) == WHITE


def test_a_dashed_line_has_gaps(page):
    shown = picture(page(f"{LINE}/C[1 0 0]/BS<</W 4/S/D/D[10 10]>>"))
    assert shown.getpixel((45, 99)) == RED
    assert shown.getpixel((70, 99)) == WHITE


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_shows_it_where_it_is(page, turn):
    upright = picture(page(f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]"))
    turned = picture(page(f"{TRIANGLE}/C[1 0 0]/IC[0 1 0]", entries=f"/Rotate {turn}"))
    middle = turned.rotate(turn, expand=True).getpixel((200, 120))
    assert middle == upright.getpixel((200, 120)) == GREEN


@pytest.mark.parametrize("entries", [LINE, TRIANGLE, BENT, f"{STAMP}/Name/Final"])
def test_a_hidden_annotation_is_neither_drawn_nor_read(page, entries):
    for flag in ("/F 2", "/F 32", "/F 34"):
        opened = page(entries + flag)
        assert is_blank(opened)
        assert text_in_box(opened, Rect(0, 0, 200, 100)) == ""
    assert not is_blank(page(entries + "/F 4"))


def test_an_annotation_of_a_switched_off_layer_is_not_drawn(page):
    catalog = "/OCProperties<</OCGs[LAYER 0 R]/D<</OFF[LAYER 0 R]>>>>"
    assert is_blank(page(f"{STAMP}/OC LAYER 0 R", catalog=catalog))
    # What is beside it on the page, which is then a copy with settled layers, is drawn all the same.
    both = page(f"{STAMP}/OC LAYER 0 R", f"{LINE}/C[1 0 0]/BS<</W 4>>", catalog=catalog)
    assert at(both, 100, 50) == RED
    assert at(both, 23, 70) == WHITE


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ("/Name/NotForPublicRelease", "NOT FOR PUBLIC RELEASE"),
        ("/Name/SBApproved", "APPROVED"),
        ("/Name/#23DFinal", "FINAL"),
        ("", "DRAFT"),
    ],
)
def test_the_words_of_a_stamp_are_in_the_text(page, entries, text):
    assert text_in_box(page(STAMP + entries), Rect(0, 0, 200, 100)) == text


@pytest.mark.parametrize("turn", [0, 90])
def test_free_text_is_read_whether_or_not_the_page_was_drawn(page, turn):
    free = "/Subtype/FreeText/Rect[20 20 180 80]/DA(/Helv 12 Tf 1 0 0 rg)/Contents(free text)"
    opened = page(free, entries=f"/Rotate {turn}")
    assert text_in_box(opened, Rect(0, 0, 200, 200)) == "free text"
    drawn = page(free, entries=f"/Rotate {turn}")
    assert not is_blank(drawn)
    assert text_in_box(drawn, Rect(0, 0, 200, 200)) == "free text"
    assert text_in_box(page(free + "/F 32"), Rect(0, 0, 200, 100)) == ""


def test_the_caption_of_a_dimension_is_drawn(page):
    opened = page(f"{LINE}/Cap true/Contents(12.5 \\(m\\))/C[0 0 0]/LE[/OpenArrow/OpenArrow]")
    row = picture(opened).crop((0, 99, 400, 100)).convert("L")
    assert row.getpixel((60, 0)) == 0
    # The line leaves room for it.
    assert row.crop((160, 0, 240, 1)).getextrema()[1] == 255


@pytest.mark.parametrize(
    "entries",
    [
        "/Subtype/Line/Rect[0 0 9 9]",
        "/Subtype/Line/Rect[0 0 9 9]/L[5 5 5 5]",
        "/Subtype/Line/Rect[0 0 9 9]/L[(a) 5 5 9]",
        "/Subtype/Line/Rect[0 0 9 9]/L[5 5 9e9 9]",
        "/Subtype/Polygon/Rect[0 0 9 9]/Vertices 7",
        "/Subtype/Polygon/Rect[0 0 9 9]/Path[[1 2 3 4][5 6]]",
        "/Subtype/PolyLine/Rect[0 0 9 9]/Vertices[1 2]",
        "/Subtype/Stamp/Rect[0 0 0 9]",
        "/Subtype/Stamp",
    ],
)
def test_damaged_entries_cost_the_annotation_alone(page, entries):
    opened = page(entries, f"{LINE}/C[1 0 0]/BS<</W 4>>")
    assert at(opened, 100, 50) == RED


def test_every_line_ending_has_a_mark_within_its_reach():
    arrows = ["OpenArrow", "ClosedArrow", "ROpenArrow", "RClosedArrow"]
    names = [*arrows, "Square", "Diamond", "Circle", "Butt", "Slash"]
    marks = {ending(f"/{name}", (10.0, 0.0), (0.0, 0.0), 1.0)[0] for name in names}
    # An arrow has the strokes of its open kin, and is closed.
    assert len(marks) == len(names) - 2
    assert "" not in marks
    assert ending("/None", (10.0, 0.0), (0.0, 0.0), 1.0) == ("", (10.0, 0.0))
