"""Image files that both processes map: written here, removed by their receiver.

Each worker writes to a folder of its own that only its user may enter. Folders of workers that have exited are
removed when the next worker starts.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pyworker.engine.process import private_folder
from pyworker.engine.process.private_folder import PrivateFolder
from pyworker.errors import EngineError
from pyworker.reply_data import MmapRegionData
from pyworker.settings import Settings

FILE_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_SPACE = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class MmapStore:
    """Writes files for the mmap transport; the folder is made at first use."""

    def __init__(self, settings: Settings) -> None:
        # The folder that a supervisor or the Rust host names is theirs to remove.
        self._named = settings.mmap_dir
        # A confined worker has no other folder that it could look for.
        self._root = self._named or settings.mmap_root()
        self._private: PrivateFolder | None = None
        self._written = 0

    def sweep(self) -> None:
        """Removes the folders of workers that have exited."""
        if self._named is None:
            private_folder.sweep(self._root)

    def usable(self) -> bool:
        """Whether the folder exists, or could be made, and may be written to."""
        try:
            folder = self.folder()
        except OSError:
            return False
        return os.access(folder, os.W_OK)

    def close(self) -> None:
        """Removes the folder unless a receiver has yet to take a file from it."""
        if self._private is not None:
            self._private.close()
            self._private = None

    def folder(self) -> Path:
        """The folder that this process alone writes to, made at first use. Raises OSError."""
        if self._named is not None:
            self._named.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._named
        if self._private is None or not self._private.path.is_dir():
            self._private = PrivateFolder(self._root)
        return self._private.path

    def write(self, data: Any) -> MmapRegionData:
        """Writes `data`, any buffer of bytes, into a new file; returns the reply's `mmap` object."""

        def put(descriptor: int, _: Path) -> None:
            rest = memoryview(data).cast("B")
            while rest:
                rest = rest[os.write(descriptor, rest) :]

        return self._new_file(memoryview(data).nbytes, put)

    def fill(self, length: int, draw: Callable[[int], None]) -> MmapRegionData:
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

    def _new_file(self, length: int, put: Callable[[int, Path], None]) -> MmapRegionData:
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
            folder = self.folder()
        except OSError as error:
            raise _failure(self._named or self._root, error) from error
        while True:
            path = folder / f"{os.getpid()}-{self._written}.bin"
            self._written += 1
            try:
                return path, os.open(path, FILE_FLAGS, 0o600)
            except FileExistsError:
                # Of an earlier process of this number; its receiver has yet to take it.
                continue
            except OSError as error:
                raise _failure(path, error) from error


def discard(data: Mapping[str, Any]) -> None:
    """Removes the file of a picture, where a reply's `data` names one, that reaches no caller."""
    if "mmap" in data:
        Path(data["mmap"]["path"]).unlink(missing_ok=True)


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
