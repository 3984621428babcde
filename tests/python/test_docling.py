"""Docling: profiles and what is missing for them, loading, and converting whole documents."""

import importlib.metadata
import json
import sys
import time

import pytest
from pdf_maker import Pdf
from text_pages import column, open_page, plenty, scanned_pdf, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.docling import model_files, profiles
from pyworker.engine.engines import Engines
from pyworker.engine.layout.box_text import text_in_box
from pyworker.errors import (
    DeadlinePassed,
    EngineUnavailable,
    PageOutOfRange,
    StartupFailed,
)
from pyworker.messages import Convert
from pyworker.settings import Settings

# Docling's and its libraries' own deprecations are not this project's to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")
TURNS = (0, 90, 180, 270)
BOXES = ("", "/CropBox[50 80 560 760]", "/MediaBox[-40 -60 572 732]", "/UserUnit 1.5")


@pytest.fixture(scope="module")
def lean():
    return Engines.load(Settings(docling_profile="lean"))


@pytest.fixture
def convert(make_pdf, lean):
    """Converts a PDF, given as bytes; further arguments are fields of the request."""

    def run(data, context=None, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        return convert_pdf(document, Convert(file_path=str(path), **fields), context or plenty(), lean)

    return run


def pages_pdf(count: int, password: str | None = None) -> bytes:
    pdf = Pdf.with_font()
    for number in range(1, count + 1):
        pdf.page(show(100, 700, f"This is page {number}"), (612, 792))
    return pdf.build(password)


def read(converted: dict):
    from docling_core.types.doc import DoclingDocument

    return DoclingDocument.model_validate(json.loads(json.dumps(converted)))


def installed(lean=(), full=(), ocr=(), files=()) -> profiles.Installed:
    return profiles.Installed(tuple(lean), tuple(full), tuple(ocr), tuple(files))


def test_the_version_is_the_one_that_the_metadata_tells():
    assert profiles.docling_version() == importlib.metadata.version("docling-slim")


def test_auto_takes_the_fullest_profile_that_is_all_there(tmp_path):
    choose = profiles.choose
    assert choose("auto", tmp_path, installed()) == "full"
    assert choose("auto", tmp_path, installed(files=["model.safetensors"])) == "lean"
    assert choose("auto", None, installed(full=["torch"], files=["model.safetensors"])) == "lean"
    assert choose("auto", None, installed(lean=["docling-core"], full=["torch"])) == "none"
    assert choose("none", None, installed()) == "none"


def test_a_profile_asked_for_by_name_is_not_replaced(tmp_path):
    with pytest.raises(StartupFailed, match=r"needs docling-parse.*pip install.*requirements-lean\.txt"):
        profiles.choose("lean", None, installed(lean=["docling-parse"]))
    with pytest.raises(StartupFailed, match=r"needs torch.*requirements-full\.txt"):
        profiles.choose("full", tmp_path, installed(full=["torch"]))
    with pytest.raises(StartupFailed, match=r"TACH_DOCLING_ARTIFACTS.*docling-tools.? models download"):
        profiles.choose("full", None, installed(files=["a"]))
    with pytest.raises(StartupFailed, match=r"config\.json is missing.*docling-tools.? models download -o"):
        profiles.choose("full", tmp_path, installed(files=[model_files.FILES[0]]))


def test_capabilities_name_only_what_is_there():
    assert profiles.capabilities("none", installed()) == []
    assert profiles.capabilities("lean", installed()) == ["docling", "tables", "ocr"]
    assert profiles.capabilities("lean", installed(ocr=["onnxruntime"])) == ["docling", "tables"]
    assert profiles.capabilities("full", installed()) == ["docling", "tables", "ocr", "tableformer"]


def test_a_profile_over_the_memory_limit_fails_at_once_with_the_limit_to_set():
    with pytest.raises(StartupFailed, match=r"set TACH_WORKER_RAM_LIMIT_MB=(\d+)") as caught:
        Engines.load(Settings(docling_profile="lean", ram_soft_mb=8))
    enough = caught.value.details["ram_limit_mb"]
    assert enough > caught.value.details["rss_mb"]
    Engines.load(Settings(docling_profile="lean", ram_soft_mb=enough))


def test_the_worker_reports_startup_failed_and_exits_78(start):
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_WORKER_RAM_LIMIT_MB="16")
    messages = worker.rest()
    assert messages[-1]["event"] == "startup_failed"
    assert "TACH_WORKER_RAM_LIMIT_MB" in messages[-1]["message"]
    assert worker.wait() == 78


def test_lazy_loading_leaves_docling_out_until_it_is_used(start, make_pdf):
    import psutil

    path = make_pdf(pages_pdf(1))
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy")
    ready = worker.ready()
    assert {"docling", "tables", "ocr"} <= set(ready["capabilities"])
    process = psutil.Process(worker.process.pid)
    before = process.memory_info().rss
    assert before < 70 << 20
    req_id = worker.send("convert", {"file_path": str(path), "format": "text"}, timeout_ms=60_000)
    assert worker.receive() == {"type": "progress", "req_id": req_id, "done": 1, "total": 1}
    assert worker.receive()["data"]["text"].strip() == "This is page 1"
    assert process.memory_info().rss > before + (30 << 20)


def test_idle_loading_comes_behind_ready_and_before_any_request(start):
    import psutil

    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="idle")
    assert {"docling", "tables", "ocr"} <= set(worker.ready()["capabilities"])
    process = psutil.Process(worker.process.pid)
    at_ready = process.memory_info().rss
    deadline = time.monotonic() + 60
    while process.memory_info().rss < at_ready + (25 << 20):
        assert time.monotonic() < deadline, "Docling was not loaded though no request came"
        time.sleep(0.05)
    assert worker.data("ping", {}) == {}


def test_what_does_not_load_ahead_is_told_and_then_by_the_request(monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "docling.pipeline.native_pdf_pipeline", None)
    engines = Engines.load(Settings(docling_profile="lean", docling_load="idle"))
    while engines.warm_up():
        pass
    assert "native_pdf_pipeline" in capfd.readouterr().err
    assert not engines.warm_up()
    with pytest.raises(EngineUnavailable, match="native_pdf_pipeline"):
        engines.pipeline()


def test_a_deadline_that_passes_while_docling_loads_ends_the_request_and_not_the_worker(start, tmp_path):
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy")
    worker.ready()
    page = tmp_path / "page.html"
    page.write_text("<p>This is a page</p>")
    payload = {"file_path": str(page), "format": "text"}
    assert worker.error("convert", payload, timeout_ms=100)["code"] == "timeout"
    worker.send("convert", payload, timeout_ms=60_000)
    assert worker.receive()["type"] == "progress"
    assert worker.receive()["data"]["text"].strip() == "This is a page"


def test_a_limit_that_docling_will_not_fit_in_is_told_before_it_is_loaded(start):
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="idle", TACH_WORKER_RAM_LIMIT_MB="64")
    messages = worker.rest()
    assert messages[-1]["event"] == "startup_failed"
    assert "TACH_WORKER_RAM_LIMIT_MB" in messages[-1]["message"]
    assert worker.wait() == 78


def test_without_docling_the_error_says_how_to_get_it(start, make_pdf):
    worker = start(TACH_DOCLING_PROFILE="none")
    assert worker.ready()["profile"] == "none"
    error = worker.error("convert", {"file_path": str(make_pdf(pages_pdf(1)))})
    assert error["code"] == "engine_unavailable"
    assert "TACH_DOCLING_PROFILE" in error["message"]


def test_tableformer_is_refused_in_lean(lean):
    with pytest.raises(EngineUnavailable, match=r"requirements-full\.txt.*docling-tools.? models download"):
        lean.require("tableformer")


def test_the_document_is_docling_cores_own_and_reports_each_page(convert):
    steps = []
    document = read(convert(pages_pdf(20), plenty(lambda done, total: steps.append((done, total)))))
    assert sorted(document.pages) == list(range(1, 21))
    assert [item.text for item, _level in document.iterate_items()] == [
        f"This is page {n}" for n in range(1, 21)
    ]
    assert [item.prov[0].page_no for item in document.texts] == list(range(1, 21))
    assert document.name == "sample"
    assert steps == [(number, 20) for number in range(1, 21)]


def test_a_range_of_pages_keeps_the_files_page_numbers(convert):
    document = read(convert(pages_pdf(20), page_range=[3, 11]))
    assert sorted(document.pages) == list(range(4, 13))
    assert [(item.text, item.prov[0].page_no) for item in document.texts] == [
        (f"This is page {n}", n) for n in range(4, 13)
    ]
    assert convert(pages_pdf(3), page_range=[2, 2], format="markdown")["text"] == "This is page 3"
    with pytest.raises(PageOutOfRange):
        convert(pages_pdf(3), page_range=[1, 3])


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES)
def test_each_box_sent_back_holds_exactly_its_text(make_pdf, lean, turn, box):
    path = make_pdf(
        text_pdf(column(120, 640, ["Alpha beta", "gamma", "delta epsilon"], 14, 3.2), f"{box}/Rotate {turn}")
    )
    _cache, document, page = open_page(path)
    converted = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
    size = converted["pages"]["1"]["size"]
    assert (size["width"], size["height"]) == pytest.approx(
        (page.geometry.width, page.geometry.height), abs=0.1
    )
    found = []
    for item in converted["texts"]:
        box_ = item["prov"][0]["bbox"]
        wire = [box_["l"], box_["b"], box_["r"] - box_["l"], box_["t"] - box_["b"]]
        assert box_["coord_origin"] == "BOTTOMLEFT"
        # The lines of a paragraph are joined.
        assert " ".join(text_in_box(page, page.geometry.clip(wire, "BOTTOMLEFT")).split()) == item["text"]
        found.append(item["text"])
    assert sorted(found) == ["Alpha beta", "delta epsilon", "gamma"]


def test_columns_come_in_reading_order(convert):
    left = [
        "The left column of the page holds",
        "several lines of running text that",
        "fill it from side to side, so that",
    ]
    right = [
        "The right column is read after it,",
        "from its first line to its last one,",
        "though it was written before it in",
    ]
    text = convert(text_pdf(column(320, 700, right) + column(60, 700, left)), format="text")["text"]
    # Each column is a paragraph.
    assert " ".join(text.split()) == " ".join(left + right)


def test_a_scanned_page_is_read_by_ocr(convert):
    document = read(convert(scanned_pdf(show(100, 600, "Only a picture of text", 16))))
    assert [item.text for item in document.texts] == ["Only a picture of text"]
    box = document.texts[0].prov[0].bbox
    assert (box.l, box.b) == (pytest.approx(100, abs=5), pytest.approx(594, abs=8))
    assert len(document.pictures) == 1


def test_a_password_opens_the_document(make_pdf, lean):
    from pyworker.engine.pdf.documents import DocumentCache

    path = make_pdf(pages_pdf(2, "secret"))
    document = DocumentCache().open(str(path), "secret")
    request = Convert(file_path=str(path), password="secret", format="text")
    assert "This is page 2" in convert_pdf(document, request, plenty(), lean)["text"]


def test_the_deadline_is_noticed_between_pages(convert):
    done = []

    def report(pages: int, _total: int) -> None:
        done.append(pages)
        if pages == 5:
            context.deadline = 0.0

    context = plenty(report)
    with pytest.raises(DeadlinePassed):
        convert(pages_pdf(60), context)
    assert 5 <= done[-1] < 60


def test_forms_that_draw_each_other_are_kept_from_the_parser_they_crash(convert):
    pdf = Pdf.with_font()
    first, second = pdf._last + 1, pdf._last + 2
    for other in (second, first):
        pdf.stream(
            "BT /F 24 Tf (round) Tj ET 0.5 0 0 0.5 25 25 cm /X Do",
            f"/Type/XObject/Subtype/Form/BBox[0 0 1000 1000]/Resources<</Font<</F 3 0 R>>/XObject<</X {other} 0 R>>>>",
        )
    content = pdf.stream("1 0 0 1 25 25 cm /X Do")
    page = pdf.add(
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 300]/Contents {content} 0 R"
        f"/Resources<</XObject<</X {first} 0 R>>>>>>"
    )
    pdf.pages.append(page)
    assert "round" in convert(pdf.build(), format="text")["text"]


def test_a_huge_soft_mask_is_kept_from_the_parser_that_blows_it_up(convert):
    pdf = Pdf.with_font()
    pdf.stream(
        b"", "/Type/XObject/Subtype/Image/Width 40000/Height 5000/ColorSpace/DeviceGray/BitsPerComponent 1"
    )
    pdf.page(show(60, 700, "beside a bomb"), (612, 792))
    found = read(convert(pdf.build()))
    assert [item.text for item in found.texts] == ["beside a bomb"]
    assert found.origin is None


def test_a_page_in_points_of_its_own_is_scaled(convert):
    """UserUnit makes a page point 1.5 displayed points; Docling leaves it out."""
    item = convert(text_pdf(show(100, 700, "scaled", 20), "/UserUnit 1.5"))["texts"][0]
    box = item["prov"][0]["bbox"]
    assert box["l"] == pytest.approx(150, abs=3)
