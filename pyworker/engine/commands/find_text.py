"""find_text: where a text is in a document, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.search.index_store import CHUNK_PAGES, Chunk, IndexStore
from pyworker.engine.search.matching import Query
from pyworker.engine.search.page_index import PageIndex
from pyworker.errors import PageOutOfRange, PdfCorrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import FindText
    from pyworker.reply_data import FoundTextData, TextMatchData


def find_text(
    open_document: Callable[[], OpenDocument], payload: FindText, context: RequestContext, store: IndexStore
) -> FoundTextData:
    """Data of `find_text`: `matches` of `{page_index, text, context, boxes}`, `truncated`, `unreadable_pages`.

    Boxes are displayed-page points from the upper left corner. The text is the document's own; nothing is read by OCR.
    Pages that pdfium cannot load are passed over and named. What was read is kept in `store`, a part of the document
    at a time, so that a search that ran into its deadline goes on from there when it is asked again. Progress is
    reported after each page. `open_document` gives the document; it is called again and again, because pdfium keeps
    what it has read of a large file until the file is opened anew. Raises PageOutOfRange and DeadlinePassed.
    """
    document = open_document()
    first, last = payload.page_range or (0, document.page_count - 1)
    if last >= document.page_count:
        raise PageOutOfRange(
            f"page {last} of page_range is not below the number of pages, {document.page_count}",
            page_index=last,
            page_count=document.page_count,
        )
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
                    boxes = [[box.left, box.top, box.width, box.height] for box in match.boxes]
                    matches.append(
                        {"page_index": page, "text": match.text, "context": match.context, "boxes": boxes}
                    )
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
    return PageIndex.of(page_words(page, context.check), page.geometry.width, page.geometry.height)


def _amount(chunk: Chunk) -> int:
    """How much is known: it grows with each page and with each page's lines."""
    return sum(1 if index.orders is None else 2 for index in chunk.values())
