"""The Python client: its types are the wire's, and over stdio every request is answered once, whatever ends.

tests/clients/ has the same over HTTP.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest
from hosts import PATIENCE_S, ROOT, shim_path

sys.path.append(str(ROOT / "clients/python"))
sys.path.append(str(ROOT / "xtask/scripts"))

import client_types
import tach_worker

SHEET = ROOT / "docs/sample/engineering_sheet.pdf"


def slow(count: int) -> list[dict]:
    payload = {"kind": "slow", "amount": 5}
    return [{"id": f"r{number}", "cmd": "fault", "payload": payload} for number in range(count)]


@contextlib.contextmanager
def client(tmp_path: Path, *arguments: str):
    environment = {
        "TACH_HOST_SHIM": str(shim_path()),
        "TACH_DOCLING_PROFILE": "none",
        "TACH_TEST_FAULTS": "1",
        "XDG_STATE_HOME": str(tmp_path),
    }
    program = shim_path().with_name("tach")
    with tach_worker.Local(
        program=program, arguments=arguments, environment=environment, wait_s=PATIENCE_S
    ) as tach:
        yield tach


@pytest.mark.parametrize(
    "path, text", list(client_types.files()), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_generated_files_are_those_of_the_wire(path: Path, text: str) -> None:
    hint = "run `.venv/bin/python xtask/scripts/client_types.py`"
    assert path.read_text(encoding="utf-8").replace("\r\n", "\n") == text, hint


@pytest.mark.system("unix", reason="the lane for Windows runs the Python host alone")
def test_commands_errors_and_the_end_of_the_program(tmp_path: Path) -> None:
    with client(tmp_path) as tach:
        assert tach.document_info(SHEET)["page_count"] == 2
        crop = tach.extract_evidence(SHEET, page_index=0, bbox=[60, 60, 200, 100], format="png")
        assert tach_worker.picture(crop).startswith(b"\x89PNG") and crop["mime"] == "image/png"
        with pytest.raises(tach_worker.TachError, match="page_out_of_range") as caught:
            tach.extract_text(os.path.relpath(SHEET), page_index=9)
        assert caught.value.details == {"page_count": 2, "page_index": 9}

        # The program is killed while it owes most of the replies: each comes once, under the id that it was asked with.
        replies = []
        for reply in tach.ask_many(slow(100)):
            replies.append(reply)
            if len(replies) == 10:
                os.kill(tach._process.pid, signal.SIGKILL)
        assert sorted(reply["req_id"] for reply in replies) == sorted(request["id"] for request in slow(100))
        assert {reply["status"] for reply in replies} == {"success"}
    with pytest.raises(tach_worker.TachError, match="shutting_down"):
        tach.ping()


@pytest.mark.system("unix", reason="the lane for Windows runs the Python host alone")
def test_a_program_that_does_not_start_is_told_with_what_it_said(tmp_path: Path) -> None:
    with client(tmp_path, "--no-such-option") as tach, pytest.raises(tach_worker.TachError) as caught:
        tach.ping()
    assert caught.value.code == "startup_failed" and "--no-such-option" in caught.value.message
    with pytest.raises(tach_worker.TachError, match="cannot start"):
        tach_worker.Local(program=tmp_path / "nothing")
