"""The protocol itself over both hosts: handshake, lines, order, stops, deadlines, arguments."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hosts import PATIENCE_S, ROOT, Worker
from pdf_maker import one_page
from test_golden import files, load

from pyworker import messages

LINE_LIMIT = 64 << 20
unix_only = pytest.mark.system(
    "unix", reason="Windows has no signals; tests/lifecycle.rs sends a console event"
)


def stopping(reason):
    return {"type": "lifecycle", "event": "stopping", "reason": reason}


@pytest.mark.system("windows", reason="only there does Python ask a command for the version")
def test_no_worker_starts_a_shell():
    code = (
        "import platform, subprocess, sys\n"
        "from pyworker import windows_version\n"
        "windows_version.ask_no_command()\n"
        "subprocess.Popen = None\n"
        "assert platform.system() == 'Windows'\n"
        "version = '.'.join(map(str, sys.getwindowsversion().platform_version))\n"
        "assert platform.version() == version, platform.uname()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=PATIENCE_S, check=False)
    assert result.returncode == 0


def test_handshake(start):
    worker = start(TACH_WORKER_RAM_LIMIT_MB="2000", TACH_WORKER_TIMEOUT_MS="7000")
    ready = worker.ready()
    parsed = messages.Ready.model_validate(ready)
    assert parsed.pid == worker.process.pid
    assert parsed.protocol == 1
    assert parsed.profile == "none"
    assert parsed.docling is None
    confined = worker.kind == "shim" and sys.platform == "linux"
    assert parsed.capabilities == ["mmap", "sandbox"] if confined else ["mmap"]
    assert parsed.sandbox
    assert parsed.limits.model_dump() == {"ram_soft_mb": 2000, "ram_hard_mb": 3000, "timeout_ms": 7000}


def test_ping(worker):
    reply = worker.ask("ping")
    assert messages.Reply.model_validate(reply).data == {}
    assert reply["perf"]["duration_ms"] >= 0
    assert reply["perf"]["peak_ram_mb"] > 5


@pytest.mark.parametrize("path", files("invalid"))
def test_bad_lines_are_refused_and_the_next_request_is_served(worker, path):
    golden = load(path)
    worker.send_line(golden["line"].encode())
    reply = messages.Reply.model_validate(worker.receive())
    assert reply.error is not None
    assert (reply.req_id, reply.error.code, reply.error.details["field"]) == (
        golden["req_id"],
        golden["code"],
        golden["field"],
    )
    worker.data("ping")


def test_a_line_that_is_not_utf8(worker):
    worker.send_line(b'{"id":"\xc3\x28","cmd":"ping"}')
    reply = worker.receive()
    assert (reply["req_id"], reply["error"]["code"]) == (None, "invalid_json")


def test_a_line_that_is_too_long_is_skipped(worker):
    for length in (LINE_LIMIT + 1, LINE_LIMIT + 500_000):
        worker.send_line(b"x" * length)
        error = worker.receive()["error"]
        assert error["code"] == "invalid_request"
        assert error["details"] == {"field": "line", "limit_bytes": LINE_LIMIT}
    worker.data("ping")


def test_the_longest_line_is_read(worker):
    start = b'{"id":"long","cmd":"ping"'
    worker.send_line(start + b" " * (LINE_LIMIT - len(start) - 1) + b"}")
    assert worker.receive()["req_id"] == "long"


def test_requests_without_the_fault_switch(start):
    worker = start(TACH_TEST_FAULTS="")
    worker.ready()
    assert worker.error("fault", {"kind": "raise"})["code"] == "unknown_command"


def test_many_requests_at_once_are_all_answered_in_order(worker, make_pdf):
    path = make_pdf(one_page())
    fields = {"file_path": str(path), "page_index": 0, "bbox": [0, 0, 50, 50]}
    sent = [
        worker.send("extract_evidence" if n % 3 else "ping", fields if n % 3 else None) for n in range(300)
    ]
    assert [worker.receive()["req_id"] for _ in sent] == sent


def test_ids_come_back_as_they_were(worker):
    for req_id in ("x" * 128, "yêu cầu 😀", 'q"\\\n\t\u2028'):
        worker.send_line(json.dumps({"id": req_id, "cmd": "ping"}).encode())
        assert worker.receive()["req_id"] == req_id


def test_closed_stdin_answers_everything_first(start):
    worker = start()
    worker.ready()
    sent = [worker.send("fault", {"kind": "slow", "amount": 20}) for _ in range(10)]
    worker.process.stdin.write(b'{"id":"last","cmd":"ping"}')
    worker.process.stdin.close()
    found = worker.rest()
    assert [message.get("req_id") for message in found[:-1]] == [*sent, "last"]
    assert found[-1] == stopping("stdin_closed")
    assert worker.wait() == 0


def test_stdin_closed_before_ready(start):
    worker = start()
    worker.process.stdin.close()
    assert [message.get("event") for message in worker.rest()] == ["ready", "stopping"]
    assert worker.wait() == 0


def test_shutdown_is_answered_and_what_follows_is_refused(start):
    worker = start()
    worker.ready()
    lines = [
        {"id": "1", "cmd": "fault", "payload": {"kind": "slow", "amount": 50}},
        {"id": "2", "cmd": "shutdown"},
    ]
    lines += [{"id": str(n), "cmd": "ping"} for n in range(3, 6)]
    worker.process.stdin.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    worker.process.stdin.flush()
    found = worker.rest()
    replies = {message["req_id"]: message for message in found if "req_id" in message}
    assert sorted(replies) == ["1", "2", "3", "4", "5"]
    assert replies["2"]["data"] == {}
    assert all(replies[n]["error"]["code"] == "shutting_down" for n in "345")
    assert [message for message in found if "event" in message] == [stopping("shutdown")]
    assert worker.wait() == 0


@unix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_request_in_flight_finish(start, number):
    worker = start()
    worker.ready()
    first = worker.send("ping")
    flying = worker.send("fault", {"kind": "slow", "amount": 400})
    waiting = [worker.send("ping") for _ in range(3)]
    assert worker.receive()["req_id"] == first
    worker.process.send_signal(number)
    found = worker.rest()
    assert stopping("signal") in found
    replies = {message["req_id"]: message for message in found if "req_id" in message}
    assert sorted(replies) == sorted([flying, *waiting])
    codes = {message["error"]["code"] for message in replies.values() if message["status"] == "error"}
    assert codes <= {"shutting_down"}
    assert worker.wait() == 0


@unix_only
def test_a_signal_to_an_idle_worker(start):
    worker = start()
    worker.ready()
    worker.process.send_signal(signal.SIGTERM)
    assert worker.rest() == [stopping("signal")]
    assert worker.wait() == 0


def test_a_peer_that_reads_nothing_holds_up_no_shutdown(kind, make_pdf):
    path = make_pdf(one_page(size=(1000.0, 1000.0)))
    fields = {"file_path": str(path), "page_index": 0, "bbox": [0, 0, 1000, 1000], "format": "raw", "dpi": 72}
    line = json.dumps({"id": "a", "cmd": "extract_evidence", "payload": fields}).encode() + b"\n"
    command = Worker.command(kind)
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=Worker.environment(),
        cwd=ROOT,
    ) as process:
        assert b'"ready"' in process.stdout.readline()
        process.stdin.write(line * 5)
        process.stdin.flush()
        # The first byte of the first reply: the worker is at work, and stuck behind the pipe soon.
        assert process.stdout.read(1) == b"{"
        if sys.platform == "win32":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S + 30) in (0, 124)


def test_a_worker_whose_parent_died_ends(kind, tmp_path):
    """The parent starts a worker that is busy for a minute, says its pid and dies."""
    if sys.platform == "win32" and kind == "python":
        pytest.skip(
            "without the shim's guard and without poll() only a closed stdin tells that the parent has exited"
        )
    parent = (
        "import subprocess, sys, os, json\n"
        f"worker = subprocess.Popen({Worker.command(kind)!r}, stdin=-1, stdout=-1, cwd={str(ROOT)!r})\n"
        "worker.stdout.readline()\n"
        "line = json.dumps({'id':'a','cmd':'fault','payload':{'kind':'slow','amount':60000},'timeout_ms':120000})\n"
        "worker.stdin.write(line.encode() + b'\\n'); worker.stdin.flush()\n"
        "print(worker.pid, flush=True); os._exit(0)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", parent],
        env=Worker.environment(),
        stdout=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=True,
    )
    pid = int(result.stdout)
    if sys.platform == "win32":
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(20)
        return
    descriptor = os.pidfd_open(pid) if hasattr(os, "pidfd_open") and Path(f"/proc/{pid}").exists() else None
    if descriptor is not None:
        import select

        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        assert poll.poll(20_000), "the worker outlived its parent"
        os.close(descriptor)


@pytest.mark.parametrize(
    ("argument", "code", "stream"),
    [("--help", 0, "stdout"), ("--version", 0, "stdout"), ("--wrong", 64, "stderr")],
)
def test_arguments(kind, argument, code, stream):
    result = subprocess.run(
        [*Worker.command(kind), argument],
        capture_output=True,
        env=Worker.environment(),
        cwd=ROOT,
        timeout=PATIENCE_S,
        check=False,
    )
    assert result.returncode == code
    assert getattr(result, stream).strip()
    assert getattr(result, "stdout" if stream == "stderr" else "stderr") == b""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TACH_WORKER_RAM_LIMIT_MB", "lots"),
        ("TACH_WORKER_TIMEOUT_MS", "0"),
        ("TACH_DOCLING_PROFILE", "huge"),
        ("TACH_DOCLING_THREADS", "-1"),
        ("TACH_ALLOWED_ROOTS", "relative"),
    ],
)
def test_a_setting_that_is_no_use_fails_the_start_and_is_named(start, name, value):
    worker = start(**{name: value})
    (event,) = worker.rest()
    assert event["event"] == "startup_failed"
    assert name in event["message"]
    assert worker.wait() == 78


def test_a_limit_below_what_the_worker_needs_fails_the_start(start):
    worker = start(TACH_WORKER_RAM_LIMIT_MB="5")
    (event,) = worker.rest()
    assert event["event"] == "startup_failed"
    assert "TACH_WORKER_RAM_LIMIT_MB" in event["message"]
    assert worker.wait() == 78
