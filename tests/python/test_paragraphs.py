"""Lines put together to paragraphs: where one ends that no indent and no margin tells, and pieces of one line."""

from dataclasses import replace

import pytest
from pdf_maker import Pdf
from structure_lines import line, shown
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.messages import Convert

WIDE = "A line of the page's only wide paragraph, which reaches from the left margin over to the right one, as it"


def texts(lines):
    return [text for _, _, text in shown(lines)]


def test_sentences_under_each_other_that_no_margin_tells_are_paragraphs():
    first, second = "This is the first reference.", "This is the second reference."
    assert texts([line("SOURCES", 100, left=90), line(first, 130), line(second, 143)])[-2:] == [first, second]


def test_short_lines_that_are_widely_spaced_are_paragraphs():
    rooms = [f"Room {number} of the plan" for number in range(1, 8)]
    assert texts([line(room, 72 + 23 * n) for n, room in enumerate(rooms)]) == rooms
    # At the usual distance nothing tells them from the lines of one.
    assert texts([line(room, 72 + 12 * n) for n, room in enumerate(rooms)]) == [" ".join(rooms)]


def test_two_lines_that_end_at_the_margin_of_the_page_are_of_one_paragraph():
    def prose(*ends):
        return [line("Samples were dried. The mass is told below.", 0, right=end) for end in ends]

    # The first paragraph is parted from the second by a heading and space, as from a table.
    lines = [*prose(500, 500, 300), *prose(500, 500, 300)]
    tops = [72, 84, 96, 200, 212, 224]
    placed = [
        replace(one, rect=one.rect._replace(top=top, bottom=top + 11))
        for one, top in zip(lines, tops, strict=True)
    ]
    assert len(texts(placed)) == 2


def test_the_page_tells_the_margin_of_lines_that_are_all_short():
    prose = [
        line("Samples were dried until their mass no longer changed at all", 300 + 12 * n, right=end)
        for n, end in enumerate((498, 480, 500, 300))
    ]
    address = ["Mill Works Ltd", "River Lane 12", "CB4 2QT Cambridge"]
    found = texts([line(text, 72 + 12 * n) for n, text in enumerate(address)] + prose)
    assert found[:3] == address
    assert len(found) == 4
    # A short paragraph of sentences goes on to the same margin.
    two = [
        line("The yard is closed. The gate has a lock", 72, right=495),
        line("Keys lie with the porter.", 84),
    ]
    assert len(texts(two + prose)) == 2


def test_ragged_columns_under_a_wide_line_have_their_own_margin():
    wide = [line("The yard of the mill is closed from May to June, as was said before", 72, right=500)]
    ends = (270, 268, 240, 259, 262, 241)
    left = [line("mass no longer changed and the", 100 + 12 * n, right=end) for n, end in enumerate(ends)]
    right = [
        line("one more of the lists of keys", 100 + 12 * n, left=300.0, right=end + 228)
        for n, end in enumerate(ends)
    ]
    found = texts([*wide, *left, *right])
    assert [len(text.split()) for text in found] == [15, 6 * 6, 6 * 7]


def test_long_lines_all_over_the_page_tell_its_margin():
    """No three lines under each other end near one place."""
    pairs = [(494, 210), (506, 435), (495, 498)]
    lines = [
        line(
            "The yard is closed until June. The keys lie with the porter now.",
            72 + 80 * n + 12 * k,
            right=end,
        )
        for n, ends in enumerate(pairs)
        for k, end in enumerate(ends)
    ]
    assert len(texts(lines)) == len(pairs)


def test_labels_with_their_values_are_a_line_each():
    record = [("Client:", "Harbour Authority"), ("Order number:", "B-2031"), ("Begin:", "B-2032")]
    lines = [
        part
        for n, (label, value) in enumerate(record)
        for part in (line(label, 72 + 12 * n, bold=True), line(value, 72 + 12 * n, left=190.0))
    ]
    assert texts(lines) == [f"{label} {value}" for label, value in record]


def test_a_first_line_far_above_the_second_and_third_is_a_paragraph():
    lines = [
        line("The gravel path bent around a quiet pond where ducks drifted in slow circles.", 100, right=500),
        line(
            "A wooden bench near the willow still held last week's newspaper under a pile of", 124, right=490
        ),
        line("stones.", 137),
    ]
    found = texts(lines)
    assert len(found) == 2
    assert found[1].endswith("under a pile of stones.")


def test_a_bold_line_over_plain_ones_is_no_part_of_them():
    assert texts([line("Changes to the specification", 100, bold=True), line("Last updated: 2026", 113)]) == [
        "Changes to the specification",
        "Last updated: 2026",
    ]


def test_a_column_has_its_own_margin_though_a_wide_paragraph_stands_over_it():
    wide = [line(WIDE, 100 + 13 * n, right=540) for n in range(4)]
    column = [
        line("The first line of a column is indented", 185, left=84, right=290),
        line("and the second one is not, and ends a little", 198, right=296),
        line("earlier or later.", 211, right=150),
    ]
    beside = line("The end of the other column.", 172, left=330)
    found = texts([*wide, beside, *column])
    assert found[-1].startswith("The first line of a column is indented and the second")
    assert found[-1].endswith("earlier or later.")


def test_a_date_that_a_line_break_cuts_is_no_list_item():
    found = shown(
        [
            line("The organisation declared the pandemic on 2020.", 100, left=84, right=300),
            line("3.11. and asked all countries to act upon it, as", 113, right=300),
            line("far as they could then.", 126),
        ]
    )
    assert [kind for kind, _, _ in found] == ["text"]


def test_a_flat_sign_stands_where_it_is_in_its_line():
    lines = [
        line("for", 100, mono=True, right=92),
        line("in range(n):", 100, left=108, mono=True, right=180),
    ]
    sign = line("_", 0, size=0.4)
    sign = type(sign)(
        **{**sign.__dict__, "rect": sign.rect._replace(left=97, right=103, top=110, bottom=110.5)}
    )
    assert texts([*lines, sign]) == ["for _ in range(n):"]


def test_pieces_of_a_line_from_right_to_left_are_one_line_whatever_their_size_seems_to_be():
    whole = line(
        "\u0628\u0646\u0627\u0621 \u0627\u0644\u0627\u0642\u062a\u0635\u0627\u062f",
        100,
        size=13,
        left=380,
        right=440,
    )
    end = line("\u0627", 100, size=2, left=378, right=380)
    end = type(end)(**{**end.__dict__, "rect": whole.rect._replace(left=378, right=380)})
    name = line("Python", 100, size=13, left=338, right=378)
    assert texts([whole, end, name]) == [f"{whole.text}{end.text} Python"]


@pytest.fixture
def converted(make_pdf, lean):
    def run(content):
        pdf = Pdf.with_font()
        pdf.page(content, (612.0, 792.0), "")
        path = make_pdf(pdf.build())
        _cache, document, _page = open_page(path)
        return convert_pdf(document, Convert(file_path=str(path), format="markdown"), plenty(), lean)["text"]

    return run


def boxes(count):
    """Boxes under each other with a text in each, and the same without the rules between them."""
    rules = "".join(f"72 {700 - 30 * n} m 372 {700 - 30 * n} l S\n" for n in range(count + 1))
    sides = f"72 700 m 72 {700 - 30 * count} l S\n372 700 m 372 {700 - 30 * count} l S\n"
    words = "".join(
        f"BT /F 11 Tf {80} {682 - 30 * n} Td (Choice number {n} of the list) Tj ET\n" for n in range(count)
    )
    return sides + rules + words


def test_boxes_under_each_other_are_a_table_of_one_column(converted):
    found = converted(boxes(4))
    assert [row for row in found.splitlines() if "Choice" in row] == [
        f"| Choice number {n} of the list |" for n in range(4)
    ]


def test_two_boxes_are_a_frame_and_no_table(converted):
    assert "|" not in converted(boxes(2))


def test_a_blank_page_converts_to_nothing(converted):
    assert converted("") == ""


JUSTIFIED = [
    line("a line of the text above, which is as wide as the column of the page is", 100 + 12 * n, right=500)
    for n in range(5)
]


def test_two_lines_of_justified_text_are_one_paragraph_though_a_sentence_ends_with_the_first():
    found = texts(
        [
            *JUSTIFIED,
            line("A line of its own, as wide as the column, ends here.", 200, left=84, right=500),
            line("Another sentence follows.", 212),
        ]
    )
    assert found[-1] == "A line of its own, as wide as the column, ends here. Another sentence follows."


def test_short_lines_beside_justified_text_are_lines_of_their_own():
    found = texts([*JUSTIFIED, line("Yours sincerely", 200), line("Ann Other", 212)])
    assert found[-2:] == ["Yours sincerely", "Ann Other"]


def test_a_caption_that_is_narrower_than_the_text_goes_on_in_its_second_line():
    lines = [
        *JUSTIFIED,
        line("Figure 1. The pumps of the works at the river, which lift", 172, left=100, right=400),
    ]
    found = shown([*lines, line("29 litres in a second.", 184, left=100)])
    assert found[-1][0] == "caption" and found[-1][2].endswith("lift 29 litres in a second.")
