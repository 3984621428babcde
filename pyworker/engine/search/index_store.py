"""Indexes of pages kept between requests: compressed in memory, and in a folder where one is named.

A chunk is the indexes of CHUNK_PAGES neighbouring pages. A file of text from a document is as private as the
document, so the folder must be this user's alone, and nothing of an encrypted document is written there. What is read
back is checked like anything from outside; a file that is not as it must be counts as missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from pyworker import __version__
from pyworker.engine.process.private_folder import made_private
from pyworker.engine.search.page_index import PageIndex

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

CHUNK_PAGES = 32
MAX_MEMORY_BYTES = 32 << 20
"""Compressed bytes kept in memory."""
MAX_CHUNK_BYTES = 16 << 20
"""A chunk that is larger as JSON is not kept."""
FORMAT = 4
"""Of the chunks; a change of what they hold or of how pages are read must count it up."""
LEVEL = 1
"""Of zlib."""

Chunk = dict[int, PageIndex]
"""Indexes by page, from 0."""


class IndexStore:
    """Chunks of documents, told by what the system says of the file."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._bytes = 0

    def load(self, document: OpenDocument, first: int) -> Chunk:
        """The chunk that starts with the page `first`; empty where nothing of it is kept."""
        name = _name(document)
        if name is None:
            return {}
        packed = self._kept.get((name, first))
        if packed is not None:
            self._kept.move_to_end((name, first))
        else:
            packed = self._read(name, first, document)
        return _unpacked(packed, first) if packed is not None else {}

    def keep(self, document: OpenDocument, first: int, chunk: Chunk) -> None:
        """Keeps a chunk in place of an older one."""
        name = _name(document)
        if name is None:
            return
        text = json.dumps(
            {page: index.to_json() for page, index in chunk.items()}, separators=(",", ":")
        ).encode()
        if len(text) > MAX_CHUNK_BYTES:
            return
        packed = zlib.compress(text, LEVEL)
        self._bytes += len(packed) - len(self._kept.pop((name, first), b""))
        self._kept[name, first] = packed
        while self._bytes > MAX_MEMORY_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1])
        self._write(name, first, packed, document)

    def forget(self) -> None:
        """Frees what is kept in memory."""
        self._kept.clear()
        self._bytes = 0

    def _path(self, name: str, first: int, document: OpenDocument) -> Path | None:
        """Of the file of a chunk, in a folder that exists and is private; None where there is none."""
        if self._folder is None or document.is_encrypted:
            return None
        folder = self._folder / name
        if not made_private(self._folder) or not made_private(folder):
            return None
        return folder / f"{first}.index"

    def _read(self, name: str, first: int, document: OpenDocument) -> bytes | None:
        path = self._path(name, first, document)
        try:
            return path.read_bytes() if path is not None and path.stat().st_size <= MAX_CHUNK_BYTES else None
        except OSError:
            return None

    def _write(self, name: str, first: int, packed: bytes, document: OpenDocument) -> None:
        path = self._path(name, first, document)
        if path is None:
            return
        try:
            descriptor, beside = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(packed)
                Path(beside).replace(path)
            except OSError:
                Path(beside).unlink(missing_ok=True)
        except OSError:
            # A full or forbidden disk costs time at the next search, and nothing else.
            return


def _name(document: OpenDocument) -> str | None:
    """What tells the document and this program's way of reading it; None for a file of our own making."""
    status = document.opened
    if status is None:
        return None
    told = (
        FORMAT,
        __version__,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def _unpacked(packed: bytes, first: int) -> Chunk:
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(packed, MAX_CHUNK_BYTES)
        if inflate.unconsumed_tail:
            return {}
        pages = range(first, first + CHUNK_PAGES)
        return {
            int(page): PageIndex.from_json(value)
            for page, value in json.loads(text).items()
            if int(page) in pages
        }
    except (zlib.error, ValueError, TypeError, IndexError, AttributeError, RecursionError):
        return {}
