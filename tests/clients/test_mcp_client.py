"""The Model Context Protocol's own client: the tools over stdin and stdout, and over HTTP."""

from __future__ import annotations

import asyncio
import base64
import json

import requests
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from serving import BOX, HEADING, TOOLS, served, tach


async def use(server, name):
    """Calls each tool over one connection."""
    async with Client(server) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS

        async def call(tool, **arguments):
            answer = await client.call_tool(tool, {"file": name, **arguments})
            return answer.is_error, answer.content

        failed, (info,) = await call("document_info")
        assert not failed and json.loads(info.text)["page_count"] == 2
        failed, (text,) = await call("read_page", page=1)
        assert not failed and HEADING in text.text
        failed, (picture, told) = await call("crop_evidence", page=1, bbox=BOX)
        assert not failed and base64.b64decode(picture.data).startswith(b"\x89PNG")
        assert HEADING in told.text
        failed, (tables,) = await call("find_tables", page=1)
        assert not failed and "|" in tables.text
        failed, (markdown,) = await call("convert_pages", first_page=1, last_page=2)
        assert not failed and HEADING in markdown.text
        failed, (refusal,) = await call("read_page", page=9)
        assert failed and "page_out_of_range" in refusal.text
        failed, (refusal,) = await call("read_page", page=1, file="/etc/passwd")
        assert failed and "path_not_allowed" in refusal.text


def test_over_stdin_and_stdout_without_an_environment(service):
    parameters = StdioServerParameters(command=tach(), args=["mcp", "--root", str(service.folder)], env={})
    asyncio.run(use(stdio_client(parameters), service.sheet.name))


def test_over_http(service):
    asyncio.run(use(f"{service.url}/mcp", service.sheet.name))


def test_over_http_a_token_is_asked_for(tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef\n")
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accepts = {"Accept": "application/json, text/event-stream"}
    with served(tmp_path, "--token-file", str(tmp_path / "token")) as service:

        def status(**headers):
            return requests.post(
                f"{service.url}/mcp", json=ping, headers=accepts | headers, timeout=30
            ).status_code

        assert status() == 401
        assert status(Authorization="Bearer 0123456789abcdef") == 200
        assert status(Authorization="Bearer 0123456789abcdef", Origin="http://evil.example") == 403
