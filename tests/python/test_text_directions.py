"""Reading direction of turned, upside-down and mirrored text, with font sizes of both signs, on turned pages."""

from __future__ import annotations

import pytest
from pdf_maker import Pdf
from text_pages import open_page

from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.tables.lattice import cell_text

FIRST, SECOND = "ROOM 101 KITCHEN", "area 12.5 m2"
UPRIGHT, UPWARDS, OVER, DOWNWARDS = "1 0 0 1", "0 1 -1 0", "-1 0 0 -1", "0 -1 1 0"
MIRRORED = ("-1 0 0 1", "0 1 1 0", "1 0 0 -1", "0 -1 -1 0")
MATRICES = (UPRIGHT, UPWARDS, OVER, DOWNWARDS, *MIRRORED)
# How a font is set, and its leading: with a negative size or scale the text runs the other way.
SETTINGS = ("/F 12 Tf 14 TL", "/F -12 Tf -14 TL", "-100 Tz /F 12 Tf 14 TL", "-100 Tz /F -12 Tf -14 TL")
TURNS = (0, 90, 180, 270)


def written(setting: str, matrix: str, place: str = "300 300") -> str:
    return f"BT {setting} {matrix} {place} Tm ({FIRST}) Tj T* ({SECOND}) Tj ET\n"


def pages_of(make_pdf, contents, turn=0):
    """The open pages of a document, one for each content; the caches with it keep them open."""
    pdf = Pdf.with_font()
    for content in contents:
        pdf.page(content, (600.0, 600.0), f"/Rotate {turn}")
    cache, document, _page = open_page(make_pdf(pdf.build()))
    return cache, (document.page(number) for number in range(len(contents)))


def texts(page) -> list[str]:
    geometry = page.geometry
    return [line.text for line in lines_in_order(page_words(page), geometry.width, geometry.height)]


@pytest.mark.parametrize("turn", TURNS)
def test_text_is_read_as_it_is_written(make_pdf, turn):
    ways = [(setting, matrix) for setting in SETTINGS for matrix in MATRICES]
    _cache, pages = pages_of(make_pdf, [written(*way) for way in ways], turn)
    for way, page in zip(ways, pages, strict=True):
        assert texts(page) == [FIRST, SECOND], way
        # A line's box is as high as its letters, and not as a fallback for a font without a size.
        assert {round(word.font_size) for word in page_words(page)} == {12}, way
        told = (way[1] in MIRRORED) != ("Tz" in way[0])
        assert {word.mirrored for word in page_words(page)} == {told}, way


@pytest.mark.parametrize("turn", TURNS)
def test_the_direction_is_where_the_letters_go(make_pdf, turn):
    expected = {
        (SETTINGS[1], OVER): 0,
        (SETTINGS[1], DOWNWARDS): 270,
        (SETTINGS[1], UPRIGHT): 180,
        (SETTINGS[1], UPWARDS): 90,
        (SETTINGS[0], UPWARDS): 270,
        (SETTINGS[2], UPRIGHT): 180,
        (SETTINGS[3], UPRIGHT): 0,
    }
    _cache, pages = pages_of(make_pdf, [written(*way) for way in expected], turn)
    for direction, page in zip(expected.values(), pages, strict=True):
        assert {word.direction for word in page_words(page)} == {(direction + turn) % 360}


def test_texts_of_several_directions_stay_whole_beside_each_other(make_pdf):
    """A text matrix inside a turned and mirrored coordinate system, as CAD drivers write it."""
    content = (
        "q 1 0 0 -1 0 600 cm " + written(SETTINGS[1], "-1 0 0 1", "100 100") + "Q "
        "q 0 1 -1 0 600 0 cm " + written(SETTINGS[1], OVER, "100 100") + "Q " + written(SETTINGS[1], UPRIGHT)
    )
    _cache, pages = pages_of(make_pdf, [content])
    page = next(pages)
    assert texts(page) == [FIRST, SECOND] * 3
    assert {word.direction for word in page_words(page)} == {0, 180, 270}


def test_a_cell_from_right_to_left_is_read_from_its_right():
    hebrew = [Word("שלום", Rect(60, 10, 80, 20), 10.0, 0, 0), Word("עולם", Rect(30, 10, 55, 20), 10.0, 0, 1)]
    assert cell_text(hebrew) == "שלום עולם"
    english = [
        Word("hello", Rect(30, 10, 55, 20), 10.0, 0, 0),
        Word("world", Rect(60, 10, 80, 20), 10.0, 0, 1),
    ]
    assert cell_text(english) == "hello world"
