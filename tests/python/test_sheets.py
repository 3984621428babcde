"""read_sheet, tables and text of drawings: specimen sheets with known truth, and two circuit diagrams."""

import math

import numpy as np
import pypdfium2
import pytest
from hosts import ROOT, Worker
from pdf_maker import Pdf
from PIL import Image, ImageDraw
from sheet_maker import STYLES, make_sheet
from sheet_pen import OPEN, vietnamese
from sheet_scores import Tally, box_of, iou, plain, score_sheet, score_tables, score_text
from text_pages import column, open_page, plenty, text_pdf

from pyworker.engine.ocr.rule_tilt import tilt_of_rules
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.sheets.kind import drawing, kind_of
from pyworker.engine.sheets.labels import field_of, is_scale_note, labelled, scale_in, zone_word
from pyworker.engine.sheets.pieces import joined_letters

DIAGRAMS = ROOT.parent / "shared" / "corpus" / "drawings"
SEEDS = range(6)


@pytest.fixture(scope="module")
def worker(kind):
    """A ready worker of the profile `lean`, which has tables."""
    worker = Worker(kind, TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy")
    try:
        worker.ready()
        yield worker
    finally:
        worker.stop()


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Specimen sheets of every style of title block: path and truth."""
    if not vietnamese():
        pytest.skip("DejaVu Sans, which has Vietnamese letters, is not installed")
    folder = tmp_path_factory.mktemp("sheets")
    found = []
    for seed in SEEDS:
        data, truth, chosen = make_sheet(seed, style=STYLES[seed % len(STYLES)])
        path = folder / f"{seed}.pdf"
        path.write_bytes(data)
        found.append((path, truth, chosen))
    return found


def test_zones_and_fields_of_specimens_are_read(worker, sheets):
    tally = Tally()
    for path, truth, _ in sheets:
        data = worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)
        assert data["kind"] == "drawing"
        score_sheet(tally, truth, data)
    assert tally.f1("fields") >= 0.95, tally.misses
    assert tally.f1("zones") >= 0.95, tally.misses


def test_schedules_of_specimens_are_read_and_nothing_else(worker, sheets):
    tally = Tally()
    for path, truth, _ in sheets:
        data = worker.data("parse_table", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)
        score_tables(tally, truth, data["tables"])
    assert tally.share("rows") >= 0.95, tally.misses
    assert tally.found["false tables"] == 0, tally.misses


def test_schedules_without_closed_cells_are_read(worker, tmp_path):
    if not vietnamese():
        pytest.skip("DejaVu Sans, which has Vietnamese letters, is not installed")
    tally = Tally()
    for seed, rules in enumerate(OPEN, 20):
        data, truth, _ = make_sheet(seed, schedule=rules, size="A3")
        path = tmp_path / f"{rules}.pdf"
        path.write_bytes(data)
        found = worker.data("parse_table", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)
        score_tables(tally, truth, found["tables"])
        sheet = worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)
        score_sheet(tally, truth, sheet)
    assert tally.share("rows") >= 0.95, tally.misses
    assert tally.found["false tables"] == 0, tally.misses
    assert tally.f1("zones") >= 0.95, tally.misses


def test_a_box_around_a_schedule_gives_the_same_table(worker, sheets):
    path, truth, _ = sheets[0]
    request = {"file_path": str(path), "page_index": 0}
    whole = worker.data("parse_table", request, timeout_ms=60_000)["tables"]
    left, top, right, bottom = truth.tables[0][0]
    box = [left - 4, top - 4, right - left + 8, bottom - top + 8]
    boxed = worker.data("parse_table", {**request, "bbox": box}, timeout_ms=60_000)["tables"]
    assert boxed[0]["data"] in [table["data"] for table in whole]


def test_text_of_specimens_comes_zone_after_zone(worker, sheets):
    tally = Tally()
    turned = False
    for path, truth, chosen in sheets:
        request = {"file_path": str(path), "page_index": 0, "ocr": "never"}
        lines = worker.data("extract_text", request, timeout_ms=60_000)["lines"]
        score_text(tally, truth, lines)
        most = 270 if chosen["turn"] == "sideways" else 0
        directions = [line["direction"] for line in lines]
        assert max(set(directions), key=directions.count) == most
        turned = turned or len(set(directions)) > 1
    assert turned
    assert tally.share("lines") == 1.0, tally.misses
    assert tally.share("paragraphs") == 1.0, tally.misses


def test_text_in_a_box_on_a_drawing_is_that_of_the_box(worker, sheets):
    path, truth, _ = sheets[0]
    left, top, right, bottom = next(box for kind, _, box, _ in truth.zones if kind == "notes")
    request = {"file_path": str(path), "page_index": 0, "bbox": [left, top, right - left, bottom - top]}
    text = worker.data("extract_text", {**request, "ocr": "never"}, timeout_ms=60_000)["text"]
    assert text.splitlines()[-len(truth.paragraphs[0]) :] == truth.paragraphs[0]


def found_in(worker, path, query):
    """The matches of a search; the reply comes after lines of progress."""
    worker.send("find_text", {"file_path": str(path), "query": query}, timeout_ms=60_000)
    reply = worker.receive()
    while reply.get("type") == "progress":
        reply = worker.receive()
    assert reply["status"] == "success", reply
    return reply["data"]["matches"]


def test_a_text_that_is_found_is_told_with_its_zone(worker, sheets):
    path, truth, _ = sheets[0]
    zones = worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=60_000)["zones"]
    number = truth.fields["number"]
    for query, kind in ((truth.paragraphs[0][0], "notes"), (number, "title_block")):
        # The second time the zones are what was kept.
        first, again = found_in(worker, path, query), found_in(worker, path, query)
        assert first == again
        (found,) = [match for match in first if match["zone"] and match["zone"]["kind"] == kind]
        assert found["zone"] in zones
        left, top, right, bottom = box_of(found["zone"]["bbox"])
        x, y, width, height = found["boxes"][0]
        assert left <= x + width / 2 <= right and top <= y + height / 2 <= bottom


def test_a_text_found_on_a_page_of_text_has_no_zone(worker, make_pdf):
    path = make_pdf(text_pdf(column(60, 700, ["Concrete C30/37 as ordered"])))
    (match,) = found_in(worker, path, "C30/37")
    assert match["zone"] is None


def test_a_page_of_text_is_no_drawing(worker, make_pdf):
    path = make_pdf(text_pdf(column(60, 700, ["This is a page of running text and nothing else."] * 20)))
    request = {"file_path": str(path), "page_index": 0}
    assert worker.data("read_sheet", request) == {"kind": "text", "title_block": None, "zones": []}
    assert "direction" not in worker.data("extract_text", {**request, "ocr": "never"})["lines"][0]


def test_a_page_that_is_not_there_is_refused(worker, make_pdf):
    path = make_pdf(text_pdf(""))
    assert (
        worker.error("read_sheet", {"file_path": str(path), "page_index": 3})["code"] == "page_out_of_range"
    )


def test_a_ruled_form_of_office_size_is_no_drawing(make_pdf):
    rules = "".join(f"60 {700 - 12 * k} 400 12 re S 260 {700 - 12 * k} 100 12 re S\n" for k in range(50))
    labels = column(64, 703, ["Project", "Title", "Date", "Scale", "Drawn", "Checked", "Number"], 8, 1.5)
    path = make_pdf(text_pdf(rules + labels))
    _cache, _document, page = open_page(path)
    assert drawing(page, plenty().check) is None
    assert kind_of(page, plenty().check)[0] == "text"


def test_clipped_strokes_are_no_rules(make_pdf):
    from pyworker.engine.pdf.linework import read_linework

    content = "q 100 100 50 50 re W n 0 120 m 600 120 l S Q 10 10 m 90 10 l S"
    pdf = Pdf.with_font()
    pdf.page(content, (612, 792))
    _cache, _document, page = open_page(make_pdf(pdf.build()))
    rules = sorted((round(r.start), round(r.end)) for r in read_linework(page, plenty().check).rules)
    assert rules == [(10, 90), (100, 150)]


def test_strokes_are_read_from_their_shx_comments(worker, make_pdf):
    comment = "<</Type/Annot/Subtype/Square/T(AutoCAD SHX Text)/Contents({})/Rect[{}]>>"
    pdf = Pdf.with_font()
    annotations = [
        pdf.add(comment.format("PUMP ROOM 12", "100 400 160 408")),
        pdf.add(comment.format("4200", "300 200 306 224")),
        pdf.add("<</Type/Annot/Subtype/Square/T(Reviewer)/Contents(not text)/Rect[10 10 90 20]>>"),
    ]
    pdf.page("100 400 m 104 408 l S", (612, 792), f"/Annots[{' '.join(f'{n} 0 R' for n in annotations)}]")
    request = {"file_path": str(make_pdf(pdf.build())), "page_index": 0, "ocr": "never"}
    lines = worker.data("extract_text", request)["lines"]
    assert [line["text"] for line in lines] == ["PUMP ROOM 12", "4200"]
    assert lines[0]["bbox"] == pytest.approx([100, 384, 60, 8])


@pytest.mark.parametrize(("style", "askew"), [("corner rows", 0.0), ("strip", -0.4)])
def test_a_scanned_title_block_is_read_by_ocr(worker, tmp_path, style, askew):
    if not vietnamese():
        pytest.skip("DejaVu Sans is not installed")
    data, truth, _ = make_sheet(4, size="A3", style=style, language="en", turn="upright")
    picture = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72).to_pil().convert("L")
    path = tmp_path / "scan.pdf"
    picture.rotate(askew, fillcolor=255).save(path, resolution=200)
    sheet = worker.data("read_sheet", {"file_path": str(path), "page_index": 0}, timeout_ms=120_000)
    assert sheet["kind"] == "scan"
    found = {field["name"]: field["value"] for field in sheet["title_block"]["fields"]}
    wanted = {name: found.get(name) for name in truth.fields if name != "revision"}
    right = [name for name in wanted if plain(wanted[name]) == plain(truth.fields[name])]
    assert len(right) >= len(wanted) - 1, found
    assert iou(box_of(sheet["title_block"]["bbox"]), truth.block) >= 0.8


@pytest.mark.parametrize("degrees", [-1.7, -0.4, 0.0, 0.25])
def test_rules_tell_how_far_a_scan_lies_askew(degrees):
    picture = Image.new("RGB", (1400, 1000), (250, 250, 245))
    pen = ImageDraw.Draw(picture)
    for box in ((40, 40, 1360, 960), (1000, 40, 1360, 960), (1000, 800, 1360, 860)):
        pen.rectangle(box, outline=0)
    # As a scanner turns it: clockwise is positive.
    turned = picture.rotate(-degrees, resample=Image.Resampling.BILINEAR, fillcolor=(250, 250, 245))
    found = tilt_of_rules(np.asarray(turned), Rect(0.0, 0.0, 1400.0, 1000.0))
    assert math.degrees(found.angle) == pytest.approx(degrees, abs=0.03)


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ('SCALE: 1/8" = 1\'-0"', '1/8" = 1\'-0"'),
        ("TỶ LỆ 1/50", "1/50"),
        ("1:100", "1:100"),
        ("SCALE: NTS", "NTS"),
        ("AS NOTED", None),
        ("1:1", None),
        ("ROOM 1:100 AND MORE", None),
    ],
)
def test_scale_notes_are_told_from_other_text(text, scale):
    assert (scale_in(text) if is_scale_note(text) else None) == scale


def test_labels_are_known_in_two_languages():
    assert field_of("TÊN BẢN VẼ / DRAWING TITLE") == "title"
    assert field_of("Số hiệu:") == "number"
    assert labelled("REV B") == ("revision", "REV", "B")
    assert field_of("CORRIDOR") is None
    assert zone_word("ROOM FINISH SCHEDULE") == "schedule"
    assert zone_word("CAO ĐỘ TÍNH BẰNG MÉT.") is None


def test_spaced_letters_are_one_word():
    from pyworker.engine.pdf.geometry import Rect
    from pyworker.engine.pdf.page_content import Word

    letters = [Word(c, Rect(12 * k, 0, 12 * k + 6, 9), 9, 0, 2 * k) for k, c in enumerate("SHEET")]
    assert [word.text for word in joined_letters(letters)] == ["SHEET"]
    pins = [Word(c, Rect(12 * k, 0, 12 * k + 5, 9), 9, 0, 2 * k) for k, c in enumerate("12345")]
    assert [word.text for word in joined_letters(pins)] == list("12345")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["schematic_a", "schematic_b"])
def test_circuit_diagrams_have_their_tables_and_views(worker, name):
    request = {"file_path": str(DIAGRAMS / f"{name}.pdf"), "page_index": 0}
    tables = worker.data("parse_table", request, timeout_ms=60_000)["tables"]
    sizes = sorted((t["data"]["num_rows"], t["data"]["num_cols"]) for t in tables)
    # The last of the five is the title block.
    assert sizes == [(3, 4), (5, 3), (6, 3), (7, 2), (11, 8)]
    sheet = worker.data("read_sheet", request, timeout_ms=60_000)
    assert sheet["title_block"]["title"].startswith("ESP32-EVB")
    titles = {zone["title"] for zone in sheet["zones"] if zone["kind"] == "view"}
    assert {
        "Power Supply",
        "Ethernet",
        "Relays",
        "USB to UART",
        "CAN Driver",
        "Extension",
        "Buttons",
    } <= titles
