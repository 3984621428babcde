"""Faults over both hosts: every one ends in an answer, none in a hang."""

import os
import signal
import sys
import time

import pytest

CRASHES = {"segv": {-signal.SIGSEGV}, "abort": {-signal.SIGABRT}, "exit": {7}, "panic": {70}}
windows = sys.platform == "win32"


def test_noise_on_stdout_harms_no_reply(worker):
    for _ in range(3):
        assert worker.data("fault", {"kind": "stdout_noise"}) == {}


@pytest.mark.system("unix")
def test_noise_is_dropped_where_the_reader_of_stderr_has_exited(start):
    reading, writing = os.pipe()
    worker = start(stderr=writing)
    os.close(writing)
    worker.ready()
    os.close(reading)
    for _ in range(2):
        assert worker.data("fault", {"kind": "stdout_noise"}) == {}


def test_an_exception_is_an_engine_error_with_its_traceback_on_stderr(start):
    worker = start()
    worker.ready()
    error = worker.error("fault", {"kind": "raise"})
    assert error["code"] == "engine_error"
    assert "RuntimeError" in error["message"]
    worker.data("ping")
    worker.stop()
    assert b"Traceback" in worker.stderr


def test_a_slow_request_within_its_deadline(worker):
    reply = worker.ask("fault", {"kind": "slow", "amount": 60}, timeout_ms=5000)
    assert reply["status"] == "success"
    assert reply["perf"]["duration_ms"] >= 60


def test_a_deadline_is_kept_and_a_late_result_dropped(worker):
    began = time.monotonic()
    error = worker.error("fault", {"kind": "slow", "amount": 400}, timeout_ms=100)
    assert error["code"] == "timeout"
    assert error["details"]["timeout_ms"] == 100
    assert time.monotonic() - began < 0.6 + (5 if windows else 0)
    # The next reply is the next request's, not the late result.
    assert worker.ask("ping")["status"] == "success"


def test_the_default_deadline_comes_from_the_environment(start):
    worker = start(TACH_WORKER_TIMEOUT_MS="80")
    worker.ready()
    assert worker.error("fault", {"kind": "slow", "amount": 200})["details"]["timeout_ms"] == 80


def test_queued_requests_have_deadlines_of_their_own(worker):
    first = worker.send("fault", {"kind": "slow", "amount": 300}, timeout_ms=5000)
    second = worker.send("fault", {"kind": "slow", "amount": 10}, timeout_ms=250)
    replies = [worker.receive(), worker.receive()]
    assert [(reply["req_id"], reply["status"]) for reply in replies] == [
        (first, "success"),
        (second, "success"),
    ]


def test_a_wedged_worker_answers_all_and_leaves_with_its_stacks(start):
    worker = start()
    worker.ready()
    stuck = worker.send("fault", {"kind": "hang"}, timeout_ms=100)
    waiting = [worker.send("ping") for _ in range(5)]
    began = time.monotonic()
    found = {message["req_id"]: message["error"] for message in worker.rest()}
    assert worker.wait() == 124
    assert time.monotonic() - began < 5
    assert found.pop(stuck)["code"] == "timeout"
    assert sorted(found) == sorted(waiting)
    assert {(error["code"], error["details"]["exit_code"]) for error in found.values()} == {
        ("worker_crashed", 124)
    }
    assert b"_hang" in worker.stderr


def test_native_code_that_keeps_the_lock_ends_the_worker(start):
    worker = start()
    worker.ready()
    stuck = worker.send("fault", {"kind": "hang_gil"}, timeout_ms=100)
    found = worker.rest()
    code = worker.wait()
    if worker.kind == "shim":
        assert [(message["req_id"], message["error"]["code"]) for message in found] == [(stuck, "timeout")]
        assert code == 124
    else:
        # Without the lock nothing of this host runs but faulthandler's thread, which cannot write a reply.
        assert found == []
        assert code == 1
    assert b"_hang_gil" in worker.stderr


@pytest.mark.parametrize("kind_of_crash", CRASHES)
def test_a_crash_ends_the_worker_at_once(start, kind_of_crash):
    worker = start()
    worker.ready()
    worker.send("fault", {"kind": kind_of_crash, "amount": 7})
    worker.rest()
    code = worker.wait()
    assert code in CRASHES[kind_of_crash] or (windows and code != 0)


def test_exit_zero_in_mid_request_gives_no_reply(start):
    worker = start()
    worker.ready()
    worker.send("fault", {"kind": "exit", "amount": 0})
    assert worker.rest() == []
    assert worker.wait() == 0


def test_memory_past_the_hard_limit(start):
    worker = start(TACH_WORKER_RAM_LIMIT_MB="300")
    worker.ready()
    leaking = worker.send("fault", {"kind": "leak", "amount": 3000}, timeout_ms=60_000)
    found = worker.rest()
    assert worker.wait() == 137
    found = [message for message in found if message.get("event") != "memory_warning"]
    assert [message.get("event") for message in found] == ["memory_critical", None]
    assert found[0]["req_id"] == leaking
    assert found[0]["limit_mb"] == 450 < found[0]["rss_mb"]
    assert (found[1]["req_id"], found[1]["error"]["code"]) == (leaking, "out_of_memory")


def test_memory_past_the_soft_limit_is_told_once(start):
    worker = start(TACH_WORKER_RAM_LIMIT_MB="150")
    worker.ready()
    leaking = worker.send("fault", {"kind": "leak", "amount": 140})
    found = [worker.receive(), worker.receive()]
    found.sort(key=lambda message: "event" in message)
    assert (found[0]["req_id"], found[0]["status"]) == (leaking, "success")
    assert (found[1]["event"], found[1]["limit_mb"]) == ("memory_warning", 150)
    assert found[1]["rss_mb"] > 150
    # The monitor looks once a second: three more looks bring no second warning.
    slow = worker.send("fault", {"kind": "slow", "amount": 3200})
    assert worker.receive()["req_id"] == slow


def test_a_flood_on_stderr_does_not_hold_up_replies(worker):
    assert worker.data("fault", {"kind": "stderr_flood", "amount": 3}, timeout_ms=30_000) == {}


def test_a_grandchild_holding_the_pipes_does_not_hold_up_the_stop(start):
    import psutil

    # A confined worker can have no child.
    worker = start(TACH_SANDBOX="off")
    worker.ready()
    assert worker.data("fault", {"kind": "grandchild"}) == {}
    children = psutil.Process(worker.process.pid).children(recursive=True)
    assert children
    worker.process.stdin.close()
    try:
        assert worker.process.wait(10) == 0
    finally:
        for child in children:
            if child.is_running():
                child.kill()
