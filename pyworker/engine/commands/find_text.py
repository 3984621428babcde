"""find_text: where a text is in a document, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.commands.read_sheet import zone_json
from pyworker.engine.pdf.page_count import pages_asked
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.search.index_store import CHUNK_PAGES, Chunk, IndexStore
from pyworker.engine.search.matching import Match, Query
from pyworker.engine.search.page_index import FoundZone, PageIndex
from pyworker.engine.sheets.kind import drawing, is_searchable
from pyworker.engine.sheets.reading import zone_at
from pyworker.errors import PdfCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import FindText
    from pyworker.reply_data import FoundTextData, SheetZoneData, TextMatchData


def find_text(
    open_document: Callable[[], OpenDocument], payload: FindText, context: RequestContext, store: IndexStore
) -> FoundTextData:
    """Data of `find_text`: `matches` of `{page_index, text, context, boxes, zone}`, `truncated`, `unreadable_pages`.

    Boxes are displayed-page points from the upper left corner. `zone` is the part of a drawing that holds the match,
    None where no zone does and on other pages. The text is the document's own; nothing is read by OCR. Pages that
    pdfium cannot load, and those whose text is a picture or drawn as strokes, are named. What was read is kept in
    `store`, a part of the document at a time, so that a search that ran into its deadline goes on from there when it is
    asked again. Progress is reported after each page. `open_document` gives the document; it is called again and again,
    because pdfium keeps what it has read of a large file until the file is opened anew. Raises PageOutOfRange and
    DeadlinePassed.
    """
    document = open_document()
    first, last = pages_asked(document, payload.page_range)
    query = Query(payload.query, payload.match_case, payload.whole_words)
    matches: list[TextMatchData] = []
    unreadable: list[int] = []
    truncated = False
    page = first
    while page <= last and not truncated:
        start = page - page % CHUNK_PAGES
        stop = min(start + CHUNK_PAGES - 1, last)
        document = open_document()
        # What is kept was read with the layers that the document shows.
        is_usual = payload.layers is None
        chunk = store.load(document, start) if is_usual else {}
        known = _amount(chunk)
        try:
            while page <= stop and not truncated:
                context.check()
                index = chunk.get(page)
                if index is None:
                    index = chunk[page] = _read(document, page, context)
                if not index.readable:
                    unreadable.append(page)
                for match in query.matches(index):
                    if len(matches) == payload.limit:
                        truncated = True
                        break
                    if index.zones is None:
                        index.zones = _zones(document, page, context)
                    matches.append(_told(match, page, index.zones))
                page += 1
                context.progress(page - first, last - first + 1)
        finally:
            if is_usual and _amount(chunk) != known:
                store.keep(document, start, chunk)
    return {"matches": matches, "truncated": truncated, "unreadable_pages": unreadable}


def _read(document: OpenDocument, page_index: int, context: RequestContext) -> PageIndex:
    try:
        page = document.page(page_index)
    except PdfCorrupt:
        return PageIndex(0.0, 0.0, [], [], readable=False)
    words = page_words(page, context.check)
    index = PageIndex.of(words, page.geometry.width, page.geometry.height)
    index.readable = is_searchable(page, words, context.check)
    return index


def _zones(document: OpenDocument, page_index: int, context: RequestContext) -> list[FoundZone]:
    """The zones of a drawing as the wire has their boxes; none of another page."""
    page = document.page(page_index)
    sheet = drawing(page, context.check)
    told = [zone_json(zone, page.geometry) for zone in sheet.zones] if sheet is not None else []
    return [
        FoundZone(
            zone["kind"], zone["title"], zone["number"], zone["scale"], zone["confidence"], *zone["bbox"]
        )
        for zone in told
    ]


def _told(match: Match, page: int, zones: list[FoundZone]) -> TextMatchData:
    place = zone_at(match.boxes[0].center, zones)
    zone: SheetZoneData | None = None
    if place < len(zones):
        found = zones[place]
        zone = {
            "kind": found.kind,
            "title": found.title,
            "number": found.number,
            "bbox": [found.left, found.top, found.width, found.height],
            "scale": found.scale,
            "confidence": found.confidence,
        }
    return {
        "page_index": page,
        "text": match.text,
        "context": match.context,
        "boxes": [[box.left, box.top, box.width, box.height] for box in match.boxes],
        "zone": zone,
    }


def _amount(chunk: Chunk) -> int:
    """How much is known: it grows with each page, with each page's lines, and with its zones."""
    return sum(1 + (index.orders is not None) + (index.zones is not None) for index in chunk.values())
