"""Where the program `tach` is."""

from __future__ import annotations

import os
import shutil

from .errors import TachError


def find() -> str:
    """`TACH_PROGRAM`, else that of the PATH."""
    if named := os.environ.get("TACH_PROGRAM"):
        return named
    if found := shutil.which("tach"):
        return found
    raise TachError(
        "startup_failed",
        "the program tach is not on the PATH; install it, or name it with program= or the variable TACH_PROGRAM",
    )
