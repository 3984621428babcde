"""parse_table on tables whose rows are filled bands, as the table styles of Word draw them."""

from itertools import pairwise

import pytest
from text_pages import open_page, plenty, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.messages import ParseTable

XS = (72, 200, 300, 400)
HEAD = ["Item", "Due", "Paid"]
ROWS = [["Return the key to the porter", "14 May", "yes"], ["Close the gate behind you", "12", ""]]
ROWS += [["Report within a day", "", "no"], ["Check the valve", "3", "yes"]]


def cell_fills(top, bottom, grey):
    """The ground of each cell of a row, each drawn twice."""
    boxes = "".join(f"{x} {bottom} {right - x} {top - bottom} re f " for x, right in pairwise(XS))
    return f"q {grey} g {boxes}{boxes}Q "


def page(head_ground, box=""):
    """A header over four rows of two lines, every second on a ground of its own."""
    content, y = box, 700
    if head_ground:
        content += cell_fills(y, y - 26, 0.6)
    content += "".join(show(x + 4, y - 10, text, 9) for x, text in zip(XS, HEAD, strict=False))
    y -= 26
    for number, (label, *values) in enumerate(ROWS):
        if number % 2 == 0:
            content += cell_fills(y, y - 42, 0.8)
        first, second = label.rsplit(" ", 2)[0], " ".join(label.rsplit(" ", 2)[1:])
        content += show(76, y - 10, first, 9) + show(76, y - 25, second, 9)
        content += "".join(show(x + 4, y - 10, text, 9) for x, text in zip(XS[1:], values, strict=False))
        y -= 42
    return content


RULES = "".join(f"72 {y} m 400 {y} l S " for y in (700, 674, 506))
FRAME = RULES + "".join(f"{x} 700 m {x} {y} l S " for x, y in zip(XS, (506, 674, 674, 506), strict=True))


@pytest.mark.parametrize("bbox", [None, [70, 90, 332, 198]], ids=["page", "box"])
@pytest.mark.parametrize(
    ("head_ground", "drawn"),
    [(False, RULES), (True, ""), (True, FRAME)],
    ids=["header under a rule", "header on a ground", "frame"],
)
def test_a_wrapped_label_in_a_band_is_one_cell(make_pdf, lean, head_ground, drawn, bbox):
    path = make_pdf(text_pdf(page(head_ground, drawn)))
    _cache, document, _page = open_page(path)
    asked = {"bbox": bbox} if bbox and head_ground else {}
    found = parse_table(document, ParseTable(file_path=str(path), page_index=0, **asked), plenty(), lean)[
        "tables"
    ]
    (table,) = found
    texts = {
        (c["start_row_offset_idx"], c["start_col_offset_idx"]): c["text"]
        for c in table["data"]["table_cells"]
    }
    rows = [[texts.get((row, col), "") for col in range(3)] for row in range(table["data"]["num_rows"])]
    assert rows == [HEAD, *ROWS]
    headers = {c["start_row_offset_idx"] for c in table["data"]["table_cells"] if c["column_header"]}
    assert headers == {0}
