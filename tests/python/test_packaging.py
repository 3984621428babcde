"""The wheel of pyworker holds every package of it, and asks for what the locked environment is made of."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYWORKER = Path(__file__).resolve().parents[2] / "pyworker"
PROJECT = tomllib.loads((PYWORKER / "pyproject.toml").read_text("utf-8"))


def test_the_wheel_holds_every_package():
    folders = [path.parent.relative_to(PYWORKER.parent) for path in PYWORKER.rglob("__init__.py")]
    there = {".".join(folder.parts) for folder in folders if "build" not in folder.parts}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == there


def test_the_extra_lean_asks_for_what_the_lock_was_made_from():
    lines = (PYWORKER / "requirements-lean.in").read_text("utf-8").splitlines()
    locked = [requirement for line in lines if (requirement := line.split("#")[0].strip())]
    asked = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["lean"]
    assert {name_of(text) for text in asked} == {name_of(text) for text in locked}


def name_of(requirement: str) -> str:
    """The package and its extras, without its versions."""
    return requirement.partition("]")[0] if "]" in requirement else requirement.split(">")[0].split("=")[0]
