r"""Paths past Windows' limit of 260 characters, in the extended-length form that lifts it (`\\?\`)."""

from __future__ import annotations

import ntpath
import sys

LIMIT = 248
"""From this length on a path needs the form: MAX_PATH less a file name of the old 8.3 kind."""

_DEVICE = ("\\\\?\\", "\\\\.\\")


def for_system(name: str) -> str:
    """`name`, an absolute path, as the system's calls take it."""
    return extended(name) if sys.platform == "win32" and len(name) >= LIMIT else name


def extended(name: str) -> str:
    """The extended-length form of an absolute Windows path; one that names a device has its form already."""
    if name.startswith(_DEVICE):
        return name
    # The system takes this form as it is: no `/`, no `.` and no `..`.
    plain = ntpath.normpath(name)
    return "\\\\?\\UNC\\" + plain[2:] if plain.startswith("\\\\") else "\\\\?\\" + plain


def plain(name: str) -> str:
    """The usual form of a path that may be in the extended-length form."""
    if name.startswith("\\\\?\\UNC\\"):
        return "\\\\" + name[8:]
    return name[4:] if name.startswith("\\\\?\\") else name
