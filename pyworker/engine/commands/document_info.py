"""document_info: pages, encryption, metadata, outline, page labels and layers of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf import navigation

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import DocumentInfo


def document_info(document: OpenDocument, payload: DocumentInfo, context: RequestContext) -> dict[str, Any]:
    """Data of `document_info`: sizes as displayed, in points; 0 x 0 for a broken page; no empty metadata.

    No page is loaded, except where only pdfium can tell its turn. Raises DeadlinePassed.
    """
    data: dict[str, Any] = {"page_count": document.page_count}
    if payload.include_pages:
        data["pages"] = pages = []
        for width, height, rotation in document.page_sizes():
            context.check()
            pages.append({"width": width, "height": height, "rotation": rotation})
    entries, more_entries = navigation.outline(document.pdf, context.check)
    layers = document.layers()
    more_layers = layers is not None and layers.truncated
    return data | {
        "encrypted": pdfium.FPDF_GetSecurityHandlerRevision(document.pdf) != -1,
        "metadata": document.pdf.get_metadata_dict(skip_empty=True),
        "outline": [entry._asdict() for entry in entries],
        "page_labels": navigation.page_labels(document.pdf, document.page_count, context.check),
        "layers": [layer._asdict() for layer in layers or ()],
        "truncated": [name for name, more in (("outline", more_entries), ("layers", more_layers)) if more],
    }
