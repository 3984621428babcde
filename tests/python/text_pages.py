"""Pages of text for the tests of text, OCR and conversion: written as PDF text, or as a picture of it."""

from __future__ import annotations

import io

import pypdfium2
from pdf_maker import Pdf

from pyworker.context import RequestContext
from pyworker.engine.pdf.documents import DocumentCache


def show(x: float, y: float, text: str, size: float = 12.0, matrix: str = "1 0 0 1") -> str:
    """Content that shows `text` (Latin-1) in Helvetica with its baseline at (x, y) in page points."""
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F {size:g} Tf {matrix} {x:g} {y:g} Tm ({escaped}) Tj ET\n"


def column(x: float, y: float, lines: list[str], size: float = 10.0, leading: float = 1.2) -> str:
    """Lines one below the other, the first baseline at (x, y)."""
    return "".join(show(x, y - index * leading * size, line, size) for index, line in enumerate(lines))


def text_pdf(content: str, entries: str = "", size: tuple[float, float] = (612.0, 792.0)) -> bytes:
    """A page of 612 x 792 points, unless `size` or a MediaBox in `entries` says otherwise."""
    pdf = Pdf.with_font()
    pdf.page(content, size, entries)
    return pdf.build()


def scanned_pdf(
    content: str, dpi: float = 150.0, turn: int = 0, size: tuple[float, float] = (612.0, 792.0)
) -> bytes:
    """A page that is nothing but a picture of `content`, turned clockwise by `turn` degrees before it was scanned."""
    source = pypdfium2.PdfDocument(text_pdf(content, size=size))
    page = source[0]
    picture = page.render(scale=dpi / 72).to_pil()
    page.close()
    source.close()
    return picture_pdf(picture, dpi, turn)


def picture_pdf(picture, dpi: float = 150.0, turn: int = 0) -> bytes:
    """A page that is nothing but a picture (Pillow), turned clockwise by `turn` degrees, at `dpi`."""
    out = io.BytesIO()
    picture.convert("RGB").rotate(-turn, expand=True).save(out, "PDF", resolution=dpi)
    return out.getvalue()


def open_page(path, page_index: int = 0):
    """The open document and page, as the engines get them. Keep the cache: it owns both."""
    cache = DocumentCache()
    document = cache.open(str(path), None)
    return cache, document, document.page(page_index)


def plenty(report=None) -> RequestContext:
    """A context whose deadline is far away."""
    return RequestContext(300.0, report)


def ruled_table(
    x: float,
    top: float,
    rows: list[list[str]],
    column_width: float = 120.0,
    row_height: float = 22.0,
    size: float = 11.0,
) -> str:
    """A table with a line around every cell, its upper left corner at (x, top) in page points."""
    right, bottom = x + column_width * len(rows[0]), top - row_height * len(rows)
    across = [
        f"{x:g} {top - r * row_height:g} m {right:g} {top - r * row_height:g} l S\n"
        for r in range(len(rows) + 1)
    ]
    down = [
        f"{x + c * column_width:g} {bottom:g} m {x + c * column_width:g} {top:g} l S\n"
        for c in range(len(rows[0]) + 1)
    ]
    texts = [
        show(x + c * column_width + 6, top - (r + 1) * row_height + 0.35 * row_height, text, size)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    return "".join(across + down + texts)
