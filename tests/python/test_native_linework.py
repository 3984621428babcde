"""The strokes that the Rust host's native code reads are those of the Python host, as read_sheet shows them."""

import pytest
from hosts import ROOT, Worker
from pdf_maker import Pdf
from sheet_maker import make_sheet
from sheet_pen import vietnamese

DIAGRAMS = sorted((ROOT.parent / "shared" / "corpus" / "drawings").glob("*.pdf"))

pytestmark = pytest.mark.system("unix", reason="no Windows bundle has the Python host to compare with")


@pytest.fixture(scope="module")
def both():
    workers = [Worker(kind, TACH_DOCLING_PROFILE="none") for kind in ("shim", "python")]
    for worker in workers:
        worker.ready()
    yield workers
    for worker in workers:
        worker.stop()


def assert_same(workers, path):
    native, plain = (
        worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)
        for worker in workers
    )
    assert native["kind"] == plain["kind"]
    assert native["title_block"] == plain["title_block"]
    assert native["zones"] == plain["zones"]
    return native


@pytest.mark.parametrize("turn", ["upright", "rotate", "sideways"])
def test_specimens(both, tmp_path, turn):
    if not vietnamese():
        pytest.skip("DejaVu Sans is not installed")
    path = tmp_path / "sheet.pdf"
    path.write_bytes(make_sheet(3, size="A2", turn=turn)[0])
    assert assert_same(both, path)["kind"] == "drawing"


def test_strokes_in_forms_and_under_clips(both, make_pdf):
    pdf = Pdf.with_font()
    grid = "".join(f"{10 * k} 0 m {10 * k} 100 l {10 * k} 0 m {10 * k + 5} 50 l S\n" for k in range(60))
    form = pdf.stream(grid, "/Type/XObject/Subtype/Form/BBox[0 0 700 120]/Matrix[2 0 0 2 40 60]")
    frame = "20 20 1640 1140 re S 1300 20 m 1300 1160 l S"
    words = "".join(
        f"BT /F 9 Tf 1310 {40 + 30 * k} Td ({text}) Tj ET "
        for k, text in enumerate(
            ["SCALE: 1:50", "DATE: 12/03/2024", "DRAWN: AB", "SHEET NO.: A-101", "TITLE: ROOF"]
        )
    )
    content = f"{frame} q 100 500 300 300 re W n 0 550 m 1600 550 l 0 560 m 1600 700 l S Q /X Do {words}"
    pdf.page(content, (1684, 1191), f"/Rotate 180/Resources<</XObject<</X {form} 0 R>>/Font<</F 3 0 R>>>>")
    sheet = assert_same(both, make_pdf(pdf.build()))
    assert sheet["kind"] == "drawing"


@pytest.mark.skipif(not DIAGRAMS, reason="the shared corpus is not there")
@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_diagrams(both, path):
    assert_same(both, path)


def test_a_title_block_drawn_after_contours_is_read(both, make_pdf):
    contour = " ".join(f"{100 + k % 900} {200 + 7 * k % 900} l" for k in range(500))
    contours = "\n".join(f"{50 + k % 900} 200 m {contour} S" for k in range(520))
    rows = (
        ["SCALE", "1:500"],
        ["DATE", "12/03/2024"],
        ["DRAWN", "AB"],
        ["SHEET NO.", "C-101"],
        ["TITLE", "CONTOURS"],
    )
    # Caption and value stand in one box, on two lines.
    cells = "\n".join(
        f"1400 {40 + 20 * k} 240 20 re S BT /F 6 Tf 1403 {52 + 20 * k} Td ({label}) Tj ET "
        f"BT /F 8 Tf 1490 {46 + 20 * k} Td ({value}) Tj ET"
        for k, (label, value) in enumerate(rows)
    )
    pdf = Pdf.with_font()
    pdf.page(f"20 20 1640 1140 re S {contours} {cells}", (1684, 1191))
    block = assert_same(both, make_pdf(pdf.build()))["title_block"]
    assert {field["value"] for field in block["fields"]} >= {value for _, value in rows}
