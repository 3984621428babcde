"""Dictionaries of single pages, and single pages as files of their own, without a read of the rest of the file.

pdfium tells neither `UserUnit` (PDF 1.6) nor the turn of a page that is not loaded, and loading parses the page's
content. qpdf, through pikepdf, reads objects when they are asked for: the entries of all 3,000 pages of a file of 2.7
GB take 0.1 s.
"""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from pyworker.engine.pdf.annotation_shapes import Drawing, drawing
from pyworker.engine.pdf.layered_page import has_hidden_content, inherited, settled
from pyworker.engine.pdf.layers import Layers, is_array, is_dictionary
from pyworker.engine.pdf.opening import COPY_BYTES, reopened
from pyworker.engine.pdf.page_walk import number_of_pages, pages

if TYPE_CHECKING:
    import pikepdf

    from pyworker.engine.pdf.handed import HandedDocument

RECOVERY_BYTES = 64 << 20
"""Larger files without a usable xref table are not searched for objects: that would read them whole."""


class PageEntries(NamedTuple):
    """What a page's dictionary says."""

    user_unit: float = 1.0
    """Size of one page point in displayed-page points."""
    turn: int = 0
    """Clockwise turn in degrees: 0, 90, 180 or 270."""


class PageTree:
    """The page tree of one file, opened at the first question and kept until `close`."""

    def __init__(
        self,
        path: Path,
        opened: os.stat_result | None,
        password: str | None,
        handed: HandedDocument | None = None,
    ) -> None:
        self._path, self._opened, self._password, self._handed = path, opened, password, handed
        self._pdf: pikepdf.Pdf | None = None
        self._stream: BinaryIO | None = None
        self._unreadable = False
        self._layers: Layers | None = None

    def entries(self, page_index: int) -> PageEntries | None:
        """Of a page, from 0; None where qpdf finds no such page.

        Raises FileMissing or FileUnreadable where the file was replaced since it was opened.
        """
        return next(self.all_entries(page_index, page_index), None)

    def all_entries(self, first: int, last: int) -> Iterator[PageEntries | None]:
        """Of the pages `first` to `last`, both included."""
        pdf = self._open()
        if pdf is None:
            return
        try:
            for found in islice(pages(pdf.Root.get("/Pages"), first), last - first + 1):
                yield PageEntries(_user_unit(found.page), found.turn)
        except damage():  # what follows is not told
            return

    def held(self) -> int | None:
        """How many pages the tree holds, whatever its counts say; None where qpdf cannot read it."""
        pdf = self._open()
        if pdf is None:
            return None
        try:
            return number_of_pages(pdf.Root.get("/Pages"))
        except damage():
            return None

    def layers(self, chosen: Collection[str] | None = None) -> Layers | None:
        """The layers of the file; with `chosen` only those of these names are shown. None where it has none."""
        pdf = self._open()
        if pdf is None:
            return None
        try:
            layers = Layers(pdf.Root, chosen)
        except damage():
            return None
        return layers if len(layers) else None

    def settled(self, page_index: int, chosen: frozenset[str] | None) -> io.BytesIO | None:
        """A PDF of the page in which every layer is settled (`layered_page`), shown as in `layers`.

        None where nothing on it belongs to a hidden layer, or qpdf cannot read it.
        """
        pdf = self._open()
        if pdf is None:
            return None
        layers = self._layers if chosen is None and self._layers is not None else self.layers(chosen)
        if chosen is None:
            self._layers = layers
        if layers is None:
            return None
        try:
            for found in islice(pages(pdf.Root.get("/Pages"), page_index), 1):
                if has_hidden_content(found.page, layers):
                    return settled(pdf, found.page, chosen)
        except damage():
            return None
        return None

    def inherited_media_box(self, page_index: int) -> list[float] | None:
        """The media box of a page, its own or one above it in the tree: left, bottom, right, top."""
        pdf = self._open()
        if pdf is None:
            return None
        try:
            for found in islice(pages(pdf.Root.get("/Pages"), page_index), 1):
                return [float(side) for side in inherited(found.page, "/MediaBox")]
        except damage():
            return None
        return None

    def drawings(self, page_index: int, places: Collection[int]) -> dict[int, Drawing]:
        """What those annotations of a page, by their places in its list, look like that have no appearance."""
        pdf = self._open()
        if pdf is None:
            return {}
        try:
            for found in islice(pages(pdf.Root.get("/Pages"), page_index), 1):
                return _drawings(found.page, places)
        except damage():
            pass
        return {}

    def dictionaries(self, first: int, last: int) -> Iterator[Any]:
        """The dictionaries of the pages `first` to `last` (from 0, both included), as far as qpdf finds them.

        Raises what `damage` names.
        """
        pdf = self._open()
        if pdf is not None:
            for found in islice(pages(pdf.Root.get("/Pages"), first), last - first + 1):
                yield found.page

    def alone(self, first: int, last: int) -> io.BytesIO | None:
        """A PDF of the pages `first` to `last` (from 0, both included) and what they use, not encrypted.

        None where qpdf cannot read them.
        """
        source = self._open()
        if source is None:
            return None
        import pikepdf

        try:
            with pikepdf.new() as alone:
                for found in islice(pages(source.Root.get("/Pages"), first), last - first + 1):
                    # What the page inherits is copied with it.
                    alone.pages.append(pikepdf.Page(found.page))
                if len(alone.pages) != last - first + 1:
                    return None
                sink = io.BytesIO()
                # Plain dictionaries, which `guards` can search.
                alone.save(sink, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        except damage():
            return None
        sink.seek(0)
        return sink

    def close(self) -> None:
        """Closes the file; the next question opens it again."""
        if self._pdf is not None:
            self._pdf.close()
        if self._stream is not None:
            self._stream.close()
        self._pdf = self._stream = None

    def __del__(self) -> None:
        self.close()

    def _open(self) -> pikepdf.Pdf | None:
        if self._pdf is not None or self._unreadable:
            return self._pdf
        import pikepdf

        stream: BinaryIO
        if self._handed is not None:
            stream, size = self._handed.stream(), self._handed.opened.st_size
        else:
            with reopened(self._path, self._opened) as path:
                stream = path.open("rb")
            size = os.fstat(stream.fileno()).st_size
        if sys.platform == "win32" and size <= COPY_BYTES:
            # An open file could not be replaced.
            with stream:
                stream = io.BytesIO(stream.read())
        self._stream = stream
        try:
            self._pdf = pikepdf.open(
                stream,
                password=self._password or "",
                suppress_warnings=True,
                attempt_recovery=size <= RECOVERY_BYTES,
                inherit_page_attributes=False,
                # A mapped file that another program cuts short would end this process.
                access_mode=pikepdf.AccessMode.stream,
            )
        except damage():  # or encrypted in a way that only pdfium knows
            self._unreadable = True
            self.close()
        return self._pdf


def drawings_of_copy(copy: io.BytesIO, places: Collection[int]) -> dict[int, Drawing]:
    """The same of the one page of a file in memory."""
    import pikepdf

    try:
        with pikepdf.open(io.BytesIO(copy.getvalue()), suppress_warnings=True) as pdf:
            return _drawings(pdf.pages[0].obj, places)
    except damage():
        return {}


def _drawings(page: Any, places: Collection[int]) -> dict[int, Drawing]:
    annotations = page.get("/Annots")
    found: dict[int, Drawing] = {}
    for place in places if is_array(annotations) else ():
        try:
            entries = annotations[place]
            appearance = entries.get("/AP")
            if is_dictionary(appearance) and appearance.get("/N") is not None:
                continue
            shown = drawing(entries)
        except IndexError:
            break
        except damage():
            continue
        if shown is not None:
            found[place] = shown
    return found


def _user_unit(page: Any) -> float:
    """The page's own `UserUnit`, which is not inherited; 1 where it is missing or no size."""
    try:
        unit = float(page.get("/UserUnit", 1))
    except (TypeError, ValueError):
        return 1.0
    return unit if math.isfinite(unit) and unit > 0 else 1.0


def damage() -> tuple[type[Exception], ...]:
    """What qpdf, and its objects that are not of the type expected, raise for a damaged file."""
    import pikepdf

    return (
        pikepdf.PdfError,
        pikepdf.PasswordError,
        TypeError,
        ValueError,
        KeyError,
        AttributeError,
        RuntimeError,
    )
