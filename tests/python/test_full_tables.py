"""parse_table in the full profile: layout model and TableFormer, on weights that know nothing and on one that sees.

The weights made by small_weights go through Docling's own loading code, but what they predict has no meaning. Where a
test needs a right answer, TableFormer's last step is replaced by one that tells the grid drawn on the page; all that
comes before and after it (picture, matching of words, post-processing, boxes) stays Docling's and ours.
"""

import pytest
from text_pages import column, open_page, plenty, ruled_table, scanned_pdf, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.layout.box_text import text_in_box
from pyworker.errors import DeadlinePassed
from pyworker.messages import Convert, ParseTable

pytestmark = [pytest.mark.full, pytest.mark.filterwarnings("ignore")]
TURNS = (0, 90, 180, 270)
BOXES = ("", "/CropBox[50 80 560 760]", "/MediaBox[-40 -60 572 732]", "/UserUnit 1.5")
BILL = [["Item", "Unit", "Rate"], ["Cement", "bag", "86"], ["Steel", "kg", "12"]]
BOX = (100.0, 534.0, 460.0, 600.0)
"""Of the table, in page points: left, bottom, right, top."""
PAGE = show(100, 640, "above the table", 12) + ruled_table(BOX[0], BOX[3], BILL)
FULL_PAGE = "".join(
    column(x, 740, [f"cell {row} {x}" for row in range(14)], 11, 4.4) for x in (60, 180, 300, 420)
)


@pytest.fixture
def predictor(full):
    """Docling's TableFormer, whose model a test may replace."""
    predictor = full.pipeline().pipeline.table_model.tf_predictor
    original = predictor._model.predict
    yield predictor
    predictor._model.predict = original


@pytest.fixture
def sighted(predictor):
    """TableFormer sees the three rows and columns of BILL, evenly spaced."""
    import torch

    tags = predictor.get_init_data()["word_map"]["word_map_tag"]
    rows = [[tags["ched"]] * 3, [tags["fcel"]] * 3, [tags["fcel"]] * 3]
    sequence = [tags["<start>"], *(tag for row in rows for tag in [*row, tags["nl"]]), tags["<end>"]]
    boxes = [[(2 * col + 1) / 6, (2 * row + 1) / 6, 0.3, 0.3] for row in range(3) for col in range(3)]
    # The last class is that of cells with text.
    classes = torch.tensor([[0.0, 0.0, 1.0]] * 9)
    predictor._model.predict = lambda *_arguments: (sequence, classes, torch.tensor(boxes))


@pytest.fixture
def parse(make_pdf, full):
    """Reads tables of page 0 of a PDF, given as bytes; gives them with the page. `table` asks for the drawn box."""

    def run(data, context=None, table=True, origin="TOPLEFT"):
        path = make_pdf(data)
        cache, document, page = open_page(path)
        bbox = page.geometry.to_wire(page.geometry.rect_to_displayed(*BOX), origin) if table else None
        payload = ParseTable(
            file_path=str(path), page_index=0, bbox=bbox, coord_origin=origin, exports=["markdown"]
        )
        found = parse_table(document, payload, context or plenty(), full)["tables"]
        open_documents.append(cache)
        return found, page

    open_documents = []
    yield run
    for cache in open_documents:
        cache.clear()


def grid(table) -> list[list[str]]:
    """The texts by rows; checks that docling-core takes the data and that no two cells share a field."""
    from docling_core.types.doc.items.table.table_data import TableData

    data = TableData.model_validate(table["data"])
    texts = [[""] * data.num_cols for _ in range(data.num_rows)]
    fields = set()
    for cell in data.table_cells:
        assert cell.row_span == cell.end_row_offset_idx - cell.start_row_offset_idx >= 1
        assert cell.col_span == cell.end_col_offset_idx - cell.start_col_offset_idx >= 1
        for row in range(cell.start_row_offset_idx, cell.end_row_offset_idx):
            for col in range(cell.start_col_offset_idx, cell.end_col_offset_idx):
                assert (row, col) not in fields
                fields.add((row, col))
                texts[row][col] = cell.text
    return texts


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES)
def test_the_structure_of_a_box_with_cells_that_cut_out_their_text(parse, sighted, box, turn):
    for origin in ("TOPLEFT", "BOTTOMLEFT"):
        (table,), page = parse(text_pdf(PAGE, f"{box}/Rotate {turn}"), origin=origin)
        assert table["engine"] == "tableformer"
        assert grid(table) == BILL
        for cell in table["data"]["table_cells"]:
            assert cell["column_header"] == (cell["start_row_offset_idx"] == 0)
            place = cell["bbox"]
            assert place["coord_origin"] == origin
            top, bottom = sorted((place["t"], place["b"]))
            wire = [place["l"], top, place["r"] - place["l"], bottom - top]
            assert text_in_box(page, page.geometry.clip(wire, origin)) == cell["text"]
        drawn = page.geometry.to_wire(page.geometry.rect_to_displayed(*BOX), origin)
        assert table["bbox"] == pytest.approx(drawn, abs=0.01)
        assert table["exports"]["markdown"].count("|") == 16


def test_words_of_a_scan_come_from_ocr(parse, sighted):
    (table,), _page = parse(
        scanned_pdf(show(100, 640, "above", 12) + ruled_table(100, 600, BILL, size=14), 200)
    )
    assert table["engine"] == "tableformer"
    words = " ".join(text for row in grid(table) for text in row)
    assert "Cement" in words and "Steel" in words and "above" not in words


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES[:2])
def test_meaningless_weights_give_well_formed_tables(parse, box, turn):
    """Without a box the layout model finds the tables; these weights call most of the page one."""
    tables, page = parse(text_pdf(FULL_PAGE, f"{box}/Rotate {turn}"), table=False)
    assert tables
    for table in tables:
        assert table["engine"] in ("tableformer", "ruling", "alignment")
        assert any(text for row in grid(table) for text in row)
        for cell in table["data"]["table_cells"]:
            place = cell["bbox"]
            assert -0.1 <= place["l"] < place["r"] <= page.geometry.width + 0.1
            assert -0.1 <= place["t"] < place["b"] <= page.geometry.height + 0.1


def test_a_page_on_which_the_layout_model_sees_nothing_has_no_tables(parse, full, monkeypatch):
    from docling.datamodel.base_models import LayoutPrediction

    def blind(_conversion, pages):
        for page in pages:
            page.predictions.layout = LayoutPrediction()
        return [page.predictions.layout for page in pages]

    monkeypatch.setattr(full.pipeline().pipeline.layout_model, "predict_layout", blind)
    tables, _page = parse(text_pdf(PAGE), table=False)
    assert tables == []


def test_without_a_usable_structure_the_lean_engine_reads_and_is_named(parse, predictor, capfd):
    import torch

    tags = predictor.get_init_data()["word_map"]["word_map_tag"]
    nothing = ([tags["<start>"], tags["<end>"]], torch.empty(0), torch.empty(0))
    predictor._model.predict = lambda *_arguments: nothing
    (table,), _page = parse(text_pdf(PAGE))
    assert (table["engine"], grid(table)) == ("ruling", BILL)

    def fail(*_arguments):
        raise IndexError("as its post-processing does on odd structures")

    predictor._model.predict = fail
    (table,), _page = parse(text_pdf(PAGE))
    assert (table["engine"], grid(table)) == ("ruling", BILL)
    assert "IndexError" in capfd.readouterr().err, "the reason is on stderr"


def test_a_page_too_wide_for_the_models_is_read_by_the_lean_engine(parse, sighted):
    """At TableFormer's 1024 rows this page would have a picture of 33 megapixels."""
    (table,), _page = parse(text_pdf(PAGE, size=(20_000.0, 620.0)), table=False)
    assert (table["engine"], grid(table)) == ("ruling", BILL)


@pytest.mark.parametrize("stage", ["layout_model.engine._model", "table_model.tf_predictor._model"])
def test_the_deadline_is_noticed_inside_a_model(parse, full, stage):
    """It passes when the model has begun; the next layer is not run."""
    model = full.pipeline().pipeline
    for name in stage.split("."):
        model = getattr(model, name)
    layers = [module for module in model.modules() if not list(module.children())]
    context = plenty()
    ran = []

    def pass_deadline(*_arguments):
        ran.append(1)
        context.deadline = 0.0

    hooks = [layer.register_forward_hook(pass_deadline) for layer in layers]
    try:
        with pytest.raises(DeadlinePassed):
            parse(text_pdf(FULL_PAGE), context, table=stage.startswith("table"))
    finally:
        for hook in hooks:
            hook.remove()
    assert len(ran) == 1


def test_convert_notices_the_deadline_inside_a_model(make_pdf, full):
    path = make_pdf(text_pdf(FULL_PAGE))
    _cache, document, _page = open_page(path)
    context = plenty()
    layer = next(full.pipeline().pipeline.table_model.tf_predictor._model.modules())
    inner = [module for module in layer.modules() if not list(module.children())]
    hooks = [module.register_forward_hook(lambda *_: setattr(context, "deadline", 0.0)) for module in inner]
    try:
        with pytest.raises(DeadlinePassed):
            convert_pdf(document, Convert(file_path=str(path)), context, full)
    finally:
        for hook in hooks:
            hook.remove()


@pytest.mark.parametrize("entries", ["/Rotate 90", "/CropBox[50 80 560 760]/Rotate 270", "/UserUnit 1.5"])
def test_boxes_of_convert_lie_where_the_page_shows_them(make_pdf, full, entries):
    path = make_pdf(text_pdf(FULL_PAGE, entries))
    _cache, document, page = open_page(path)
    converted = convert_pdf(document, Convert(file_path=str(path)), plenty(), full)
    size = converted["pages"]["1"]["size"]
    assert (size["width"], size["height"]) == pytest.approx(
        (page.geometry.width, page.geometry.height), abs=0.1
    )
    seen = 0
    for item in converted["texts"]:
        place = item["prov"][0]["bbox"]
        wire = [place["l"], place["b"], place["r"] - place["l"], place["t"] - place["b"]]
        shown = text_in_box(page, page.geometry.clip(wire, "BOTTOMLEFT"))
        assert set(item["text"].split()) <= set(shown.split())
        seen += 1
    for table in converted["tables"]:
        for cell in table["data"]["table_cells"]:
            place = cell["bbox"]
            wire = [place["l"], place["t"], place["r"] - place["l"], place["b"] - place["t"]]
            if cell["text"]:
                shown = text_in_box(page, page.geometry.clip(wire, place["coord_origin"]))
                assert set(shown.split()) & set(cell["text"].split())
                seen += 1
    assert seen


def test_a_scan_that_the_table_model_reads_gets_its_text_from_ocr(make_pdf, full):
    lines = "".join(column(x, 740, [f"Cell {row}" for row in range(8)], 14, 5) for x in (60, 300))
    path = make_pdf(scanned_pdf(lines, 150))
    _cache, document, _page = open_page(path)
    text = convert_pdf(document, Convert(file_path=str(path), format="markdown"), plenty(), full)["text"]
    assert text.count("Cell") == 16
