"""Keeps Python 3.10 and 3.11 on Windows from starting `cmd.exe /c ver` in each worker.

Those releases ask that command for the version when a library calls `platform.system()`, as pypdfium2 does at its
import, and take the interpreter's own answer, the same figures, only where the command gives none. Besides the time
of a process, a worker that starts a shell is what guards against malware look for.
"""

from __future__ import annotations

import platform
import sys


def ask_no_command() -> None:
    """Lets `platform` take the version from the interpreter. Call it before libraries are imported."""
    if sys.platform == "win32" and sys.version_info < (3, 12):
        vars(platform)["_syscmd_ver"] = lambda system="", release="", version="", *_: (
            system,
            release,
            version,
        )
