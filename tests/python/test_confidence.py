"""How sure a table's structure is, and what is told about a doubtful one."""

from text_pages import open_page, plenty, ruled_table, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.tables.confidence import BOUND, UNREAD, judge
from pyworker.engine.tables.types import Cell, Table
from pyworker.messages import ParseTable


def made(rows, method="ruling", header=True):
    """A table whose cells hold one word each, 60 by 20 points; a text with two spaces has a wide gap there."""
    cells = []
    for row, texts in enumerate(rows):
        for col, text in enumerate(texts):
            rect = Rect(60.0 * col, 20.0 * row, 60.0 * col + 60, 20.0 * row + 20)
            words, x = [], rect.left + 2
            for part in text.split("  "):
                if part:
                    words.append(
                        Word(part, Rect(x, rect.top + 5, x + 5 * len(part), rect.top + 15), 10.0, 0, 0)
                    )
                x += 5 * len(part) + 20
            cells.append(Cell(row, col, row + 1, col + 1, words, rect, text, header and row == 0, col == 0))
    return Table(
        Rect(0.0, 0.0, 60.0 * len(rows[0]), 20.0 * len(rows)), method, len(rows), len(rows[0]), cells
    )


GOOD = [["Item", "2023", "2024", "Change"], *([f"Row {n}", "12.5", "13.5", "1.0"] for n in range(6))]


def test_a_full_table_of_one_kind_a_column_is_sure():
    for method in ("ruling", "alignment"):
        confidence, warnings = judge(made(GOOD, method))
        assert confidence > 0.9 and warnings == []


def test_several_values_in_one_cell_are_told():
    rows = [GOOD[0], *([f"Row {n}", "12.5  13.5", "1.0", "2.0"] for n in range(6))]
    confidence, warnings = judge(made(rows))
    assert confidence < BOUND
    assert "several values" in warnings[0]


def test_a_doubtful_table_says_why():
    confidence, warnings = judge(made([["A", "1"], ["B", "2"]], "alignment"))
    assert confidence < BOUND
    assert any("very small" in warning for warning in warnings)


def test_something_drawn_that_could_not_be_read_is_told_with_its_cell():
    confidence, warnings = judge(made(GOOD), [Rect(70.0, 45.0, 80.0, 55.0)])
    assert confidence <= UNREAD
    assert warnings[0] == "something drawn in row 3 column 2 could not be read"


def test_worse_never_scores_better():
    scores = []
    for crowded in range(7):
        rows = [GOOD[0], *([f"Row {n}", "1.5  2.5" if n < crowded else "1.5", "1", "2"] for n in range(6))]
        scores.append(judge(made(rows))[0])
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1]


def test_a_reply_carries_both(make_pdf, lean):
    path = make_pdf(text_pdf(ruled_table(72, 700, GOOD, column_width=100) + show(72, 400, "text")))
    _cache, document, _page = open_page(path)
    (table,) = parse_table(document, ParseTable(file_path=str(path), page_index=0), plenty(), lean)["tables"]
    assert BOUND <= table["confidence"] <= 1 and table["warnings"] == []
