"""Sheets whose letters are strokes: OCR reads them where nothing else tells the text."""

from __future__ import annotations

from random import Random

import pytest
from pdf_maker import Pdf
from stroke_font import stroked
from text_pages import open_page, plenty

from pyworker.engine.commands.read_sheet import read_sheet
from pyworker.engine.ocr.lines import OcrLine, Reading
from pyworker.engine.ocr.plots import read_plot
from pyworker.engine.ocr.strokes import text_areas
from pyworker.engine.pdf.geometry import Rect
from pyworker.errors import DeadlinePassed, EngineUnavailable
from pyworker.messages import ReadSheet

SIZE = (2384.0, 1684.0)
"""A1: drawn as one picture of a million pixels, its letters are three pixels high."""
BLOCK = {"PROJECT": "NORTH CLINIC", "TITLE": "FIRST FLOOR PLAN", "SCALE": "1:100", "DRAWING NO": "W-247"}
NOTES = ["GENERAL NOTES", "1. ALL SIZES ARE IN MILLIMETRES", "2. SEE W-251 FOR SECTIONS"]
ROOMS = ["STORE", "WARD", "LOBBY"]
TURNED = "CORRIDOR WALL"


def lettered(x, y, text, height, *, upwards=False):
    """The same as `stroked`, as text in a font."""
    turn = "0 1 -1 0" if upwards else "1 0 0 1"
    return f"BT /F {height * 1.4:g} Tf {turn} {x:g} {y:g} Tm ({text}) Tj ET"


def sheet(put):
    """A plan of three rooms with notes and a title block, its letters drawn by `put`."""
    parts = ["0.5 w 1 J 1 j 20 20 2344 1644 re S 1950 20 414 200 re S"]
    for row, (label, value) in enumerate(BLOCK.items()):
        parts += [
            f"1950 {180 - 40 * row} m 2364 {180 - 40 * row} l S",
            put(1958, 190 - 40 * row, f"{label}: {value}", 7),
        ]
    parts += [put(1958, 620 - 16 * row, line, 8) for row, line in enumerate(NOTES)]
    for number, room in enumerate(ROOMS):
        x = 150 + 220 * number
        parts += [f"{x} 300 220 220 re S", put(x + 60, 410, room, 7)]
        # Doors and furniture: curves that are no text.
        parts += [
            f"{x + 20 + 9 * n} 320 m {x + 25 + 9 * n} 380 {x + 90} 390 {x + 200} {330 + n} c S"
            for n in range(30)
        ]
    parts += [
        put(130, 330, TURNED, 7, upwards=True),
        put(350, 260, "FIRST FLOOR PLAN", 12),
        put(350, 240, "SCALE 1:100", 7),
    ]
    pdf = Pdf.with_font()
    pdf.page("\n".join(parts), SIZE)
    return pdf.build()


@pytest.fixture
def ask_sheet(make_pdf):
    """`read_sheet` of page 0 of a PDF, given as bytes."""

    def run(data, load_ocr, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        return read_sheet(
            document, ReadSheet(file_path=str(path), page_index=0, **fields), plenty(), load_ocr
        )

    return run


def squeezed(text):
    return text.replace(" ", "").replace("\uff1a", ":").upper()


def test_the_text_of_a_plot_is_read_zone_after_zone(read):
    found = read(sheet(stroked), languages=["en"])
    text = squeezed(found["text"])
    wanted = [*NOTES, *ROOMS, *TURNED.split(), *(f"{label}:{value}" for label, value in BLOCK.items())]
    assert [word for word in map(squeezed, wanted) if word not in text] == []
    assert {line["source"] for line in found["lines"]} == {"ocr"}
    turned = [line for line in found["lines"] if squeezed(line["text"]).startswith("CORRIDOR")]
    assert [line["direction"] for line in turned] == [270]
    left, top, width, height = turned[0]["bbox"]
    assert left > 110 and left + width < 140 and SIZE[1] - 430 < top and top + height < SIZE[1] - 320
    order = [squeezed(line["text"]) for line in found["lines"]]
    notes = [order.index(squeezed(line)) for line in NOTES[1:]]
    assert notes[1] == notes[0] + 1, "no line of another zone comes between two notes"


def test_a_plots_title_block_and_zones_are_told(ask_sheet, lean):
    found = ask_sheet(sheet(stroked), lean.ocr, languages=["en"])
    assert found["kind"] == "drawing"
    block = found["title_block"]
    told = {name: block[name] for name in ("project", "title", "scale", "number")}
    assert told == dict(zip(told, BLOCK.values(), strict=True))
    assert all(field["confidence"] < 0.95 for field in block["fields"])
    kinds = {zone["kind"]: zone for zone in found["zones"]}
    assert {"title_block", "notes", "view"} <= set(kinds)
    assert (kinds["view"]["title"], kinds["view"]["scale"]) == ("FIRST FLOOR PLAN", "1:100")


def test_without_ocr_a_plot_is_a_drawing_without_zones(ask_sheet, read):
    def none():
        raise EngineUnavailable("no OCR is installed")

    found = ask_sheet(sheet(stroked), none)
    assert found == {"kind": "drawing", "title_block": None, "zones": []}
    assert read(sheet(stroked), ocr="never")["lines"] == []


def test_only_rows_of_small_paths_are_taken_for_letters(make_pdf):
    def areas(content):
        pdf = Pdf.with_font()
        pdf.page(content, SIZE)
        _cache, _document, page = open_page(make_pdf(pdf.build()))
        return text_areas(page, Rect(0.0, 0.0, *SIZE), lambda: None)

    dashes = "\n".join(f"{100 + 12 * n} 900 m {108 + 12 * n} 900 l S" for n in range(150))
    hatching = "\n".join(f"{100 + 6 * n} 300 m {300 + 6 * n} 500 l S" for n in range(150))
    assert areas(dashes) == areas(hatching) == []
    assert areas(stroked(300, 700, "LOBBY", 7)) == [], "too few paths for a plot"
    (area,) = areas(f"{hatching}\n{stroked(900, 700, 'LOBBY OF THE CLINIC', 7)}")
    assert 840 < area.left < 900 and area.right < 1090
    assert SIZE[1] - 760 < area.top < SIZE[1] - 707 and SIZE[1] - 700 < area.bottom < SIZE[1] - 640


def test_a_few_turned_labels_of_a_sheet_with_text_are_told(read):
    found = read(sheet(lettered))
    assert {line["source"] for line in found["lines"]} == {"pdf"}
    assert [line["text"] for line in found["lines"] if line["direction"] == 270] == [TURNED]


class PlannedOcr:
    """Stands for the OCR engine: `rows` are the lines of the page; those that reach over an area are read in part."""

    def __init__(self, rows, *, stop_at=None):
        self.rows, self.stop_at, self.areas = rows, stop_at, []

    def read(self, _page, area, _languages, _context, _known):
        self.areas.append(area)
        if len(self.areas) == self.stop_at:
            raise DeadlinePassed("the deadline of 5000 ms passed", timeout_ms=5000)
        lines = []
        for text, rect in self.rows:
            seen = Rect(
                max(rect.left, area.left),
                rect.top,
                min(rect.right, area.right),
                min(rect.bottom, area.bottom),
            )
            if seen.width > 4 and seen.height > 4 and rect.top >= area.top:
                share = seen.width / rect.width
                lines.append(OcrLine(text[: round(share * len(text))], seen, 0.9, (), seen))
        return Reading(lines)


@pytest.fixture
def labelled_plot(make_pdf):
    """A plot with a word every 75 points, its page, and where each word is."""
    words = ["CORRIDOR", "WAITING", "STORAGE"]
    rows, parts = [], ["0.5 w 20 20 2344 1644 re S"]
    for number in range(56):
        x, y, word = 60 + 75 * (number % 28), 140 + 700 * (number // 28), words[number % 3]
        parts.append(stroked(x, y, word, 7))
        rows.append((word, Rect(x, SIZE[1] - y - 7, x + 7 * len(word), SIZE[1] - y)))
    pdf = Pdf.with_font()
    pdf.page("\n".join(parts), SIZE)
    _cache, document, page = open_page(make_pdf(pdf.build()))
    return document, page, rows


def test_a_word_at_the_edge_of_an_area_is_told_once(labelled_plot):
    _document, page, rows = labelled_plot
    ocr = PlannedOcr(rows)
    lines = read_plot(page, Rect(0.0, 0.0, *SIZE), ["en"], plenty(), ocr)
    assert len(ocr.areas) >= 4
    assert sorted(line.text for line in lines) == sorted(word for word, _ in rows)


def test_reading_goes_on_where_a_deadline_stopped_it(labelled_plot):
    _document, page, rows = labelled_plot
    ocr = PlannedOcr(rows, stop_at=3)
    asked = (page, Rect(0.0, 0.0, *SIZE), ["en"], plenty(), ocr)
    with pytest.raises(DeadlinePassed, match=r"2 of \d+ areas are read, and the same request"):
        read_plot(*asked)
    lines = read_plot(*asked)
    assert len(lines) == len(rows)
    assert [ocr.areas.count(area) for area in ocr.areas[:4]] == [1, 1, 2, 2], "only the third is read again"
    read_before = len(ocr.areas)
    assert read_plot(*asked) == lines and len(ocr.areas) == read_before


def test_points_and_crosses_of_a_survey_are_no_letters(make_pdf):
    rng = Random(3)
    crosses = []
    for _ in range(800):
        x, y = rng.uniform(40, 1900), rng.uniform(300, 1600)
        crosses.append(
            f"{x - 2:.2f} {y:.2f} m {x + 2:.2f} {y:.2f} l S {x:.2f} {y - 2:.2f} m {x:.2f} {y + 2:.2f} l S"
        )
    labels = [
        stroked(1958, 200 - 20 * row, f"{label}: {value}", 7)
        for row, (label, value) in enumerate(BLOCK.items())
    ]

    def areas(parts):
        pdf = Pdf.with_font()
        pdf.page("\n".join(parts), SIZE)
        _cache, _document, page = open_page(make_pdf(pdf.build()))
        return text_areas(page, Rect(0.0, 0.0, *SIZE), plenty().check)

    assert areas(crosses) == []
    assert areas([*crosses, *labels]) == areas(labels) != []
