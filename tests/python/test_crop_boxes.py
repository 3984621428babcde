"""A crop box that lies wholly off the media box: the page is as large as its media box, as viewers show it."""

from __future__ import annotations

import pytest
from pdf_maker import BLUE, GREEN, RED, YELLOW, Pdf, quadrants

FAR = "/CropBox[500 500 600 600]"


@pytest.mark.parametrize(
    ("entries", "size", "corners"),
    [
        (FAR, (200, 100), (RED, GREEN, BLUE, YELLOW)),
        (FAR + "/Rotate 90", (100, 200), (BLUE, RED, YELLOW, GREEN)),
        ("/CropBox[-50 -50 -10 -10]", (200, 100), (RED, GREEN, BLUE, YELLOW)),
        ("/CropBox[200 0 300 100]", (200, 100), (RED, GREEN, BLUE, YELLOW)),
    ],
)
def test_the_media_box_is_shown(worker, make_pdf, entries, size, corners):
    pdf = Pdf.with_font()
    pdf.page(quadrants() + "0 g BT /F 10 Tf 20 40 Td (still here) Tj ET", entries=entries)
    path = make_pdf(pdf.build())
    assert worker.crop(path, [0, 0, *size]).corners() == corners
    (page,) = worker.data("document_info", {"file_path": str(path)})["pages"]
    assert (page["width"], page["height"]) == size
    text = worker.data("extract_text", {"file_path": str(path), "page_index": 0, "ocr": "never"})
    assert text["text"] == "still here"


def test_a_media_box_from_above_in_the_tree(worker, make_pdf):
    pdf = Pdf.with_font()
    number = pdf.page(quadrants(), entries=FAR)
    pdf.objects[number] = pdf.objects[number].replace(b"/MediaBox[0 0 200 100]", b"")
    data = pdf.build().replace(b"/Type/Pages/Kids", b"/Type/Pages/MediaBox[0 0 200 100]/Kids")
    assert worker.crop(make_pdf(data), [0, 0, 200, 100]).corners() == (RED, GREEN, BLUE, YELLOW)
