"""Headings of more than one line, captions that hang, names under a title, and bullets that are small pictures."""

from types import SimpleNamespace

from structure_lines import A4, line, shown
from test_structure import PROSE, paragraph

from pyworker.engine.layout.blocks import Block, Page, StyledLine
from pyworker.engine.layout.body_text import body_size
from pyworker.engine.layout.picture_bullets import with_bullets
from pyworker.engine.pdf.geometry import Rect

JOINED = " ".join(PROSE)


def centred(text, top, size, at=0.5, **more):
    return line(text, top, left=at * A4[0] - 0.25 * size * len(text), size=size, **more)


def test_centred_lines_of_a_title_with_wide_leading_are_one_title():
    found = shown(
        [
            centred("A comparison of", 100, 20),
            centred("methods for foundations", 142, 20),
            centred("in soft soil", 184, 20),
            *paragraph(240),
            centred("Summary", 290, 14),
            *paragraph(320),
            centred("Another summary of it", 360, 14),
            *paragraph(390),
        ]
    )
    assert found[0] == ("title", 0, "A comparison of methods for foundations in soft soil")
    assert [text for kind, _, text in found if kind == "heading"] == ["Summary", "Another summary of it"]


def test_names_side_by_side_under_a_title_are_no_headings():
    found = shown(
        [
            centred("A report on soil", 100, 20),
            centred("A. Writer", 150, 14, 0.3),
            centred("B. Author", 150, 14, 0.7),
            centred("von Dritter", 150, 14, 0.9),
            *paragraph(240),
            line("A section", 290, size=14),
            *paragraph(320),
        ]
    )
    assert [(kind, text) for kind, _, text in found[1:4]] == [
        ("text", "A. Writer"),
        ("text", "B. Author"),
        ("text", "von Dritter"),
    ]
    assert [text for kind, _, text in found if kind == "heading"] == ["A section"]


def test_the_second_line_of_a_caption_or_a_numbered_heading_may_hang():
    found = shown(
        [
            line(
                "Table A-1. Coverage of the population, rates of schools, and rates of pupils,",
                100,
                bold=True,
            ),
            line("by system: 2011", 112, left=120, bold=True),
            *paragraph(150),
            line("5.8Annex: complete results of the study in tables", 200, size=18, bold=True),
            line("and figures", 220, left=100, size=18, bold=True),
            *paragraph(250),
        ]
    )
    assert found[0][0] == "caption" and found[0][2].endswith("rates of pupils, by system: 2011")
    headings = [text for kind, _, text in found if kind in ("heading", "title")]
    assert headings == ["5.8Annex: complete results of the study in tables and figures"]


def test_a_heading_in_a_font_of_its_own_may_stand_over_another_heading():
    found = shown(
        [
            *(part for top in (60, 100, 140, 180, 220) for part in paragraph(top, font="serif")),
            line("Patients", 260, size=9.5, font="sans"),
            *(part for top in (275, 300) for part in paragraph(top, font="serif")),
            line("Results", 330, size=9.5, font="sans"),
            line("Characteristics of patients", 342, size=9.5, font="slanted"),
            *paragraph(356, font="serif"),
        ]
    )
    headings = [text for kind, _, text in found if kind == "heading"]
    assert headings == ["Patients", "Results", "Characteristics of patients"]


def picture(left, top, side):
    return Block("picture", places=[(1, Rect(left, top, left + side, top + side))])


def test_small_pictures_before_lines_are_bullets():
    items = [line("Bored piles", 100, left=90), line("Driven piles", 114, left=90)]
    pictures = [picture(76, 102, 7), picture(76, 116, 7)]
    logo = picture(76, 300, 80)
    parts = with_bullets([*items, *pictures, logo])
    assert [part.text for part in parts if isinstance(part, StyledLine)] == [
        "• Bored piles",
        "• Driven piles",
    ]
    assert [part for part in parts if isinstance(part, Block)] == [logo]
    # A single one is an icon.
    assert with_bullets([items[0], pictures[0]]) == [items[0], pictures[0]]


def test_bold_lines_under_each_other_are_an_address_and_no_headings():
    address = ["The Transportation Commission", "1523 Pacific Avenue", "Santa Cruz"]
    found = shown(
        [
            *paragraph(100),
            *(line(text, 140 + 24 * n, bold=True) for n, text in enumerate(address)),
            *paragraph(230),
            line("A section", 280, bold=True),
            *paragraph(300),
        ]
    )
    assert [text for kind, _, text in found if kind == "heading"] == ["A section"]


def test_text_that_goes_on_in_a_document_of_two_sizes_is_no_heading():
    small = [line(text, 100 + 9 * n, size=8) for n, text in enumerate([*PROSE, *PROSE, *PROSE])]
    found = shown([*small, line("ject to scheduling under the law", 200, size=9), *paragraph(240, size=8)])
    assert [kind for kind, _, _ in found if kind in ("heading", "title")] == []


def test_headings_between_tables_are_larger_than_what_the_tables_hold():
    cell = SimpleNamespace(text="what a cell of the table holds")
    data = SimpleNamespace(table_cells=[cell] * 40)

    def table(top):
        place = (1, Rect(72, top, 400, top + 60))
        return Block("table", places=[place], size=12.0, content=SimpleNamespace(data=data))

    heads = [line(f"The table with the number {n}", 100 + 120 * n, size=16) for n in range(3)]
    note = line("A note before it", 122, size=12)
    page = Page(1, *A4, [heads[0], note, table(140), heads[1], table(260), heads[2], table(380)])
    assert body_size([page]) == 12.0
    page.parts.insert(1, line("A second line of it", 118, size=16))
    assert body_size([page]) == 16.0
