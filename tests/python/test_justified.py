"""Justified lines that are stretched word by word: one paragraph in convert, and no table in parse_table."""

from itertools import accumulate

import pytest
from structure_lines import line
from text_pages import column, open_page, plenty, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.layout.justified import with_stretched_lines
from pyworker.messages import Convert, ParseTable

pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = [
    "modernisation requires comprehensive investigation",
    "by interdisciplinary working groups of members",
    "internationally harmonised recommendations and",
    "telecommunication providers in simultaneous",
]


def stretched(y, words, left=72.0, right=430.0, size=10.0):
    """A line in Courier from edge to edge, each word by itself."""
    widths = [0.6 * size * len(word) for word in words]
    gap = (right - left - sum(widths)) / (len(words) - 1)
    starts = accumulate([left, *(width + gap for width in widths[:-1])])
    return "".join(show(x, y, word, size) for x, word in zip(starts, words, strict=True))


def pieces(text, top, right=300.0):
    """A line in pieces from 72 to `right` with even spaces."""
    words = text.split("|")
    gap = (right - 72 - sum(5 * len(word) for word in words)) / (len(words) - 1)
    starts = accumulate([72.0, *(5 * len(word) + gap for word in words[:-1])])
    return [line(word, top, left=x) for x, word in zip(starts, words, strict=True)]


def full(text, top):
    return line(text, top, right=300)


def texts(parts):
    return [part.text for part in with_stretched_lines(parts)]


def test_stretched_prose_is_no_table(make_pdf, lean):
    full_lines = [
        "The committee has agreed that the plan for a wide-ranging",
        "change of law and the wholesale",
    ]
    content = column(
        72, 700, [*full_lines, "demonstration of it, which every member asked for in June,"], 10.0
    )
    content += "".join(stretched(664 - 12 * n, row.split()) for n, row in enumerate(ROWS))
    content += column(72, 616, ["demand of the last session, were brought before the house."], 10.0)
    path = make_pdf(text_pdf(content).replace(b"/Helvetica", b"/Courier  "))
    _cache, document, _page = open_page(path)
    assert (
        parse_table(document, ParseTable(file_path=str(path), page_index=0), plenty(), lean)["tables"] == []
    )
    assert convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)["tables"] == []


def test_the_pieces_of_a_stretched_line_are_one_line_in_the_order_of_its_column():
    above = [
        full("The first line of the column is full,", 100),
        full("and so is the second one of them,", 112),
    ]
    first, second = pieces("responsibilities|regarding|the", 124), pieces("environmental|sustainability", 136)
    below = [full("which fills the whole of its line too.", 148)]
    shuffled = [*above, second[0], *first, second[1], *below]
    assert texts(shuffled) == [
        above[0].text,
        above[1].text,
        "responsibilities regarding the",
        "environmental sustainability",
        below[0].text,
    ]


@pytest.mark.parametrize(
    "rows",
    [
        ["The total of all the years|1,234.50"],
        ["Name of the member:|Date of the session"],
        ["alpha|beta|gamma", "delta|zeta|sigma"],
        ["1.|the first of the many items of it"],
    ],
    ids=["amount", "label", "cells", "marker"],
)
def test_what_is_no_prose_stays_in_pieces(rows):
    lines = [full(f"The line number {n} of the column is full,", 100 + 12 * n) for n in range(3)]
    parts = [piece for n, row in enumerate(rows) for piece in pieces(row, 136 + 12 * n)]
    assert texts([*lines, *parts]) == [*(row.text for row in lines), *(piece.text for piece in parts)]
