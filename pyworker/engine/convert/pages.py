"""Pages of a DoclingDocument brought into line with the displayed page: sizes, boxes and reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pyworker.engine.layout.list_markers import is_lone_marker
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

# Docling leaves the user unit out and otherwise measures displayed pages; smaller differences are rounding.
LEAST_DIFFERENCE = 0.01
STACK_MARGIN = 1.0
"""In points: boxes of docling-parse and pdfium differ by less."""


def fit_to_displayed(converted: Any, document: OpenDocument) -> None:
    """Scale boxes and page sizes of a DoclingDocument to displayed-page points where Docling's page
    differs.
    """
    scales: dict[int, tuple[float, float]] = {}
    for number, page in converted.pages.items():
        geometry = document.page(number - 1).geometry
        across = _times(geometry.width, page.size.width)
        down = _times(geometry.height, page.size.height)
        if (
            max(abs(geometry.width - page.size.width), abs(geometry.height - page.size.height))
            > LEAST_DIFFERENCE
        ):
            scales[number] = (across, down)
            page.size.width, page.size.height = geometry.width, geometry.height
    if not scales:
        return
    for item in items_with_places(converted):
        for place in item.prov:
            if place.page_no in scales:
                _scale(place.bbox, *scales[place.page_no])
    for table in converted.tables:
        scale = scales.get(table.prov[0].page_no) if table.prov else None
        if scale is not None:
            for cell in table.data.table_cells:
                if cell.bbox is not None:
                    _scale(cell.bbox, *scale)


def _times(displayed: float, docling: float) -> float:
    """Docling's page has no size where the crop box is empty, and its boxes are those of the media box."""
    return displayed / docling if docling > 0 else 1.0


def items_with_places(converted: Any) -> list[Any]:
    """Everything in a DoclingDocument that has boxes on pages."""
    return [
        *converted.texts,
        *converted.pictures,
        *converted.tables,
        *converted.key_value_items,
        *converted.form_items,
        *converted.field_regions,
        *converted.field_items,
    ]


def add_missing_text(converted: Any, document: OpenDocument, check: Callable[[], None]) -> None:
    """Add the lines of the pages for which docling-parse has no text and pdfium has: those with an empty crop box."""
    told = {place.page_no for item in converted.texts if item.text.strip() for place in item.prov}
    for number in sorted(set(converted.pages) - told):
        page = document.page(number - 1)
        width, height = page.geometry.width, page.geometry.height
        for line in lines_in_order(page_words(page, check), width, height):
            add_line(converted, number, height, line.text, line.rect)


def part_stacked_signs(converted: Any, document: OpenDocument, check: Callable[[], None]) -> None:
    """Make a line of each sign of a text that docling-parse put together downwards: the bullets of a list."""
    by_page: dict[int, list[Any]] = {}
    for item in converted.texts:
        signs = item.text.split()
        if len(signs) > 1 and all(map(is_lone_marker, signs)) and item.prov:
            box = item.prov[0].bbox
            if box.height > box.width:
                by_page.setdefault(item.prov[0].page_no, []).append(item)
    for number, items in by_page.items():
        page = document.page(number - 1)
        height, words = page.geometry.height, page_words(page, check)
        whole = Rect(0, 0, page.geometry.width, height)
        for item in items:
            box = item.prov[0].bbox.to_top_left_origin(page_height=height)
            rect = Rect(box.l, box.t, box.r, box.b).grown(STACK_MARGIN, STACK_MARGIN, whole)
            held = [word for word in words if word.direction == 0 and rect.contains(*word.rect.center)]
            held.sort(key=lambda word: word.rect.top)
            stacked = all(below.rect.center[1] > above.rect.bottom for above, below in pairwise(held))
            if stacked and sorted(word.text for word in held) == sorted(item.text.split()):
                for word in held[1:]:
                    add_line(converted, number, height, word.text, word.rect)
                item.text = item.orig = held[0].text
                item.prov[0].bbox = bounding_box(held[0].rect, height)


def in_reading_order(converted: Any, document: OpenDocument, check: Callable[[], None]) -> None:
    """Put the body of a flat DoclingDocument, as the lean pipeline makes it, into reading order, pages in
    order.

    Pictures follow the text of their page.
    """
    items = {item.self_ref: item for item in [*converted.texts, *converted.pictures]}
    references = {reference.cref: reference for reference in converted.body.children}
    ordered: list[str] = []
    for number in sorted(converted.pages):
        size = converted.pages[number].size
        main, directions = _directions(page_words(document.page(number - 1), check))
        texts: list[Word] = []
        names: list[str] = []
        others: list[str] = []
        for name in references:
            item = items.get(name)
            if item is None or not item.prov or item.prov[0].page_no != number:
                continue
            text = getattr(item, "text", "")
            if not text.strip():
                others.append(name)
                continue
            box = item.prov[0].bbox.to_top_left_origin(page_height=size.height)
            rect = Rect(box.l, box.t, box.r, box.b)
            sideways = rect.height > rect.width if len(text) > 2 else main in (90, 270)
            across = rect.width if sideways else rect.height
            direction = directions[sideways]
            texts.append(Word(text, rect, max(1.0, across), direction, len(names)))
            names.append(name)
        lines = lines_in_order(texts, size.width, size.height)
        ordered += [names[word.order] for line in lines for word in line.words] + others
    placed = set(ordered)
    rest = [name for name in references if name not in placed]
    converted.body.children = [references[name] for name in ordered + rest]


def _directions(words: list[Word]) -> tuple[int, dict[bool, int]]:
    """The reading direction of most of a page's text; and that of most text along it and most across it.

    Docling's lines do not tell theirs; a line higher than wide runs up or down.
    """
    count: Counter[int] = Counter()
    for word in words:
        count[word.direction] += len(word.text)
    along = 180 if count[180] > count[0] else 0
    across = 90 if count[90] > count[270] else 270
    main = across if count[across] > count[along] else along
    return main, {False: along, True: across}


def page_from_own_text(document: OpenDocument, page_index: int, check: Callable[[], None]) -> Any:
    """A DoclingDocument of one page made of its own text lines, for a page that Docling's parser cannot read.

    Raises PdfCorrupt where pdfium cannot load it either.
    """
    from docling_core.types.doc.base import Size
    from docling_core.types.doc.document import DoclingDocument

    page = document.page(page_index)
    geometry = page.geometry
    converted = DoclingDocument(name=document.path.stem)
    converted.add_page(page_no=page_index + 1, size=Size(width=geometry.width, height=geometry.height))
    for line in lines_in_order(page_words(page, check), geometry.width, geometry.height):
        add_line(converted, page_index + 1, geometry.height, line.text, line.rect)
    return converted


def add_line(converted: Any, page_no: int, page_height: float, text: str, rect: Rect) -> Any:
    """Add a text item with its box (displayed-page points) at the end of the body, and give it."""
    from docling_core.types.doc.common.reference import ProvenanceItem
    from docling_core.types.doc.labels import DocItemLabel

    place = ProvenanceItem(page_no=page_no, bbox=bounding_box(rect, page_height), charspan=(0, len(text)))
    return converted.add_text(label=DocItemLabel.TEXT, text=text, orig=text, prov=place)


def bounding_box(rect: Rect, page_height: float) -> Any:
    """A displayed-page box as docling-core's, from the lower left corner."""
    from docling_core.types.doc.base import BoundingBox, CoordOrigin

    left, top, right, bottom = rect
    return BoundingBox(
        l=left, t=page_height - top, r=right, b=page_height - bottom, coord_origin=CoordOrigin.BOTTOMLEFT
    )


def _scale(box: Any, across: float, down: float) -> None:
    box.l, box.r = box.l * across, box.r * across
    box.t, box.b = box.t * down, box.b * down
