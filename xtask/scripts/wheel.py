"""Makes the wheel of tach-worker that carries `tach`, the shim and pyworker, for this Linux or for Windows.

Its dependencies are the locked packages of the lean profile, each at its version. A worker embeds the Python that the
wheel is installed into, so the wheel is for one minor version, the one that the shim was linked to. setuptools makes
it, in the version below, which pip fetches.

Usage: wheel.py PROJECT OUT --tach FILE --shim FILE [--notices FOLDER] [--platform win_amd64]. Prints the wheel's path.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SETUPTOOLS = "setuptools==80.9.0"
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
NOTICES = ("THIRD-PARTY-NOTICES.txt", "sbom.cdx.json")
# A folder with programs makes the wheel one for this Python and this system.
SETUP = """from setuptools import Distribution, setup


class Binary(Distribution):
    def has_ext_modules(self):
        return True


setup(distclass=Binary, options={"bdist_wheel": PLATFORM})
"""


def requirements(lock: str) -> list[str]:
    """The packages of a lock as `name==version ; marker`, without hashes."""
    lines = (line.removesuffix("\\").strip() for line in lock.splitlines())
    return [line for line in lines if re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?==", line)]


def metadata(pyproject: str, needed: list[str], licences: list[str]) -> str:
    """The package's own pyproject.toml with dependencies, the command `tach` and every file of both packages."""
    head, _, _ = pyproject.partition("[tool.setuptools]")
    listed = "".join(f"    {_quoted(line)},\n" for line in needed)
    major, minor = sys.version_info[:2]
    for old, new in (
        ("dependencies = []\n", f"dependencies = [\n{listed}]\nlicense-files = {licences}\n"),
        ('requires-python = ">=3.10"', f'requires-python = ">={major}.{minor},<{major}.{minor + 1}"'),
        ('requires = ["setuptools>=77"]', f'requires = ["{SETUPTOOLS}"]'),
    ):
        if head.count(old) != 1:
            raise SystemExit(f"clients/python/pyproject.toml has no single {old!r}")
        head = head.replace(old, new)
    return head + (
        '[project.scripts]\ntach = "tach_worker.program:main"\n\n'
        '[tool.setuptools.packages.find]\ninclude = ["tach_worker*", "pyworker*"]\n\n'
        '[tool.setuptools.package-data]\n"*" = ["py.typed", "bin/*", "tessdata/*"]\n'
    )


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


def lay_out(
    project: Path, stage: Path, tach: Path, shim: Path, notices: Path | None, platform: str | None
) -> None:
    """Writes what setuptools builds the wheel from."""
    client = project / "clients/python"
    unwanted = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "build")
    shutil.copytree(client / "tach_worker", stage / "tach_worker", ignore=unwanted)
    shutil.copytree(project / "pyworker", stage / "pyworker", ignore=unwanted)
    programs = stage / "tach_worker/bin"
    programs.mkdir()
    for program in (tach, shim):
        shutil.copy2(program, programs)
    shutil.copy(client / "README.md", stage)
    lock = requirements((project / "pyworker/requirements-lean.txt").read_text("utf-8"))
    for name in LICENCES:
        shutil.copy(project / name, stage)
    further = [] if notices is None else [notices / name for name in NOTICES]
    for path in further:
        shutil.copy(path, stage)
    licences = [*LICENCES, *(path.name for path in further)]
    pyproject = metadata((client / "pyproject.toml").read_text("utf-8"), lock, licences)
    (stage / "pyproject.toml").write_text(pyproject, "utf-8")
    named = {} if platform is None else {"plat_name": platform}
    (stage / "setup.py").write_text(SETUP.replace("PLATFORM", repr(named)), "utf-8")


def build(stage: Path, out: Path) -> Path:
    """Builds the wheel of `stage` into `out`."""
    made = stage / "made"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-input",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "--wheel-dir", made, stage], check=True)  # noqa: S603
    [wheel] = made.glob("*.whl")
    out.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(wheel, out))


def main() -> None:
    """Makes the wheel and prints its path."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--tach", type=Path, required=True)
    parser.add_argument("--shim", type=Path, required=True)
    parser.add_argument(
        "--notices", type=Path, help="folder of a bundle, whose notices and bill of materials go in"
    )
    parser.add_argument("--platform", help="tag of the system that the programs are for; default: this one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name) / "stage"
        stage.mkdir()
        lay_out(given.project.resolve(), stage, given.tach, given.shim, given.notices, given.platform)
        print(build(stage, given.out))


if __name__ == "__main__":
    main()
