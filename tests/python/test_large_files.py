"""Files larger than a worker's memory: every command reads only the pages it is asked for."""

from __future__ import annotations

import json

import pytest

PAGES = 40
HOLE = 3 << 30
"""Bytes of an image that the file holds between its first page and the others; a sparse file takes no room."""
TURNED = 30

pytestmark = pytest.mark.system("unix", reason="a sparse file is made by the file system")


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A PDF of 3 GB: an image of zeros on page 0, a line of text and some red on each page, one page turned."""
    path = tmp_path_factory.mktemp("large") / "large.pdf"
    offsets: dict[int, int] = {}
    with path.open("wb") as file:

        def add(number: int, body: bytes, hole: int = 0) -> None:
            offsets[number] = file.tell()
            file.write(b"%d 0 obj\n" % number + body)
            if hole:
                file.seek(hole, 1)
                file.write(b"\nendstream")
            file.write(b"\nendobj\n")

        file.write(b"%PDF-1.7\n")
        kids = b" ".join(b"%d 0 R" % (10 + 2 * page) for page in range(PAGES))
        add(1, b"<</Type/Catalog/Pages 2 0 R>>")
        add(2, b"<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 400 200]>>" % (PAGES, kids))
        add(3, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        side = 55_000
        add(
            4,
            b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8"
            b"/Length %d>>stream\n" % (side, side, HOLE),
            HOLE,
        )
        for page in range(PAGES):
            image = b"/XObject<</I 4 0 R>>" if page == 0 else b""
            turn = b"/Rotate 450" if page == TURNED else b""
            unit = b"/UserUnit 2" if page == TURNED + 1 else b""
            add(
                10 + 2 * page,
                b"<</Type/Page/Parent 2 0 R%s%s/Contents %d 0 R/Resources<</Font<</F 3 0 R>>%s>>>>"
                % (turn, unit, 11 + 2 * page, image),
            )
            text = b"1 0 0 rg 0 150 50 50 re f BT /F 12 Tf 72 100 Td (Sheet %d of the set) Tj ET" % page
            add(11 + 2 * page, b"<</Length %d>>stream\n%s\nendstream" % (len(text), text))
        start = file.tell()
        size = max(offsets) + 1
        file.write(b"xref\n0 %d\n" % size)
        for number in range(size):
            offset = offsets.get(number)
            file.write(b"0000000000 65535 f \n" if offset is None else b"%010d 00000 n \n" % offset)
        file.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start))
    yield path
    path.unlink()


def test_sizes_turns_and_user_units_come_without_the_pages(worker, large):
    pages = worker.data("document_info", {"file_path": str(large)})["pages"]
    assert len(pages) == PAGES
    assert pages[0] == {"width": 400, "height": 200, "rotation": 0}
    assert pages[TURNED] == {"width": 200, "height": 400, "rotation": 90}
    assert pages[TURNED + 1] == {"width": 800, "height": 400, "rotation": 0}


def test_a_page_behind_three_gigabytes_is_cut_and_read(worker, large):
    picture = worker.crop(large, [0, 0, 100, 100], page_index=TURNED + 1)
    assert set(picture.corners()) == {(255, 0, 0)}
    ask = {"file_path": str(large), "page_index": PAGES - 1, "ocr": "never"}
    assert worker.data("extract_text", ask)["text"] == f"Sheet {PAGES - 1} of the set"


def test_convert_reads_the_pages_asked_for(start, large):
    worker = start(TACH_DOCLING_PROFILE="lean")
    worker.ready()
    ask = {"file_path": str(large), "page_range": [20, 22], "format": "docling"}
    worker.send("convert", ask, timeout_ms=60_000)
    reply = worker.receive()
    while "status" not in reply:  # progress
        reply = worker.receive()
    assert reply["status"] == "success", reply
    document = reply["data"]
    assert sorted(document["pages"]) == ["21", "22", "23"]
    assert [(text["prov"][0]["page_no"], text["text"]) for text in document["texts"]] == [
        (page + 1, f"Sheet {page} of the set") for page in (20, 21, 22)
    ]
    assert document["origin"]["filename"] == "large.pdf"


def test_pages_alone_convert_to_the_same_document(read_document, monkeypatch):
    from pyworker.engine.convert import source

    whole = read_document()
    monkeypatch.setattr(source, "WHOLE_BYTES", -1)
    alone = read_document()
    assert whole["origin"].pop("binary_hash") != alone["origin"].pop("binary_hash")
    assert json.dumps(whole, sort_keys=True) == json.dumps(alone, sort_keys=True)


@pytest.fixture
def read_document(lean, make_pdf):
    """A function that converts pages 1 and 2 of an encrypted document with inherited entries."""
    from pdf_maker import Pdf

    from pyworker.context import RequestContext
    from pyworker.engine.commands.convert import convert
    from pyworker.engine.pdf.documents import DocumentCache
    from pyworker.messages import Convert

    pdf = Pdf.with_font()
    for page in range(4):
        entries = "/Rotate 90" if page == 1 else "/UserUnit 2" if page == 2 else ""
        pdf.page(f"BT /F 12 Tf 20 50 Td (Page {page} of four) Tj ET", entries=entries)
    path = make_pdf(pdf.build("locked"))

    def run():
        ask = Convert(file_path=str(path), password="locked", page_range=[1, 2])
        cache = DocumentCache()
        try:
            return convert(cache, ask, RequestContext(60), lean)
        finally:
            cache.clear()

    return run


@pytest.mark.parametrize("bound", ["MAX_READ_BYTES", "MAX_LOADS"])
def test_a_document_whose_pages_were_read_widely_is_opened_anew(make_pdf, monkeypatch, bound):
    from pdf_maker import Pdf

    from pyworker.engine.pdf import documents

    pdf = Pdf.with_font()
    for _ in range(6):
        pdf.page()
    path = make_pdf(pdf.build())
    cache = documents.DocumentCache()
    first = cache.open(path, None)
    monkeypatch.setattr(documents, bound, 3 * (first.size // 6) if bound == "MAX_READ_BYTES" else 3)
    for page in (0, 1, 2, 2, 1):
        assert cache.open(path, None) is first
        first.page(page)
    first.page(3)
    second = cache.open(path, None)
    assert second is not first
    assert second.page(3).geometry.width == 200
