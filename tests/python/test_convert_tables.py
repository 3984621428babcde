"""convert in the lean profile: tables as table items in reading order, their text nowhere else."""

import json

import pytest
from pdf_maker import Pdf
from text_pages import column, open_page, plenty, ruled_table, scanned_pdf, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.engines import Engines
from pyworker.errors import FileMissing, FileUnreadable
from pyworker.messages import Convert
from pyworker.settings import Settings

# Docling's and its libraries' own deprecations are not this project's to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")
BILL = [["Item", "Unit", "Rate"], ["Concrete", "m3", "86.40"], ["Steel", "kg", "12.75"]]
PAGE = (
    column(72, 720, ["This sentence stands above the bill.", "And so does this one."], 11, 1.4)
    + ruled_table(72, 660, BILL)
    + column(72, 560, ["This sentence stands below it."], 11)
)


@pytest.fixture(scope="module")
def lean():
    return Engines.load(Settings(docling_profile="lean"))


@pytest.fixture
def convert(make_pdf, lean):
    """Converts a PDF, given as bytes, to what docling-core makes of the reply, or to its text."""

    def run(data, **fields):
        from docling_core.types.doc import DoclingDocument

        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        reply = convert_pdf(document, Convert(file_path=str(path), **fields), plenty(), lean)
        if "text" in reply:
            return reply["text"]
        return DoclingDocument.model_validate(json.loads(json.dumps(reply)))

    return run


def contents(document) -> list:
    """The body in order: texts, and tables as rows of texts."""
    found = []
    for item, _level in document.iterate_items():
        grid = getattr(getattr(item, "data", None), "grid", None)
        found.append(item.text if grid is None else [[cell.text for cell in row] for row in grid])
    return found


def test_a_table_stands_between_the_texts_around_it_and_its_words_only_in_it(convert):
    document = convert(text_pdf(PAGE))
    assert contents(document) == [
        "This sentence stands above the bill.",
        "And so does this one.",
        BILL,
        "This sentence stands below it.",
    ]
    (table,) = document.tables
    assert table.prov[0].page_no == 1
    assert [cell.text for cell in table.data.table_cells if cell.column_header] == BILL[0]
    assert [item.self_ref for item in document.texts] == ["#/texts/0", "#/texts/1", "#/texts/2"]


def test_markdown_and_text_show_the_table(convert):
    markdown = convert(text_pdf(PAGE), format="markdown")
    rows = [
        [part.strip() for part in line.strip("|").split("|")]
        for line in markdown.splitlines()
        if line.startswith("|")
    ]
    assert [row for row in rows if set("".join(row)) != {"-"}] == BILL
    assert markdown.count("Concrete") == 1
    assert markdown.index("above the bill") < markdown.index("Concrete") < markdown.index("below it")
    text = convert(text_pdf(PAGE), format="text")
    assert text.count("Concrete") == 1 and text.index("Concrete") < text.index("below it")


def test_tables_of_several_pages_keep_their_pages(convert):
    pdf = Pdf.with_font()
    for number, name in enumerate(("One", "Two", "Three", "Four"), start=1):
        bill = [[f"Item {number}", "Rate"], ["Sand", "4"], ["Lime", "5"]]
        pdf.page(
            show(72, 640 + 60, f"Part {name}") + (ruled_table(72, 660, bill) if number % 2 else ""),
            (612, 792),
        )
    document = convert(pdf.build())
    assert [item if isinstance(item, str) else item[0][0] for item in contents(document)] == [
        "Part One",
        "Item 1",
        "Part Two",
        "Part Three",
        "Item 3",
        "Part Four",
    ]
    assert [table.prov[0].page_no for table in document.tables] == [1, 3]
    part = convert(pdf.build(), page_range=[2, 3])
    assert [table.prov[0].page_no for table in part.tables] == [3]


def test_a_line_that_reaches_into_a_table_keeps_what_stands_outside(convert):
    """docling-parse makes one line of words on one baseline; the first of them is a margin note."""
    note = show(30, 625, "N.B.", 10)
    document = convert(text_pdf(note + ruled_table(60, 660, BILL)))
    texts = [item.text for item in document.texts]
    assert texts == ["N.B."] or (texts == [] and "N.B." in str(contents(document)))
    assert str(contents(document)).count("N.B.") == 1
    assert str(contents(document)).count("Concrete") == 1


def test_a_table_in_a_scan_is_read_by_ocr(convert):
    page = column(72, 720, ["This sentence stands above the bill."], 12) + ruled_table(72, 660, BILL, size=14)
    document = convert(scanned_pdf(page, dpi=200))
    (table,) = document.tables
    words = "".join(cell.text for cell in table.data.table_cells).replace(" ", "")
    assert "Concrete" in words and "86.40" in words
    assert not any("Concrete" in item.text for item in document.texts)


def test_a_page_of_many_tables_is_quick_and_whole(convert):
    """Taking text out must not cost the square of the number of items."""
    table = [[f"r{row}c{col}" for col in range(6)] for row in range(40)]
    pdf = Pdf.with_font()
    for _ in range(12):
        pdf.page(ruled_table(36, 770, table, column_width=88, row_height=18, size=8), (612, 792))
    document = convert(pdf.build())
    # One table: it goes on from page to page, and its header comes again.
    assert [table.data.num_rows for table in document.tables] == [12 * 39 + 1] and not document.texts
    assert len(document.tables[0].data.table_cells) == (12 * 39 + 1) * 6


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_a_file_that_is_no_longer_the_one_that_was_checked_is_not_read(make_pdf, lean, tmp_path, how):
    path = make_pdf(text_pdf(PAGE))
    _cache, document, _page = open_page(path)
    if how == "replaced":
        other = tmp_path / "other.pdf"
        other.write_bytes(text_pdf(column(72, 720, ["Not for this reader."], 11, 1.4)))
        other.replace(path)
    else:
        path.unlink()
    with pytest.raises(FileUnreadable if how == "replaced" else FileMissing):
        convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)


def test_the_document_is_named_after_its_file(convert):
    document = convert(text_pdf(PAGE))
    assert (document.name, document.origin.filename) == ("sample", "sample.pdf")
