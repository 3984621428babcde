"""parse_table: ruled, half-ruled and unruled tables, what is no table, and boxes that cut out exactly their cell.

Long because each kind of table is a page of its own, and the pages share one way of drawing them.
"""

import csv
import io
import re

import pytest
from hosts import ROOT
from pdf_maker import Pdf
from text_pages import column, open_page, plenty, scanned_pdf, show, text_pdf

from pyworker.context import RequestContext
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.docling import profiles
from pyworker.engine.engines import Engines
from pyworker.engine.layout.box_text import text_in_box
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent, Ruling, Word
from pyworker.engine.tables.lean import LeanTableEngine
from pyworker.errors import BboxOutOfPage, DeadlinePassed, EngineUnavailable, PageOutOfRange
from pyworker.messages import ParseTable
from pyworker.settings import Settings

TURNS = (0, 90, 180, 270)
BOXES = ("", "/CropBox[50 80 560 760]", "/MediaBox[-40 -60 572 732]", "/UserUnit 1.5")
PROSE = [
    "The left column of the page holds several lines of running",
    "text that fill it from side to side, so that nobody would",
    "take it for a table, though another column stands beside",
    "it and every one of its lines has a neighbour there, line",
    "by line down to the end of the page, where both of them",
    "stop at the same height as they started on the same one,",
    "which is how a page of a journal usually looks, with no",
    "more than a narrow strip of white between its columns.",
]


@pytest.fixture(scope="module")
def lean():
    return Engines(Settings(), "lean", profiles.look(None))


@pytest.fixture
def parse(make_pdf, lean):
    """Reads the tables of page 0 of a PDF, given as bytes; further arguments are fields of the request."""

    def run(data, context=None, docling=None, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        payload = ParseTable(file_path=str(path), **{"page_index": 0, **fields})
        return parse_table(document, payload, context or plenty(), docling or lean)["tables"]

    return run


def line(x1, y1, x2, y2) -> str:
    return f"{x1:g} {y1:g} m {x2:g} {y2:g} l S\n"


def rows(x, y, table, columns, leading=16.0, size=10.0) -> str:
    """Texts of a table, None where a cell is empty: the first baseline at y, `columns` the x of each column."""
    return "".join(
        show(x + columns[c], y - r * leading, text, size)
        for r, row in enumerate(table)
        for c, text in enumerate(row)
        if text
    )


def texts(table) -> list[list[str]]:
    """The grid of a table's texts, a spanning cell's in every field it covers."""
    data = table["data"]
    grid = [[""] * data["num_cols"] for _ in range(data["num_rows"])]
    for cell in data["table_cells"]:
        for r in range(cell["start_row_offset_idx"], cell["end_row_offset_idx"]):
            for c in range(cell["start_col_offset_idx"], cell["end_col_offset_idx"]):
                grid[r][c] = cell["text"]
    return grid


COUNTRIES = [
    ["Country", "1990", "1995", "2000"],
    ["Austria", "11.0", "40.7", "48.4"],
    ["Belgium and Luxembourg", "6.6", "16.0", "77.4"],
    ["Denmark", "8.9", "n.a.", "62.4"],
    ["Total", "26.5", "56.7", "188.2"],
]
AT = (0, 150, 220, 290)
UNRULED = rows(72, 600, COUNTRIES, AT)


def ruled(x=72.0, y=600.0) -> str:
    """A drawn table: two columns under one header, and a label over two rows."""
    xs, ys = [x, x + 120, x + 200, x + 280], [y, y - 20, y - 40, y - 60, y - 80]
    lines = [line(xs[0], ys[k], xs[3], ys[k]) for k in (0, 2, 4)]
    lines += [line(xs[1], ys[1], xs[3], ys[1]), line(xs[1], ys[3], xs[3], ys[3])]
    lines += [line(xs[k], ys[0], xs[k], ys[4]) for k in (0, 1, 3)]
    lines += [line(xs[2], ys[1], xs[2], ys[4])]
    cells = [
        show(x + 5, y - 14, "Region", 9),
        show(x + 170, y - 14, "Sales of goods", 9),
        show(x + 125, y - 34, "Home", 9),
        show(x + 205, y - 34, "Abroad", 9),
        show(x + 5, y - 54, "North and", 9),
        show(x + 5, y - 74, "South", 9),
        show(x + 125, y - 54, "12", 9),
        show(x + 205, y - 54, "7", 9),
        show(x + 125, y - 74, "13", 9),
        show(x + 205, y - 74, "8", 9),
    ]
    return "".join(lines + cells)


RULED = [
    ["Region", "Sales of goods", "Sales of goods"],
    ["Region", "Home", "Abroad"],
    ["North and South", "12", "7"],
    ["North and South", "13", "8"],
]


def test_a_drawn_table_is_read_cell_by_cell_with_its_spans(parse):
    (table,) = parse(text_pdf(ruled()))
    assert table["engine"] == "ruling"
    assert texts(table) == RULED
    spans = {c["text"]: (c["row_span"], c["col_span"]) for c in table["data"]["table_cells"]}
    assert spans["Sales of goods"] == (1, 2)
    assert spans["North and South"] == (2, 1)
    headers = {c["text"] for c in table["data"]["table_cells"] if c["column_header"]}
    assert headers == {"Region", "Sales of goods", "Home", "Abroad"}
    assert table["bbox"] == pytest.approx([72, 192, 280, 80], abs=1)


def test_a_table_without_any_line_is_read_by_its_columns(parse):
    (table,) = parse(text_pdf(UNRULED))
    assert table["engine"] == "alignment"
    assert texts(table) == COUNTRIES
    headers = [c["text"] for c in table["data"]["table_cells"] if c["column_header"]]
    assert headers == COUNTRIES[0]
    assert {c["text"] for c in table["data"]["table_cells"] if c["row_header"]} == {
        r[0] for r in COUNTRIES[1:]
    }


def test_years_and_running_numbers_may_be_the_first_of_two_columns(parse):
    for first in (range(2018, 2024), range(1, 7)):
        ducks = [["Year", "Ducks"], *([str(n), str(120 + n % 5 * 7)] for n in first)]
        (table,) = parse(text_pdf(rows(72, 600, ducks, (0, 90))))
        assert texts(table) == ducks


def test_rules_bound_a_table_of_words(parse):
    words = [["Animal", "Sound"], ["Cat", "Meow"], ["Donkey", "Hee-Haw"]]
    content = rows(72, 600, words, (0, 120))
    rules = "".join(line(72, y, 260, y) for y in (613, 595, 563))
    assert not parse(text_pdf(content))
    (table,) = parse(text_pdf(content + rules))
    assert texts(table) == words


def test_a_header_centred_over_two_columns_spans_them(parse):
    body = [["", "Home", "Abroad"], ["North", "121", "7.0"], ["South", "13", "8.2"], ["West", "14", "9.1"]]
    content = show(214, 616, "Sales of goods in 1995", 10) + rows(72, 600, body, (0, 130, 220))
    (table,) = parse(text_pdf(content))
    assert texts(table)[:2] == [
        ["", "Sales of goods in 1995", "Sales of goods in 1995"],
        ["", "Home", "Abroad"],
    ]


def test_a_label_that_wraps_is_one_cell_and_a_section_title_is_a_row(parse):
    body = [
        ["Item", "1999", "2000"],
        ["Workers", None, None],
        ["Agriculture, forestry,", None, None],
        ["hunting and fishing", "12", "13"],
        ["Industry", "15", "16"],
        ["Owners", None, None],
        ["Services", "17", "18"],
    ]
    (table,) = parse(text_pdf(rows(72, 600, body, (0, 130, 200), leading=12)))
    assert [row[0] for row in texts(table)] == [
        "Item", "Workers", "Agriculture, forestry, hunting and fishing", "Industry", "Owners", "Services",
    ]  # fmt: skip
    assert texts(table)[2] == ["Agriculture, forestry, hunting and fishing", "12", "13"]


def test_dot_leaders_are_no_text_and_a_dollar_sign_belongs_to_its_amount(parse):
    body = [
        ["Weekly . . . . . . . . . . . . .", "$", "71.15"],
        ["Monthly . . . . . . . . . . . .", None, "308.33"],
        ["Annually...................", None, "3,700.00"],
    ]
    (table,) = parse(text_pdf(rows(72, 600, body, (0, 170, 200))))
    assert texts(table) == [["Weekly", "$ 71.15"], ["Monthly", "308.33"], ["Annually", "3,700.00"]]


def test_several_tables_come_in_reading_order_and_keep_apart(parse):
    content = (
        show(72, 720, "Table 1: Shares of the market", 11)
        + rows(72, 700, COUNTRIES, AT)
        + show(72, 560, "Table 2: Sales", 11)
        + ruled(72, 540)
    )
    first, second = parse(text_pdf(content))
    assert texts(first) == COUNTRIES
    assert texts(second) == RULED


@pytest.mark.parametrize(
    "content",
    [
        column(60, 700, PROSE, 9) + column(330, 700, PROSE, 9),
        rows(72, 600, [[f"{n}.", f"point {n} of the list"] for n in range(1, 7)], (0, 30)),
        rows(
            72, 600, [[f"Chapter {n} and its title . . . . . . .", str(9 * n)] for n in range(1, 8)], (0, 300)
        ),
        rows(72, 600, [[f"[{n}]", f"A. Author, Some Title of {n}, 1998."] for n in range(1, 7)], (0, 30)),
    ],
    ids=["columns of prose", "list", "table of contents", "bibliography"],
)
def test_what_only_looks_like_columns_is_no_table(parse, content):
    assert parse(text_pdf(content)) == []


def test_a_chart_is_no_table(parse):
    ticks = rows(72, 600, [[str(100 - 20 * k), str(100 - 20 * k)] for k in range(5)], (0, 300), leading=40)
    years = "".join(show(110 + 45 * k, 420, str(1990 + k), 9) for k in range(5))
    curve = "100 450 m 150 520 l 200 470 l 250 560 l 350 600 l S\n"
    assert parse(text_pdf(ticks + years + curve)) == []


def test_a_box_asks_for_the_one_table_in_it(parse):
    content = rows(72, 700, COUNTRIES, AT) + ruled(72, 540)
    (first,) = parse(text_pdf(content), bbox=[70, 80, 320, 90])
    assert texts(first) == COUNTRIES
    (second,) = parse(text_pdf(content), bbox=[70, 250, 300, 90], coord_origin="TOPLEFT")
    assert texts(second) == RULED
    (same,) = parse(text_pdf(content), bbox=[70, 792 - 340, 300, 90], coord_origin="BOTTOMLEFT")
    assert texts(same) == RULED
    assert same["bbox"][1] == pytest.approx(792 - second["bbox"][1] - second["bbox"][3])


def test_a_box_may_cut_into_the_last_column_and_line(parse):
    # The competition's own boxes end at the last baseline and at the start of the last character.
    (table,) = parse(text_pdf(UNRULED), bbox=[72, 180, 300, 792 - 536 - 180])
    assert texts(table) == COUNTRIES


def test_a_box_without_text_has_no_table(parse):
    assert parse(text_pdf(UNRULED), bbox=[400, 700, 50, 20]) == []


@pytest.mark.parametrize("origin", ["TOPLEFT", "BOTTOMLEFT"])
@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("box", BOXES)
def test_every_cell_box_holds_exactly_its_text(make_pdf, lean, turn, box, origin):
    path = make_pdf(text_pdf(UNRULED + ruled(72, 500), f"{box}/Rotate {turn}"))
    _cache, document, page = open_page(path)
    payload = ParseTable(file_path=str(path), page_index=0, coord_origin=origin)
    tables = parse_table(document, payload, plenty(), lean)["tables"]
    found = sorted(tuple(map(tuple, texts(table))) for table in tables)
    assert found == sorted(tuple(map(tuple, grid)) for grid in (COUNTRIES, RULED))
    for table in tables:
        for cell in table["data"]["table_cells"]:
            edges = cell["bbox"]
            assert edges["coord_origin"] == origin
            y, other = sorted((edges["t"], edges["b"]))
            wire = [edges["l"], y, edges["r"] - edges["l"], other - y]
            rect = page.geometry.clip(wire, origin)
            assert " ".join(text_in_box(page, rect).split()) == cell["text"]


@pytest.mark.parametrize("matrix", ["0 1 -1 0", "0 -1 1 0"], ids=["upwards", "downwards"])
def test_a_table_set_sideways_is_read_in_its_own_direction(parse, matrix):
    upwards = matrix.startswith("0 1")
    content = "".join(
        show(*((200 + 16 * r, 100 + AT[c]) if upwards else (400 - 16 * r, 600 - AT[c])), text, 10, matrix)
        for r, row in enumerate(COUNTRIES)
        for c, text in enumerate(row)
    )
    (table,) = parse(text_pdf(content))
    assert texts(table) == COUNTRIES


def test_exports_are_docling_cores(parse):
    (table,) = parse(text_pdf(UNRULED), exports=["html", "markdown", "csv"])
    assert list(csv.reader(io.StringIO(table["exports"]["csv"]))) == COUNTRIES
    assert "| Austria" in table["exports"]["markdown"]
    assert "<th>Country</th>" in table["exports"]["html"]
    (plain,) = parse(text_pdf(UNRULED))
    assert plain["exports"] == {}


def test_the_data_is_docling_cores_own_json(parse):
    from docling_core.types.doc.document import TableData

    (table,) = parse(text_pdf(ruled()))
    data = TableData.model_validate({k: v for k, v in table["data"].items() if k != "grid"})
    assert data.model_dump(mode="json") == table["data"]


def test_words_may_come_from_recognition():
    words = []
    for r, row in enumerate(COUNTRIES):
        for c, text in enumerate(row):
            for k, part in enumerate(text.split()):
                x, y = 50.0 + AT[c] + 45 * k, 100.0 + 16 * r
                words.append(Word(part, Rect(x, y, x + 40, y + 11), 10.0, 0, len(words)))
    (table,) = LeanTableEngine().find(PageContent(400.0, 300.0, words), lambda: None)
    assert [[c.text for c in table.cells if c.row == r] for r in range(table.rows)] == COUNTRIES


def test_a_scan_needs_recognition(parse):
    bare = Engines(Settings(), "lean", profiles.look(None))
    bare.capabilities = ["docling", "tables"]
    with pytest.raises(EngineUnavailable, match="scan"):
        parse(scanned_pdf(UNRULED), docling=bare)


def test_a_page_of_nothing_has_no_tables(parse):
    assert parse(text_pdf("")) == []


def test_errors_name_the_page_and_the_box(parse):
    with pytest.raises(PageOutOfRange):
        parse(text_pdf(""), page_index=1)
    with pytest.raises(BboxOutOfPage):
        parse(text_pdf(""), bbox=[700, 10, 5, 5])
    without = Engines(Settings(docling_profile="none"), "none", profiles.look(None))
    with pytest.raises(EngineUnavailable):
        parse(text_pdf(""), docling=without)


def test_the_deadline_ends_the_work(parse):
    with pytest.raises(DeadlinePassed):
        parse(text_pdf(UNRULED), context=RequestContext(0.0))


def test_a_drawing_of_very_many_lines_is_read_in_bounded_time():
    grid = [Ruling(True, float(y), 0.0, 900.0, 0.5) for y in range(0, 900, 4)]
    grid += [Ruling(False, float(x), 0.0, 900.0, 0.5) for x in range(0, 900, 4)]
    context = RequestContext(5.0)
    assert LeanTableEngine().find(PageContent(900.0, 900.0, [], grid), context.check) == []


def test_a_page_of_more_words_than_any_table_has_is_left_alone_at_once():
    words = [
        Word("12", Rect(x, y, x + 5, y + 5), 5.0, 0, 0)
        for x in range(0, 2000, 10)
        for y in range(0, 2000, 10)
    ]
    content, context = PageContent(2000.0, 2000.0, words), RequestContext(30.0)
    assert LeanTableEngine().find(content, context.check) == []
    assert LeanTableEngine().read(content, Rect(0, 0, 2000, 2000), context.check) is None


def test_a_space_of_a_fixed_pitch_font_parts_no_cells():
    lines = [
        "Department of Health      1,234     5.6",
        "Bureau of the Census         17    10.0",
        "Office of Education         120     8.5",
        "Forest Service               45     0.1",
    ]
    words = []
    for number, text in enumerate(lines):
        for match in re.finditer(r"\S+", text):
            # Boxes are tight: a letter has white on both sides.
            box = Rect(6 * match.start() + 0.5, 12 * number, 6 * match.end() - 0.5, 12 * number + 10)
            words.append(Word(match.group(), box, 10.0, 0, len(words)))
    (table,) = LeanTableEngine().find(PageContent(400.0, 300.0, words), lambda: None)
    found = [[c.text for c in table.cells if c.row == r] for r in range(table.rows)]
    assert found == [re.split(r"\s{2,}", text) for text in lines]


def test_labels_whose_values_stand_beside_their_last_line(parse):
    body = [
        ["Item", "1999", "2000"],
        ["Grants to the States", None, None],
        ["and localities", "12", "13"],
        ["Construction works", "15", "16"],
        ["Household goods and", None, None],
        ["their repair", "17", "18"],
        ["Other", "1", "2"],
    ]
    (table,) = parse(text_pdf(rows(72, 600, body, (0, 110, 170), leading=12)))
    assert [row[0] for row in texts(table)] == [
        "Item", "Grants to the States and localities", "Construction works",
        "Household goods and their repair", "Other",
    ]  # fmt: skip


def test_the_last_rows_words_may_wrap(parse):
    body = [
        ["State", "Share", "Status of the plan"],
        ["Ohio", "12.0", "Submitted and"],
        [None, None, "under review"],
        ["Iowa", "9.5", "Approved"],
        ["Utah", "7.1", "Delayed until"],
        [None, None, "next spring"],
    ]
    (table,) = parse(text_pdf(rows(72, 600, body, (0, 80, 140), leading=12)))
    assert texts(table)[-1] == ["Utah", "7.1", "Delayed until next spring"]


def test_turning_content_four_times_gives_it_back():
    content = PageContent(
        200.0, 100.0, [Word("a", Rect(10, 20, 30, 40), 10.0, 0, 0)], [Ruling(True, 50.0, 10.0, 90.0, 1.0)]
    )
    turned = content.turned(1)
    assert (turned.width, turned.height) == (100.0, 200.0)
    assert turned.words[0].direction == 90
    assert turned.words[0].rect == Rect(60, 10, 80, 30)
    assert turned.rulings[0] == Ruling(False, 50.0, 10.0, 90.0, 1.0)
    assert turned.turned(3) == content


def test_a_form_drawn_into_the_page_is_read_like_the_page(parse):
    pdf = Pdf.with_font()
    entries = (
        "/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Matrix[1 0 0 1 20 -30]/Resources<</Font<</F 3 0 R>>>>"
    )
    form = pdf.stream(ruled(), entries)
    pdf.page("/X Do", (612.0, 792.0), f"/Resources<</XObject<</X {form} 0 R>>>>")
    (table,) = parse(pdf.build())
    assert texts(table) == RULED
    assert table["bbox"] == pytest.approx([92, 222, 280, 80], abs=1)


def test_headers_set_sideways_belong_to_the_columns_under_them(parse):
    heads = "".join(
        show(x, 620, text, 10, "0 1 -1 0")
        for x, text in ((232, "First year"), (302, "Second year"), (372, "Third year"))
    )
    content = heads + show(72, 620, "Country", 10) + rows(72, 600, COUNTRIES[1:], AT)
    (table,) = parse(text_pdf(content))
    assert texts(table) == [["Country", "First year", "Second year", "Third year"], *COUNTRIES[1:]]
    (boxed,) = parse(text_pdf(content), bbox=[60, 100, 360, 160])
    assert texts(boxed) == texts(table)


def test_a_title_centred_within_the_body_spans_the_columns(parse):
    body = [COUNTRIES[0], COUNTRIES[1], None, COUNTRIES[2], COUNTRIES[4]]
    content = rows(72, 600, [row or [] for row in body], AT) + show(206, 568, "Since 1990", 10)
    (table,) = parse(text_pdf(content))
    assert texts(table)[2] == ["Since 1990"] * 4
    assert texts(table)[3] == COUNTRIES[2]


def test_a_grid_around_the_header_alone_heads_the_rows_under_it(parse):
    xs, ys = (70, 200, 280, 360), (650, 630, 610)
    lines = [line(xs[0], y, xs[3], y) for y in (650, 610)] + [line(xs[1], 630, xs[3], 630)]
    lines += [line(x, ys[1] if x == 280 else ys[0], x, ys[2]) for x in xs]
    heads = show(80, 626, "Country", 9) + show(240, 636, "Trade in goods", 9)
    heads += show(210, 616, "Imports", 9) + show(290, 616, "Exports", 9)
    body = [[row[0], row[1], row[3]] for row in COUNTRIES[1:]]
    (table,) = parse(text_pdf("".join(lines) + heads + rows(72, 596, body, (0, 140, 220), 14, 9)))
    head = ["Country", "Trade in goods", "Trade in goods"], ["Country", "Imports", "Exports"]
    assert texts(table) == [*head, *body]


def test_rows_and_labels_outside_a_grid_belong_to_it(parse):
    xs, ys = (150, 220, 290, 360), (600, 580, 560, 540)
    lines = [line(xs[0], y, xs[3], y) for y in ys] + [line(x, ys[0], x, ys[3]) for x in xs]
    inner = rows(160, 586, [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]], (0, 70, 140), 20, 9)
    labels = rows(115, 586, [["North"], ["South"], ["West"]], (0,), 20, 9)
    heads = rows(155, 606, [["Home", "Abroad", "Both"]], (0, 70, 140), 20, 9)
    (table,) = parse(text_pdf("".join(lines) + inner + labels + heads))
    assert texts(table) == [
        ["", "Home", "Abroad", "Both"], ["North", "1", "2", "3"], ["South", "4", "5", "6"], ["West", "7", "8", "9"],
    ]  # fmt: skip


@pytest.mark.parametrize(("page", "schedules"), [(0, [(16, 6), (4, 5)]), (1, [(7, 6)])])
def test_the_frame_of_a_drawing_is_no_table_and_hides_none(lean, page, schedules):
    """A sheet's border hangs together with its zones and title block: lines enough for one table of it all."""
    sheet = DocumentCache().open(ROOT / "docs/sample/engineering_sheet.pdf", None)
    payload = ParseTable(file_path=str(sheet.path), page_index=page)
    tables = parse_table(sheet, payload, plenty(), lean)["tables"]
    width, height, _ = list(sheet.page_sizes())[page]
    assert all(t["bbox"][2] * t["bbox"][3] < 0.2 * width * height for t in tables)
    sizes = [(t["data"]["num_rows"], t["data"]["num_cols"]) for t in tables]
    assert sizes[: len(schedules)] == schedules, sizes
