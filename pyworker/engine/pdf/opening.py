"""Opens a PDF once, checks what was opened, and hands that very file to pdfium.

The allowed roots are checked on the open file, not on its name: on Linux the kernel tells where the
descriptor points. Elsewhere the resolved path must still be the same file as the descriptor; an attacker who
swaps a folder for a link twice within that check, and can write inside the roots, could pass it.

On Windows files up to COPY_BYTES are read into memory, so that an open document does not lock its file; a
larger one is opened and read by pdfium itself, and cannot be replaced until it leaves the cache.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from pyworker import long_paths
from pyworker.engine.pdf import mentions, passwords
from pyworker.engine.pdf.handed import HandedDocument
from pyworker.errors import (
    FileMissing,
    FileUnreadable,
    PathNotAllowed,
    PdfCorrupt,
    PdfEncrypted,
    UnsupportedFormat,
    WorkerError,
)

# pypdfium2 warns of every XFA form that this build of pdfium shows without its scripts.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)

COPY_BYTES = 64 << 20
HEADER_BYTES = 1024
"""A reader looks for `%PDF-` in this many bytes (ISO 32000-1, Annex H, note 13)."""

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOINHERIT", 0)
    # A FIFO put in the file's place must not block the engine.
    | getattr(os, "O_NONBLOCK", 0)
)
_MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def status(name: str) -> os.stat_result:
    """`os.stat` with the errors of the wire: FileMissing, FileUnreadable."""
    try:
        # pathlib would build an object for each request of the hot path.
        return os.stat(long_paths.for_system(name))  # noqa: PTH116
    except OSError as error:
        raise _system_error(name, error) from error


def open_pdf(
    name: str, password: str | None, allowed_roots: tuple[Path, ...], handed: HandedDocument | None = None
) -> tuple[pypdfium2.PdfDocument, os.stat_result, mentions.Mentions, str | None]:
    """The open document with its form fields ready, what the system says of its file, what its bytes mention, and the
    form of the password that opened it.

    A document that was `handed` over is only called `name`: the supervisor has checked it.

    Raises FileMissing, FileUnreadable, PathNotAllowed, UnsupportedFormat, PdfCorrupt or PdfEncrypted.
    """
    if handed is None:
        descriptor, opened = _open_checked(name, allowed_roots)
    else:
        descriptor, opened = os.dup(handed.descriptor), handed.opened
    try:
        document, right = _load(name, descriptor, opened.st_size, password, handed)
        if len(document) == 0:
            document.close()
            raise PdfCorrupt(f"{name} has no pages")
        encrypted = pdfium.FPDF_GetSecurityHandlerRevision(document) != -1
        mentioned = mentions.scan(descriptor, opened.st_size, encrypted=encrypted)
    finally:
        os.close(descriptor)
    return document, opened, mentioned, right


@contextmanager
def open_other(name: str, allowed_roots: tuple[Path, ...]) -> Iterator[BinaryIO]:
    """A file of another format than PDF, checked as it was opened.

    What is read from it is what was let in, whatever is put in its place meanwhile.

    Raises FileMissing, FileUnreadable or PathNotAllowed.
    """
    descriptor, _ = _open_checked(name, allowed_roots)
    with os.fdopen(descriptor, "rb") as file:
        yield file


def _open_checked(name: str, allowed_roots: tuple[Path, ...]) -> tuple[int, os.stat_result]:
    """A descriptor of the regular file `name` inside the allowed roots, and what the system says of it."""
    if not stat.S_ISREG(status(name).st_mode):
        raise FileUnreadable(f"{name} is not a regular file", path=name)
    try:
        descriptor = _open(long_paths.for_system(name), name)
    except FileUnreadable as error:
        # The sandbox refuses to open what is outside the roots: the reason is the same as without it.
        if allowed_roots and not _is_below(Path(os.path.realpath(name)), allowed_roots):
            raise _outside(name) from error
        raise
    try:
        opened = os.fstat(descriptor)
        if not stat.S_ISREG(opened.st_mode):
            raise FileUnreadable(f"{name} is not a regular file", path=name)
        if allowed_roots:
            _check_roots(name, descriptor, opened, allowed_roots)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, opened


@contextmanager
def reopened(path: Path, opened: os.stat_result | None) -> Iterator[Path]:
    """A path for a library that opens files itself: that of `path`, which must still be the file of `opened`.

    On Linux the path names the open descriptor, so that nothing put in the file's place afterwards is read. Raises
    FileMissing or FileUnreadable. Without `opened` the path itself, for a file that no other process can replace.
    """
    if opened is None:
        yield path
        return
    name = str(path)
    descriptor = _open(name, name)
    try:
        if not os.path.samestat(os.fstat(descriptor), opened):
            raise FileUnreadable(f"{name} was replaced while it was read; send the request again", path=name)
        yield Path(f"/proc/self/fd/{descriptor}") if sys.platform == "linux" else path
    finally:
        os.close(descriptor)


def _open(path: str, name: str) -> int:
    """A descriptor of `path`, which errors call `name`."""
    try:
        return os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise _system_error(name, error) from error


def _system_error(name: str, error: OSError) -> WorkerError:
    if error.errno in _MISSING:
        return FileMissing(f"nothing exists at {name}", path=name)
    reason = error.strerror or type(error).__name__
    return FileUnreadable(f"the system refuses to read {name}: {reason}", path=name, reason=reason)


def _check_roots(name: str, descriptor: int, opened: os.stat_result, roots: tuple[Path, ...]) -> None:
    refusal = _outside(name)
    try:
        if sys.platform == "linux":
            place = Path(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115
        else:
            resolved = Path(long_paths.for_system(name)).resolve(strict=True)
            if not os.path.samestat(resolved.stat(), opened):
                raise refusal
            place = Path(long_paths.plain(str(resolved)))
    except OSError as error:
        raise refusal from error
    if not _is_below(place, roots):
        raise refusal


def _is_below(place: Path, roots: tuple[Path, ...]) -> bool:
    return any(place.is_relative_to(root) for root in roots)


def _outside(name: str) -> PathNotAllowed:
    return PathNotAllowed(f"{name} lies outside TACH_ALLOWED_ROOTS", path=name)


def _load(
    name: str, descriptor: int, size: int, password: str | None, handed: HandedDocument | None
) -> tuple[pypdfium2.PdfDocument, str | None]:
    if password is not None and "\0" in password:
        # C ends the string there, and what comes before it may be the right one.
        raise PdfEncrypted(f"{name}: the password is wrong", reason="password_wrong")
    try:
        document, right = _first_that_opens(name, descriptor, size, password, handed)
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        raise _pdf_error(name, descriptor, size, error.err_code, password) from error
    return document, right


def _first_that_opens(
    name: str, descriptor: int, size: int, password: str | None, handed: HandedDocument | None
) -> tuple[pypdfium2.PdfDocument, str | None]:
    """The document, opened with the password as it is given or in another of its forms, and the form that opened it."""
    first, *others = [None] if password is None else passwords.forms(password)
    try:
        return _opened(name, descriptor, size, first, handed), first
    except pypdfium2.PdfiumError as error:
        if error.err_code != pdfium.FPDF_ERR_PASSWORD:
            raise
        for tried in others:
            with contextlib.suppress(pypdfium2.PdfiumError):
                return _opened(name, descriptor, size, tried, handed), tried
        raise


def _opened(
    name: str, descriptor: int, size: int, password: str | None, handed: HandedDocument | None
) -> pypdfium2.PdfDocument:
    """What pdfium opens at the descriptor of `name`. Raises PdfiumError with pdfium's code."""
    if handed is not None:
        return handed.load(_key(password))
    if sys.platform == "linux":
        # The descriptor's name: pdfium reads the file that was checked, whatever is at the path now.
        return _read_by_pdfium(f"/proc/self/fd/{descriptor}", password)
    if size > COPY_BYTES and sys.platform == "win32":
        # Windows neither moves nor deletes a file, or a folder above it, while this descriptor is open.
        return _read_by_pdfium(long_paths.for_system(name), password)
    stream = os.fdopen(os.dup(descriptor), "rb")
    if size > COPY_BYTES:
        return pypdfium2.PdfDocument(stream, password=password, autoclose=True)
    with stream:
        stream.seek(0)
        return pypdfium2.PdfDocument(stream.read(), password=password, autoclose=True)


def _read_by_pdfium(path: str, password: str | None) -> pypdfium2.PdfDocument:
    """A document that pdfium reads through the system's own calls, not through Python's. Raises PdfiumError."""
    handle = pdfium.FPDF_LoadDocument(os.fsencode(path) + b"\0", _key(password))
    if not handle:
        raise pypdfium2.PdfiumError("the document does not load", err_code=pdfium.FPDF_GetLastError())
    return pypdfium2.PdfDocument(handle)


def _key(password: str | None) -> bytes | None:
    """The password as pdfium takes it."""
    return password.encode() + b"\0" if password is not None else None


def _pdf_error(name: str, descriptor: int, size: int, code: int | None, password: str | None) -> WorkerError:
    if code == pdfium.FPDF_ERR_PASSWORD:
        if password is None:
            return PdfEncrypted(f"{name} needs a password", reason="password_missing")
        return PdfEncrypted(f"{name} cannot be opened with this password", reason="password_wrong")
    if code == pdfium.FPDF_ERR_SECURITY:
        return PdfEncrypted(f"{name} is encrypted in a way that pdfium does not support")
    os.lseek(descriptor, 0, os.SEEK_SET)
    # A truncated or empty file that calls itself a PDF is a broken one; others are something else.
    if b"%PDF-" in os.read(descriptor, HEADER_BYTES) or name.lower().endswith(".pdf"):
        return PdfCorrupt(
            f"{name} is no readable PDF: it is damaged beyond what pdfium can repair", size_bytes=size
        )
    return UnsupportedFormat(f"{name} is not a PDF")
