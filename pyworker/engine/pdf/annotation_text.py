"""A page with its form fields and annotations drawn into it, so that their text is read like any other.

pdfium's text page holds only the page's own content stream; what a person typed into a form is in
annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pypdfium2
import pypdfium2.raw as pdfium

from pyworker.engine.pdf.layered_page import deactivate_hidden

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

# Kinds whose appearance is text on the page; highlights, links and pop-up notes have none.
_TEXT_KINDS = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)


@contextmanager
def with_annotation_text(page: OpenPage, check: Callable[[], None]) -> Iterator[OpenPage]:
    """`page` itself where no annotation on it shows text, else a copy of it into which they are drawn.

    The copy is a document of its own: flattening (ISO 32000-1, 12.5.5, the appearance streams become page
    content) would change the open one, which is still to be rendered as it is.
    """
    if not _shows_text(page):
        yield page
        return
    copy = pypdfium2.PdfDocument.new()
    try:
        copy.import_pages(page.page.pdf, [page.index if page.copy is None else 0])
        flat = copy[0]
        _remove_unseen(flat)
        _draw_once(flat)
        pdfium.FPDFPage_Flatten(flat, pdfium.FLAT_NORMALDISPLAY)
        flat.close()
        # Flattening changes the page's dictionary; only a page loaded after it has the new content.
        flat = copy[0]
        try:
            if page.copy is not None:
                deactivate_hidden(flat, check)
            yield replace(page, page=flat, form=None)
        finally:
            flat.close()
    finally:
        copy.close()


def _remove_unseen(page: pypdfium2.PdfPage) -> None:
    """Takes away the annotations that are not drawn on a screen; flattening looks at one of the two flags only."""
    for index in reversed(range(pdfium.FPDFPage_GetAnnotCount(page))):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        flags = pdfium.FPDFAnnot_GetFlags(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if flags & (pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW):
            pdfium.FPDFPage_RemoveAnnot(page, index)


def _draw_once(page: pypdfium2.PdfPage) -> None:
    """Lets pdfium make the appearances that it makes itself, of free text for one: it does when it draws them.

    Without it text would be there only on a page that was drawn before.
    """
    if any(_lacks_appearance(page, index) for index in range(pdfium.FPDFPage_GetAnnotCount(page))):
        page.render(scale=1 / max(page.get_size()), may_draw_forms=False).close()


def _lacks_appearance(page: pypdfium2.PdfPage, index: int) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    if not annotation:
        return False
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    lacks = kind == pdfium.FPDF_ANNOT_FREETEXT and not pdfium.FPDFAnnot_HasKey(annotation, b"AP")
    pdfium.FPDFPage_CloseAnnot(annotation)
    return lacks


def _shows_text(page: OpenPage) -> bool:
    for index in range(pdfium.FPDFPage_GetAnnotCount(page.page)):
        annotation = pdfium.FPDFPage_GetAnnot(page.page, index)
        if not annotation:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in _TEXT_KINDS:
            return True
    return False
