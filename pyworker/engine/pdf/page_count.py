"""How many pages a document has: what it says, unless its page tree holds fewer.

pdfium believes the root's `Count`. A file of one page may claim 65,536, each of which would be looked for and reported
as broken. So where pdfium does not know the last page, the pages are counted.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Protocol

import pypdfium2.raw as pdfium

from pyworker.errors import PageOutOfRange, PdfCorrupt

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pypdfium2

    from pyworker.engine.pdf.page_tree import PageTree

PROBES = 256
"""Pages all over what a document claims, and as many after the last one known, that are asked for where nothing counts
them."""


class Counted(Protocol):
    """An open document, as far as the range of a request is checked against it."""

    pdf: pypdfium2.PdfDocument
    claimed: int
    """Number of pages that it says it has."""

    @property
    def page_count(self) -> int:
        """Number of pages that it has."""


def settled_count(pdf: pypdfium2.PdfDocument, claimed: int, tree: PageTree, name: str) -> int:
    """The number of pages of a document that says it has `claimed`; `name` is for the error.

    10 ms for 3,000 pages in one list, which pdfium reads up to the last. Raises PdfCorrupt where the tree holds no
    page, FileMissing or FileUnreadable where the file was replaced.
    """
    if _knows(pdf, claimed - 1):
        return claimed
    held = tree.held()
    if held is None:
        held = _probed(pdf, claimed)
    # What pdfium reads of a damaged file and qpdf does not are pages all the same.
    if held >= claimed or _knows(pdf, held):
        return claimed
    if not held:
        raise PdfCorrupt(f"{name} has no pages; it says that it has {claimed:,}")
    return held


def pages_asked(document: Counted, page_range: Sequence[int] | None) -> tuple[int, int]:
    """The first and the last page of a request, from 0, both included; without a range all pages.

    Raises PageOutOfRange.
    """
    if page_range is None:
        return 0, document.page_count - 1
    first, last = page_range
    if last >= document.claimed or (not _knows(document.pdf, last) and last >= document.page_count):
        raise out_of_range(f"page {last} of page_range", last, document.page_count)
    return first, last


def out_of_range(asked: str, page_index: int, page_count: int) -> PageOutOfRange:
    """The error for a page of a request that the document does not have."""
    return PageOutOfRange(
        f"{asked} is not below the number of pages, {page_count}",
        page_index=page_index,
        page_count=page_count,
    )


def _probed(pdf: pypdfium2.PdfDocument, claimed: int) -> int:
    """The number of pages up to the last that pdfium knows, as far as PROBES after it tell; for a tree that qpdf
    refuses. A page that is not there may take pdfium 0.1 ms, so not all are asked for.
    """
    known, unknown = 0, claimed
    while known < unknown:
        while known < unknown:
            middle = (known + unknown) // 2
            if _knows(pdf, middle):
                known = middle + 1
            else:
                unknown = middle
        # Broken pages may have misled the search.
        near = range(known, min(claimed, known + PROBES))
        far = range(claimed - 1, known - 1, -max(1, (claimed - known) // PROBES))
        for page in chain(far, near):
            if _knows(pdf, page):
                known, unknown = page + 1, claimed
                break
    return known


def _knows(pdf: pypdfium2.PdfDocument, page_index: int) -> bool:
    return bool(pdfium.FPDF_GetPageSizeByIndexF(pdf, page_index, pdfium.FS_SIZEF()))
