"""convert: the tags of a PDF decide on its structure where they hold its text, and only there."""

import pytest
from tagged_pages import tagged_pdf
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.convert.tagged_tables import tagged_table_data
from pyworker.engine.layout.list_markers import with_dashes
from pyworker.engine.layout.tagged import Cells
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.structure_tree import Element
from pyworker.messages import Convert

pytestmark = pytest.mark.filterwarnings("ignore")
# Nothing in the way these lines are set tells one from another.
REPORT = [
    ("H1", "Concrete works"),
    ("P", "The slab is poured in one go."),
    ("H2", "Materials"),
    (
        "L",
        [
            ("LI", [("Lbl", "1."), ("LBody", "Cement")]),
            ("LI", [("Lbl", "2."), ("LBody", [("P", "Sand"), ("L", [("LI", [("LBody", "washed")])])])]),
        ],
    ),
    (
        "Table",
        [
            ("TR", [("TH", "Item"), ("TH", "Rate")]),
            ("TR", [("TD", "Cement"), ("TD", "86.40")]),
        ],
    ),
    ("P", "The works end in May."),
]


@pytest.fixture
def markdown(make_pdf, lean):
    """The Markdown of a PDF given as bytes."""

    def run(data):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        return convert_pdf(document, Convert(file_path=str(path), format="markdown"), plenty(), lean)["text"]

    return run


def test_tags_give_headings_lists_and_tables_that_nothing_else_tells(markdown):
    assert markdown(tagged_pdf(REPORT)).split("\n\n") == [
        "## Concrete works",
        "The slab is poured in one go.",
        "### Materials",
        "1. Cement\n2. Sand\n    - washed",
        "| Item | Rate |\n| - | - |\n| Cement | 86.40 |",
        "The works end in May.",
    ]


def test_a_note_in_a_paragraph_or_an_item_is_a_footnote_behind_it(make_pdf, lean):
    note = ("Note", [("Lbl", "1"), ("P", "As measured in May.")])
    tree = [
        ("H1", "Results"),
        ("P", [("Span", "The pump lifts"), note, ("Span", "a lot of water.")]),
        (
            "L",
            [("LI", [("Lbl", "-"), ("LBody", [("Span", "Lid"), ("FENote", "2 Of steel.")])]), ("LI", "Ring")],
        ),
    ]
    path = make_pdf(tagged_pdf(tree))
    _cache, document, _page = open_page(path)
    found = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
    assert [(item["label"], item["text"]) for item in found["texts"]] == [
        ("section_header", "Results"),
        ("text", "The pump lifts a lot of water."),
        ("footnote", "1 As measured in May."),
        ("list_item", "Lid"),
        ("footnote", "2 Of steel."),
        ("list_item", "Ring"),
    ]


def test_tags_that_hold_a_small_part_of_the_text_are_not_believed(markdown):
    loose = tuple(f"Sentence {number} of the page is in no tag at all." for number in range(20))
    found = markdown(tagged_pdf([("H1", "Tagged")], loose))
    assert "#" not in found
    assert "Sentence 19 of the page" in found


def test_what_no_tag_holds_is_kept_as_page_header_or_footer(make_pdf, lean):
    data = tagged_pdf(REPORT, ("Page 1",))
    path = make_pdf(data)
    _cache, document, _page = open_page(path)
    reply = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
    (left,) = [item for item in reply["texts"] if item["text"] == "Page 1"]
    assert left["content_layer"] == "furniture"


def cells(*texts):
    """A row of cells; those without text are empty."""
    return ("TR", [("TD", text or []) for text in texts])


def test_empty_cells_and_rows_keep_their_places(markdown):
    rows = [
        cells("Item", "Unit", "Rate"),
        cells("", "", "86.40"),
        cells("", "", ""),
        cells("Sand", "", "9.10"),
    ]
    table = markdown(tagged_pdf([("H1", "Rates"), ("Table", rows)])).split("\n\n")[1]
    assert table == "| Item | Unit | Rate |\n| - | - | - |\n|  |  | 86.40 |\n|  |  |  |\n| Sand |  | 9.10 |"


def test_a_table_of_one_cell_is_a_frame_around_a_list_and_a_table(markdown):
    inner = ("Table", [cells("Item", "Rate"), cells("Cement", "86.40")])
    items = ("L", [("LI", [("LBody", "washed")]), ("LI", [("LBody", "dried")])])
    tree = [("H1", "Sand"), ("Table", [("TR", [("TD", [items, inner])])])]
    assert markdown(tagged_pdf(tree)).split("\n\n")[1:] == [
        "- washed\n- dried",
        "| Item | Rate |\n| - | - |\n| Cement | 86.40 |",
    ]


def test_a_table_in_a_cell_is_text_of_the_cell(markdown):
    inner = ("Table", [cells("washed", "dried"), cells("9.10", "9.80")])
    rows = [cells("Item", "Rate"), ("TR", [("TD", "Sand"), ("TD", [inner])])]
    table = markdown(tagged_pdf([("H1", "Rates"), ("Table", rows)])).split("\n\n")[1]
    assert table == "| Item | Rate |\n| - | - |\n| Sand | washed dried 9.10 9.80 |"


def test_a_cell_beside_an_empty_one_that_spans_stands_under_its_column():
    def held(text, left):
        words = [Word(text, Rect(left, 0.0, left + 40.0, 10.0), 10.0, 0, 0)] if text else []
        return Element("TD"), words

    rows = [
        [held("Item", 72.0), held("Unit", 172.0), held("Rate", 272.0)],
        [held("", 0.0), held("86.40", 275.0)],
        [held("Sand", 72.0), held("", 0.0), held("9.10", 280.0)],
    ]
    data = tagged_table_data(Cells(rows))
    found = {cell.text: (cell.start_row_offset_idx, cell.start_col_offset_idx) for cell in data.table_cells}
    assert (data.num_rows, data.num_cols) == (3, 3)
    assert (found["86.40"], found["Sand"], found["9.10"]) == ((1, 2), (2, 0), (2, 2))


def test_bullets_of_symbol_fonts_in_cells_are_dashes():
    assert with_dashes("Keep: \uf0b7 dry \uf0b7 cool") == "Keep: - dry - cool"
    assert with_dashes("\uf0fc yes • no") == "\uf0fc yes • no"


def test_a_blank_line_parts_a_tagged_paragraph(markdown):
    lines = [("Span", text) for text in ("The slab is poured", "in one go.", "", "Sand is", "washed first.")]
    assert markdown(tagged_pdf([("H1", "Concrete"), ("P", lines)])).split("\n\n")[1:] == [
        "The slab is poured in one go.",
        "Sand is washed first.",
    ]
