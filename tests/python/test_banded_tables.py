"""parse_table on tables whose rows are filled bands, as the table styles of Word draw them."""

from itertools import pairwise

import pytest
from text_pages import open_page, plenty, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.messages import ParseTable

XS = (72, 200, 300, 400)
TOP, HEADER, ROW = 700, 26, 42
HEAD = ["Item", "Due", "Paid"]
ROWS = [["Return the key to the porter", "14 May", "yes"], ["Close the gate behind you", "12", ""]]
ROWS += [["Report within a day", "", "no"], ["Check the valve", "3", "yes"]]


def cell_fills(top, bottom, grey):
    """The ground of each cell of a row, each drawn twice."""
    boxes = "".join(f"{x} {bottom} {right - x} {top - bottom} re f " for x, right in pairwise(XS))
    return f"q {grey} g {boxes}{boxes}Q "


def line(x, y, right, top):
    return f"{x} {y} m {right} {top} l S "


def page(rows, head_ground=False, grounds=True):
    """A header over rows whose label has two lines, every second on a ground of its own."""
    content = cell_fills(TOP, TOP - HEADER, 0.6) if head_ground else ""
    content += "".join(show(x + 4, TOP - 10, text, 9) for x, text in zip(XS, HEAD, strict=False))
    y = TOP - HEADER
    for number, (label, *values) in enumerate(rows):
        if grounds and number % 2 == 0:
            content += cell_fills(y, y - ROW, 0.8)
        *first, last, end = label.split()
        content += show(76, y - 10, " ".join(first), 9) + show(76, y - 25, f"{last} {end}", 9)
        content += "".join(show(x + 4, y - 10, text, 9) for x, text in zip(XS[1:], values, strict=False))
        y -= ROW
    return content


def rules(rows):
    """Over the header, under it and under the last row."""
    return "".join(line(72, y, 400, y) for y in (TOP, TOP - HEADER, TOP - HEADER - ROW * len(rows)))


def frame(rows):
    """The same with both sides, and lines between the columns of the header alone."""
    bottom = TOP - HEADER - ROW * len(rows)
    sides = line(72, TOP, 72, bottom) + line(400, TOP, 400, bottom)
    return rules(rows) + sides + "".join(line(x, TOP, x, TOP - HEADER) for x in XS[1:3])


@pytest.fixture
def read(make_pdf, lean):
    """The one table of a page as rows of texts, and which rows are headers."""

    def run(content, **fields):
        path = make_pdf(text_pdf(content))
        _cache, document, _page = open_page(path)
        request = ParseTable(file_path=str(path), page_index=0, **fields)
        (table,) = parse_table(document, request, plenty(), lean)["tables"]
        cells = table["data"]["table_cells"]
        texts = {(c["start_row_offset_idx"], c["start_col_offset_idx"]): c["text"] for c in cells}
        rows = [[texts.get((row, col), "") for col in range(3)] for row in range(table["data"]["num_rows"])]
        return rows, {c["start_row_offset_idx"] for c in cells if c["column_header"]}

    return run


@pytest.mark.parametrize("count", [1, 3, 4], ids=["one row", "grounds at the end", "none at the end"])
def test_a_wrapped_label_in_a_band_is_one_cell_of_a_frame(read, count):
    rows = ROWS[:count]
    assert read(page(rows, head_ground=True) + frame(rows)) == ([HEAD, *rows], {0})


@pytest.mark.parametrize("fields", [{}, {"bbox": [70, 90, 332, 198]}], ids=["page", "box"])
def test_bands_need_no_frame(read, fields):
    assert read(page(ROWS, head_ground=True), **fields) == ([HEAD, *ROWS], {0})


def test_a_header_between_rules_over_the_bands_is_of_the_table(read):
    assert read(page(ROWS) + rules(ROWS)) == ([HEAD, *ROWS], {0})


def test_columns_drawn_in_every_second_row_are_columns_of_all(read):
    ys = [TOP, *(TOP - HEADER - ROW * number for number in range(5))]
    drawn = "".join(line(72, y, 400, y) for y in ys) + line(72, TOP, 72, ys[-1]) + line(400, TOP, 400, ys[-1])
    drawn += "".join(line(x, top, x, end) for top, end in list(pairwise(ys))[1::2] for x in XS[1:3])
    assert read(page(ROWS, grounds=False) + drawn)[0] == [HEAD, *ROWS]
