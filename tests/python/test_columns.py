"""The reading order of narrow columns: what stands beside the text of the next column is no part of its line."""

from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word

TEXT = "water is lifted to the works"
WIDTH, GAP = 118.0, 10.0


class Columns:
    """Lines of a page as docling-parse gives them, column by column, in the order in which they are added."""

    def __init__(self):
        self.words = []

    def line(self, column, top, text, size=10.5, width=WIDTH):
        left = 48 + column * (WIDTH + GAP)
        self.words.append(
            Word(text, Rect(left, top, left + width, top + size), size, 0, 40 * len(self.words))
        )

    def column(self, column, top, count, shift=0.0, first=1):
        for number in range(count):
            self.line(column, top + shift + 11.25 * number, f"{TEXT} {column}.{first + number}")

    def read(self):
        return [line.text for line in lines_in_order(self.words, 595, 842)]


def expected(column, first, last):
    return [f"{TEXT} {column}.{number}" for number in range(first, last + 1)]


def test_a_heading_beside_the_text_of_the_next_column_parts_them():
    page = Columns()
    for column in range(4):
        page.column(column, 100, 10, shift=3.0 * column)
    page.line(1, 220, "External sites", size=12.2)
    page.line(0, 218, f"{TEXT} 0.11")
    page.column(1, 240, 6, first=11)
    page.column(0, 230, 6, first=12)
    assert page.read() == [
        *expected(0, 1, 17),
        *expected(1, 1, 10),
        "External sites",
        *expected(1, 11, 16),
        *expected(2, 1, 10),
        *expected(3, 1, 10),
    ]


def test_headings_side_by_side_are_two():
    page = Columns()
    for column in range(2):
        page.column(column, 100, 8)
        page.line(column, 200, f"Heading {column}", size=12.2)
        page.column(column, 220, 8, first=9)
    assert page.read() == [
        text for n in range(2) for text in [*expected(n, 1, 8), f"Heading {n}", *expected(n, 9, 16)]
    ]


def test_the_first_line_of_columns_that_begin_higher_than_their_neighbour_is_read_in_them():
    page = Columns()
    page.line(0, 60, "The Discussion Courier", size=23, width=240)
    page.line(0, 109, "Field work", size=12.2, width=80)
    page.column(0, 130, 10)
    page.column(1, 100, 14)
    page.column(2, 100, 14)
    assert page.read() == [
        "The Discussion Courier",
        "Field work",
        *expected(0, 1, 10),
        *expected(1, 1, 14),
        *expected(2, 1, 14),
    ]


def test_a_heading_over_a_single_column_stays_above_both():
    page = Columns()
    page.line(0, 80, "A line of its own over two columns", width=200)
    page.column(0, 100, 8)
    page.column(1, 100, 8)
    assert page.read() == ["A line of its own over two columns", *expected(0, 1, 8), *expected(1, 1, 8)]


def test_headings_over_two_columns_at_one_height_are_read_with_them():
    page = Columns()
    page.words.append(Word("The Discussion Courier", Rect(100, 60, 240, 83), 23, 0, 0))
    page.words.append(Word("by Ann", Rect(120, 88, 200, 100), 12, 0, 40))
    for column, text in ((0, "Summary"), (1, "Pumps of the town")):
        page.line(column, 120, text, size=13, width=40)
        page.column(column, 138, 10)
    assert page.read()[2:] == ["Summary", *expected(0, 1, 10), "Pumps of the town", *expected(1, 1, 10)]


def test_a_gutter_narrower_than_a_wide_space_parts_columns_whose_lines_end_at_one_place():
    page = Columns()
    for number in range(10):
        for column in (0, 1):
            text = f"{TEXT} {column}.{number + 1}"
            left = 48 if column == 0 else 176 if number % 4 == 0 else 186
            rect = Rect(left, 100 + 14 * number, 166 if column == 0 else 300, 110.5 + 14 * number)
            page.words.append(Word(text, rect, 12, 0, 40 * len(page.words) * (1 - 2 * column) + 1000))
    assert page.read() == [*expected(0, 1, 10), *expected(1, 1, 10)]


def test_numbers_of_clauses_stand_before_their_texts_whatever_their_letters_reach_below_the_line():
    page = Columns()
    clauses = ["1", "1.1", "1.2", "2", "2.1"]
    for number in range(len(clauses)):
        for line in range(3):
            top = 100 + 60 * number + 11.25 * line
            # Letters such as "g" make the box of a line deeper than that of a number.
            page.words.append(
                Word(
                    TEXT + " again and again", Rect(130, top, 400, top + 13.5), 10.5, 0, len(page.words) * 60
                )
            )
    for number, clause in enumerate(clauses):
        left = 72 if clause.isdigit() else 90
        page.words.append(
            Word(
                clause,
                Rect(left, 100 + 60 * number, left + 12, 110.5 + 60 * number),
                10.5,
                0,
                len(page.words) * 60,
            )
        )
    firsts = [line for line in page.read() if line[0].isdigit()]
    assert firsts == [f"{clause} {TEXT} again and again" for clause in clauses]
