"""What kind of page a page is: a drawing, text, a scan, or text and graphics mixed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pyworker.engine.pdf.clipped_text import shown_words
from pyworker.engine.pdf.linework import Linework, count_paths, read_linework
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_images, page_words
from pyworker.engine.sheets.labels import normal
from pyworker.engine.sheets.regions import patches
from pyworker.engine.sheets.sheet import Reading, read
from pyworker.engine.sheets.types import Kind, TitleBlock

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

Check = Callable[[], None]

LARGE = 0.93 * 842 * 1191
"""Square points: A3 and what is larger, trimmed sheets too."""
SHEET = 0.93 * 1191 * 1684
"""A2: of that size a page with much drawn on it is a sheet also without a border."""
LONGEST = 2.0
"""Sides of a sheet without a border, long by short; a figure may be longer."""
MANY_PATHS, FEW_PATHS = 100, 25
"""Paths below which a page of office size, or a large one, is no drawing."""
GRAPHIC = 150
"""Strokes that no table needs: slanted ones, curves, and rules."""
SKETCH = 12
"""Slanted strokes and curves of a detail at least."""
WHOLE_BLOCK = 5
"""Fields of a title block that alone makes a small sheet a drawing."""
GRIDDED = 3
"""Fields at least of a title block inside a border that names a grid's zones."""
LINE_WORDS = 8
"""Words from which on a piece of text is a line of prose."""
PROSE, SOME_PROSE = 0.5, 0.25
"""Share of the words in lines of prose from which on a page is text, or a large one."""
LABELS = 3
"""Distinct words of title blocks that a page of office size has at least."""
_LABELS = (
    "scale drawing dwg drawn checked sheet project rev revision title date approved designed client number "
    "job size ty le ve duyet kiem trinh ban muc chu tri hieu thiet ke cong ngay maßstab massstab datum blatt "
    "gez gezeichnet gepruft zeichnung projekt benennung echelle indice dessine verifie folio titre projet "
    "affaire file page author format version масштаб дата лист разраб пров утв изм подп формат стадия 图号 图名 "
    "比例 制图 设计 审核 批准 日期 escala fecha plano dibujado proyecto revisado cliente hoja scala disegno progetto "
    "foglio progettista tavola desenho projeto folha revisao"
)
_WORDS = frozenset(_LABELS.split())
COVERED = 0.5
"""Of the page that pictures cover in a scan."""
SCAN_CHARACTERS = 100
GRAPHIC_SHARE = 0.2
"""Of the page that graphics take in a mixed page."""


def drawing(page: OpenPage, check: Check, read_words: list[Word] | None = None) -> Reading | None:
    """`page` read as a sheet where it is a drawing with text of its own; None for every other page.

    `read_words` stand for its text where that was read by OCR. Most pages are told by a glance at their size, their
    words and the number of their paths.
    """
    words = page_words(page, check) if read_words is None else read_words
    if not words or not _may_be_drawing(page, words):
        return None
    if read_words is None:
        words = shown_words(page, words, check)
    work = read_linework(page, check)
    reading = read(page.geometry.width, page.geometry.height, words, work, check)
    return reading if _is_drawing(page, reading, work) else None


def kind_of(page: OpenPage, check: Check) -> tuple[Kind, Reading | None]:
    """The kind of `page`, and its reading where it is a drawing with text."""
    reading = drawing(page, check)
    if reading is not None:
        return "drawing", reading
    words = page_words(page, check)
    geometry = page.geometry
    whole = geometry.width * geometry.height
    images = page_images(page, check)
    covered = sum(image.area for image in images)
    characters = sum(len(word.text) for word in words)
    if covered >= COVERED * whole and characters <= SCAN_CHARACTERS:
        return "scan", None
    if not words:
        # Without a word of its own: a plot, whose letters are strokes, or an empty page.
        return ("drawing" if count_paths(page, MANY_PATHS) >= MANY_PATHS else "text"), None
    if covered >= GRAPHIC_SHARE * whole:
        return "mixed", None
    if count_paths(page, MANY_PATHS) >= MANY_PATHS:
        work = read_linework(page, check)
        if work.slanted >= GRAPHIC:
            canvas = read(geometry.width, geometry.height, words, work, check).views[0].canvas
            share = sum(rect.area for rect in patches(canvas, None, [], check)[:5])
            if share >= GRAPHIC_SHARE * canvas.width * canvas.height:
                return "mixed", None
    return "text", None


def is_searchable(page: OpenPage, words: Sequence[Word], check: Check) -> bool:
    """Whether the page's own `words` are all that stands on it, as far as a glance tells: a scan and a plot have more.

    An empty page is searchable: nothing is there.
    """
    if sum(len(word.text) for word in words) > SCAN_CHARACTERS:
        return True
    covered = sum(image.area for image in page_images(page, check))
    if covered >= (COVERED if words else GRAPHIC_SHARE) * page.geometry.width * page.geometry.height:
        return False
    return bool(words) or count_paths(page, MANY_PATHS) < MANY_PATHS


def _may_be_drawing(page: OpenPage, words: Sequence[Word]) -> bool:
    if page.geometry.width * page.geometry.height >= LARGE:
        return count_paths(page, FEW_PATHS) >= FEW_PATHS
    if len(words) > 3000 or count_paths(page, FEW_PATHS) < FEW_PATHS:
        return False
    return len({plain for word in words if (plain := normal(word.text)) in _WORDS}) >= LABELS


def _is_drawing(page: OpenPage, reading: Reading, work: Linework) -> bool:
    if not reading.views:
        return False
    main = reading.views[0]
    pieces = [piece for seen in reading.views for piece in seen.canvas.pieces]
    words = sum(len(piece.words) for piece in pieces) or 1
    prose = sum(len(piece.words) for piece in pieces if len(piece.words) >= LINE_WORDS) / words
    area = page.geometry.width * page.geometry.height
    large = area >= LARGE
    block = reading.title_block
    known = block is not None and any(block.value(name) for name in ("number", "title", "scale"))
    graphic = work.slanted + sum(len(seen.canvas.rules) for seen in reading.views[:1]) >= GRAPHIC
    # No page of prose has such a border.
    if main.gridded and block is not None and len(block.fields) >= GRIDDED:
        return True
    if prose >= PROSE and not (large and known and main.frame is not None):
        return False
    if large:
        if known:
            return graphic or main.frame is not None
        # Posters and figures are large too, but have no border.
        return graphic and prose < SOME_PROSE and (main.frame is not None or _is_paper(page))
    if not known or main.frame is None or prose >= SOME_PROSE:
        return False
    # A detail has few strokes; what makes it a sheet is a whole title block with its scale. A form has none.
    return graphic or (work.slanted >= SKETCH and _is_whole(block))


def _is_whole(block: TitleBlock | None) -> bool:
    """Whether a title block says the scale, the number and the title, and more."""
    names = {field.name for field in block.fields} if block is not None else set()
    return {"scale", "number", "title"} <= names and len(names) >= WHOLE_BLOCK


def _is_paper(page: OpenPage) -> bool:
    """Whether a page has the size and the sides of a sheet of paper from A2 on."""
    short, long = sorted((page.geometry.width, page.geometry.height))
    return short * long >= SHEET and long <= LONGEST * short
