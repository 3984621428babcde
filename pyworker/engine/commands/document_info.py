"""document_info: number and sizes of pages, encryption and metadata of a document."""

from __future__ import annotations

from typing import Any

import pypdfium2.raw as pdfium

from pyworker.context import RequestContext
from pyworker.engine.pdf.documents import OpenDocument


def document_info(document: OpenDocument, context: RequestContext) -> dict[str, Any]:
    """Data of `document_info`: sizes as displayed, in points; 0 x 0 for a broken page; no empty metadata.

    Raises DeadlinePassed.
    """
    pages = []
    for width, height, rotation in document.page_sizes():
        context.check()
        pages.append({"width": width, "height": height, "rotation": rotation})
    return {
        "page_count": document.page_count,
        "pages": pages,
        "encrypted": pdfium.FPDF_GetSecurityHandlerRevision(document.pdf) != -1,
        "metadata": document.pdf.get_metadata_dict(skip_empty=True),
    }
