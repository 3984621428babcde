"""convert: titles of slides, footnotes one by one, tables of contents, paragraphs whose first line stands out."""

import pytest
from docling_core.types.doc.base import Size
from docling_core.types.doc.document import DoclingDocument
from structure_lines import line, shown
from text_pages import column, open_page, text_pdf

from pyworker.engine.convert.pages import add_line, in_reading_order, part_stacked_signs
from pyworker.engine.layout.blocks import Page
from pyworker.engine.layout.flow import structured
from pyworker.engine.pdf.geometry import Rect

pytestmark = pytest.mark.filterwarnings("ignore")

PROSE = "the pump station stands at the river and lifts water to the works at the upper end"


def prose(top, count=4, page=1, left=72.0, size=10.0):
    return [line(PROSE, top + 12 * n, left, size, page, right=500) for n in range(count)]


def slides(titles, size=20.0):
    wide = (720.0, 540.0)
    pages = []
    for number, title in enumerate(titles, 1):
        parts = [
            line(title, 40, size=size, page=number),
            line("Course on pumps", 42, left=520, size=9, page=number),
            *prose(120, page=number, size=12),
            line("University", 510, size=9, page=number),
        ]
        pages.append(Page(number, *wide, parts))
    return [(block.kind, block.text) for block in structured(pages, lambda: None)]


def test_the_title_that_slides_share_is_a_heading_on_each_and_their_running_header_none():
    found = slides(["Overview", "Pumps", "Pumps", "Pumps", "Pumps"])
    assert [text for kind, text in found if kind in ("heading", "title")] == ["Overview"] + ["Pumps"] * 4
    assert found.count(("page_header", "Course on pumps")) == 5
    assert found.count(("page_footer", "University")) == 5


def test_what_comes_again_on_slides_in_the_size_of_the_text_is_a_page_header():
    assert ("page_header", "Pumps") in slides(["Overview", "Pumps", "Pumps", "Pumps"], 12)


def test_a_page_number_beside_the_running_header_is_a_page_header_on_a_single_page():
    lines = [
        line("Journal of pumps 2011, 11:124", 30, size=8),
        line("Page 2 of 7", 30.5, left=450, size=8),
        *prose(80),
    ]
    assert ("page_header", 0, "Page 2 of 7") in shown(lines)


def test_footnotes_under_each_other_are_told_apart():
    notes = ["1 Estimate of 2021", "2 Estimate of the", "year 2020", "3 2020 and later"]
    lines = prose(80) + [line(text, 700 + 9 * n, size=7) for n, text in enumerate(notes)]
    assert shown(lines)[1:] == [
        ("footnote", 0, "1 Estimate of 2021"),
        ("footnote", 0, "2 Estimate of the year 2020"),
        ("footnote", 0, "3 2020 and later"),
    ]


def test_a_footnote_of_the_left_column_is_one_though_the_right_column_follows():
    lines = [
        *prose(80, 30),
        line("* Letters to: office", 700, size=7),
        *[line(PROSE, 80 + 12 * n, left=320, right=560) for n in range(50)],
    ]
    assert ("footnote", 0, "* Letters to: office") in shown(lines)


def test_small_print_over_text_is_no_footnote():
    lines = [*prose(80), line("1 Estimate of 2021", 600, size=7), *prose(640)]
    assert all(kind != "footnote" for kind, _, _ in shown(lines))


def test_each_line_of_a_table_of_contents_is_one_of_its_own():
    rows = ["Format of an entry " + "." * 60 + " 17", "Format of a table " + "." * 60 + " 19"]
    lines = [line(text, 100 + 12 * n, right=500) for n, text in enumerate(rows)]
    assert [text for _, _, text in shown(lines)] == rows


def test_a_sign_of_the_text_is_no_bullet():
    assert shown([line("\u00a9 2011 the authors", 300), *prose(400)])[0] == (
        "text",
        0,
        "\u00a9 2011 the authors",
    )


def test_a_typewritten_list_is_no_code():
    lines = [line(f"\u2022 {name};", 100 + 20 * n, mono=True) for n, name in enumerate(("SET", "SEQUENCE"))]
    assert [kind for kind, _, _ in shown(lines)] == ["item", "item"]


def test_a_paragraph_whose_first_line_stands_out_is_one_paragraph():
    lines = [
        line(
            "Databases. Some databases are represented as pairs in a hierarchy, and such data-",
            100,
            right=504,
        ),
        line(
            "bases may be mapped into the file system, as the folder of faces shows", 112, left=97, right=504
        ),
        line("to all who look for it.", 124, left=97, right=200),
    ]
    assert len(shown(lines)) == 1
    assert "such databases may be mapped" in shown(lines)[0][2]


def test_a_sentence_a_little_larger_than_the_text_is_no_heading():
    lines = [line("No past history on file.", 60, size=11.5), *prose(120), line("Diagnosis", 200, size=11.5)]
    lines += prose(230)
    assert [text for kind, _, text in shown(lines) if kind in ("heading", "title")] == ["Diagnosis"]


def test_an_item_whose_marker_is_indented_as_a_first_line_is_one_item():
    lines = [
        line("(d) This section is not to be con-", 100, left=84, right=240),
        line("strued as affecting the disposal of", 112, right=240),
        line("what the act provides for.", 124, right=190),
        line("(e) The next one goes on over its", 136, left=84, right=240),
        line("end.", 148, right=92),
    ]
    assert shown(lines) == [
        (
            "item",
            1,
            "This section is not to be construed as affecting the disposal of what the act provides for.",
        ),
        ("item", 1, "The next one goes on over its end."),
    ]


def test_a_bold_section_of_a_law_is_a_heading_though_a_full_stop_ends_it():
    lines = [*prose(60), line("\u00a7 1307.22 Disposal by the office.", 130, bold=True), *prose(150)]
    assert [text for kind, _, text in shown(lines) if kind == "heading"] == [
        "\u00a7 1307.22 Disposal by the office."
    ]


def test_running_headers_within_wide_margins_are_no_content():
    lines = []
    for page in (1, 2, 3):
        lines += [line("Journal of pumps", 180, page=page), *prose(210, 8, page=page)]
        lines += [line(f"Letters to page {page}", 640, page=page)]
    found = shown(lines, pages=3)
    assert found.count(("page_header", 0, "Journal of pumps")) == 3
    assert sum(kind == "page_footer" for kind, _, _ in found) == 3


def test_a_number_that_ends_a_short_page_is_no_page_number():
    lines = [
        line(f"{name} pumps are the subject here.", 200, page=n + 1)
        for n, name in enumerate(("Old", "New", "Odd"))
    ]
    lines.insert(1, line("42", 300))
    assert all(kind == "text" for kind, _, _ in shown(lines, pages=3))


def test_bullets_that_docling_parse_put_together_downwards_stand_before_their_items(make_pdf):
    # It does so where the font says that its letters are higher than the lines are apart.
    texts = [
        "Spare gaskets and seals",
        "One copy of the permit",
        "Gloves in two sizes",
        "The old meter reading",
    ]
    content = column(100, 700, texts, 11.0, 1.4) + column(90, 700, ["\x95"] * 4, 11.0, 1.4)
    path = make_pdf(text_pdf(content))
    _cache, document, _page = open_page(path)
    flat = DoclingDocument(name="flat")
    flat.add_page(page_no=1, size=Size(width=612, height=792))
    for number, text in enumerate(texts):
        top = 84 + 15.4 * number
        add_line(flat, 1, 792, text, Rect(100, top, 220, top + 10))
    add_line(flat, 1, 792, "• • • •", Rect(90, 84, 94, 140))
    part_stacked_signs(flat, document, lambda: None)
    in_reading_order(flat, document, lambda: None)
    names = {item.self_ref: item.text for item in flat.texts}
    assert [names[child.cref] for child in flat.body.children] == [x for text in texts for x in ("•", text)]


def test_a_bare_number_stands_before_the_text_of_its_heading():
    lines = [
        line("1", 72, bold=True),
        line("Scope", 72, left=108.0, bold=True),
        *prose(90),
        # Word sets the number as the end of the paragraph, which may be plain.
        line("2", 150),
        line("Terms", 150, left=108.0, bold=True),
        *prose(168),
    ]
    assert [text for kind, _, text in shown(lines) if kind == "heading"] == ["1 Scope", "2 Terms"]


def test_a_bare_number_belongs_to_what_other_markers_stand_beside():
    lines = [*prose(72)]
    for number, (marker, text) in enumerate(
        [("1", "Wells"), ("1.1", "Pumps"), ("1.2", "Pipes"), ("2", "Tanks")]
    ):
        lines += [line(marker, 140 + 16 * number), line(text, 140 + 16 * number, left=108.0)]
    assert [text for _, _, text in shown(lines)][1:] == ["1 Wells", "Pumps", "Pipes", "2 Tanks"]
    # Where nothing tells that it is a marker, a number is a line of its own.
    lines = [*prose(72), line("1", 140), line("Wells", 140, left=108.0)]
    assert [text for _, _, text in shown(lines)][1:] == ["1", "Wells"]
