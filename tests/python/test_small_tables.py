"""parse_table on tables of two lines, of words alone, and with headers that touch each other."""

import pytest
from text_pages import open_page, plenty, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.messages import ParseTable

RECORD = [
    ["Agent", "Area", "Region", "Contract", "Share"],
    ["Sarah Johnson", "NYC Metro", "NORTH", "12/20/24 - 12/31/24", "100%"],
]
SCHEDULE = [
    ["Ln", "Screen", "Start", "Movie", "Total"],
    ["1", "SCR-1", "12/20", "Holiday", "$3,000"],
    ["2", "SCR-2", "12/21", "Winter", "$3,600"],
    ["3", "SCR-1", "12/26", "New Year", "$3,600"],
]
WORDS = [["Kind", "Before", "After"], ["Class", "group one", "level one"], ["Name", "group two", "level two"]]
COUNTS = [["Type", "12", "14"], ["Mass", "16", "18"]]


@pytest.fixture
def read(make_pdf, lean):
    """The tables of a page with `table` on it as rows of texts; `columns` are the x of the columns."""

    def run(table, columns, leading=12.0, content="", **fields):
        content += "".join(
            show(x, 700 - leading * row, text, 8.5)
            for row, cells in enumerate(table)
            for x, text in zip(columns, cells, strict=True)
        )
        path = make_pdf(text_pdf(content))
        _cache, document, _page = open_page(path)
        payload = ParseTable(file_path=str(path), page_index=0, **fields)
        found = parse_table(document, payload, plenty(), lean)["tables"]
        return [
            [
                [
                    next(
                        (
                            cell["text"]
                            for cell in one["data"]["table_cells"]
                            if (cell["start_row_offset_idx"], cell["start_col_offset_idx"]) == (row, col)
                        ),
                        "",
                    )
                    for col in range(one["data"]["num_cols"])
                ]
                for row in range(one["data"]["num_rows"])
            ]
            for one in found
        ]

    return run


def test_a_line_of_names_over_one_record_is_a_table(read):
    assert read(RECORD, [72, 162, 242, 302, 422]) == [RECORD]


def test_two_lines_without_values_are_no_table(read):
    assert read([RECORD[0], ["Sarah", "Metro", "North", "Winter", "Full"]], [72, 162, 242, 302, 422]) == []


def test_headers_that_touch_begin_where_their_columns_begin(read):
    assert read(SCHEDULE, [72, 92, 122, 172, 260]) == [SCHEDULE]


def test_rows_of_words_over_rows_of_values_are_no_lines_of_the_header(read):
    box = {"bbox": [68, 640, 334, 74], "coord_origin": "BOTTOMLEFT"}
    assert read(WORDS + COUNTS, [72, 172, 272], 14.0, **box) == [WORDS + COUNTS]
