"""Installs the packages of package-lock.json beside the environment's Python, with the npm that is in it.

Not into this folder: the project's tree has only what is committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = Path(sys.prefix) / "node"
"""Where they are installed."""
NAMES = ("package.json", "package-lock.json")
STAMP = ROOT / "complete.json"


def environment() -> dict[str, str]:
    """With this environment's Node first."""
    return os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def package(path: str) -> str:
    """The path of a file in an installed package."""
    return str(ROOT / "node_modules" / path)


def node(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """Runs Node to its end, and gives what it said."""
    command = [str(Path(sys.executable).with_name("node")), *arguments]
    options = {"env": environment(), "timeout": 300, **options}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, **options)


def main() -> None:
    lock = (HERE / "package-lock.json").read_text()
    if STAMP.exists() and STAMP.read_text() == lock:
        return
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    for name in NAMES:
        shutil.copy(HERE / name, ROOT)
    npm = shutil.which("npm", path=environment()["PATH"])
    # Packages are data here: nothing of theirs runs while they are installed.
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    subprocess.run([npm, *words], cwd=ROOT, env=environment(), check=True, timeout=600)
    STAMP.write_text(lock)


if __name__ == "__main__":
    main()
