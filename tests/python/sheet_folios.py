"""Sheets as drawing programs plot them, as PDF operators: a border that names zones, a block, parts of circuits."""

from __future__ import annotations

from pdf_maker import Pdf
from text_pages import open_page, plenty

from pyworker.engine.commands.extract_text import extract_text
from pyworker.engine.commands.read_sheet import read_sheet
from pyworker.errors import EngineUnavailable
from pyworker.messages import ExtractText, ReadSheet

A4, A3 = (842.0, 595.0), (1191.0, 842.0)


def none():
    raise EngineUnavailable("no OCR is installed")


def shown(x, y, text, size=9.0):
    return f"BT /F {size:g} Tf 1 0 0 1 {x:g} {y:g} Tm ({text}) Tj ET"


def spread(x, y, words, size, gap):
    """Words each set by itself, `gap` points between them."""
    parts = []
    for word in words:
        parts.append(shown(x, y, word, size))
        # Letters of Helvetica are half as wide as they are high, more or less.
        x += sum(WIDTHS.get(c, 0.556) for c in word) * size + gap
    return parts


WIDTHS = {
    "I": 0.278,
    "L": 0.556,
    "M": 0.833,
    "O": 0.778,
    "R": 0.722,
    "T": 0.611,
    "i": 0.222,
    "l": 0.222,
    "t": 0.278,
}
WIDTHS |= {
    "r": 0.333,
    "m": 0.833,
    "w": 0.722,
    "s": 0.5,
    "c": 0.5,
    ":": 0.278,
    "A": 0.667,
    "P": 0.667,
    "f": 0.278,
}
WIDTHS |= {"D": 0.722, "C": 0.722, "v": 0.5, "k": 0.5}


def wires(left, bottom, count):
    """Parts of a circuit: slanted strokes, each with a level one."""
    return [
        f"{left + 40 * (n % 12)} {bottom + 50 * (n // 12)} m {left + 40 * (n % 12) + 14} "
        f"{bottom + 50 * (n // 12) + 9} l {left + 40 * (n % 12) + 30} {bottom + 50 * (n // 12) + 9} l S"
        for n in range(count)
    ]


def read(make_pdf, parts, size):
    pdf = Pdf.with_font()
    pdf.page("\n".join(["0.5 w", *parts]), size)
    path = make_pdf(pdf.build())
    _cache, document, _page = open_page(path)
    request = {"file_path": str(path), "page_index": 0}
    sheet = read_sheet(document, ReadSheet(**request), plenty(), none)
    lines = extract_text(document, ExtractText(**request), plenty(), none)["lines"]
    return sheet, [line["text"] for line in lines]


def fields(sheet):
    return {field["name"]: field["value"] for field in sheet["title_block"]["fields"]}


def bordered(width, height, rows="ABCDEFGH", columns=17, low=52):
    """A border whose upper and left strips name zones; the left one ends at the title block."""
    parts = [
        f"10 10 {width - 20} {height - 20} re S",
        f"10 {height - 26} m {width - 10} {height - 26} l S",
    ]
    parts.append(f"10 {low} m {width - 10} {low} l S 26 {low} m 26 {height - 10} l S")
    step = (width - 36) / columns
    for n in range(columns):
        x = 26 + step * n
        parts += [
            f"{x:g} {height - 26} m {x:g} {height - 10} l S",
            shown(x + step / 2 - 3, height - 22, str(n), 8),
        ]
    step = (height - 26 - low) / len(rows)
    for n, name in enumerate(rows):
        y = height - 26 - step * (n + 1)
        parts += [f"10 {y:g} m 26 {y:g} l S", shown(15, y + step / 2 - 3, name, 8)]
    return parts


def block(rows, left=700.0, top=140.0, size=9.0):
    """A title block in the corner of an A3 sheet: rows of (height, [(width, text, size)])."""
    parts = ["20 20 1151 802 re S", *wires(100, 300, 60)]
    y = top
    for height, row in rows:
        x = left
        for width, text, *of in row:
            parts.append(f"{x:g} {y - height:g} {width:g} {height:g} re S")
            if text:
                parts.append(shown(x + 5, y - height + 6, text, *of))
            x += width
        y -= height
    return parts
