"""The last converted PDF, kept so that a caller who wants it in several formats pays for one conversion."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from pyworker.engine.pdf.page_count import pages_asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import Convert

MAX_PAGES = 100
"""Longer documents are not kept: a page's items take up to a megabyte."""


class LastConverted:
    """One DoclingDocument, as long as the document that it was made of is open. One thread may use it at a time."""

    def __init__(self) -> None:
        self._document: weakref.ref[OpenDocument] | None = None
        self._asked: tuple[object, ...] = ()
        self._converted: Any = None

    def get_or_make(self, document: OpenDocument, payload: Convert, make: Callable[[], Any]) -> Any:
        """What `make` gives, or gave for the same document, pages, pictures, structure, layers and languages."""
        first, last = pages_asked(document, payload.page_range)
        layers = None if payload.layers is None else tuple(payload.layers)
        asked = (first, last, payload.structure, payload.images == "embedded", layers, *payload.languages)
        kept = self._document() if self._document is not None else None
        if kept is document and self._asked == asked:
            return self._converted
        self.clear()
        converted = make()
        if last - first < MAX_PAGES:
            self._document = weakref.ref(document, lambda _: self.clear())
            self._asked, self._converted = asked, converted
        return converted

    def clear(self) -> None:
        """Forget it."""
        self._document, self._asked, self._converted = None, (), None
