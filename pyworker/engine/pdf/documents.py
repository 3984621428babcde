"""Open documents and pages, kept in a small LRU so that a second request for a file opens nothing.

A file is told by path, password, size, time of change, inode and device, which one `os.stat` a request tells.
Only the engine thread may touch what this module hands out; pdfium is not thread-safe.
"""

from __future__ import annotations

import ctypes
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from pyworker import long_paths
from pyworker.engine.pdf import opening
from pyworker.engine.pdf.annotation_appearance import draw_missing
from pyworker.engine.pdf.geometry import PageGeometry, Rect
from pyworker.engine.pdf.handed import HandedDocument
from pyworker.engine.pdf.layered_page import deactivate_hidden
from pyworker.engine.pdf.layers import Layers
from pyworker.engine.pdf.mentions import Mentions
from pyworker.engine.pdf.page_count import out_of_range, settled_count
from pyworker.engine.pdf.page_tree import PageEntries, PageTree, drawings_of_copy
from pyworker.errors import InvalidRequest, PdfCorrupt

MAX_DOCUMENTS = 16
MAX_PAGES = 32
"""Open pages of one document."""
OPEN_BYTES = 6 << 20
"""What the open pages of one document, estimated by the file's size, may have in the file: an open page of a scan holds
its picture decoded, some ten times as much."""
LEAST_PAGES = 2
"""That stay open whatever their size."""
MAX_BYTES = 256 << 20
"""Sum of the sizes of the open files; the document in use stays open whatever its size."""
MAX_READ_BYTES = 48 << 20
"""pdfium keeps what it has read of a file until it is closed; past this much, estimated, the file is opened anew."""
MAX_LOADS = 200
"""Pages after which it is in any case: a sheet of a few KB in the file has a third of a MB once it is read."""

MAX_PAGE_POINTS = float(1 << 24)
"""Longer sides are damage: pdfium's 32-bit floats cannot tell neighbouring points apart there, and it is 5.9 km."""

DEGREES = (0, 90, 180, 270)


@dataclass(frozen=True, eq=False)
class OpenPage:
    """One loaded page."""

    page: pypdfium2.PdfPage
    geometry: PageGeometry
    index: int
    form: Any
    """The document's raw form environment, or None."""
    copy: pypdfium2.PdfDocument | None = None
    """Where the page has hidden content: a document of it alone, in which layers are settled (`layered_page`)."""
    read_areas: dict[tuple[Rect, tuple[str, ...]], dict[Rect, list[Any]]] = field(default_factory=dict)
    """What `ocr.plots` has read, by region and languages, then by area."""

    def close(self) -> None:
        """Closes the page, and its own document where it has one."""
        self.page.close()
        if self.copy is not None:
            self.copy.close()


@dataclass(eq=False)
class OpenDocument:
    """One open document; its pages are loaded at first use and kept."""

    pdf: pypdfium2.PdfDocument
    path: Path
    password: str | None
    claimed: int
    """Number of pages that it says it has (`page_count`)."""
    size: int
    """Of the file, in bytes."""
    mentions: Mentions
    opened: os.stat_result | None = None
    """What the system said of the file when it was opened and checked; None for a file of our own making."""
    handed: HandedDocument | None = None
    """Where the supervisor opened the file: `path` is only its name then."""
    _pages: OrderedDict[tuple[int, frozenset[str] | None], OpenPage] = field(default_factory=OrderedDict)
    _loads: int = 0
    _shown: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self.tree = PageTree(self.path, self.opened, self.password, self.handed)

    @cached_property
    def page_count(self) -> int:
        """Number of pages that it has. Raises what `settled_count` does."""
        return settled_count(self.pdf, self.claimed, self.tree, str(self.path))

    @property
    def _most_pages(self) -> int:
        """How many pages stay open."""
        return max(LEAST_PAGES, min(MAX_PAGES, OPEN_BYTES * self.claimed // max(self.size, 1)))

    @property
    def is_worn(self) -> bool:
        """Whether pdfium may hold more than MAX_READ_BYTES of the file, or more than MAX_LOADS pages of it."""
        loads = self._loads
        return loads > MAX_LOADS or (loads > 1 and loads * (self.size // self.claimed) > MAX_READ_BYTES)

    def show(self, layers: Sequence[str] | None) -> None:
        """Shows the layers of these names on every page from now on, or with None those that the document says.

        Raises InvalidRequest for a name that no layer has.
        """
        if layers is not None:
            known = {layer.name for layer in self.layers() or ()}
            for place, name in enumerate(layers):
                if name not in known:
                    raise InvalidRequest(
                        f"no layer of {self.path} is called {name!r}; `document_info` lists them",
                        field=f"payload.layers[{place}]",
                    )
        self._shown = None if layers is None else frozenset(layers)

    def page(self, page_index: int) -> OpenPage:
        """The page, from 0. Another page's handle may be closed by this call once as many as may stay are open.

        Raises PageOutOfRange, and PdfCorrupt where pdfium cannot load the page.
        """
        key = page_index, self._shown
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
            return page
        if page_index >= self.claimed:
            raise out_of_range(f"page_index {page_index}", page_index, self.page_count)
        page = self._load(page_index, self._shown)
        self._loads += 1
        self._pages[key] = page
        if len(self._pages) > self._most_pages:
            _, oldest = self._pages.popitem(last=False)
            oldest.close()
        return page

    def close_page(self, page_index: int) -> None:
        """Gives back what an open page holds, as the picture of a scan; it may be asked for again."""
        page = self._pages.pop((page_index, self._shown), None)
        if page is not None:
            page.close()

    def page_sizes(self) -> Iterator[tuple[float, float, int]]:
        """Width and height as displayed, in points, and clockwise turn of each page; (0, 0, 0) where it is broken.

        No page is loaded, unless the document may have turned pages and only pdfium can read it.
        """
        last = self.page_count - 1
        may_tell = self.mentions.user_unit or self.mentions.turn
        told = self.tree.all_entries(0, last) if may_tell else iter(())
        size = pdfium.FS_SIZEF()
        for page_index in range(self.page_count):
            entries = next(told, None)
            loaded = pdfium.FPDF_GetPageSizeByIndexF(self.pdf, page_index, size)
            if not loaded or not _is_size(size.width, size.height):
                yield self._repaired_size(page_index)
                continue
            if entries is None:
                entries = PageEntries(turn=self._loaded_turn(page_index) if self.mentions.turn else 0)
            yield size.width * entries.user_unit, size.height * entries.user_unit, entries.turn

    @property
    def is_encrypted(self) -> bool:
        """Whether the file is encrypted, with or without a password."""
        return bool(pdfium.FPDF_GetSecurityHandlerRevision(self.pdf) != -1)

    def layers(self) -> Layers | None:
        """The layers as the document shows them; None where it has none."""
        return self.tree.layers() if self.mentions.layers else None

    def close(self) -> None:
        """Closes the pages, then the document; every handle taken from it is void."""
        for page in self._pages.values():
            page.close()
        self._pages.clear()
        self.tree.close()
        self.pdf.close()

    def _load(self, page_index: int, layers: frozenset[str] | None) -> OpenPage:
        settled = self.tree.settled(page_index, layers) if self.mentions.layers else None
        if settled is not None:
            copy = pypdfium2.PdfDocument(settled, autoclose=True)
            copy.init_forms()
            page = copy.get_page(0)
            draw_missing(page, partial(drawings_of_copy, settled))
            deactivate_hidden(page, _no_check)
            return OpenPage(page, self._geometry(page, page_index), page_index, _form_of(copy), copy)
        try:
            page = self.pdf.get_page(page_index)
        except pypdfium2.PdfiumError as error:
            if page_index >= self.page_count:
                raise out_of_range(f"page_index {page_index}", page_index, self.page_count) from None
            message = f"page {page_index + 1} of {self.path} cannot be loaded: {error}"
            raise PdfCorrupt(message, page_index=page_index) from error
        if pdfium.FPDF_GetPageWidthF(page) == 0.0:
            page = self._uncropped(page, page_index)
        draw_missing(page, partial(self.tree.drawings, page_index))
        return OpenPage(page, self._geometry(page, page_index), page_index, _form_of(self.pdf))

    def _uncropped(self, page: pypdfium2.PdfPage, page_index: int) -> pypdfium2.PdfPage:
        """The page as large as its media box, where nothing of it is in its crop box; else the page as it is."""
        box = [ctypes.c_float() for _ in range(4)]
        if pdfium.FPDFPage_GetMediaBox(page, *box):
            sides = [side.value for side in box]
        else:
            sides = self.tree.inherited_media_box(page_index) or []
        if len(sides) != 4:
            return page
        # pdfium settles the size when it loads the page.
        pdfium.FPDFPage_SetCropBox(page, *sides)
        page.close()
        return self.pdf.get_page(page_index)

    def _repaired_size(self, page_index: int) -> tuple[float, float, int]:
        """Of a page whose size pdfium does not tell without loading it; (0, 0, 0) where it is broken."""
        try:
            geometry = self.page(page_index).geometry
        except PdfCorrupt:
            return 0.0, 0.0, 0
        return geometry.width, geometry.height, geometry.rotation

    def _geometry(self, page: pypdfium2.PdfPage, page_index: int) -> PageGeometry:
        box = pdfium.FS_RECTF()
        turn = pdfium.FPDFPage_GetRotation(page)
        found = pdfium.FPDF_GetPageBoundingBox(page, box)
        width, height = float(pdfium.FPDF_GetPageWidthF(page)), float(pdfium.FPDF_GetPageHeightF(page))
        if not found or not 0 <= turn <= 3 or not _is_size(width, height):
            page.close()
            raise PdfCorrupt(
                f"page {page_index + 1} of {self.path} has no usable size", page_index=page_index
            )
        entries = self.tree.entries(page_index) if self.mentions.user_unit else None
        unit = entries.user_unit if entries is not None else 1.0
        corners = (box.left, box.bottom, box.right, box.top)
        return PageGeometry(width * unit, height * unit, DEGREES[turn], corners, unit)

    def _loaded_turn(self, page_index: int) -> int:
        handle = pdfium.FPDF_LoadPage(self.pdf, page_index)
        if not handle:
            return 0
        turn = DEGREES[max(0, pdfium.FPDFPage_GetRotation(handle))]
        pdfium.FPDF_ClosePage(handle)
        return turn


def _form_of(pdf: pypdfium2.PdfDocument) -> Any:
    """The raw form environment, or None."""
    return pdf.formenv.raw if pdf.formenv else None


def _no_check() -> None:
    """The work on one page's objects takes at most what parsing them took."""


def _is_size(width: float, height: float) -> bool:
    return 0 < width < MAX_PAGE_POINTS and 0 < height < MAX_PAGE_POINTS


class DocumentCache:
    """The least recently used documents, bounded by MAX_DOCUMENTS and MAX_BYTES."""

    def __init__(self, allowed_roots: tuple[Path, ...] = ()) -> None:
        self._allowed_roots = allowed_roots
        self._documents: OrderedDict[tuple[object, ...], OpenDocument] = OrderedDict()
        self._bytes = 0
        self._handed: int | None = None

    def hand_over(self, descriptor: int | None) -> None:
        """From now on the document at `descriptor` is opened, which the supervisor checked; with None, by name."""
        self._handed = descriptor

    def handed(self) -> list[tuple[str, int]]:
        """Name and descriptor of each open document that was handed over."""
        return [
            (str(document.path), document.handed.descriptor)
            for document in self._documents.values()
            if document.handed is not None
        ]

    def open(
        self, path: Path | str, password: str | None, layers: Sequence[str] | None = None
    ) -> OpenDocument:
        """The open document, with `layers` shown (`OpenDocument.show`). Another document may be closed by this call.

        Raises FileMissing, FileUnreadable, PathNotAllowed, UnsupportedFormat, PdfCorrupt, PdfEncrypted or
        InvalidRequest.
        """
        name = path if isinstance(path, str) else str(path)
        status = opening.status(name) if self._handed is None else os.fstat(self._handed)
        key = (name, password, status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev)
        document = self._documents.get(key)
        if document is not None and document.is_worn:
            self._close(key)
            document = None
        if document is not None:
            # No new look at the allowed roots: the very same file was let in before, and they never change.
            self._documents.move_to_end(key)
            document.show(layers)
            return document
        self._forget_older(key)
        document = self._open(name, password)
        self._documents[key] = document
        self._bytes += document.size
        while len(self._documents) > 1 and (len(self._documents) > MAX_DOCUMENTS or self._bytes > MAX_BYTES):
            self._close(next(iter(self._documents)))
        document.show(layers)
        return document

    def open_other(self, path: Path | str) -> AbstractContextManager[BinaryIO]:
        """A file that is no PDF, checked like one, for the reader of its format.

        Raises FileMissing, FileUnreadable or PathNotAllowed.
        """
        if self._handed is not None:
            return HandedDocument(self._handed).stream()
        return opening.open_other(str(path), self._allowed_roots)

    def clear(self) -> None:
        """Closes every document."""
        while self._documents:
            self._close(next(iter(self._documents)))

    def _open(self, name: str, password: str | None) -> OpenDocument:
        handed = None if self._handed is None else HandedDocument(self._handed)
        pdf, opened, mentions, password = opening.open_pdf(name, password, self._allowed_roots, handed)
        path = Path(long_paths.for_system(name))
        return OpenDocument(pdf, path, password, len(pdf), opened.st_size, mentions, opened, handed)

    def _forget_older(self, new: tuple[object, ...]) -> None:
        """Closes what the path of `new` named before the file changed."""
        for key in [key for key in self._documents if key[0] == new[0] and key[2:] != new[2:]]:
            self._close(key)

    def _close(self, key: tuple[object, ...]) -> None:
        document = self._documents.pop(key)
        self._bytes -= document.size
        document.close()
