"""The full profile: layout model and TableFormer through Docling's own loading code, on small weights made here.

Runs in the environment of requirements-full.txt: `cargo xtask test --full`.
"""

import json
import shutil
import time

import psutil
import pytest
from small_weights import write_models
from text_pages import column, open_page, plenty, scanned_pdf, show, text_pdf

from pyworker.engine.docling_engine import DoclingEngine
from pyworker.engine.profiles import LAYOUT_FOLDER, TABLEFORMER_FOLDER
from pyworker.errors import EngineUnavailable, StartupFailed
from pyworker.messages import Convert
from pyworker.settings import Settings

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]
RAM_MB = 4096
"""Torch alone is over the default limit of 1024 MB."""
PAGE = "".join(column(x, 740, [f"cell {row} {x}" for row in range(40)], 11, 1.5) for x in (60, 180, 300, 420))


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifacts")
    write_models(folder)
    return folder


@pytest.fixture
def own_models(models, tmp_path):
    """A copy of the models to damage."""
    shutil.copytree(models, tmp_path / "models")
    return tmp_path / "models"


def settings(folder, **more) -> Settings:
    return Settings(
        docling_profile="full", docling_artifacts=folder, ram_soft_mb=RAM_MB, docling_threads=1, **more
    )


@pytest.fixture(scope="module")
def full(models):
    return DoclingEngine.load(settings(models))


def test_auto_takes_full_where_packages_and_models_are_there(models):
    engine = DoclingEngine.load(Settings(docling_artifacts=models, docling_load="lazy"))
    assert engine.profile == "full"
    assert engine.capabilities == ["docling", "tables", "ocr", "tableformer"]


def test_layout_and_tableformer_read_a_page(full, make_pdf):
    path = make_pdf(text_pdf(PAGE))
    _cache, document, page = open_page(path)
    steps = []
    converted = full.convert(
        document, Convert(file_path=str(path)), plenty(lambda done, total: steps.append((done, total)))
    )
    from docling_core.types.doc import DoclingDocument

    found = DoclingDocument.model_validate(json.loads(json.dumps(converted)))
    assert steps == [(1, 1)]
    assert found.tables, "the layout model calls everything a table"
    for table in found.tables:
        box = table.prov[0].bbox
        assert 0 <= box.l < box.r <= page.geometry.width + 1
    cells = [cell for table in found.tables for cell in table.data.table_cells]
    assert any("cell 30 60" in cell.text for cell in cells)
    for cell in cells:
        assert cell.bbox is None or 0 <= cell.bbox.l < cell.bbox.r <= page.geometry.width + 1


def test_the_table_model_has_run(full, make_pdf):
    """TableFormer itself is asked, not only loaded: its predictor sees the page's table."""
    calls = []
    predictor = full.pipeline().pipeline.table_model.tf_predictor
    original = predictor.multi_table_predict

    def counted(*arguments, **more):
        calls.append(1)
        return original(*arguments, **more)

    predictor.multi_table_predict = counted
    try:
        path = make_pdf(text_pdf(PAGE))
        _cache, document, _page = open_page(path)
        full.convert(document, Convert(file_path=str(path)), plenty())
    finally:
        predictor.multi_table_predict = original
    assert calls


@pytest.mark.parametrize(
    "name", [f"{LAYOUT_FOLDER}/model.safetensors", f"{TABLEFORMER_FOLDER}/tableformer_accurate.safetensors"]
)
def test_a_missing_model_file_is_named_with_the_command_that_fetches_it(own_models, name):
    (own_models / name).unlink()
    with pytest.raises(StartupFailed, match="docling-tools models download") as caught:
        DoclingEngine.load(settings(own_models))
    assert str(own_models / name) in caught.value.message
    # Without the name asked for, the worker starts with what is there.
    assert DoclingEngine.load(Settings(docling_artifacts=own_models, docling_load="lazy")).profile == "lean"


@pytest.mark.parametrize(
    "name",
    [
        f"{LAYOUT_FOLDER}/model.safetensors",
        f"{LAYOUT_FOLDER}/config.json",
        f"{TABLEFORMER_FOLDER}/tableformer_accurate.safetensors",
        f"{TABLEFORMER_FOLDER}/tm_config.json",
    ],
)
def test_a_damaged_model_file_fails_the_start(own_models, name):
    file = own_models / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StartupFailed, match="docling-tools models download"):
        DoclingEngine.load(settings(own_models))
    lazy = DoclingEngine.load(settings(own_models, docling_load="lazy"))
    with pytest.raises(EngineUnavailable, match="docling-tools models download"):
        lazy.pipeline()


def test_the_default_memory_limit_is_refused_at_once(models):
    with pytest.raises(StartupFailed, match="set TACH_WORKER_RAM_LIMIT_MB="):
        DoclingEngine.load(Settings(docling_profile="full", docling_artifacts=models, ram_soft_mb=256))


@pytest.mark.parametrize("limit", [1, 2])
def test_the_thread_limit_holds(start, models, make_pdf, limit):
    path = make_pdf(text_pdf(PAGE))
    worker = start(
        TACH_DOCLING_PROFILE="full",
        TACH_DOCLING_ARTIFACTS=str(models),
        TACH_DOCLING_THREADS=str(limit),
        TACH_WORKER_RAM_LIMIT_MB=str(RAM_MB),
    )
    assert "tableformer" in worker.ready()["capabilities"]
    process = psutil.Process(worker.process.pid)
    before = process.cpu_times()
    begun = time.monotonic()
    worker.send("convert", {"file_path": str(path)}, timeout_ms=60_000)
    messages = [worker.receive(), worker.receive()]
    took = time.monotonic() - begun
    assert messages[0]["type"] == "progress" and messages[1]["status"] == "success", messages
    after = process.cpu_times()
    assert after.user - before.user <= (limit + 0.5) * took


def test_ocr_works_beside_torch(full, make_pdf):
    from pyworker.engine.text import extract_text
    from pyworker.messages import ExtractText

    path = make_pdf(scanned_pdf(show(80, 600, "Text in a picture", 16)))
    _cache, document, _page = open_page(path)
    found = extract_text(document, ExtractText(file_path=str(path), page_index=0), plenty(), full)
    assert found["text"] == "Text in a picture"
