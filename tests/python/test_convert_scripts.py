"""convert: text of pages that are written or set in unusual ways: scripts, drop capitals, empty crop boxes."""

import pytest
from test_scripts import run
from text_pages import column, open_page, plenty, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.engines import Engines
from pyworker.messages import Convert
from pyworker.settings import Settings


@pytest.fixture(scope="module")
def lean():
    return Engines.load(Settings(docling_profile="lean"))


def converted(engines, path, content, entries=""):
    path.write_bytes(text_pdf(content, entries))
    _cache, document, _page = open_page(path)
    return convert_pdf(document, Convert(file_path=str(path), format="text"), plenty(), engines)["text"]


NEXT = "The next line has no raised or lowered letters."
SENTENCE = [
    ("The CO", 10, 0),
    ("2", 6, -2),
    (" emissions (30 m", 10, 0),
    ("3", 6, 4),
    (") are below 1,190", 10, 0),
    ("a", 6, 4),
    (" in all.", 10, 0),
]


@pytest.mark.parametrize("later", [False, True])
def test_scripts_stand_with_their_words(lean, tmp_path, later):
    content = run(SENTENCE, later=later, spaces=False)
    content += show(60, 686, NEXT, 10)
    found = converted(lean, tmp_path / "scripts.pdf", content)
    whole = "The CO2 emissions (30 m3) are below 1,190a in all. " + NEXT
    assert " ".join(found.split()) == whole


BESIDE = [
    "he long way home began in spring, when",
    "the days were short and all the roads were",
    "still wet. Travellers were asked to write",
]
BELOW = ["down every journey for a week, and to say", "what it had cost them and how long it took."]
WIDE_LETTER = ["river is a body of water, which may", *BESIDE[1:]]


@pytest.mark.parametrize(
    ("letter", "lines", "begins", "indent"),
    [("T", BESIDE, "The long way home", 0), ("A", WIDE_LETTER, "A river is a body", 4)],
)
def test_a_drop_capital_begins_its_paragraph(lean, tmp_path, letter, lines, begins, indent):
    content = show(60, 700 - 24, letter, 42)
    content += show(92 + indent, 700, lines[0], 10) + column(92, 688, lines[1:], 10)
    content += column(60, 664, BELOW, 10)
    words = converted(lean, tmp_path / "drop.pdf", content).split()
    assert " ".join(words[: len(begins.split())]) == begins
    rest = [word for text in (*lines, *BELOW) for word in text.split()]
    assert words[-len(rest) + 1 :] == rest[1:]


@pytest.mark.parametrize("box", ["0 0 0 0", "1000 1000 1200 1200", "50 50 50 400"])
def test_a_crop_box_that_shows_nothing_is_passed_over(lean, tmp_path, box):
    content = show(60, 700, "Text on the sheet", 12)
    found = converted(lean, tmp_path / "empty.pdf", content, f"/MediaBox[0 0 612 792]/CropBox[{box}]")
    assert found.strip() == "Text on the sheet"
