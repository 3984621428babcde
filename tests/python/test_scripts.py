"""Superscripts, subscripts and drop capitals stand with the word they belong to, in text and in the cells of tables."""

from __future__ import annotations

import pytest
from pdf_maker import Pdf
from text_pages import column, open_page, plenty, ruled_table, show, text_pdf

from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.docling import profiles
from pyworker.engine.engines import Engines
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.pdf.scripts import with_scripts
from pyworker.messages import ParseTable
from pyworker.settings import Settings

# Advance of Helvetica's characters in thousandths of an em.
ADVANCE = {"C": 722, "O": 778, "H": 722, "m": 833, "s": 500, " ": 278, "i": 222, "t": 278, "(": 333, ")": 333}
ADVANCE |= {
    "A": 667,
    "T": 611,
    "S": 667,
    "l": 222,
    "r": 333,
    "x": 500,
    "y": 500,
    "k": 500,
    ",": 278,
    ".": 278,
}


def run(parts, gap=0.0, x=60.0, y=700.0, matrix="1 0 0 1", later=False, spaces=True):
    """Content with (text, size, rise) one behind the other; `later` draws what is raised or lowered at the end.

    Without `spaces` they are left out of the text, and only their place is empty.
    """
    level, moved = "", ""
    for text, size, rise in parts:
        lead = len(text) - len(text.lstrip())
        shown = text if spaces else text.strip()
        at = x if spaces else x + lead * 0.278 * size
        piece = show(at, y + rise, shown, size, matrix)
        x += sum(ADVANCE.get(letter, 556) for letter in text) * size / 1000 + gap
        if rise and later:
            moved += piece
        else:
            level += piece
    return level + moved


TEXTS = {
    "CO2 emissions": [("CO", 12, 0), ("2", 7, -3), (" emissions", 12, 0)],
    "(30 m3) and": [("(30 m", 12, 0), ("3", 7, 5), (")", 12, 0), (" and", 12, 0)],
    "H2O": [("H", 10, 0), ("2", 6, -2), ("O", 10, 0)],
    "1,190a more": [("1,190", 10, 0), ("a", 6, 4), (" more", 10, 0)],
    "x2 y2.": [("x", 10, 0), ("2", 6, 4), (" y", 10, 0), ("2", 6, 4), (".", 10, 0)],
    "SO4 is": [("SO", 11, 0), ("4", 7.5, -2.5), (" is", 11, 0)],
}
WAYS = [
    {"gap": gap, "later": later, "spaces": spaces}
    for gap in (0.0, 0.4, 0.8)
    for later in (False, True)
    for spaces in (False, True)
    if not (later and spaces)
]


def texts(make_pdf, contents, turn=0):
    pdf = Pdf.with_font()
    for content in contents:
        pdf.page(content, (800.0, 800.0), f"/Rotate {turn}")
    _cache, document, _page = open_page(make_pdf(pdf.build()))
    return [
        [line.text for line in lines_in_order(page_words(page), 800.0, 800.0)]
        for page in map(document.page, range(len(contents)))
    ]


@pytest.mark.parametrize("turn", [0, 90])
def test_scripts_are_joined_to_their_words(make_pdf, turn):
    asked = [(expected, parts, way) for expected, parts in TEXTS.items() for way in WAYS]
    found = texts(make_pdf, [run(parts, **way) for _, parts, way in asked], turn)
    for (expected, _, way), lines in zip(asked, found, strict=True):
        assert lines == [expected], way


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # A small note beside a large figure is text of its own, and so is a small word behind a space.
        (run([("85", 30, 0), ("vs last year", 10, 12)], gap=3), ["85 vs last year"]),
        (run([("Total", 12, 0), (" 1)", 7, 5)]), ["Total 1)"]),
        # Smaller text on the same baseline is no script.
        (run([("1,190", 12, 0), ("kg", 8, 0)], gap=2), ["1,190 kg"]),
        # The next column's footnote mark is too far away.
        (run([("1,190", 10, 0), ("a", 6, 4)], gap=8), ["1,190 a"]),
        # Lines close below each other stay two.
        (show(60, 700, "H", 12) + show(60, 691, "2", 7), ["H", "2"]),
    ],
)
def test_what_is_no_script_stays_apart(make_pdf, content, expected):
    assert texts(make_pdf, [content]) == [expected]


@pytest.mark.parametrize(("base", "whole"), [("m", ["m2"]), ("1,190", ["1,190", "2"])])
def test_a_figure_is_not_joined_to_a_number(base, whole):
    """It would make another number of it."""
    words = [
        Word(base, Rect(50.0, 60.0, 80.0, 72.0), 10.0, 0, 0),
        Word("2", Rect(80.8, 58.0, 84.0, 65.0), 6.0, 0, len(base) + 2),
    ]
    assert [word.text for word in with_scripts(words, 200.0, 200.0, lambda: None)] == whole


def test_scripts_in_cells(make_pdf):
    rows = [["Quantity", "Value"], ["Volume", "12"], ["Gas", "17"], ["Area", "35"]]
    content = ruled_table(60, 700, rows)
    content += run([(" (m", 11, 0), ("3", 6.5, 4), (")", 11, 0)], gap=0.5, x=105, y=663.7)
    content += run([(" CO", 11, 0), ("2", 6.5, -3)], gap=0.5, x=85, y=641.7)
    path = make_pdf(text_pdf(content))
    _cache, document, _page = open_page(path)
    ask = ParseTable(file_path=str(path), page_index=0)
    (table,) = parse_table(document, ask, plenty(), Engines(Settings(), "lean", profiles.look(None)))[
        "tables"
    ]
    cells = [cell["text"] for cell in table["data"]["table_cells"]]
    assert "Volume (m3)" in cells
    assert "Gas CO2" in cells


BESIDE = ["nce upon a time there were", "three lines beside a capital", "and they stayed apart"]
BELOW = ["where the letter ended, the lines", "w ent on below it"]


@pytest.mark.parametrize("turn", [0, 180])
@pytest.mark.parametrize(
    ("letter", "size", "base", "lines", "shift"),
    [
        ("O", 42, 676, BESIDE, 0),
        ("\u201cO".encode("cp1252").decode("latin-1"), 42, 676, BESIDE, 0),
        ("O", 29, 688, BESIDE[:2], 0),
        ("A", 42, 676, ["long time ago, in a land", *BESIDE[1:]], 3),
    ],
)
def test_a_drop_capital_begins_the_first_line_beside_it(make_pdf, letter, size, base, lines, shift, turn):
    first = letter.encode("latin-1").decode("cp1252") + (" " if shift else "") + lines[0]
    x = 68 + sum(ADVANCE.get(part, 333) for part in letter) * size / 1000
    content = show(60, base, letter, size)
    for number, text in enumerate(lines):
        content += show(x + (0 if number else shift), 700 - 12 * number, text, 10)
    content += column(60, 700 - 12 * len(lines), BELOW, 10)
    (found,) = texts(make_pdf, [content], turn)
    assert found == [first, *lines[1:], *BELOW]


@pytest.mark.parametrize(
    "content",
    [
        # A letter that heads an index, a bullet of one line, a grid label beside a note of two lines.
        show(60, 720, "A", 24) + column(60, 690, ["Apples", "Anchors", "Axes"]),
        show(60, 700, "B", 20) + show(80, 700, "one line of text", 10),
        show(60, 640, "C", 30) + column(90, 700, ["lines that begin far above", "the letter beside them"]),
    ],
)
def test_a_large_letter_alone_is_no_drop_capital(make_pdf, content):
    (found,) = texts(make_pdf, [content])
    assert not any(line.startswith(("AApples", "AAn", "Cl", "C l", "Bo")) for line in found), found
