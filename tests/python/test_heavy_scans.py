"""Boxes of scans and drawings that are large: memory follows the box, and what a page is made of is looked at once."""

import functools
import io
import types

import pytest
from pdf_maker import Pdf, one_page
from PIL import Image

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.pdf import page_words
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.render import render_grey

WIDTH, HEIGHT = 12_000, 9_000
"""At 65 megapixels pdfium still drew in grey without the whole picture."""


@functools.cache
def scan(entries=""):
    """A page of 1,000 x 750 points filled by a colour JPEG of 108 megapixels: black at the upper left, else paper."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (250, 250, 245))
    picture.paste((0, 0, 0), (0, 0, 1000, 1000))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60)
    pdf = Pdf()
    image = pdf.stream(
        out.getvalue(),
        f"/Type/XObject/Subtype/Image/Width {WIDTH}/Height {HEIGHT}/ColorSpace/DeviceRGB/BitsPerComponent 8"
        "/Filter/DCTDecode",
    )
    content = pdf.stream("q 1000 0 0 750 0 0 cm /I Do Q")
    pdf.pages.append(
        pdf.add(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1000 750]/Contents {content} 0 R"
            f"/Resources<</XObject<</I {image} 0 R>>>>{entries}>>"
        )
    )
    return pdf.build()


@pytest.mark.parametrize("entries", ["", "/Rotate 90"])
def test_a_look_at_a_box_of_a_scan_takes_no_memory_for_the_whole(start, make_pdf, entries):
    path = make_pdf(scan(entries))
    worker = start(TACH_DOCLING_LOAD="lazy")
    worker.ready()
    ask = {"file_path": str(path), "page_index": 0, "bbox": [300.0, 300.0, 200.0, 50.0], "ocr": "auto"}
    before = worker.ask("ping")["perf"]["peak_ram_mb"]
    reply = worker.ask("extract_text", ask, timeout_ms=60_000)
    assert reply["data"]["lines"] == []
    # The whole picture has 309 MB. (The Python host tells the RSS at the end.)
    assert reply["perf"]["peak_ram_mb"] < before + 80


def test_a_look_in_grey_sees_what_is_drawn(make_pdf):
    documents = DocumentCache()
    page = documents.open(make_pdf(scan()), None).page(0)
    dark = render_grey(page, Rect(0.0, 0.0, 80.0, 80.0), 36.0)
    assert (dark.mode, dark.size) == ("L", (40, 40))
    assert max(dark.tobytes()) < 30
    assert min(render_grey(page, Rect(500.0, 300.0, 600.0, 400.0), 36.0).tobytes()) > 240
    documents.clear()


def test_a_page_is_walked_for_its_images_once(make_pdf, monkeypatch):
    walks = []
    read = page_words.read_images
    monkeypatch.setattr(
        page_words, "read_images", lambda page, check: walks.append(page) or read(page, check)
    )
    documents = DocumentCache()
    content = "BT /F 12 Tf 20 50 Td (Some words of a page) Tj ET\n" + "0 0 m 9 9 l S\n" * 1000
    path = make_pdf(one_page(content))
    for box in ([0.0, 0.0, 200.0, 100.0], [10.0, 30.0, 100.0, 40.0], [10.0, 30.0, 90.0, 40.0]):
        payload = types.SimpleNamespace(
            page_index=0, bbox=box, coord_origin="TOPLEFT", ocr="auto", languages=[], layers=None
        )
        lines = extract_text(documents.open(path, None), payload, RequestContext(60), lambda: None)["lines"]
        assert lines
    assert len(walks) == 1
    documents.clear()


def test_a_set_of_scans_keeps_few_pages_open(make_pdf):
    pdf = Pdf.with_font()
    for _ in range(40):
        pdf.page()
    light = make_pdf(pdf.build(), "light.pdf")
    # What stands behind the end is no part of the document, and makes its pages look like scans.
    scans = make_pdf(pdf.build() + b"%" + bytes(40 << 20), "scans.pdf")
    documents = DocumentCache()
    for path, most in ((light, 32), (scans, 5)):
        document = documents.open(path, None)
        opened = [document.page(index) for index in range(40)]
        assert sum(bool(page.page.raw) for page in opened) == most
        assert document.page(39) is opened[39]
    documents.clear()
