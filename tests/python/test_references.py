"""Lists of references: an item for each entry with a label, and none for what only begins like one."""

from dataclasses import replace

import pytest
from structure_lines import line, shown

FIRST = "[1] A. Author and B. Writer. A paper on pumps that needs more than a line, and its"
SECOND = "[2] C. Other. Another paper."


def entries(*lines):
    return [(kind, text) for kind, _, text in shown(list(lines))]


def test_each_entry_with_a_label_is_an_item_and_its_lines_hang():
    found = entries(
        line("References", 80, size=14, bold=True),
        line(FIRST, 110, right=500),
        line(
            "title goes on in a second line, as those of papers often do, and in a third one below",
            122,
            left=92,
            right=500,
        ),
        line(
            "it. Journal of Pumps, 12(3):1-9, 1999, and the rest of a long entry, which fills its line",
            134,
            left=92,
            right=500,
        ),
        line(SECOND, 146),
    )
    assert [kind for kind, _ in found] == ["heading", "item", "item"]
    assert found[1][1].startswith("A. Author") and found[1][1].endswith("fills its line")
    assert found[2][1] == "C. Other. Another paper."


def test_an_entry_in_another_style_from_its_second_line_on_is_one():
    found = entries(
        line(
            "[1] A. Author. A long title of a paper on pumps, which fills its line.",
            110,
            right=500,
        ),
        line("Journal of Pumps and Pipes.", 122, left=92, italic=True),
        line(SECOND, 134),
    )
    assert [text for _, text in found] == [
        "A. Author. A long title of a paper on pumps, which fills its line. Journal of Pumps and Pipes.",
        "C. Other. Another paper.",
    ]


@pytest.mark.parametrize("label", ["[2]", "[12]"])
def test_a_label_at_the_head_of_a_line_of_running_text_is_part_of_it(label):
    lines = [
        line(
            "The pumps of the works were looked at by others, who found the same as we did in", 100, right=500
        ),
        line(
            f"{label} and in all that came after it, and there is no doubt left of it by now that the",
            112,
            right=500,
        ),
        line("pumps stand at the river.", 124),
    ]
    assert [kind for kind, _ in entries(*lines)] == ["text"]


def test_a_paragraph_that_begins_with_a_label_and_has_no_other_beside_it_is_text():
    found = entries(
        line("[7] shows the pumps of the works.", 100),
        line("No other paper has them, as far as we know.", 130),
    )
    assert found[0] == ("text", "[7] shows the pumps of the works.")


def test_labels_of_letters_and_years():
    found = entries(line("[Aut99] A. Author. A paper.", 100), line("[Oth03] C. Other. Another paper.", 114))
    assert found == [("item", "A. Author. A paper."), ("item", "C. Other. Another paper.")]


def test_the_initial_of_a_name_is_no_marker_of_an_item():
    assert entries(line("K. Petrov", 100), line("Institute of Pumps", 130))[0] == ("text", "K. Petrov")
    lettered = entries(line("A. Pumps of the works", 100), line("B. Pipes of the works", 112))
    assert [kind for kind, _ in lettered] == ["item", "item"]


def test_entries_without_a_label_are_paragraphs_by_their_lines_that_hang():
    found = entries(
        line(
            "Author, A. (1999). A paper on pumps that needs more than one line of the page, and",
            100,
            right=500,
        ),
        line(
            "that has a second line. Journal of Pumps, volume 12, number 3, pages 1 to 9, London",
            112,
            left=92,
            right=500,
        ),
        line(
            "Other, C. (2003). Another paper on pumps that needs more than one line of the page, and",
            124,
            right=500,
        ),
        line("a second one.", 136, left=92),
    )
    assert len(found) == 2


def test_a_term_in_bold_behind_the_end_of_a_sentence_begins_a_paragraph():
    full = [
        line("the water of the river up to the works, and down again at night.", 112 + 12 * n, right=500)
        for n in range(3)
    ]
    found = entries(
        line("Pump. What lifts", 100, right=500, led=True),
        *full,
        line("Pipe. What leads", 148, right=500, led=True),
    )
    assert len(found) == 2


def test_a_paragraph_that_a_numbered_heading_begins_is_no_item_where_sections_are_numbered():
    run_in = [
        line(
            "2.1. Pumps. The pumps of the works stand at the river, as has been said above, and lift",
            140,
            left=88,
            right=500,
        ),
        line("its water.", 152),
    ]
    heading = line("2. Works of the town", 110, size=14, bold=True)
    assert [kind for kind, _ in entries(heading, *run_in)] == ["heading", "text"]
    bold = [replace(part, rect=part.rect._replace(left=72), led=not n) for n, part in enumerate(run_in)]
    assert [kind for kind, _ in entries(heading, *bold)] == ["heading", "text"]
    assert [kind for kind, _ in entries(heading, *(replace(part, led=False) for part in bold))][1] == "item"
    assert [kind for kind, _ in entries(*run_in)] == ["item"]
