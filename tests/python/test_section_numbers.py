"""The depth of headings as their numbers and names tell it, and headings that tags call paragraphs."""

import pytest
from structure_lines import A4, line

from pyworker.engine.layout.blocks import Block, Page, text_block
from pyworker.engine.layout.flow import structured
from pyworker.engine.layout.section_numbers import is_outline, section_depth, section_depths


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("2.1.3 Scope", 3),
        ("IV. Results", 1),
        ("§ 12 Bestuhlung", 1),
        ("CHƯƠNG II. KIẾN NGHỊ", 1),
        ("Điều 5. Nguồn vốn", 1),
        ("Chapter 3", 1),
        ("Section 1.2", 2),
        ("Section 1.2.3: Wells", 3),
        ("Part IV Repairs", 1),
        ("Section 4 shows the loads", 0),
        ("Part of the works", 0),
        ("part 2: of a sentence", 0),
        ("Phần mềm kế toán", 0),
    ],
)
def test_the_number_or_name_at_the_head_of_a_heading(text, depth):
    assert section_depth(text) == depth


@pytest.mark.parametrize(
    "headings",
    [
        {
            "CHƯƠNG I. Chung": 1,
            "Điều 1. Phạm vi": 3,
            "CHƯƠNG II. Vốn": 1,
            "Mục 1. Nguồn": 2,
            "Điều 2. Chi": 3,
        },
        {"Abschnitt 1: Grundlagen": 1, "§ 1 Zweck": 2, "§ 2 Mittel": 2},
        {"Chapter 1 Sites": 1, "1.1 Wells": 2, "1.1.1 Pumps": 3, "Chapter 2 Costs": 1, "2.1 Rates": 2},
        {"I. Survey": 1, "A. Wells": 2, "1. Pumps": 3, "B. Pipes": 2, "II. Costs": 1},
        {"A. Survey": 1, "I. Wells": 2, "II. Pipes": 2, "B. Costs": 1},
        {"1 Survey": 1, "1.1 Wells": 2, "2 Costs": 1, "A. Data": 1, "A.1 Tables": 2},
        {"Summary": 0, "1 Survey": 1, "2 Costs": 1},
    ],
    ids=["law", "statute", "chapters", "roman", "letters", "appendix", "plain"],
)
def test_kinds_of_numbers_stand_one_in_another(headings):
    assert section_depths(list(headings)) == list(headings.values())


PROSE = "the pump station stands at the river and lifts water to the works at the upper end"


def tagged(heads):
    """The blocks of a document whose tags know paragraphs and one list, each heading of `heads` over a paragraph."""
    parts = [Block("item", "the list that made the tags tell", [(1, line("x", 60).rect)], evidence="tags")]
    for number, head in enumerate(heads):
        top = 80 + 60 * number
        parts.append(text_block("text", [line(head, top, bold=True)]))
        parts.append(text_block("text", [line(PROSE, top + 16 + 12 * n, right=500) for n in range(2)]))
    for part in parts:
        part.evidence = "tags"
    return structured([Page(1, *A4, parts, tagged=True)], lambda: None)


def test_bold_paragraphs_are_headings_where_tags_know_none():
    heads = ["Scope", "Methods", "Results", "Costs"]
    assert [block.text for block in tagged(heads) if block.kind == "heading"] == heads


def test_two_numbered_ones_are_enough():
    found = [
        (block.text, block.level) for block in tagged(["1 Scope", "1.1 Wells"]) if block.kind == "heading"
    ]
    assert found == [("1 Scope", 1), ("1.1 Wells", 2)]


def test_a_few_bold_paragraphs_of_a_tagged_document_stay_text():
    assert not any(block.kind == "heading" for block in tagged(["Phase one", "Phase two"]))


@pytest.mark.parametrize(
    ("rows", "outline"),
    [
        ([("1", "Scope"), ("1.1", "Wells are sunk."), ("2", "Costs")], True),
        ([("1", "Scope"), ("2", "Costs")], False),
        ([("1.5", "Scope"), ("2.5", "Costs")], False),
        ([("1", "Scope"), ("1.1", "Wells", "12")], False),
        ([("1", "12"), ("1.1", "14")], False),
    ],
    ids=["clauses", "numbers alone", "values", "a third column", "no texts"],
)
def test_rows_of_clauses_are_no_table(rows, outline):
    assert is_outline(rows) is outline


def test_a_title_on_a_page_without_tags_is_one_beside_tagged_headings():
    cover = Page(
        1,
        *A4,
        [
            line("Yearly report", 72, size=26.0),
            line("for the board of the mill, as it was asked for in May", 120),
        ],
    )
    heads = [
        text_block("heading", [line(head, 72 + 90 * n, size=14.0, page=2)]) for n, head in enumerate("AB")
    ]
    for head in heads:
        head.evidence = "tags"
    found = structured([cover, Page(2, *A4, heads, tagged=True)], lambda: None)
    assert (found[0].kind, found[0].text) == ("title", "Yearly report")
