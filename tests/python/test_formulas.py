"""Displayed formulas of pages without tags are formulas; sentences, items and rows of values with signs are none."""

import pytest
from structure_lines import line
from text_pages import column, open_page, plenty, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.layout.blocks import Block
from pyworker.engine.layout.formulas import with_formulas
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.word_styles import PLAIN
from pyworker.messages import Convert

pytestmark = pytest.mark.filterwarnings("ignore")

PROSE = "the pump station stands at the river and lifts water to the works"


def page(lines, font="cmmi10"):
    """Kinds and texts of the parts of a page: `lines` between two lines of text; `font` is that of their words."""
    lines = [line(PROSE, 80, right=500), *lines, line(PROSE, 160, right=500)]
    words, styles = [], {}
    for one in lines:
        words.append(Word(one.text, one.rect, one.size, 0, len(words)))
        styles[words[-1].order] = PLAIN._replace(font=font if PROSE not in one.text else "cmr10")
    parts = with_formulas(lines, words, styles)[1:-1]
    return [(part.kind if isinstance(part, Block) else "line", part.text) for part in parts]


@pytest.mark.parametrize(
    ("text", "font"),
    [
        ("a2 + 8 = 12", "cmmi10"),
        ("y = sin x", "stixtwomath"),
        ("𝑎 + 𝑏 = 𝑐", "times"),
        ("σ = F / A", "arial"),
        ("x ≤ y × z", "arial"),
    ],
)
def test_a_line_of_signs_set_in_between_text_is_a_formula(text, font):
    assert page([line(text, 115, left=250)], font) == [("formula", text)]


@pytest.mark.parametrize(
    ("text", "left", "font"),
    [
        ("a2 + 8 = 12", 72, "cmmi10"),
        ("a2 + 8 = 12", 250, "cmr10"),
        ("rate = cost of all the pumps", 250, "cmmi10"),
        ("• x = 3", 250, "cmmi10"),
        ("4 + 8 × 3", 250, "cmmi10"),
        ("≤ μ", 250, "cmmi10"),
    ],
    ids=["at the margin", "no sign of mathematics", "words", "item", "no relation", "half of a relation"],
)
def test_what_else_is_set_in_is_none(text, left, font):
    assert page([line(text, 115, left=left)], font) == [("line", text)]


def test_the_number_beside_a_formula_tells_it_and_belongs_to_it():
    both = [line("E = 12 F", 115, left=250), line("(3)", 115, left=480)]
    assert page(both, "cmr10") == [("formula", "E = 12 F (3)")]


def test_bounds_of_a_sum_belong_to_the_formula():
    found = page(
        [line("n", 108, left=250, size=7), line("∑ x = 4", 117, left=246), line("k", 130, left=250, size=7)]
    )
    assert found == [("formula", "n ∑ x = 4 k")]


def test_values_beside_each_other_are_none():
    row = [line("x = 3", 115, left=150), line("y = 4", 115, left=260), line("z = 5", 115, left=400)]
    assert [kind for kind, _ in page(row)] == ["line"] * 3


def test_a_font_of_mathematics_that_the_text_is_set_in_tells_nothing():
    lines = [line("a2 + 8 = 12", 115, left=250)]
    words = [Word(one.text, one.rect, one.size, 0, n) for n, one in enumerate([*lines, line(PROSE, 80)])]
    styles = dict.fromkeys(range(2), PLAIN._replace(font="dejavu-math-tex-gyre"))
    parts = [line(PROSE, 80, right=500), *lines]
    assert with_formulas(parts, words, styles) == parts


def test_convert_gives_a_formula_its_place_between_paragraphs(make_pdf, lean):
    prose = [f"{PROSE} of the town." for _ in range(2)]
    content = column(72, 700, prose) + show(230, 660, "a \xd7 b = 12", 10.0) + column(72, 630, prose)
    path = make_pdf(text_pdf(content))
    _cache, document, _page = open_page(path)
    body = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
    assert [(item["label"], item["orig"]) for item in body["texts"]] == [
        ("text", " ".join(prose)),
        ("formula", "a \xd7 b = 12"),
        ("text", " ".join(prose)),
    ]


def test_a_number_at_the_left_belongs_to_its_formula():
    both = [line("(3)", 115), line("xk = yk + 4", 115, left=250)]
    assert page(both) == [("formula", "(3) xk = yk + 4")]


def test_variables_with_an_index_are_no_words():
    assert page([line("xk = xk − yk zk", 115, left=250)]) == [("formula", "xk = xk − yk zk")]


def test_formulas_beside_each_other_in_two_columns_are_two():
    columns = [line(PROSE[:40], top, left=left) for top in (80, 160) for left in (72, 320)]
    row = [line("x = 3", 115, left=120), line("y = 4", 115, left=400), line("(2)", 115, left=505)]
    words = [Word(one.text, one.rect, one.size, 0, n) for n, one in enumerate([*row, *columns])]
    styles = {n: PLAIN._replace(font="cmmi10" if n < len(row) else "cmr10") for n in range(len(words))}
    parts = with_formulas([*columns[:2], *row, *columns[2:]], words, styles)
    assert [part.text for part in parts if isinstance(part, Block)] == ["x = 3", "y = 4 (2)"]


def test_the_deadline_is_looked_at_for_each_row():
    def check():
        raise TimeoutError

    lines = [line(PROSE, 80, right=500), line("x = 3", 115, left=250)]
    words = [Word(one.text, one.rect, one.size, 0, n) for n, one in enumerate(lines)]
    with pytest.raises(TimeoutError):
        with_formulas(lines, words, {}, check)
