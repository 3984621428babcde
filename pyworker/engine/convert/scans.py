"""Scanned pages, and pictures of text on others: what OCR reads of them, put into a DoclingDocument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyworker.engine.convert.pages import add_line, items_with_places
from pyworker.engine.layout.scan_areas import STAMP_CHARACTERS, WHOLE
from pyworker.engine.ocr.scanned import ScannedPart, scanned_parts
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.pdf.tilt import Tilt

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenDocument


@dataclass
class ScannedPage:
    """What OCR has read of a page."""

    rest: list[Word]
    """The page's own words that stand on no scan."""
    parts: list[ScannedPart]
    items: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Name of a text item -> numbers of its words, as `parts` have them."""

    @property
    def tilt(self) -> Tilt:
        """That of its one part; a page with several is taken to lie level."""
        return self.parts[0].reading.tilt if len(self.parts) == 1 else Tilt()


class ScanReader:
    """Reads the scanned pages of one `convert`; pieces of the document are handed to it one after the other."""

    def __init__(self, languages: list[str], load_ocr: Callable[[], OcrEngine] | None) -> None:
        """`load_ocr` is called where something must be read; None where no OCR is installed: nothing is read then."""
        self._languages = languages
        self._load_ocr = load_ocr
        self.tilts: dict[int, Tilt] = {}
        """Of the pages read so far that lie askew, numbered from 1."""
        self._to_close: set[int] = set()

    def read(self, converted: Any, document: OpenDocument, context: RequestContext) -> dict[int, ScannedPage]:
        """Add what OCR reads to the pages of a DoclingDocument: scans, and pictures of text on pages that have text.

        Words that lie in a cell of a table go into that cell. Gives what was read by page, numbered from 1.
        """
        if self._load_ocr is None:
            return {}
        found = _read_scans(converted, document, self._languages, context, self._load_ocr)
        self.tilts.update((number, page.tilt) for number, page in found.items() if page.tilt.angle)
        self._to_close.update(found)
        return found

    def close_pages(self, document: OpenDocument) -> None:
        """Close the pages that were read: each holds its picture, while the next one's need the memory."""
        for number in self._to_close:
            document.close_page(number - 1)
        self._to_close.clear()


def drop_pictures_of_scans(converted: Any, scanned: Mapping[int, ScannedPage]) -> None:
    """Take the pictures that are a page's scan out of the body: read as text and tables, they are no figures of it.

    A picture with little text on it is kept: it may be a photograph over a whole page.
    """
    gone = set()
    for picture in converted.pictures:
        page = scanned.get(picture.prov[0].page_no) if picture.prov else None
        if page is None:
            continue
        size = converted.pages[picture.prov[0].page_no].size
        box = picture.prov[0].bbox.to_top_left_origin(page_height=size.height)
        middle = (box.l + box.r) / 2, (box.t + box.b) / 2
        for part in page.parts:
            large = part.area.width * part.area.height >= WHOLE * size.width * size.height
            letters = sum(len(line.text) for line in part.reading.lines)
            whole = large or not page.rest
            if whole and letters > STAMP_CHARACTERS and part.area.contains(*middle):
                gone.add(picture.self_ref)
    if gone:
        kept = [reference for reference in converted.body.children if reference.cref not in gone]
        converted.body.children = kept


def _read_scans(
    converted: Any,
    document: OpenDocument,
    languages: list[str],
    context: RequestContext,
    load_ocr: Callable[[], OcrEngine],
) -> dict[int, ScannedPage]:
    scanned: dict[int, ScannedPage] = {}
    for number in sorted(converted.pages):
        page = document.page(number - 1)
        geometry = page.geometry
        whole = Rect(0.0, 0.0, geometry.width, geometry.height)
        words = page_words(page, context.check)
        if not words and _has_text(converted, number):
            continue  # docling-parse has read what pdfium has not
        rest, parts = scanned_parts(page, words, whole, languages, context, load_ocr)
        if not parts:
            continue
        found = scanned[number] = ScannedPage(rest, parts)
        _drop_unusable(converted, number, geometry.height, words, rest, parts)
        cells = _cells_of_page(converted, number, geometry.height)
        for part in parts:
            tilt = part.reading.tilt
            added = []
            for line, orders in zip(part.reading.lines, part.orders, strict=True):
                boxes = [tilt.displayed(word.rect) for word in line.words]
                loose = [
                    n for n, word in enumerate(line.words) if not _put_into_cell(word.text, boxes[n], cells)
                ]
                if not loose:
                    continue
                all_loose = len(loose) == len(line.words)
                text = line.text if all_loose else " ".join(line.words[n].text for n in loose)
                rect = line.rect if all_loose else union(boxes[n] for n in loose)
                item = add_line(converted, number, geometry.height, text, rect)
                found.items[item.self_ref] = tuple(orders[n] for n in loose)
                added.append(item.self_ref)
            _put_in_place(converted, number, geometry.height, part.area, added)
    return scanned


def _has_text(converted: Any, number: int) -> bool:
    return any(
        item.text.strip() and place.page_no == number for item in converted.texts for place in item.prov
    )


def _drop_unusable(
    converted: Any,
    number: int,
    page_height: float,
    words: list[Word],
    rest: list[Word],
    parts: list[ScannedPart],
) -> None:
    """Empty the text items whose words, without a meaning, OCR has read instead."""
    kept = {word.order for word in rest}
    kept.update(word.order for part in parts for word in part.content.words)
    unusable = [word.rect.center for word in words if word.order not in kept]
    if not unusable:
        return
    for item in converted.texts:
        if not item.prov or item.prov[0].page_no != number:
            continue
        box = item.prov[0].bbox.to_top_left_origin(page_height=page_height)
        if any(box.l <= x <= box.r and box.t <= y <= box.b for x, y in unusable):
            item.text = item.orig = ""


def _put_in_place(converted: Any, number: int, page_height: float, area: Rect, added: list[str]) -> None:
    """Move the items `added` at the end of the body before the page's first other item that is below their area."""
    children = converted.body.children
    items = {item.self_ref: item for item in items_with_places(converted)}
    own, others = children[len(children) - len(added) :], children[: len(children) - len(added)]
    at = len(others)
    for index, reference in enumerate(others):
        item = items.get(reference.cref)
        if item is None or not item.prov or item.prov[0].page_no < number:
            continue
        box = item.prov[0].bbox.to_top_left_origin(page_height=page_height)
        if item.prov[0].page_no > number or (
            getattr(item, "text", "") and (box.t + box.b) / 2 > area.center[1]
        ):
            at = index
            break
    converted.body.children = [*others[:at], *own, *others[at:]]


def _cells_of_page(converted: Any, page_no: int, page_height: float) -> list[tuple[Any, Any]]:
    """The cells of a page's tables, each with its box from the upper left corner."""
    return [
        (cell, cell.bbox.to_top_left_origin(page_height=page_height))
        for table in converted.tables
        if table.prov and table.prov[0].page_no == page_no
        for cell in table.data.table_cells
        if cell.bbox is not None
    ]


def _put_into_cell(text: str, rect: Rect, cells: list[tuple[Any, Any]]) -> bool:
    x, y = rect.center
    for cell, box in cells:
        if box.l <= x <= box.r and box.t <= y <= box.b:
            cell.text = f"{cell.text} {text}".lstrip()
            return True
    return False
