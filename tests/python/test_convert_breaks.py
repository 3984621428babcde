"""convert: tables that go on over a page, lists that look like tables, margins of their own, characters as written."""

import io
import json

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.messages import Convert

GRID = [("GRID", (0, 0), (-1, -1), 1, "black")]
ROWS = [[f"Part {number}", f"{number * 3} kg", f"{number * 7} mm"] for number in range(1, 80)]
HEAD = ["Part", "Weight", "Length"]


@pytest.fixture
def convert(make_pdf, lean):
    def run(data, wanted="docling"):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        reply = convert_pdf(document, Convert(file_path=str(path), format=wanted), plenty(), lean)
        return reply["text"] if wanted != "docling" else json.loads(json.dumps(reply))

    return run


def printed(story) -> bytes:
    out = io.BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build(story)
    return out.getvalue()


def texts(table):
    return [[cell["text"] for cell in row] for row in table["data"]["grid"]]


@pytest.mark.parametrize("repeated", [0, 1])
def test_a_table_over_three_pages_is_one(convert, repeated):
    story = [Table([HEAD, *ROWS, *ROWS[:20]], style=GRID, repeatRows=repeated, colWidths=[120, 120, 120])]
    document = convert(printed(story))
    (table,) = document["tables"]
    assert texts(table) == [HEAD, *ROWS, *ROWS[:20]]
    assert [place["page_no"] for place in table["prov"]] == [1, 2, 3]
    boxes = [cell.get("bbox") for cell in table["data"]["table_cells"]]
    assert all(boxes[: 3 * 30]) and boxes[-1] is None, "a cell has a box where the page is the table's first"


@pytest.mark.parametrize(
    ("above", "below", "whole"),
    [
        (
            ["Part 10", "weighs with", "long"],
            ["", "its lid 9 kg", ""],
            ["Part 10", "weighs with its lid 9 kg", "long"],
        ),
        (["The gate of", "4 kg", "9 mm"], ["the yard", "", ""], ["The gate of the yard", "4 kg", "9 mm"]),
        (["The gate.", "4 kg", "9 mm"], ["the yard", "", ""], None),
        (["The gate of", "4 kg", "9 mm"], ["the yard", "of all", "the mill"], None),
    ],
    ids=["text", "label", "a sentence ended", "a row of its own"],
)
def test_a_row_that_a_page_parts_is_one(convert, above, below, whole):
    canvas_bytes = io.BytesIO()
    canvas = Canvas(canvas_bytes, pagesize=A4)

    def row(top, height, cells):
        for left, text in zip((100, 220, 340), cells, strict=True):
            canvas.rect(left, 842 - top - height, 120, height)
            canvas.drawString(left + 4, 842 - top - 14, text)

    for place, cells in enumerate((HEAD, *ROWS[:9], above)):
        row(550 + 20 * place, 20, cells)
    canvas.showPage()
    for place, cells in enumerate((below, *ROWS[10:14])):
        row(70 + 20 * place, 20, cells)
    canvas.save()
    (table,) = convert(canvas_bytes.getvalue())["tables"]
    parted = [whole] if whole else [above, below]
    assert texts(table) == [HEAD, *ROWS[:9], *parted, *ROWS[10:14]]


def test_tables_that_only_follow_each_other_stay_apart(convert):
    styles = getSampleStyleSheet()
    first = Table([HEAD, *ROWS[:30]], style=GRID, colWidths=[120, 120, 120])
    other = Table([["Name", "Town"], ["Lan", "Huế"], ["Nam", "Vinh"]], style=GRID, colWidths=[200, 200])
    early = Table([HEAD, *ROWS[:5]], style=GRID, colWidths=[120, 120, 120])
    for story in (
        [first, PageBreak(), other],
        [first, PageBreak(), Paragraph("Another matter", styles["BodyText"]), first],
        [early, PageBreak(), Table(ROWS[5:9], style=GRID, colWidths=[120, 120, 120])],
    ):
        assert len(convert(printed(story))["tables"]) == 2


def test_a_list_with_wide_spaces_is_no_table(convert):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for index in range(6):
        top = 700 - 20 * index
        canvas.drawString(80, top, "\u2022")
        canvas.drawString(100, top, f"Term {index}:")
        canvas.drawString(190, top, f"Meaning {index}")
        canvas.drawString(300, top, f"{index} m")
    canvas.save()
    document = convert(out.getvalue())
    assert document["tables"] == []
    items = [text for text in document["texts"] if text["label"] == "list_item"]
    assert [item["text"].split()[1] for item in items] == [f"{index}:" for index in range(6)]


def test_a_column_has_its_margin_whatever_stands_above_it(convert):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for index in range(4):
        canvas.drawString(
            70,
            780 - 14 * index,
            "A line of the wide summary goes right across the page, from margin to margin",
        )
    words = [
        "the column is narrow and its lines",
        "are broken by a margin that is not",
        "that of the summary above it and",
        "so they are one paragraph.",
    ]
    for index, text in enumerate(words):
        canvas.drawString(70, 680 - 14 * index, text)
    canvas.save()
    blocks = convert(out.getvalue(), "markdown").split("\n\n")
    assert " ".join(words) in blocks


def test_quotes_and_dashes_stay_as_they_are_written(convert):
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawString(70, 700, "It\u2019s \u201cquoted\u201d \u2013 with a dash")
    canvas.save()
    assert "It\u2019s \u201cquoted\u201d \u2013 with a dash" in convert(out.getvalue(), "markdown")


def test_labels_over_a_caption_are_part_of_the_figure(convert):
    """They stay in the document, in its picture; text above and beside the figure stays where it is."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    prose = "A line of the text goes right across the page, from one margin to the other"
    for index in range(4):
        canvas.drawString(70, 780 - 14 * index, prose)
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(70, 705, "Measured flow")
    red = Image.new("RGB", (300, 120), (200, 30, 30))
    canvas.drawInlineImage(red, 120, 560, 300, 120)
    canvas.setFont("Helvetica", 7)
    for index, label in enumerate(("Jan", "Feb", "Mar", "Apr")):
        canvas.drawString(140 + 70 * index, 548, label)
    canvas.setFont("Helvetica", 9)
    canvas.drawString(180, 520, "Figure 1: Flow of the river in a year")
    canvas.setFont("Helvetica", 11)
    for index in range(4):
        canvas.drawString(70, 490 - 14 * index, prose)
    canvas.save()
    document = convert(out.getvalue())
    (picture,) = document["pictures"]
    texts_of = {f"#/texts/{index}": text for index, text in enumerate(document["texts"])}
    inside = [texts_of[child["$ref"]]["text"] for child in picture["children"] if child["$ref"] in texts_of]
    assert [label for label in inside if label in ("Jan", "Feb", "Mar", "Apr")] == [
        "Jan",
        "Feb",
        "Mar",
        "Apr",
    ]
    markdown = convert(out.getvalue(), "markdown")
    assert "Jan" not in markdown and "Figure 1: Flow" in markdown and markdown.count("<!-- image -->") == 1
    assert "# Measured flow" in markdown and markdown.count(prose) == 8
