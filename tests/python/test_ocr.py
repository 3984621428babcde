"""OCR: what is read of pictures of text, in which language, how long it may take and with how many threads."""

import sys
import time

import psutil
import pytest
from text_pages import column, plenty, scanned_pdf, show, text_pdf

from pyworker.context import RequestContext
from pyworker.engine.ocr.pace import Pace
from pyworker.errors import DeadlinePassed

LINES = [
    "Invoice No. 2041 of 7 March",
    "Total amount due: 318.50 EUR",
    "Please pay within thirty days",
    "to the account named below.",
]
PAGE = column(80, 660, LINES, 15, 1.8)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_scan_is_read_whichever_way_it_lies(read, turn):
    found = read(scanned_pdf(PAGE, turn=turn))
    assert found["text"].split("\n") == LINES
    assert all(line["source"] == "ocr" and 0.8 < line["confidence"] <= 1 for line in found["lines"])


def test_a_page_turned_by_its_rotate_entry_is_read_as_displayed(read):
    """The boxes are displayed ones: each, asked for again, gives its own line."""
    data = scanned_pdf(PAGE).replace(b"/MediaBox", b"/Rotate 90 /MediaBox")
    found = read(data)["lines"]
    assert [line["text"] for line in found] == LINES
    for line in found:
        x, y, width, height = line["bbox"]
        assert height > width
        again = read(data, ocr="always", bbox=[x - 2, y - 2, width + 4, height + 4])
        assert again["text"] == line["text"]


def test_only_the_region_asked_for_is_read(read):
    # The second line's baseline is 27 points below the first, which is 132 points from the top.
    found = read(scanned_pdf(PAGE), bbox=[60, 138, 480, 30])
    assert [line["text"] for line in found["lines"]] == [LINES[1]]
    x, y, width, height = found["lines"][0]["bbox"]
    assert 70 < x < 90 and y >= 138 and y + height <= 168
    assert width == pytest.approx(225, abs=25)


@pytest.mark.parametrize("size", [6, 10, 40])
def test_small_and_large_text_is_read(read, size):
    found = read(scanned_pdf(show(60, 500, "Sphinx of black quartz", size), dpi=300))
    assert found["text"] == "Sphinx of black quartz"


def test_always_reads_the_picture_though_the_page_has_text(read):
    found = read(text_pdf(PAGE), ocr="always")
    assert found["text"].split("\n") == LINES
    assert {line["source"] for line in found["lines"]} == {"ocr"}


def test_auto_prefers_the_pages_own_text(read):
    assert {line["source"] for line in read(text_pdf(PAGE))["lines"]} == {"pdf"}


def test_a_picture_without_text_gives_no_lines(read):
    assert read(text_pdf("0.2 0.4 0.9 rg 100 300 300 300 re f"))["lines"] == []


def test_the_deadline_ends_the_work_between_lines(read):
    many = scanned_pdf(column(60, 740, LINES * 10, 11))
    read(many)  # models loaded, and their pace learned
    start = time.monotonic()
    with pytest.raises(DeadlinePassed):
        read(many, context=RequestContext(0.5))
    assert time.monotonic() - start < 1.0


def test_one_slow_moment_does_not_refuse_everything_after_it():
    """A small piece of work is dear for its size, and a machine may stand still for a second."""
    pace = Pace()
    pace.run(1.0, plenty(), lambda: time.sleep(0.01))
    pace.run(1000.0, plenty(), lambda: None)
    assert pace.run(1000.0, RequestContext(1.0), lambda: "done") == "done"

    dear = Pace()
    dear.run(1.0, plenty(), lambda: time.sleep(0.01))
    refused = 0
    while refused < 100:
        try:
            dear.run(1000.0, RequestContext(1.0), lambda: "done")
            break
        except DeadlinePassed:
            refused += 1
    assert 0 < refused < 20


@pytest.mark.parametrize("limit", [1, 2])
def test_the_thread_limit_holds_while_text_is_read(start, make_pdf, limit):
    """No more threads than the limit work at a time, and the libraries' pools have no more than that each."""
    path = make_pdf(scanned_pdf(column(60, 740, LINES * 5, 14)))
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy", TACH_DOCLING_THREADS=str(limit))
    worker.ready()
    worker.ask("ping", {})
    process = psutil.Process(worker.process.pid)
    before = process.num_threads()
    spent_before = {thread.id: thread.user_time for thread in process.threads()}
    request = {"file_path": str(path), "page_index": 0, "ocr": "always"}
    begun = time.monotonic()
    assert len(worker.data("extract_text", request, timeout_ms=60_000)["lines"]) == 20
    took = time.monotonic() - begun
    spent = [thread.user_time - spent_before.get(thread.id, 0.0) for thread in process.threads()]
    busy = [seconds for seconds in spent if seconds > 0.05 * sum(spent)]
    # The engine thread, and `limit` - 1 helpers for each of the three models, of which one works at a time.
    assert 1 <= len(busy) <= 1 + 3 * (limit - 1)
    assert sum(spent) <= limit * took * 1.1
    if sys.platform == "win32":
        return  # Wine adds threads of its own to a process.
    # Those that only wait: one of ONNX Runtime, one of Python's executor, and helpers of NumPy and OpenCV.
    assert process.num_threads() - before <= 2 + 5 * (limit - 1)
