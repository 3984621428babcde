"""A PDF as a DoclingDocument, a few pages at a time."""

from __future__ import annotations

import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

from pyworker.engine.convert.content_hazards import ContentHazards
from pyworker.engine.convert.document_tables import add_tables
from pyworker.engine.convert.evidence import note_evidence
from pyworker.engine.convert.guards import has_huge_image, nests_too_deeply
from pyworker.engine.convert.page_parts import page_parts
from pyworker.engine.convert.pages import (
    add_missing_text,
    fit_to_displayed,
    in_reading_order,
    page_from_own_text,
    part_stacked_signs,
)
from pyworker.engine.convert.scans import ScanReader, drop_pictures_of_scans
from pyworker.engine.convert.source import Source, shift_pages, source_of
from pyworker.engine.convert.structured_document import DocumentBuilder
from pyworker.engine.layout.flow import structured
from pyworker.engine.pdf.page_count import pages_asked
from pyworker.errors import DeadlinePassed, FileMissing, FileUnreadable, PdfCorrupt

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.engine.layout.blocks import Page
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import Convert

# Docling opens the file anew for each piece of it, so pieces grow while they are quick; they stay small
# enough for the deadline to be noticed and for the pages of one piece to fit into memory.
MAX_PIECE = 16
QUICK_S = 0.5
SLOW_S = 1.5


def convert_pages(engine: Engines, document: OpenDocument, payload: Convert, context: RequestContext) -> Any:
    """The DoclingDocument of the pages asked for.

    Scans, pictures of text too, are read by OCR, where it is installed. Tables come from TableFormer in the full
    profile and from the lean engine in the lean one; their text is in them alone.
    Page numbers in it are those of the file, from 1, as Docling counts. Boxes are displayed-page points; each
    says in `coord_origin` from which corner. Progress is reported after each page. Raises PageOutOfRange,
    PdfCorrupt, EngineUnavailable or DeadlinePassed.
    """
    first, last = pages_asked(document, payload.page_range)
    total = last - first + 1
    pieces: list[Any] = []
    pages: list[Page] = []
    hazards = ContentHazards(document.tree, context.check)
    scans = ScanReader(payload.languages, engine.ocr if "ocr" in engine.capabilities else None)
    size = 1
    start = first
    while start <= last:
        context.check()
        stop = min(start + size - 1, last)
        began = time.monotonic()
        done = start - first
        with source_of(document, start, stop) as source:
            if source is None or _is_risky(source, document, start, stop, hazards, context):
                new = _own_pieces(document, start, stop, scans, context, done, total)
            else:
                new = _piece(engine, document, source, start, stop, scans, context, done, total)
        if engine.profile != "full":
            for piece in new:
                pages += page_parts(piece, document, scans.tilts, context.check)
            new = [] if pieces else new[:1]
        scans.close_pages(document)
        pieces += new
        took = time.monotonic() - began
        if took < QUICK_S:
            size = min(MAX_PIECE, size * 2)
        elif took > SLOW_S:
            size = max(1, size // 2)
        start = stop + 1
    if engine.profile == "full":
        # Docling's own models have found the structure.
        merged = _merge(pieces, first)
        note_evidence(merged, dict.fromkeys(merged.pages, ("layout",)))
        return merged
    builder = DocumentBuilder(pieces[0].name, pieces[0].origin, pages)
    converted = builder.build(structured(pages, context.check))
    note_evidence(converted, {page.number: ("tags",) if page.tagged else ("fonts",) for page in pages})
    return converted


def _is_risky(
    source: Source,
    document: OpenDocument,
    start: int,
    stop: int,
    hazards: ContentHazards,
    context: RequestContext,
) -> bool:
    """Whether docling-parse could crash on the pages, take too much memory, or read what layers hide."""
    return (
        has_huge_image(source.file)
        or any(
            document.page(page).copy is not None or nests_too_deeply(document, page, context.check)
            for page in range(start, stop + 1)
        )
        or hazards.found(start, stop)
    )


def _piece(
    engine: Engines,
    document: OpenDocument,
    source: Source,
    start: int,
    stop: int,
    scans: ScanReader,
    context: RequestContext,
    done: int,
    total: int,
) -> list[Any]:
    """DoclingDocuments that together are the pages `start` to `stop` (from 0)."""
    pipeline = engine.pipeline()
    reported = 0

    def on_page(pages: int) -> None:
        nonlocal reported
        reported = max(reported, pages)
        context.progress(done + reported, total)

    pages = range(start, stop + 1)
    try:
        result = pipeline.run(source, context, on_page)
    except (DeadlinePassed, FileMissing, FileUnreadable, MemoryError):
        raise
    except Exception as error:
        # docling-parse refuses files that pdfium reads (4 % of the test corpus); their text is still to be
        # had.
        context.check()
        traceback.print_exc(file=sys.stderr)
        converted = None
        refusal: Exception | None = error
    else:
        context.check()
        converted, refusal = result.document, None
        source.settle(converted, document)
    documents = []
    if converted is not None and all(page + 1 in converted.pages for page in pages):
        documents.append(_dressed(engine, document, converted, scans, context))
    else:
        for page in pages:
            context.check()
            if converted is not None and page + 1 in converted.pages:
                part = converted.filter(page_nrs={page + 1})
                documents.append(_dressed(engine, document, part, scans, context))
            else:
                documents.append(_own_text(document, page, scans, context, refusal))
    if reported < len(pages):
        on_page(len(pages))
    return documents


def _dressed(
    engine: Engines, document: OpenDocument, converted: Any, scans: ScanReader, context: RequestContext
) -> Any:
    """What Docling made, with displayed-page boxes, scans read, and in the lean profile in order and with tables."""
    fit_to_displayed(converted, document)
    add_missing_text(converted, document, context.check)
    if engine.profile == "lean":
        part_stacked_signs(converted, document, context.check)
        in_reading_order(converted, document, context.check)
    scanned = scans.read(converted, document, context)
    if engine.profile == "lean":
        drop_pictures_of_scans(converted, scanned)
        add_tables(converted, document, scanned, context.check)
    return converted


def _own_pieces(
    document: OpenDocument,
    start: int,
    stop: int,
    scans: ScanReader,
    context: RequestContext,
    done: int,
    total: int,
) -> list[Any]:
    """The pages made of their own text lines, where docling-parse must not see the file."""
    print(f"{document.path.name}: pages {start} to {stop} are kept from docling-parse", file=sys.stderr)
    documents = []
    for page in range(start, stop + 1):
        context.check()
        documents.append(_own_text(document, page, scans, context, None))
        context.progress(done + page - start + 1, total)
    return documents


def _own_text(
    document: OpenDocument,
    page: int,
    scans: ScanReader,
    context: RequestContext,
    refusal: Exception | None,
) -> Any:
    """One page from pdfium alone: its text lines, or OCR's, and the lean engine's tables, in every profile."""
    try:
        converted = page_from_own_text(document, page, context.check)
    except PdfCorrupt as error:
        raise error from refusal
    scanned = scans.read(converted, document, context)
    add_tables(converted, document, scanned, context.check)
    return converted


def _merge(pieces: list[Any], first: int) -> Any:
    """One document of all pieces, with the file's page numbers."""
    if len(pieces) == 1:
        return pieces[0]
    merged = type(pieces[0]).concatenate(pieces)
    merged.name = pieces[0].name
    merged.origin = next((piece.origin for piece in pieces if piece.origin is not None), None)
    # Docling's concatenation counts pages from 1.
    shift_pages(merged, first)
    return merged
