"""Documents by descriptor: every command gives what it gives of a document that the worker opens itself."""

import base64
import os
import sys

import pytest
from handed_worker import HandedWorker
from hosts import ROOT, Worker
from pdf_maker import one_page
from text_pages import column, ruled_table, scanned_pdf, text_pdf

HOSTS = os.environ.get("TACH_TEST_HOSTS", "python,shim")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands documents over"),
    pytest.mark.skipif("shim" not in HOSTS, reason="only the Rust host takes them"),
]

LATE = {"timeout_ms": 200_000}


@pytest.fixture(scope="module")
def both():
    """A worker that opens documents and one that is handed them, both with tables and OCR."""
    settings = {"TACH_DOCLING_PROFILE": "lean", "TACH_DOCLING_LOAD": "lazy"}
    workers = [Worker("shim", **settings), HandedWorker("shim", TACH_SANDBOX="require", **settings)]
    for worker in workers:
        worker.patience_s = 240.0
        worker.ready()
    yield workers
    for worker in workers:
        worker.stop()


def answer(worker: Worker, cmd: str, payload: dict):
    """The reply without what differs from run to run."""
    req_id = worker.send(cmd, payload, **LATE)
    while (reply := worker.receive()).get("type") == "progress":
        pass
    assert reply["req_id"] == req_id
    return reply.get("data") or reply["error"]


def page(path, **fields) -> dict:
    return {"file_path": str(path), "page_index": 0, **fields}


def test_every_command_gives_the_same(both, tmp_path):
    sheet = tmp_path / "bản vẽ.pdf"
    sheet.write_bytes((ROOT / "docs" / "sample" / "engineering_sheet.pdf").read_bytes())
    table, scan, text = (tmp_path / name for name in ("table.pdf", "scan.pdf", "notes.md"))
    table.write_bytes(text_pdf(ruled_table(80, 700, [["Item", "Count"], ["Bolt", "12"], ["Nut", "7"]])))
    scan.write_bytes(scanned_pdf(column(80, 660, ["Invoice No. 2041", "Total due: 318.50"], 15, 1.8)))
    text.write_text("# A heading\n\nA paragraph.\n", encoding="utf-8")
    requests = [
        ("extract_evidence", page(sheet, bbox=[60, 60, 200, 100], format="raw", include_text=True)),
        ("extract_text", page(sheet)),
        ("read_sheet", page(sheet)),
        ("parse_table", page(table, exports=["csv"])),
        ("extract_text", page(scan, ocr="always")),
        ("document_info", {"file_path": str(sheet)}),
        ("find_text", {"file_path": str(sheet), "query": "bill"}),
        ("convert", {"file_path": str(table)}),
        ("convert", {"file_path": str(sheet), "format": "markdown", "page_range": [1, 1]}),
        ("extract_text", page(text)),
        ("convert", {"file_path": str(tmp_path / "none.pdf")}),
    ]
    for cmd, payload in requests:
        by_name, handed = (answer(worker, cmd, payload) for worker in both)
        assert handed == by_name, (cmd, payload)


def test_reading_with_a_password(both, tmp_path):
    import pikepdf

    path, name = tmp_path / "locked.pdf", tmp_path / "open.pdf"
    name.write_bytes(one_page(b"1 0 0 rg 0 0 200 100 re f"))
    with pikepdf.open(name) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(user="mật khẩu", owner="chủ", R=6))
    for worker in both:
        assert worker.error("extract_text", page(path))["details"]["reason"] == "password_missing"
        assert worker.error("extract_text", page(path, password="x"))["details"]["reason"] == "password_wrong"
        crop = worker.crop(path, [0, 0, 200, 100], password="mật khẩu")
        assert crop.at(0.5, 0.5) == (255, 0, 0)


def test_a_socket_that_is_none_is_no_start(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        for value in ("x", "1", "99", str(file.fileno())):
            worker = Worker("shim", TACH_DOCUMENT_SOCKET=value)
            (failure,) = worker.rest()
            assert "TACH_DOCUMENT_SOCKET" in failure["message"]
            assert worker.wait() == 78
            worker.stop()


def test_without_a_document_the_request_meets_its_deadline(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(one_page())
    worker = HandedWorker("shim")
    try:
        worker.ready()
        hand_over, worker.hand_over = worker.hand_over, lambda *_: None
        late = worker.error("document_info", {"file_path": str(path)}, timeout_ms=300)
        assert late["code"] == "timeout"
        worker.hand_over = hand_over
        assert worker.data("document_info", {"file_path": str(path)}, **LATE)["page_count"] == 1
    finally:
        worker.stop()


def test_messages_in_another_order_than_the_requests_find_theirs(tmp_path):
    """As when a request gave up waiting, and the next one's document comes while the engine is not back yet."""
    paths = [tmp_path / f"{colour}.pdf" for colour in ("red", "green")]
    for path, colour in zip(paths, ("1 0 0", "0 1 0"), strict=True):
        path.write_bytes(one_page(f"{colour} rg 0 0 200 100 re f".encode()))
    worker = HandedWorker("shim")
    try:
        worker.ready()
        hand_over, worker.hand_over = worker.hand_over, lambda *_: None
        fields = {"page_index": 0, "bbox": [0, 0, 1, 1], "dpi": 72, "format": "raw"}
        asked = [
            worker.send("extract_evidence", {**fields, "file_path": str(path)}, **LATE) for path in paths
        ]
        for req_id, path in reversed(list(zip(asked, paths, strict=True))):
            hand_over(req_id, str(path))
        replies = [worker.receive() for _ in asked]
        assert [reply["req_id"] for reply in replies] == asked
        pixels = [base64.b64decode(reply["data"]["base64"])[:3] for reply in replies]
        assert pixels == [b"\xff\x00\x00", b"\x00\xff\x00"]
    finally:
        worker.stop()
