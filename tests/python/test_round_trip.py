"""Every box that parse_table, extract_text and convert give out, sent to extract_evidence, cuts out exactly that thing.

Shown twice over: by the text in the box, and by OCR of the pixels of the cut picture.
"""

import base64
import io

import pytest
from PIL import Image
from text_pages import ruled_table, show, text_pdf

pytestmark = pytest.mark.filterwarnings("ignore")
TURNS = (0, 90, 180, 270)
BOXES = ("", "/CropBox[50 80 560 760]", "/MediaBox[-40 -60 572 732]", "/UserUnit 1.5")
BILL = [["Item", "Quantity"], ["Concrete", "8640"], ["Timber", "1275"]]
PAGE = show(100, 690, "Foundation works", 16) + ruled_table(
    100, 640, BILL, column_width=150, row_height=36, size=16
)
LEGIBLE = (
    "Foundation works",
    "Item Quantity",
    "Concrete 8640",
    "Timber 1275",
    "Concrete",
    "Quantity",
    "8640",
    "1275",
)
"""Texts long enough for OCR to read them from a cut alone."""
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def lean(kind):
    from hosts import Worker

    worker = Worker(kind, TACH_DOCLING_PROFILE="lean")
    try:
        worker.ready()
        yield worker
    finally:
        worker.stop()


def ask(worker, cmd, path, **payload) -> dict:
    """The data of the reply; progress messages are passed over."""
    req_id = worker.send(cmd, {"file_path": str(path), **payload}, timeout_ms=PATIENCE_MS)
    while (message := worker.receive()).get("type") == "progress":
        pass
    assert message["req_id"] == req_id and message["status"] == "success", message
    return message["data"]


def wire(box: dict) -> tuple[list[float], str]:
    """The wire's box of docling-core's, and its origin."""
    top, bottom = sorted((box["t"], box["b"]))
    return [box["l"], top, box["r"] - box["l"], bottom - top], box["coord_origin"]


def from_tables(worker, path, origin):
    """Texts of the cells with their boxes, and the tables' own boxes."""
    for table in ask(worker, "parse_table", path, page_index=0, coord_origin=origin)["tables"]:
        yield " ".join(text for row in BILL for text in row), table["bbox"], origin
        for cell in table["data"]["table_cells"]:
            yield cell["text"], *wire(cell["bbox"])


def from_text(worker, path, origin):
    for line in ask(worker, "extract_text", path, page_index=0, coord_origin=origin)["lines"]:
        yield line["text"], line["bbox"], origin


def from_convert(worker, path, _origin):
    document = ask(worker, "convert", path)
    for item in document["texts"]:
        yield item["text"], *wire(item["prov"][0]["bbox"])
    for table in document["tables"]:
        yield " ".join(text for row in BILL for text in row), *wire(table["prov"][0]["bbox"])
        for cell in table["data"]["table_cells"]:
            yield cell["text"], *wire(cell["bbox"])


def read_back(worker, picture: bytes, make_pdf) -> str:
    """The words that OCR reads in a cut picture, put on a page of its own with a white edge; rulings read as bars."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    page = Image.new("RGB", (image.width + 60, image.height + 60), "white")
    page.paste(image, (30, 30))
    out = io.BytesIO()
    page.save(out, "PDF", resolution=150)
    path = make_pdf(out.getvalue(), "crop.pdf")
    return " ".join(
        ask(worker, "extract_text", path, page_index=0, ocr="always")["text"].replace("|", " ").split()
    )


@pytest.mark.parametrize("source", [from_tables, from_text, from_convert])
@pytest.mark.parametrize("origin", ["TOPLEFT", "BOTTOMLEFT"])
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES)
def test_each_box_cuts_out_its_text(make_pdf, lean, source, origin, turn, box):
    path = make_pdf(text_pdf(PAGE, f"{box}/Rotate {turn}"))
    seen = []
    for text, bbox, place in source(lean, path, origin):
        cut = ask(
            lean,
            "extract_evidence",
            path,
            page_index=0,
            bbox=bbox,
            coord_origin=place,
            include_text=True,
            dpi=18,
        )
        assert sorted(cut["text"].split()) == sorted(text.split())
        assert cut["bbox"] == pytest.approx(bbox, abs=0.01), "nothing of the box is off the page"
        seen += text.split()
    assert {"Foundation", "works"} <= set(seen) or source is from_tables
    assert {word for row in BILL for word in row} <= set(seen)


@pytest.mark.parametrize("source", [from_tables, from_text, from_convert])
@pytest.mark.parametrize(
    "entries", ["/CropBox[50 80 560 760]/Rotate 90", "/MediaBox[-40 -60 572 732]/Rotate 270"]
)
def test_the_cut_pixels_show_the_text(make_pdf, lean, source, entries):
    path = make_pdf(text_pdf(PAGE, entries))
    read = {}
    for text, bbox, place in source(lean, path, "TOPLEFT"):
        if text not in LEGIBLE:
            continue
        cut = ask(
            lean,
            "extract_evidence",
            path,
            page_index=0,
            bbox=bbox,
            coord_origin=place,
            dpi=150,
            format="png",
        )
        read[text] = read_back(lean, base64.b64decode(cut["base64"]), make_pdf)
    assert len(read) >= 2 and all(found == text for text, found in read.items()), read
