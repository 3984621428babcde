"""What docling-parse is given of a PDF: a small file as it is, of a larger one only the pages asked for.

docling-parse reads whatever it is given whole into memory, and Docling hashes it first.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyworker.engine.convert.pages import items_with_places
from pyworker.engine.pdf.opening import reopened

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

WHOLE_BYTES = 4 << 20
"""Files up to this size are given whole."""
HASHED_BYTES = 1 << 20
"""A larger file is told by its size and this much of its beginning and of its end."""


@dataclass(frozen=True)
class Source:
    """A file for docling-parse, and which of its pages to read."""

    file: Path | io.BytesIO
    password: str | None
    first: int
    """From 1, as `last`, which is included."""
    last: int
    offset: int
    """To add to its page numbers for those of the document."""

    def settle(self, converted: Any, document: OpenDocument) -> None:
        """Give what Docling made of it the document's page numbers, and an origin that tells the document."""
        shift_pages(converted, self.offset)
        converted.name = document.path.stem
        if converted.origin is not None:
            converted.origin.filename = document.path.name
            if document.size > WHOLE_BYTES:
                converted.origin.binary_hash = _hash_of(document)


@contextmanager
def source_of(document: OpenDocument, start: int, stop: int) -> Iterator[Source | None]:
    """The source of the pages `start` to `stop` (from 0, both included); None where qpdf cannot read them.

    Raises FileMissing or FileUnreadable where the file was replaced.
    """
    if document.size > WHOLE_BYTES:
        pages = document.tree.alone(start, stop)
        yield None if pages is None else Source(pages, None, 1, stop - start + 1, start)
        return
    if document.handed is not None:
        whole = io.BytesIO(document.handed.read_all())
        yield Source(whole, document.password, start + 1, stop + 1, 0)
        return
    with reopened(document.path, document.opened) as path:
        yield Source(path, document.password, start + 1, stop + 1, 0)


def shift_pages(converted: Any, offset: int) -> None:
    """Add `offset` to every page number of a DoclingDocument."""
    if not offset:
        return
    converted.pages = {number + offset: page for number, page in converted.pages.items()}
    for number, page in converted.pages.items():
        page.page_no = number
    for item in items_with_places(converted):
        for place in item.prov:
            place.page_no += offset


def _hash_of(document: OpenDocument) -> int:
    """What is in DoclingDocument for a hash of the file, whose bytes are not all read."""
    told = hashlib.sha256(document.size.to_bytes(8, "little"), usedforsecurity=False)
    with ExitStack() as stack:
        if document.handed is not None:
            file = stack.enter_context(document.handed.stream())
        else:
            path = stack.enter_context(reopened(document.path, document.opened))
            file = stack.enter_context(path.open("rb"))
        told.update(file.read(HASHED_BYTES))
        file.seek(max(0, document.size - HASHED_BYTES))
        told.update(file.read(HASHED_BYTES))
    return int.from_bytes(told.digest()[:8], "little")
