"""A DoclingDocument in the format that a request names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.docling.chunks import chunks_of

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.messages import Convert


def export(document: Any, payload: Convert, context: RequestContext) -> dict[str, Any]:
    """The document as its own JSON (`docling`), `{"chunks": […]}` for `chunks`, or `{"text": …}` for the rest.

    Pictures stand in it as data URIs where `payload.images` is `embedded` and their items have an image; otherwise
    images are taken out of `document`.
    """
    from docling_core.types.doc.base import ImageRefMode

    from pyworker.engine.docling.html_pictures import PICTURE_MARK, html_with_marks

    wanted, images = payload.format, payload.images
    if images != "embedded":
        for picture in document.pictures:
            picture.image = None
    if wanted == "chunks":
        return {"chunks": chunks_of(document, context.check)}
    if wanted == "docling":
        exported: dict[str, Any] = document.export_to_dict()
        return exported
    mode = ImageRefMode.EMBEDDED if images == "embedded" else ImageRefMode.PLACEHOLDER
    if wanted == "markdown":
        mark = "" if images == "none" else PICTURE_MARK
        text = document.export_to_markdown(
            compact_tables=True,
            image_mode=mode,
            image_placeholder=mark,
            page_break_placeholder=payload.page_break,
        )
    elif wanted == "html":
        text = (
            html_with_marks(document) if images == "placeholder" else document.export_to_html(image_mode=mode)
        )
    elif wanted == "doctags":
        text = document.export_to_doctags()
    else:
        text = document.export_to_text()
    return {"text": text}
