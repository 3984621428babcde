"""The full profile: layout model and TableFormer through Docling's own loading code, on small weights made here.

Runs in the environment of requirements-full.txt: `cargo xtask test --full`.
"""

import json
import shutil

import pytest
from small_weights import RAM_MB, full_settings
from text_pages import column, open_page, plenty, scanned_pdf, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.docling import profiles
from pyworker.engine.docling.model_files import LAYOUT_FOLDER, TABLEFORMER_FOLDER
from pyworker.engine.engines import Engines
from pyworker.errors import EngineUnavailable, StartupFailed
from pyworker.messages import Convert
from pyworker.settings import Settings

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]
PAGE = "".join(column(x, 740, [f"cell {row} {x}" for row in range(14)], 11, 4.4) for x in (60, 180, 300, 420))


@pytest.fixture
def own_models(models, tmp_path):
    """A copy of the models to damage."""
    shutil.copytree(models, tmp_path / "models")
    return tmp_path / "models"


def test_auto_takes_full_where_packages_and_models_are_there(models):
    engine = Engines.load(full_settings(models, docling_profile="auto", docling_load="lazy"))
    assert engine.profile == "full"
    assert engine.capabilities == ["docling", "tables", "ocr", "tableformer"]


def test_layout_and_tableformer_read_a_page(full, make_pdf):
    path = make_pdf(text_pdf(PAGE))
    _cache, document, page = open_page(path)
    steps = []
    context = plenty(lambda done, total: steps.append((done, total)))
    converted = convert_pdf(document, Convert(file_path=str(path)), context, full)
    from docling_core.types.doc import DoclingDocument

    found = DoclingDocument.model_validate(json.loads(json.dumps(converted)))
    assert steps == [(1, 1)]
    assert found.tables, "the layout model calls everything a table"
    for table in found.tables:
        box = table.prov[0].bbox
        assert 0 <= box.l < box.r <= page.geometry.width + 1
    cells = [cell for table in found.tables for cell in table.data.table_cells]
    assert any("cell 9 60" in cell.text for cell in cells)
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
        convert_pdf(document, Convert(file_path=str(path)), plenty(), full)
    finally:
        predictor.multi_table_predict = original
    assert calls


@pytest.mark.parametrize(
    "name", [f"{LAYOUT_FOLDER}/model.safetensors", f"{TABLEFORMER_FOLDER}/tableformer_accurate.safetensors"]
)
def test_a_missing_model_file_is_named_with_the_command_that_fetches_it(own_models, name):
    (own_models / name).unlink()
    with pytest.raises(StartupFailed, match=r"docling-tools.? models download") as caught:
        Engines.load(full_settings(own_models))
    assert str(own_models / name) in caught.value.message
    # Without the name asked for, the worker starts with what is there.
    assert (
        Engines.load(full_settings(own_models, docling_profile="auto", docling_load="lazy")).profile == "lean"
    )


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
    for load in ("eager", "lazy"):
        with pytest.raises(StartupFailed, match=r"docling-tools.? models download") as caught:
            Engines.load(full_settings(own_models, docling_load=load))
        assert str(file) in caught.value.message
    assert (
        Engines.load(full_settings(own_models, docling_profile="auto", docling_load="lazy")).profile == "lean"
    )


def test_whole_files_of_another_model_fail_the_start_or_the_first_use(own_models):
    layout, table = own_models / LAYOUT_FOLDER, own_models / TABLEFORMER_FOLDER
    shutil.copy(layout / "model.safetensors", table / "tableformer_accurate.safetensors")
    with pytest.raises(StartupFailed, match=r"docling-tools.? models download") as caught:
        Engines.load(full_settings(own_models))
    assert str(own_models) in caught.value.message
    lazy = Engines.load(full_settings(own_models, docling_load="lazy"))
    with pytest.raises(EngineUnavailable, match=r"docling-tools.? models download"):
        lazy.pipeline()


def test_a_limit_that_the_models_do_not_fit_is_refused_at_once(models):
    with pytest.raises(StartupFailed, match=r"set TACH_WORKER_RAM_LIMIT_MB=\d+"):
        Engines.load(Settings(docling_profile="full", docling_artifacts=models, ram_soft_mb=256))
    small = Settings(docling_profile="full", docling_artifacts=models, ram_soft_mb=256, docling_load="lazy")
    lazy = Engines(small, "full", profiles.look(models))
    with pytest.raises(EngineUnavailable, match=r"set TACH_WORKER_RAM_LIMIT_MB=\d+"):
        lazy.pipeline()


def test_a_worker_serves_the_full_profile_without_a_connection(start, models, make_pdf):
    """Both hosts: `ready` names TableFormer, each command works, and the offline switches are set."""
    path = make_pdf(text_pdf(PAGE))
    worker = start(
        TACH_DOCLING_PROFILE="full",
        TACH_DOCLING_ARTIFACTS=str(models),
        TACH_DOCLING_THREADS="1",
        TACH_WORKER_RAM_LIMIT_MB=str(RAM_MB),
        # An attempt to reach a network fails loudly instead of waiting.
        HTTPS_PROXY="http://127.0.0.1:9",
        HTTP_PROXY="http://127.0.0.1:9",
    )
    # Torch takes a minute to import where other programs keep the processors and the disk busy.
    worker.patience_s = 300
    ready = worker.ready()
    assert ready["profile"] == "full" and "tableformer" in ready["capabilities"]
    worker.send("convert", {"file_path": str(path)}, timeout_ms=240_000)
    messages = [worker.receive(), worker.receive()]
    assert messages[0]["type"] == "progress" and messages[1]["status"] == "success", messages
    tables = worker.data("parse_table", {"file_path": str(path), "page_index": 0}, timeout_ms=240_000)[
        "tables"
    ]
    assert {table["engine"] for table in tables} <= {"tableformer", "ruling", "alignment"}


def test_ocr_works_beside_torch(full, make_pdf):
    from pyworker.engine.commands.extract_text import extract_text
    from pyworker.messages import ExtractText

    path = make_pdf(scanned_pdf(show(80, 600, "Text in a picture", 16)))
    _cache, document, _page = open_page(path)
    found = extract_text(document, ExtractText(file_path=str(path), page_index=0), plenty(), full.ocr)
    assert found["text"] == "Text in a picture"
