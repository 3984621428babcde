"""Where the program `tach` is, and what it needs to find Python where a wheel carries it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from .errors import TachError

CARRIED = Path(__file__).with_name("bin") / ("tach.exe" if sys.platform == "win32" else "tach")
"""The program in the wheels for Linux and for Windows; the one for all systems has none."""
SYSTEM_FOLDERS = ("/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib")
"""Where the loader looks by itself, and in their folders for one kind of processor."""


def find() -> str:
    """`TACH_PROGRAM`, else the program that this package carries, else that of the PATH."""
    if named := os.environ.get("TACH_PROGRAM"):
        return named
    if CARRIED.is_file():
        return str(CARRIED)
    if found := shutil.which("tach"):
        return found
    raise TachError(
        "startup_failed",
        "the program tach is not on the PATH; install it, or name it with program= or the variable TACH_PROGRAM",
    )


def environment(program: str, variables: Mapping[str, str]) -> dict[str, str]:
    """`variables`, and for the carried program those by which its workers find this very Python.

    Raises TachError where this Python has no shared library, which a worker embeds.
    """
    found = dict(variables)
    if Path(program) != CARRIED:
        return found
    found.setdefault("TACH_PYTHON", sys.prefix)
    # Another environment was named: the caller says where its library is.
    if found["TACH_PYTHON"] == sys.prefix and (folder := _library_folder()) is not None:
        name = "PATH" if sys.platform == "win32" else "LD_LIBRARY_PATH"
        others = found.get(name)
        found[name] = f"{folder}{os.pathsep}{others}" if others else str(folder)
    return found


def _library_folder() -> Path | None:
    """The folder of this Python's shared library; None where the loader finds it by itself."""
    if sys.platform == "win32":
        # A virtual environment has no python3xx.dll, and Windows looks for it in the folders of PATH.
        return Path(sys.base_prefix)
    name = sysconfig.get_config_var("INSTSONAME") or ""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if ".so" not in name:
        # Built without one; its package may have been added, as on Debian.
        name = f"libpython{version}.so.1.0"
    kind = sysconfig.get_config_var("MULTIARCH") or ""
    # Its own first: the system may have another release of the same minor version.
    for folder in (Path(sys.base_prefix, "lib"), Path(sysconfig.get_config_var("LIBDIR") or "/lib")):
        if (folder / name).is_file():
            return folder
    if any(Path(folder, part, name).is_file() for folder in SYSTEM_FOLDERS for part in ("", kind)):
        return None
    raise TachError(
        "startup_failed",
        f"this Python ({sys.base_prefix}) has no {name}, which tach embeds; install it (Debian: apt-get install "
        f"libpython{version}), or use a Python built with --enable-shared",
    )


def main() -> None:
    """The command `tach` of a wheel that carries the program."""
    program = str(CARRIED)
    command = [program, *sys.argv[1:]]
    try:
        variables = environment(program, os.environ)
    except TachError as error:
        sys.exit(f"tach: {error.message}")
    if sys.platform == "win32":
        # There a program that replaces this one would be waited for by no shell.
        sys.exit(subprocess.call(command, env=variables))  # noqa: S603
    os.execve(program, command, variables)  # noqa: S606
