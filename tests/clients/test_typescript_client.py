"""The TypeScript client: compiled by TypeScript's own compiler, strictly, and run by Node against a running service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from node_packages import node, package
from serving import BOX, HEADING, PROJECT

pytestmark = pytest.mark.node
CLIENT = PROJECT / "clients/typescript"
PROGRAM = Path(__file__).with_name("typescript_program.ts")


def test_it_compiles_strictly_and_answers(service, tmp_path):
    source = tmp_path / "src"
    source.mkdir()
    for file in (CLIENT / "src").iterdir():
        (source / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (source / "program.ts").write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    settings = json.loads((CLIENT / "tsconfig.json").read_text())
    settings["compilerOptions"] |= {
        "types": ["node"],
        "typeRoots": [package("@types")],
        "noEmitOnError": True,
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    compiled = node(package("typescript/bin/tsc"), "-p", str(tmp_path))
    assert compiled.returncode == 0, compiled.stdout
    asked = json.dumps([service.url, service.sheet.name, HEADING, BOX])
    done = node(str(tmp_path / "dist/program.js"), asked)
    assert done.returncode == 0 and done.stdout == "held\n", done.stdout + done.stderr
