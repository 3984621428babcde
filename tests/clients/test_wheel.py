"""The wheel that carries the program: installed into an empty environment, its command and its client work."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from serving import BOX, HEADING, PROJECT, SHEET, tach

PYTHON = PROJECT / ".venv/bin/python"
"""The worker's own: the shim is linked to its library."""
CLIENT = """
import sys, tach_worker
with tach_worker.Local() as tach:
    box = eval(sys.argv[2])
    crop = tach.extract_evidence(sys.argv[1], page_index=0, bbox=box, include_text=True, timeout_ms=60_000)
    print(crop["text"])
"""


def said(*command, **options) -> str:
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
    return ended.stdout


def link_packages(folder: Path) -> None:
    """Puts the packages of the lean profile into an environment, as links, but none of the project's sources."""
    [own] = (PROJECT / ".venv/lib").glob("python*/site-packages")
    [other] = (folder / "lib").glob("python*/site-packages")
    for entry in own.iterdir():
        if entry.suffix == ".pth" or entry.name == "__pycache__" or (other / entry.name).exists():
            continue
        if entry.is_dir():
            shutil.copytree(entry, other / entry.name, copy_function=os.link)
        else:
            os.link(entry, other / entry.name)


def unlinked(folder: Path) -> Path:
    """A copy of the shim that no longer knows where the Python is that it was built with."""
    built = Path(os.environ.get("TACH_HOST_SHIM") or Path(tach()).with_name("tach-host-shim"))
    place = "import sysconfig; print(sysconfig.get_config_var('LIBDIR'), end='')"
    library = said(PYTHON, "-c", place).encode()
    shim = folder / built.name
    shim.write_bytes(built.read_bytes().replace(library, b"/" + b"-" * (len(library) - 1)))
    shim.chmod(0o755)
    return shim


@pytest.fixture(scope="module")
def environment():
    # Beside the packages: no link leads from one file system to another.
    with tempfile.TemporaryDirectory(dir=PROJECT / "target", prefix="bánh xe ") as name:
        folder = Path(name)
        shim = unlinked(folder)
        script = PROJECT / "xtask/scripts/wheel.py"
        made = said(PYTHON, script, PROJECT, folder, "--tach", tach(), "--shim", shim).split("\n")[-2]
        said(PYTHON, "-m", "venv", folder / "venv")
        link_packages(folder / "venv")
        # Without an index: every requirement of the wheel must be met by the locked packages.
        said(folder / "venv/bin/python", "-m", "pip", "install", "--no-index", made)
        yield folder / "venv"


def bare(folder: Path) -> dict[str, object]:
    """Nothing of this process's environment."""
    return {"env": {"HOME": str(folder), "PATH": "/usr/bin:/bin"}, "cwd": folder}


def test_the_command_finds_the_environment_that_it_is_installed_in(environment):
    report = said(environment / "bin/tach", "doctor", **bare(environment))
    assert f"{environment}/lib" in report and "Everything a worker needs is here." in report
    assert str(PROJECT / ".venv") not in report
    # The system may have a library of another release.
    assert said(PYTHON, "-c", "import platform; print(platform.python_version(), end='')") in report


def test_the_client_finds_the_program(environment):
    text = said(environment / "bin/python", "-c", CLIENT, SHEET, BOX, **bare(environment))
    assert HEADING in text
