"""HTML of a DoclingDocument with a mark where a picture is, which docling-core writes into Markdown only."""

from __future__ import annotations

from typing import Any

from docling_core.transforms.serializer.base import SerializationResult
from docling_core.transforms.serializer.common import create_ser_result
from docling_core.transforms.serializer.html import HTMLDocSerializer, HTMLParams, HTMLPictureSerializer
from docling_core.types.doc.base import ImageRefMode
from docling_core.types.doc.document import DoclingDocument

PICTURE_MARK = "<!-- image -->"
END = "</figure>"


def html_with_marks(document: Any) -> str:
    """The document as a page of HTML; a picture is a `figure` with its caption and PICTURE_MARK."""
    params = HTMLParams(image_mode=ImageRefMode.PLACEHOLDER)
    serializer = HTMLDocSerializer(doc=document, params=params, picture_serializer=_MarkedPictures())
    return serializer.serialize().text


class _MarkedPictures(HTMLPictureSerializer):
    def serialize(
        self, *, item: Any, doc_serializer: Any, doc: DoclingDocument, **kwargs: Any
    ) -> SerializationResult:
        written = super().serialize(item=item, doc_serializer=doc_serializer, doc=doc, **kwargs)
        figure = written.text or f"<figure>{END}"
        return create_ser_result(text=f"{figure.removesuffix(END)}{PICTURE_MARK}{END}", span_source=item)
