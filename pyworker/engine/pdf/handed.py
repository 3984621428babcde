"""Documents that the supervisor opened, checked and handed over by descriptor: this process may open none by name.

Every reading names its place in the file, since all that read a document share one descriptor's position.
"""

from __future__ import annotations

import ctypes
import io
import os
import sys
from typing import Any, BinaryIO, cast

import pypdfium2
import pypdfium2.raw as pdfium


class HandedDocument:
    """A descriptor of its own of a handed document, open as long as this is."""

    def __init__(self, descriptor: int) -> None:
        """Copies `descriptor`. Raises OSError."""
        # Only the Rust host is handed documents.
        from tach_native import HandedFile

        self.opened = os.fstat(descriptor)
        """What the system says of the file."""
        self._file: Any = HandedFile(descriptor, self.opened.st_size)

    @property
    def descriptor(self) -> int:
        """Its number."""
        return int(self._file.descriptor)

    def load(self, password: bytes | None) -> pypdfium2.PdfDocument:
        """The document as pdfium reads it, by native code. Raises PdfiumError."""
        access = ctypes.cast(self._file.access, ctypes.POINTER(pdfium.FPDF_FILEACCESS))
        handle = pdfium.FPDF_LoadCustomDocument(access, password)
        if not handle:
            raise pypdfium2.PdfiumError("the document does not load", err_code=pdfium.FPDF_GetLastError())
        document = pypdfium2.PdfDocument(handle)
        # pdfium reads by it until the document is closed.
        document.handed = self
        return document

    def stream(self) -> BinaryIO:
        """The file from its start, at a position of its own."""
        return cast(BinaryIO, io.BufferedReader(_Placed(self)))

    def read_all(self) -> bytes:
        """The whole file."""
        with self.stream() as file:
            return file.read()


class _Placed(io.RawIOBase):
    """Reads a handed document at a position of its own."""

    def __init__(self, document: HandedDocument) -> None:
        self._document = document
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_CUR:
            offset += self._position
        elif whence == os.SEEK_END:
            offset += os.fstat(self._document.descriptor).st_size
        if offset < 0:
            raise ValueError("a position before the start of the file")
        self._position = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        if sys.platform == "win32":
            raise OSError("no document is handed over on Windows")
        count = os.preadv(self._document.descriptor, [buffer], self._position)
        self._position += count
        return count
