"""The inspector of the Model Context Protocol, from npm: it starts `tach mcp` and calls its tools."""

from __future__ import annotations

import base64
import json

import pytest
from node_packages import node, package
from serving import BOX, HEADING, TOOLS, tach

pytestmark = pytest.mark.node
PROGRAM = package("@modelcontextprotocol/inspector/cli/build/cli.js")


@pytest.fixture
def ask(service):
    def ask(*arguments: str):
        server = [tach(), "mcp", "--root", str(service.folder)]
        done = node(PROGRAM, "--cli", *server, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def called(name, **arguments):
    words = [f"{key}={value}" for key, value in arguments.items()]
    return ["--method", "tools/call", "--tool-name", name, "--tool-arg", *words]


def test_it_lists_and_calls_the_tools(ask, service):
    assert {tool["name"] for tool in ask("--method", "tools/list")["tools"]} == TOOLS
    file = service.sheet.name
    (info,) = ask(*called("document_info", file=file))["content"]
    assert json.loads(info["text"])["page_count"] == 2
    picture, told = ask(*called("crop_evidence", file=file, page=1, bbox=json.dumps(BOX)))["content"]
    assert base64.b64decode(picture["data"]).startswith(b"\x89PNG") and HEADING in told["text"]


def test_it_sees_a_failure_as_one(ask):
    answer = ask(*called("read_page", file="broken.pdf", page=1))
    assert answer["isError"] and "pdf_corrupt" in answer["content"][0]["text"]
