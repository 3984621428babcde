"""parse_table on tables of two lines, of words alone, and with headers that touch each other."""

import pytest
from specimen_kinds import framed_rows, kind_page
from text_pages import open_page, plenty, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Fill, PageContent, Ruling, Word
from pyworker.engine.tables.entries import Entry
from pyworker.engine.tables.lattice import cell_text
from pyworker.engine.tables.lean import LeanTableEngine
from pyworker.engine.tables.lines import Line
from pyworker.engine.tables.rows import body_rows
from pyworker.engine.tables.rulings import bands
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
ITEMS = [
    ["#", "Item", "Qty", "Price", "Total"],
    ["1", "Beams of oak", "4", "30.00", "120.00"],
    ["2", "Nails", "25", "0.40", "10.00"],
    ["3", "Delivery to the site", "1", "55.00", "55.00"],
]
TOTALS = [["", "", "Net", "", "185.00"], ["", "", "VAT", "", "12.95"], ["", "", "Due", "", "197.95"]]
TERMS = [
    "Payment is due within 30 days",
    "of the date of this invoice and",
    "by transfer to our account, with",
]


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


def test_rows_in_a_frame_are_told_by_the_space_over_them(make_pdf, lean):
    """Most labels have one line beside them, and one label is wrapped where the text beside it is not."""
    page = kind_page(framed_rows, 3)
    path = make_pdf(page.pdf)
    _cache, document, _page = open_page(path)
    (found,) = parse_table(document, ParseTable(file_path=str(path), page_index=0), plenty(), lean)["tables"]
    cells = {
        (c["start_row_offset_idx"], c["start_col_offset_idx"]): c["text"]
        for c in found["data"]["table_cells"]
    }
    assert cells == {(c.row, c.col): c.text for c in page.tables[0].cells}


def test_rows_that_rules_part_may_be_of_one_line_each():
    """Space alone would make pairs of the lines; the rules leave every one its own row."""
    lines, entries = [], []
    for number, top in enumerate((0, 10, 25, 35)):
        words = [Word("12", Rect(x, top, x + 10, top + 8), 10.0, 0, 2 * number) for x in (0, 60)]
        lines.append(Line(words, top, top + 8, 10.0))
        entries.append([Entry(number, col, col, [word]) for col, word in enumerate(words)])
    rules = [Ruling(True, y, 0, 100, 1) for y in (9, 34)]
    assert body_rows(lines, entries, 0, rules, 0, 100, 2) == [[0], [1], [2], [3]]


def test_rules_at_the_sides_make_no_columns(read):
    sides = "".join(f"{x} 712 m {x} 655 l S " for x in (73.0, 284.0))
    assert read(SCHEDULE, [72, 92, 142, 192, 260], content=sides) == [SCHEDULE]


def test_rows_of_words_between_rules_may_be_wrapped_more_often_than_not(read):
    head, *rows = [["Animal", "Action", "Result"], ["Cat", "says", "meow"], ["Fox", "says", "ring"]]
    more = [["", "", text] for text in ("ding", "ding", "dong")]
    rules = "".join(f"72 {y} m 300 {y} l S " for y in (709, 697, 649, 600))
    found = read([head, rows[0], *more, rows[1], *more], [72, 172, 272], content=rules)
    assert found == [[head, *([*row[:2], f"{row[2]} ding ding dong"] for row in rows)]]


@pytest.mark.parametrize(
    ("start", "leading"), [(644, 14), (641, 10), (650, 10)], ids=["level", "lower", "higher"]
)
def test_a_paragraph_beside_the_totals_is_no_part_of_the_table(read, start, leading):
    terms = "".join(show(72, start - leading * line, text, 8.5) for line, text in enumerate(TERMS))
    assert read(ITEMS + TOTALS, [72, 92, 252, 292, 352], 14.0, terms) == [ITEMS + TOTALS]


def test_a_paragraph_right_of_the_last_column_is_no_part_of_the_table(read):
    aside = "".join(
        show(424, 672 - 9 * k, text, 6.5)
        for k, text in enumerate(("Sums are those of", "the day of order and", "without freight."))
    )
    (table,) = read(ITEMS, (60, 100, 250, 320, 390), content=aside)
    assert table == ITEMS


def test_an_address_over_two_columns_is_no_header_of_theirs(read):
    bill = [
        ["Service", "Amount"],
        ["Roof repair", "EUR 120.00"],
        ["Piano tuning", "EUR 80.00"],
        ["Total", "EUR 200.00"],
    ]
    address = "".join(
        show(60, 790 - 11 * k, text, 8.5) + show(400, 790 - 11 * k, other, 8.5)
        for k, (text, other) in enumerate(
            (("Lake Trading", "Order no. AB"), ("Main Street", "net thirty days"), ("Oldham", "by transfer"))
        )
    )
    assert read(bill, (60, 400), content=address) == [bill]


def test_names_on_a_dark_band_over_drawn_columns_are_cells_of_their_own(read):
    ground = "0.2 g 50 688 450 24 re f 0 g "
    rows = "".join(f"50 {y} m 500 {y} l S " for y in (712, 688, 666, 644, 622))
    columns = "".join(f"{x} 688 m {x} 622 l S " for x in (90, 240, 300, 380))
    rules = f"{rows}{columns}50 712 m 50 622 l S 500 712 m 500 622 l S "
    (table,) = read(ITEMS, (60, 100, 250, 310, 390), leading=22, content=ground + rules)
    assert table == ITEMS


def test_bands_of_one_shade_that_do_not_touch_are_not_joined():
    """Scans show one of them a point narrower."""
    fills = [Fill(Rect(60, 200, 500, 230), (224,) * 3), Fill(Rect(61, 150, 499, 170), (224,) * 3)]
    assert sorted(rule.at for rule in bands(fills)) == [150, 170, 200, 230]


def test_cells_with_grounds_of_their_own_are_the_cells_of_the_table(read):
    """Lines of a cell are as far apart as rows, labels stand in the middle, each ground has a white margin."""
    texts = [
        ["Kind", "First", "Second"],
        ["", "", ""],
        ["", "dry and", "to be"],
        ["Oak", "", ""],
        ["", "old wood", "sawn"],
        ["", "", ""],
        ["", "fresh", "to be"],
        ["Ash", "", ""],
        ["", "wood", "dried"],
    ]
    grounds = (
        "".join(
            f"0.9 g {x} {y} 98 {h} re f "
            for x in (50, 150, 250)
            for y, h in ((697, 13), (673, 22), (649, 22))
        )
        + "0 g "
    )
    (table,) = read(texts, (55, 155, 255), 6.0, grounds)
    assert table == [
        ["Kind", "First", "Second"],
        ["Oak", "dry and old wood", "to be sawn"],
        ["Ash", "fresh wood", "to be dried"],
    ]


def test_a_grid_whose_cells_hold_pictures_is_a_table():
    """The cells of the second column and of the last row have little text of their own."""

    def content(images):
        words = [
            Word("Room", Rect(74, 102, 98, 112), 10, 0, 0),
            Word("View", Rect(174, 102, 194, 112), 10, 0, 5),
        ]
        words += [
            Word("Hall", Rect(74, 122, 94, 132), 10, 0, 10),
            Word("Yard", Rect(74, 162, 94, 172), 10, 0, 20),
        ]
        rulings = [Ruling(True, y, 72, 272, 0.5) for y in (100, 120, 160, 200)]
        rulings += [Ruling(False, x, 100, 200, 0.5) for x in (72, 172, 272)]
        return PageContent(595, 842, words, rulings, images=images)

    views = [Rect(174, 124, 210, 156), Rect(174, 164, 210, 196)]
    found = LeanTableEngine().find(content(views), lambda: None)
    assert [(table.rows, table.cols) for table in found] == [(3, 2)]
    assert LeanTableEngine().find(content([]), lambda: None) == []


def test_a_hyphen_at_the_end_of_a_line_of_a_cell_is_followed_by_no_space():
    def cell(*lines):
        return cell_text(
            [Word(text, Rect(0, 12 * n, 60, 12 * n + 10), 10, 0, 9 * n) for n, text in enumerate(lines)]
        )

    assert cell("publication-", "ready", "figures") == "publication-ready figures"
    assert cell("pre-", "and", "post-war") == "pre- and post-war"
    assert cell("4-", "axis") == "4- axis"


def test_clauses_of_a_contract_are_no_table(read):
    rows = [["", "2.2", "Revenue rose by four percent while costs stayed level."], ["3", "", "Site visit"]]
    rows += [["", "3.1", "The archive is open on weekdays from nine to four."], ["4", "", "Safety rules"]]
    assert read(rows, [72, 88, 114], 14.0) == []
