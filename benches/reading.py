"""Reads text and tables of many pages through a worker and by PyMuPDF, each three times: `cargo xtask bench reading`.

Of three turns the best counts. All of them read one document after the other and open each anew in every turn: a worker
keeps 16, and there are more.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pymupdf
import pypdfium2

PROJECT = Path(__file__).resolve().parent.parent
CORPUS = PROJECT.parent / "shared" / "corpus"
SAMPLE = PROJECT / "docs" / "sample"
TURNS = 3
Read = Callable[[Path, int], object]
Clock = Callable[[], float]


class Worker:
    """A host of the worker, asked over its own lines."""

    def __init__(self, shim: str) -> None:
        environment = os.environ | {"TACH_DOCLING_PROFILE": "lean", "TACH_DOCLING_LOAD": "eager"}
        self._process = subprocess.Popen(  # noqa: S603
            [shim], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise SystemExit("the worker has no pipes")
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._times = psutil.Process(self._process.pid)
        self._answer("event")

    def _answer(self, field: str) -> dict[str, Any]:
        while line := self._replies.readline():
            message: dict[str, Any] = json.loads(line)
            if field in message:
                return message
        raise SystemExit("the worker has ended")

    def processor_time(self) -> float:
        """Seconds so far."""
        times = self._times.cpu_times()
        return float(times.user + times.system)

    def ask(self, cmd: str, path: Path, page: int, **more: object) -> bool:
        """Whether the page was read."""
        payload = {"file_path": str(path), "page_index": page, **more}
        line = json.dumps({"id": "page", "cmd": cmd, "payload": payload, "timeout_ms": 60_000}) + "\n"
        self._requests.write(line.encode())
        self._requests.flush()
        return bool(self._answer("status")["status"] == "success")

    def stop(self) -> None:
        """Ends it."""
        self._requests.close()
        self._process.wait(30)


def pages(count: int) -> list[tuple[Path, int]]:
    """Pages of the shared corpus where it is there, evenly spread over its files; else those of the sample."""
    files = sorted(CORPUS.glob("icdar2013/*/*.pdf")) + sorted(CORPUS.glob("structure/*.pdf"))
    found: list[tuple[Path, int]] = []
    for path in files or sorted(SAMPLE.glob("*.pdf")):
        with pymupdf.open(path) as document:
            found += [(path, page) for page in range(min(len(document), 5))]
    return found[:: max(1, len(found) // count)]


def read_all(chosen: list[tuple[Path, int]], read: Read, clock: Clock) -> tuple[float, float]:
    """Milliseconds a page: processor time on average in the cheapest turn, and the median of each page's quickest."""
    best = [float("inf")] * len(chosen)
    cheapest = float("inf")
    for _ in range(TURNS):
        start = clock()
        for number, (path, page) in enumerate(chosen):
            began = time.perf_counter()
            read(path, page)
            best[number] = min(best[number], time.perf_counter() - began)
        cheapest = min(cheapest, clock() - start)
    return cheapest / len(chosen) * 1000, statistics.median(best) * 1000


class Latest:
    """The document that was asked for last, opened when another one is asked for."""

    def __init__(self, open_document: Callable[[Path], Any]) -> None:
        self._open = open_document
        self._path: Path | None = None
        self._document: Any = None

    def __getitem__(self, path: Path) -> Any:
        """The open document."""
        if path != self._path:
            if self._document is not None:
                self._document.close()
            self._path, self._document = path, self._open(path)
        return self._document


def load_by_pdfium(document: pypdfium2.PdfDocument, number: int) -> int:
    """Loads a page and its text, of which no character is read: what every reader on pdfium pays."""
    page = document[number]
    text = page.get_textpage()
    count: int = text.count_chars()
    text.close()
    page.close()
    return count


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=120)
    arguments = parser.parse_args()
    chosen = pages(arguments.pages)
    worker = Worker(os.environ["TACH_HOST_SHIM"])
    files = len({path for path, _ in chosen})
    documents = Latest(pymupdf.open)
    loaded = Latest(pypdfium2.PdfDocument)
    words = "PyMuPDF's words"
    work: dict[str, tuple[Read, Clock, Read, float]] = {
        f"text: extract_text without OCR, {words}": (
            lambda path, page: worker.ask("extract_text", path, page, ocr="never"),
            worker.processor_time,
            lambda path, page: documents[path][page].get_text("words"),
            0.6,
        ),
        f"text: pdfium alone loads page and text, {words}": (
            lambda path, page: load_by_pdfium(loaded[path], page),
            time.process_time,
            lambda path, page: documents[path][page].get_text("words"),
            0.6,
        ),
        "tables: parse_table, PyMuPDF's find_tables": (
            lambda path, page: worker.ask("parse_table", path, page),
            worker.processor_time,
            lambda path, page: documents[path][page].find_tables().tables,
            0.3,
        ),
    }
    print(f"{len(chosen)} pages of {files} files; milliseconds a page: processor time on average, median\n")
    print(
        "| work | worker | | PyMuPDF | | ratio | | goal |\n| --- | --: | --: | --: | --: | --: | --: | --: |"
    )
    for name, (ours, clock, theirs, goal) in work.items():
        mine, other = (
            read_all(chosen, ours, clock),
            read_all(chosen, theirs, time.process_time),
        )
        row = [*mine, *other, *(a / b for a, b in zip(mine, other, strict=True))]
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in row)} | {goal} |", flush=True)
    worker.stop()


if __name__ == "__main__":
    main()
