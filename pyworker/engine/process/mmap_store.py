"""Where the bytes of a picture go: into the reply, or into a file that the receiver maps and removes.

Each worker writes below a folder of its own that only its user may enter. Folders of workers that are gone are
removed when the next worker starts.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from pyworker.errors import EngineError
from pyworker.settings import Settings

FILE_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class MmapStore:
    """Writes files for the mmap transport; the folder is made at first use."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.private_mmap_dir()
        # A folder that the environment names is swept by whoever named it.
        self._shared_root = None if settings.mmap_dir is not None else self._folder.parent
        self._ready = False
        self._written = 0

    def sweep(self) -> None:
        """Removes the folders of workers that no longer run, and what an earlier process of this number left."""
        root = self._shared_root
        if root is None or not _is_private(root):
            # Not there yet, or a stranger's: nothing of ours lies in it.
            return
        for folder in root.iterdir():
            pid = int(folder.name) if folder.name.isdecimal() else None
            if pid is not None and (pid == os.getpid() or not psutil.pid_exists(pid)):
                shutil.rmtree(folder, ignore_errors=True)

    def usable(self) -> bool:
        """Whether the folder is there, or could be made, and may be written to."""
        try:
            self._prepare()
        except OSError:
            return False
        return os.access(self._folder, os.W_OK)

    def close(self) -> None:
        """Removes the folder unless a receiver has yet to take a file from it."""
        if self._ready and self._shared_root is not None:
            try:
                self._folder.rmdir()
            except OSError:
                # Not empty: those files belong to their receivers.
                return

    def write(self, data: Any) -> dict[str, Any]:
        """Writes `data`, any buffer of bytes, into a new file; returns the reply's `mmap` object."""

        def put(descriptor: int, _: Path) -> None:
            rest = memoryview(data).cast("B")
            while rest:
                rest = rest[os.write(descriptor, rest) :]

        return self._new_file(memoryview(data).nbytes, put)

    def fill(self, length: int, draw: Callable[[int], None]) -> dict[str, Any]:
        """Lets `draw` write to the mapped memory, by its address, of a new file of `length` bytes of 0xFF."""

        def put(descriptor: int, _: Path) -> None:
            # Reserved up front: a disk that fills up under a mapping kills the process instead of raising.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, length)
            else:
                _write_zeros(descriptor, length)
            with mmap.mmap(descriptor, length) as mapped:
                start = ctypes.c_char.from_buffer(mapped)
                try:
                    address = ctypes.addressof(start)
                    ctypes.memset(address, 0xFF, length)
                    draw(address)
                finally:
                    # The mapping cannot be closed while anything refers to it.
                    del start

        return self._new_file(length, put)

    def _new_file(self, length: int, put: Callable[[int, Path], None]) -> dict[str, Any]:
        path, descriptor = self._open_new()
        try:
            try:
                put(descriptor, path)
            finally:
                os.close(descriptor)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise _failure(path, error) from error
            raise
        return {"path": str(path), "offset": 0, "length": length}

    def _open_new(self) -> tuple[Path, int]:
        """Opens the next file, `PID-NUMBER.bin`; by the number a supervisor knows what no reply has named."""
        try:
            self._prepare()
        except OSError as error:
            raise _failure(self._folder, error) from error
        while True:
            path = self._folder / f"{os.getpid()}-{self._written}.bin"
            self._written += 1
            try:
                return path, os.open(path, FILE_FLAGS, 0o600)
            except FileExistsError:
                # Of an earlier process of this number; its receiver has yet to take it.
                continue
            except OSError as error:
                raise _failure(path, error) from error

    def _prepare(self) -> None:
        if self._ready and self._folder.is_dir():
            return
        if self._shared_root is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (_made_private(self._shared_root) and _made_private(self._folder)):
            # Whoever took the name first must not be able to stop this user's pictures, nor to read them.
            self._folder = Path(tempfile.mkdtemp(prefix=f"{self._shared_root.name}-{os.getpid()}-"))
        self._ready = True


def discard(data: dict[str, Any]) -> None:
    """Removes the file of a picture, where a reply's `data` names one, that reaches nobody."""
    if "mmap" in data:
        Path(data["mmap"]["path"]).unlink(missing_ok=True)


def _made_private(folder: Path) -> bool:
    """Whether `folder` is now a real one that only this user may enter: made, or closed to others where it is ours."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and hasattr(os, "getuid") and status.st_uid == os.getuid():
            folder.chmod(0o700)
    except OSError:
        return False
    return _is_private(folder)


def _is_private(folder: Path) -> bool:
    """Whether `folder` is a real one that only this user may enter (on Windows the profile's rights see to it)."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)


def _write_zeros(descriptor: int, length: int) -> None:
    block = bytes(min(length, 1 << 20))
    written = 0
    while written < length:
        written += os.write(descriptor, block[: length - written])
    os.lseek(descriptor, 0, os.SEEK_SET)


def _failure(path: Path, error: OSError) -> EngineError:
    reason = error.strerror or str(error)
    where = error.filename or path
    if error.errno in _NO_SPACE:
        return EngineError(
            f"no room left on the disk of {path.parent}; free some, or use transport inline",
            path=str(where),
            reason=reason,
        )
    return EngineError(f"cannot write {where}: {reason}", path=str(where), reason=reason)
