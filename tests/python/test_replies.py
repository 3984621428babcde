"""Reply lines of the Python host: base64, limits, and what JSON cannot hold."""

import json

from pyworker.host import replies


def read(reply):
    assert reply.endswith(b"\n")
    return json.loads(reply)


def test_a_picture_becomes_base64():
    reply = read(replies.success("a", {"base64": memoryview(b"\x00\xff"), "width": 1}, 0.0, 12.345))
    assert reply["data"] == {"base64": "AP8=", "width": 1}
    assert reply["perf"]["peak_ram_mb"] in (12.34, 12.35)


def test_what_does_not_fit_a_line_is_an_error_that_names_a_way(monkeypatch):
    monkeypatch.setattr(replies, "MAX_LINE_BYTES", 10_000)
    monkeypatch.setattr(replies, "MAX_PICTURE_LINE_BYTES", 10_000)
    error = read(replies.success("a", {"base64": bytes(9_000)}, 0.0, 1.0))["error"]
    assert (error["code"], error["details"]["limit_bytes"]) == (
        "image_too_large",
        10_000 - replies.ENVELOPE_BYTES,
    )
    assert "mmap" in error["message"]
    assert read(replies.success("a", {"text": "x" * 9_000}, 0.0, 1.0))["error"]["code"] == "engine_error"


def test_data_that_json_cannot_hold(capsys):
    assert read(replies.success("a", {"x": float("nan")}, 0.0, 1.0))["error"]["code"] == "engine_error"
    assert read(replies.success("a", {"text": "\udc80\u2028"}, 0.0, 1.0))["data"] == {"text": "?\u2028"}
