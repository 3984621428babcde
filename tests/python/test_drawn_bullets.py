"""Bullets of slides that are drawn: the line beside each is an item; other small objects change nothing."""

import pytest
from pdf_maker import fill
from structure_lines import line
from text_pages import open_page, plenty, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.layout.drawn_bullets import with_drawn_bullets
from pyworker.engine.pdf.geometry import Rect
from pyworker.messages import Convert

ITEMS = ["Pumps of the town", "Pipes of the town", "Works of the town"]
pytestmark = pytest.mark.filterwarnings("ignore")


def told(boxes, texts=ITEMS, left=72.0):
    lines = [line(text, 100 + 20 * n, left=left) for n, text in enumerate(texts)]
    return [part.text for part in with_drawn_bullets(lines, boxes)]


def marks(left, size, count=3, apart=20):
    return [
        Rect(left, 105.5 - size / 2 + apart * n, left + size, 105.5 + size / 2 + apart * n)
        for n in range(count)
    ]


def test_the_lines_beside_them_get_a_bullet():
    assert told(marks(60, 5)) == [f"• {text}" for text in ITEMS]


@pytest.mark.parametrize(
    "boxes",
    [
        marks(60, 5, count=1),
        marks(30, 5),
        marks(40, 24),
        marks(60, 0.5),
        marks(60, 5, apart=2),
        marks(200, 5),
    ],
    ids=["a single one", "far away", "larger than a letter", "a dot", "not beside the lines", "behind them"],
)
def test_what_else_is_drawn_is_no_bullet(boxes):
    assert [text.startswith("•") for text in told(boxes)].count(True) <= 1
    assert told(boxes[:1]) == ITEMS


def test_the_number_in_a_ball_is_a_marker():
    texts = [f"{n} {text}" for n, text in enumerate(ITEMS, 1)]
    assert told(marks(70, 9), texts) == [f"{n}. {text}" for n, text in enumerate(ITEMS, 1)]
    assert told([], texts) == texts


@pytest.mark.parametrize(("size", "label"), [((800, 450), "list_item"), ((450, 800), "text")])
def test_convert_looks_for_them_on_slides(make_pdf, lean, size, label):
    content = "".join(
        fill((0, 0, 255), 60, 303 - 40 * n, 8, 8) + "0 g " + show(80, 300 - 40 * n, text, 18.0)
        for n, text in enumerate(ITEMS)
    )
    path = make_pdf(text_pdf(content, size=size))
    _cache, document, _page = open_page(path)
    found = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)["texts"]
    assert [(item["label"], item["text"]) for item in found] == [(label, text) for text in ITEMS]
