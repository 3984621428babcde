"""The package tach-worker against a running service: methods as over stdio, uploads, progress, and what breaks."""

from __future__ import annotations

import http.server
import json
import sys
import threading
from typing import ClassVar

import pytest
from serving import BOX, HEADING, PROJECT, served

sys.path.append(str(PROJECT / "clients/python"))

import tach_worker


@pytest.fixture
def tach(service):
    with tach_worker.Remote(service.url) as tach:
        yield tach


def test_commands_and_errors(tach, service):
    name = service.sheet.name
    assert tach.document_info(name)["page_count"] == 2
    crop = tach.extract_evidence(name, page_index=0, bbox=BOX, format="png", include_text=True)
    assert tach_worker.picture(crop).startswith(b"\x89PNG") and HEADING in crop["text"]
    with pytest.raises(tach_worker.TachError) as caught:
        tach.extract_text(name, page_index=9)
    assert caught.value.code == "page_out_of_range" and caught.value.details["page_count"] == 2
    with pytest.raises(tach_worker.TachError, match="pdf_corrupt"):
        tach.document_info(service.broken.name)


def test_an_upload_is_read_and_forgotten(tach, service):
    uploaded = tach.upload(service.sheet, "thư.pdf")
    assert HEADING in tach.extract_text(uploaded, page_index=0, bbox=BOX)["text"]
    tach.forget(uploaded)
    with pytest.raises(tach_worker.TachError, match="file_not_found"):
        tach.document_info(uploaded)


def test_progress_is_told_before_the_data_comes(tach, service):
    steps = []
    told = tach.convert(
        service.sheet.name,
        format="markdown",
        timeout_ms=120_000,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert HEADING in told["text"] and steps[-1][1] == 2


def requests(name, count):
    for number in range(count):
        payload = {"file_path": name, "page_index": number % 2, "bbox": [0, 0, 20, 20], "dpi": 18}
        yield {"id": f"r{number}", "cmd": "extract_evidence", "payload": payload}


def test_many_requests_are_each_answered_once(tach, service):
    replies = list(tach.ask_many(requests(service.sheet.name, 700)))
    assert sorted(reply["req_id"] for reply in replies) == sorted(f"r{number}" for number in range(700))
    assert {reply["status"] for reply in replies} == {"success"}


class Breaking(http.server.BaseHTTPRequestHandler):
    """A service that answers two requests of a batch and breaks, twice, and then answers all."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[list[str]]] = []

    def log_message(self, *_):
        pass

    def do_POST(self):
        lines = []
        while size := int(self.rfile.readline(), 16):
            lines.append(json.loads(self.rfile.read(size)))
            self.rfile.readline()
        self.rfile.readline()
        self.asked.append([line["id"] for line in lines])
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in lines[: 2 if len(self.asked) < 3 else None]:
            reply = json.dumps({"req_id": line["id"], "status": "success", "data": {}}).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(reply), reply))
        if len(self.asked) < 3:
            # Cut within a line.
            self.wfile.write(b'1f\r\n{"req_id":"')
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


def test_what_a_broken_stream_owes_is_asked_again():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Breaking) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        Breaking.asked = []
        with tach_worker.Remote(f"http://127.0.0.1:{server.server_port}") as tach:
            wanted = [{"id": str(number), "cmd": "ping"} for number in range(7)]
            replies = [reply["req_id"] for reply in tach.ask_many(wanted)]
        server.shutdown()
    assert sorted(replies) == [str(number) for number in range(7)]
    assert [len(ids) for ids in Breaking.asked] == [7, 5, 3]


def test_a_service_that_cannot_be_reached_is_told(tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef\n")
    with served(tmp_path, "--token-file", str(tmp_path / "token")) as service:
        with (
            tach_worker.Remote(service.url) as tach,
            pytest.raises(tach_worker.TachError, match="unauthorized"),
        ):
            tach.ping()
        tach = tach_worker.Remote(service.url, token="0123456789abcdef", retry_s=0.5)
        assert tach.ping() == {}
    for ask in (tach.ping, lambda: list(tach.ask_many([{"id": "1", "cmd": "ping"}]))):
        with pytest.raises(tach_worker.TachError) as caught:
            ask()
        assert caught.value.code == "unavailable"
