"""The words that the Rust host's native code finds are those of the Python host, on made pages and real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts import Worker
from pdf_maker import Pdf

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
PAGES = 2
"""Of each document."""
TOLERANCE = 1e-6

TEXTS = (
    "BT /F 12 Tf 20 80 Td (Plain words and more) Tj ET",
    "BT /F 12 Tf 0 1 -1 0 50 10 Tm (Upwards text) Tj ET",
    "BT /F 12 Tf -1 0 0 -1 150 50 Tm (Upside down) Tj ET",
    "BT /F 12 Tf -1 0 0 1 150 50 Tm (Mirrored) Tj ET",
    "BT /F -12 Tf 150 50 Td (Negative size) Tj ET",
    "BT /F -12 Tf 1 0 0 -1 150 50 Tm (Negative and) Tj 0 -14 Td (mirrored) Tj ET",
    "BT /F 12 Tf -100 Tz 0 1 -1 0 50 90 Tm (Mirrored and) Tj 0 -14 Td (upwards) Tj ET",
    "BT /F 12 Tf 20 80 Td (Twice) Tj 0.3 0 Td (Twice) Tj ET",
    "BT /F 12 Tf 20 80 Td [(Wi)-300(de) -90 (kern)] TJ 5 Ts (raised) Tj ET",
    "BT /F 0.1 Tf 20 80 Td (Tiny) Tj /F 12 Tf 500 0 Td (off the page) Tj ET",
)

pytestmark = pytest.mark.system("unix", reason="no Windows bundle has the Python host to compare with")


@pytest.fixture(scope="module")
def both():
    workers = [Worker(kind, TACH_DOCLING_PROFILE="none") for kind in ("shim", "python")]
    for worker in workers:
        worker.ready()
    yield workers
    for worker in workers:
        worker.stop()


def lines(worker, path, page) -> list[tuple]:
    ask = {"file_path": str(path), "page_index": page, "ocr": "never"}
    reply = worker.ask("extract_text", ask, timeout_ms=60_000)
    if reply["status"] == "error":
        return [(reply["error"]["code"], ())]
    return [(line["text"], tuple(line["bbox"])) for line in reply["data"]["lines"]]


def assert_same(workers, path, page) -> int:
    native, plain = (lines(worker, path, page) for worker in workers)
    assert [text for text, _ in native] == [text for text, _ in plain], (path, page)
    for (_, found), (_, expected) in zip(native, plain, strict=True):
        assert found == pytest.approx(expected, abs=TOLERANCE), (path, page)
    return sum(len(text.split()) for text, _ in native)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("entries", ["", "/UserUnit 2.5", "/CropBox[10 10 190 95]"])
def test_made_pages(both, make_pdf, turn, entries):
    pdf = Pdf.with_font()
    for text in TEXTS:
        pdf.page(text, entries=f"/Rotate {turn}{entries}")
    path = make_pdf(pdf.build())
    assert sum(assert_same(both, path, page) for page in range(len(TEXTS))) > 8


@pytest.mark.shared
def test_the_corpus(both):
    documents = sorted(CORPUS.glob("pdf/*.pdf")) + sorted(CORPUS.glob("icdar2013/eu/*.pdf"))
    words = 0
    for path in documents:
        info = both[0].ask("document_info", {"file_path": str(path)})
        pages = info["data"]["page_count"] if info["status"] == "success" else 0
        words += sum(assert_same(both, path, page) for page in range(min(pages, PAGES)))
    assert words > 10_000
