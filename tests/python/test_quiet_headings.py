"""Headings that differ from the text in neither size nor weight, and large lines that are none."""

import pytest
from structure_lines import line, shown

PROSE = (
    "The pump station stands at the river and lifts water to the works, by day and by night, in",
    "summer and in winter, and it has done so for as long as anybody in the town remembers. The",
    "water is clear.",
)


def paragraph(top, page=1):
    lines = [line(text, top + 12 * n, right=500, page=page) for n, text in enumerate(PROSE[:2])]
    return [*lines, line(PROSE[2], top + 24, page=page)]


def kinds(*lines, pages=1):
    return {text: (kind, level) for kind, level, text in shown(list(lines), pages)}


def centred(text, top, **more):
    half = 2.5 * len(text)
    return line(text, top, left=286 - half, right=286 + half, **more)


@pytest.mark.parametrize(
    "text", ["II. THE WORKS OF THE TOWN", "2. The works of the town", "THE WORKS OF THE TOWN"]
)
def test_a_centred_line_that_is_numbered_or_in_capitals_is_a_heading(text):
    found = kinds(*paragraph(80), centred(text, 130), *paragraph(150))
    assert found[text][0] == "heading"


@pytest.mark.parametrize(
    ("text", "left"),
    [("II. THE WORKS OF THE TOWN", 72.0), ("The works of the town", None)],
    ids=["at the left", "plain"],
)
def test_what_else_is_so_is_none(text, left):
    own = centred(text, 130) if left is None else line(text, 130, left=left)
    found = kinds(*paragraph(80), own, *paragraph(150))
    assert "heading" not in {kind for kind, _ in found.values()}


def test_a_lettered_line_in_italics_over_a_paragraph_is_a_heading_and_in_a_list_none():
    found = kinds(*paragraph(80), line("A. Pumps of the works", 130, italic=True), *paragraph(144))
    assert found["A. Pumps of the works"][0] == "heading"
    found = kinds(
        *paragraph(80), *(line(f"{mark}. Pumps", 130 + 12 * n, italic=True) for n, mark in enumerate("ABC"))
    )
    assert "heading" not in {kind for kind, _ in found.values()}


def test_the_usual_name_of_a_part_is_a_heading_whatever_its_letters():
    found = kinds(
        line("Abstract", 80, left=250, size=9), *paragraph(100), line("References", 160), *paragraph(180)
    )
    assert found["Abstract"][0] == found["References"][0] == "heading"
    assert kinds(line("Abstracts", 80), *paragraph(100))["Abstracts"][0] == "text"


def test_names_and_dates_under_a_title_are_no_headings_where_the_sections_are_numbered():
    found = kinds(
        centred("Pumps of the town", 60, size=20),
        centred("K. Petrov and Ann Other", 100, size=12),
        centred("12 March 2021", 120, size=12),
        line("1 Pumps", 160, size=14),
        *paragraph(180),
        line("2 Pipes", 230, size=14),
        *paragraph(250),
        line("3 Works", 300, size=14),
        *paragraph(320),
    )
    assert found["K. Petrov and Ann Other 12 March 2021"][0] == "text"
    assert found["1 Pumps"] == ("heading", 1)


def test_a_table_of_contents_has_neither_headings_nor_items():
    dots = " . . . . . . . . . . . . . . . 3"
    found = kinds(
        line("Contents", 60, size=14, bold=True),
        line("1 Pumps of the town", 80, bold=True),
        line(f"1.1 Large pumps{dots}", 94),
        line(f"1.2 Small pumps{dots}", 108),
        line("2 Pipes of the town", 122, bold=True),
        line("12", 122, left=480),
        line(f"2.1 Large pipes{dots}", 136),
        line("1 Pumps of the town", 170, size=14, bold=True),
        *paragraph(190),
    )
    assert found["Contents"][0] == "heading"
    assert found[f"1.1 Large pumps{dots}"][0] == "text"
    assert found["2 Pipes of the town 12"][0] == "text"


def test_the_name_of_a_chapter_and_its_title_are_of_one_level():
    found = kinds(
        *(
            part
            for n, kind in enumerate(("wood", "stone", "iron"), 1)
            for part in (
                line(f"Chapter {n}", 180, size=20, page=n),
                line(f"Pumps of {kind}", 220, size=24, page=n),
                *paragraph(260, n),
                line(f"{n}.1 Works of {kind}", 320, size=14, page=n),
                *paragraph(340, n),
            )
        ),
        pages=3,
    )
    assert found["Chapter 2"] == found["Pumps of stone"] == ("heading", 1)
    assert found["2.1 Works of stone"] == ("heading", 2)


def test_capitals_stand_over_other_letters_and_upright_ones_over_italics():
    found = kinds(
        *(
            part
            for n in range(2)
            for part in (
                line(f"PUMPS OF THE TOWN {n}", 80 + 240 * n, bold=True),
                *paragraph(100 + 240 * n),
                line(f"Large pumps {n}", 150 + 240 * n, bold=True),
                *paragraph(170 + 240 * n),
                line(f"Larger pumps {n}", 220 + 240 * n, bold=True, italic=True),
                *paragraph(240 + 240 * n),
            )
        )
    )
    levels = [found[text][1] for text in ("PUMPS OF THE TOWN 1", "Large pumps 1", "Larger pumps 1")]
    assert levels == [1, 2, 3]


def test_a_title_has_its_page_though_chapters_are_set_larger():
    found = kinds(
        centred("Pumps of the town", 300, size=17),
        centred("Ann Other", 340, size=12),
        *(
            part
            for n, kind in ((2, "wood"), (3, "stone"))
            for part in (line(f"Works of {kind}", 220, size=24, page=n), *paragraph(260, n))
        ),
        pages=3,
    )
    assert found["Pumps of the town"][0] == "title"
    assert found["Works of stone"] == ("heading", 1)


def test_rows_that_count_the_pages_are_page_headers_though_each_says_something_else():
    heads = [("4", "PUMPS OF THE TOWN"), ("PIPES AND PUMPS", "5"), ("6", "THE WORKS")]
    lines = []
    for page, (left, right) in enumerate(heads, 1):
        lines += [line(left, 60, page=page), line(right, 60, left=380, page=page), *paragraph(300, page)]
    assert {kind for kind, _, text in shown(lines, 3) if text.isupper() or text.isdigit()} == {"page_header"}


def test_a_row_over_the_text_that_repeats_a_heading_is_a_page_header():
    lines = [
        line("Pumps of the town", 80, size=20),
        *paragraph(120),
        line("1. PUMPS OF THE TOWN", 60, left=250, page=2),
        *paragraph(100, 2),
    ]
    assert ("page_header", 0, "1. PUMPS OF THE TOWN") in shown(lines, 2)


def test_a_centred_line_in_italics_behind_a_whole_sentence_is_a_heading_and_an_affiliation_none():
    found = kinds(*paragraph(80), centred("What are the works for?", 130, italic=True), *paragraph(150))
    assert found["What are the works for?"][0] == "heading"
    found = kinds(
        centred("Pumps of the town", 60, size=20),
        centred("Ann Other", 100),
        centred("Institute of Pumps", 126, italic=True),
        *paragraph(150),
        *paragraph(200),
    )
    assert found["Institute of Pumps"][0] == "text"


def test_initials_of_names_are_no_numbers_of_sections():
    names = [centred("K. Petrov", 100), *paragraph(130)]
    assert "heading" not in {kind for kind, _ in kinds(*names).values()}
    lettered = [
        part
        for n, mark in enumerate("ABC")
        for part in (centred(f"{mark}. Pumps", 90 + 60 * n), *paragraph(108 + 60 * n))
    ]
    assert kinds(*lettered)["C. Pumps"][0] == "heading"
