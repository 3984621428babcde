"""document_info: pages, encryption, metadata, outline, page labels and layers of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyworker.engine.pdf import navigation

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import DocumentInfo
    from pyworker.reply_data import DocumentDetailsData, PageSizeData


def document_info(
    document: OpenDocument, payload: DocumentInfo, context: RequestContext
) -> DocumentDetailsData:
    """Data of `document_info`: sizes as displayed, in points; 0 x 0 for a broken page; no empty metadata.

    No page is loaded, except where only pdfium can tell its turn. Raises DeadlinePassed.
    """
    pages: list[PageSizeData] = []
    if payload.include_pages:
        for width, height, rotation in document.page_sizes():
            context.check()
            pages.append({"width": width, "height": height, "rotation": rotation})
    entries, more_entries = navigation.outline(document.pdf, context.check)
    layers = document.layers()
    more_layers = layers is not None and layers.truncated
    data: DocumentDetailsData = {
        "page_count": document.page_count,
        "encrypted": document.is_encrypted,
        "metadata": document.pdf.get_metadata_dict(skip_empty=True),
        "outline": [
            {"title": entry.title, "page_index": entry.page_index, "level": entry.level} for entry in entries
        ],
        "page_labels": navigation.page_labels(document.pdf, document.page_count, context.check),
        "layers": [{"name": layer.name, "visible": layer.visible} for layer in layers or ()],
        "truncated": [name for name, more in (("outline", more_entries), ("layers", more_layers)) if more],
    }
    if payload.include_pages:
        data["pages"] = pages
    return data
