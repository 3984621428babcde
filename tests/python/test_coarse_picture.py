"""Whether a box shows ink is told from one coarse picture of the page, and as a drawing of the box alone tells it."""

from __future__ import annotations

import random

import pytest
from pdf_maker import BLACK, Pdf, fill
from text_pages import column, open_page, scanned_pdf, show, text_pdf

from pyworker.engine.layout import coarse_picture, scan_areas
from pyworker.engine.pdf import render
from pyworker.engine.pdf.geometry import Rect

LINES = ["A block of text that stands", "alone on an empty page"]


@pytest.fixture
def drawings(monkeypatch):
    """The boxes that are drawn, one after the other."""
    drawn = []

    def counted(page, region, dpi):
        drawn.append(region)
        return render.render_grey(page, region, dpi)

    monkeypatch.setattr(coarse_picture, "render_grey", counted)
    monkeypatch.setattr(scan_areas, "render_grey", counted)
    return drawn


def alone(page, region) -> bool:
    counts = render.render_grey(page, region, coarse_picture.DPI).histogram()
    shades = [shade for shade, count in enumerate(counts) if count]
    return shades[-1] - shades[0] > scan_areas.FAINTEST_INK


@pytest.mark.parametrize("entries", ["", "/Rotate 90", "/CropBox[50 80 560 760]/Rotate 270", "/UserUnit 2"])
def test_a_box_has_ink_where_a_drawing_of_it_alone_shows_some(make_pdf, entries):
    content = show(60, 740, "A title", 16) + column(300, 500, LINES) + fill(BLACK, 100, 200, 80, 0.5)
    _cache, _document, page = open_page(make_pdf(text_pdf(content, entries)))
    chance = random.Random(7)
    told = []
    for _ in range(150):
        width, height = (chance.uniform(3, 200) for _ in range(2))
        left = chance.uniform(0, page.geometry.width - width)
        top = chance.uniform(0, page.geometry.height - height)
        region = Rect(left, top, left + width, top + height)
        told.append((scan_areas.has_ink(page, region), alone(page, region), region))
    wrong = [region for found, expected, region in told if found != expected]
    assert not wrong
    assert {found for found, _, _ in told} == {True, False}


def test_boxes_of_one_place_are_drawn_once(make_pdf, drawings):
    _cache, _document, page = open_page(make_pdf(text_pdf(show(60, 740, "A title", 16))))
    for left in range(0, 200, 10):
        assert not scan_areas.has_ink(page, Rect(left, 300, left + 40, 330))
    assert len(drawings) == 1


def test_a_slow_page_is_drawn_a_few_times_however_many_boxes_ask(make_pdf, drawings, monkeypatch):
    monkeypatch.setattr(coarse_picture, "SLOW_S", -1.0)
    pdf = Pdf.with_font()
    pdf.page(show(60, 740, "A title", 16), (2400.0, 3200.0))
    _cache, _document, page = open_page(make_pdf(pdf.build()))
    for x in range(0, 2400, 100):
        for y in range(0, 2400, 100):
            scan_areas.has_ink(page, Rect(x, y, x + 50, y + 50))
    # 10 columns and 13 rows of pieces; the first drawing is of what was asked for.
    assert len(drawings) <= 20
    assert drawings[0].width <= 256.1


def test_only_what_is_asked_for_is_drawn_of_a_large_scan(make_pdf, drawings):
    _cache, _document, page = open_page(
        make_pdf(scanned_pdf(show(300, 700, "scan", 20), 40, size=(2400.0, 1600.0)))
    )
    scan_areas.has_ink(page, Rect(300, 800, 420, 920))
    assert all(region.width <= 512.1 and region.height <= 512.1 for region in drawings)


def test_few_pages_keep_their_pictures(make_pdf):
    pdf = Pdf.with_font()
    for _ in range(coarse_picture.MOST_PAGES + 4):
        pdf.page()
    _cache, document, _page = open_page(make_pdf(pdf.build()))
    for number in range(document.page_count):
        assert not scan_areas.has_ink(document.page(number), Rect(10, 10, 60, 60))
    assert len(coarse_picture._kept) <= coarse_picture.MOST_PAGES


def test_a_page_too_large_to_keep_is_looked_at_box_by_box(make_pdf, drawings):
    pdf = Pdf.with_font()
    pdf.page(fill(BLACK, 100, 100, 50, 50), (14000.0, 14000.0))
    _cache, _document, page = open_page(make_pdf(pdf.build()))
    assert coarse_picture.coarse_picture(page) is None
    assert scan_areas.has_ink(page, Rect(90, 13800, 200, 13950))
    assert not scan_areas.has_ink(page, Rect(500, 500, 600, 600))
    assert len(drawings) == 2
