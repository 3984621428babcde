"""A folder that this process alone writes to, with a lock that tells other processes that it lives.

A process id would not do as the sign of life: two containers that share a folder for temporary files number their
processes independently, and one would delete what the other still uses.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path

LOCK = "lock"
UNLOCKED_AGE_S = 3600.0
"""A folder without a lock file is left alone for so long: its owner may be about to make one."""


class PrivateFolder:
    """A new folder below `root`, or beside it where `root` is not this user's alone.

    `close` removes it if it is empty.
    """

    def __init__(self, root: Path) -> None:
        prefix = f"{os.getpid()}-"
        if made_private(root):
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        else:
            # Another user took the name first. That must neither stop this user's images nor let anyone read them.
            self.path = Path(tempfile.mkdtemp(prefix=f"{root.name}-{prefix}"))
        self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _try_lock(self._lock)

    def close(self) -> None:
        """Removes the folder unless a receiver has yet to take a file from it."""
        os.close(self._lock)
        try:
            (self.path / LOCK).unlink(missing_ok=True)
            self.path.rmdir()
        except OSError:
            # Not empty: those files belong to their receivers.
            return


def sweep(root: Path) -> None:
    """Removes the folders below `root` whose owners have exited."""
    if not is_private(root):
        # Missing, or another user's: nothing in it is ours.
        return
    for folder in root.iterdir():
        if not folder.is_symlink() and folder.is_dir() and _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def made_private(folder: Path) -> bool:
    """Whether `folder` is now a real one that only this user may enter: made, or closed to others where it is ours."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        is_ours = stat.S_ISDIR(status.st_mode) and hasattr(os, "getuid") and status.st_uid == os.getuid()
        # A confined worker may not change rights, and need not where a folder is closed already.
        if is_ours and status.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError:
        return False
    return is_private(folder)


def is_private(folder: Path) -> bool:
    """Whether `folder` is a real one that only this user may enter (on Windows the profile's rights see to it)."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o077)


def _is_abandoned(folder: Path) -> bool:
    prefix, _, rest = folder.name.partition("-")
    if not prefix.isdecimal() or not rest:
        return False
    try:
        lock = os.open(folder / LOCK, os.O_RDWR)
    except FileNotFoundError:
        try:
            return time.time() - folder.lstat().st_mtime > UNLOCKED_AGE_S
        except OSError:
            return False
    except OSError:
        return False
    try:
        return _try_lock(lock)
    finally:
        os.close(lock)


def _try_lock(descriptor: int) -> bool:
    """Whether the file is locked by `descriptor` now; False where another process holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
