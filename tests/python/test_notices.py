"""The licences of a bundle's parts: each has a text, and none is one that a bundle must not hold."""

from __future__ import annotations

import importlib.util
import json
import sys
import sysconfig
from pathlib import Path

import pytest
from hosts import ROOT

pytestmark = pytest.mark.system("unix", reason="xtask runs it, which runs on the machine that builds")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("notices", ROOT / "xtask/scripts/notices.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["notices"] = module
    spec.loader.exec_module(module)
    return module


def test_every_package_of_this_environment_has_a_text(script):
    parts = script.python_parts(Path(sysconfig.get_path("purelib")))
    names = {part.name.lower() for part in parts}
    assert {"pillow", "pypdfium2", "numpy"} <= names
    texts = [script.completed(part, ROOT) for part in parts]
    assert [part.name for part in texts if not any(text.strip() for text in part.texts)] == []


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", "Copyright (c) A. Writer"),
        ("Apache-2.0", "Apache License"),
        ("GPL-2.0-or-later", None),
        ("AGPL-3.0", None),
        ("MIT OR GPL-2.0-only", "Copyright (c) A. Writer"),
        ("Some own licence", None),
    ],
)
def test_a_part_without_a_text(script, licence, expected):
    part = script.Part("pypi", "example", "1.0", licence, "A. Writer")
    if expected is None:
        with pytest.raises(SystemExit, match=r"example 1\.0"):
            script.completed(part, ROOT)
    else:
        assert expected in script.completed(part, ROOT).texts[0]


def test_the_bill_of_materials_names_each_part(script):
    parts = [script.Part("pypi", "one", "1.0", "MIT"), script.Part("cargo", "two", "2.0", "An own licence")]
    bom = json.loads(script.bill_of_materials(parts))
    assert bom["bomFormat"] == "CycloneDX"
    assert {component["purl"] for component in bom["components"]} == {"pkg:pypi/one@1.0", "pkg:cargo/two@2.0"}


def test_one_text_stands_under_all_that_it_covers(script):
    parts = [script.Part("pypi", name, "1", "MIT", texts=["The text.\n"]) for name in ("one", "two")]
    written = script.notices(parts)
    assert written.count("The text.") == 1
    assert "one 1 (MIT)\ntwo 1 (MIT)" in written
