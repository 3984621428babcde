"""How time and memory grow with pages, file size, points, workers and queue: `cargo xtask bench scale`.

Writes docs/images/scale.csv, a row a measurement; scale_plots.py draws it. Each request of a sweep over documents
goes to a worker of its own, so that the highest memory is that request's. The largest file is sparse: it takes a few
kilobytes of disk.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import large_documents
from profiles import ROOT, SHEET, Worker

PAGES = (10, 100, 1000, 10_000, 20_000)
MEGABYTES = (1, 16, 256, 4096)
POINTS = (1000, 10_000, 100_000, 1_000_000)
POINTS_EACH = 1000
WORKERS = (1, 2)
QUEUE = (10, 100, 1000, 10_000, 100_000)
CROPS = 2000
LATER_BOXES = 10
CROP = {"bbox": [100.0, 100.0, 200.0, 100.0], "dpi": 150, "format": "jpeg"}


class Row(NamedTuple):
    """One measurement; the names are the columns of the file."""

    sweep: str
    at: int
    """What grows: pages, megabytes, points, workers or requests."""
    what: str
    seconds: float
    peak_mb: float | None
    """Highest RSS; None where it was not looked at."""


def once(sweep: str, at: int, path: Path, last: int) -> Iterator[Row]:
    """Requests for the last page of a document, each in a worker of its own."""
    text = {"page_index": last, "bbox": [60, 120, 300, 40], "ocr": "never"}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "document_info": ("document_info", {}),
        "crop of the last page": ("extract_evidence", CROP | {"page_index": last}),
        "text of the last page": ("extract_text", text),
    }
    for what, (cmd, payload) in asked.items():
        worker = Worker({"TACH_DOCLING_PROFILE": "none"})
        yield measured(sweep, at, what, worker, cmd, payload | {"file_path": str(path)})
        worker.close()


def measured(sweep: str, at: int, what: str, worker: Worker, cmd: str, payload: dict[str, Any]) -> Row:
    """A request's time and its worker's highest memory."""
    began = time.perf_counter()
    reply = worker.ask(cmd, **payload)
    took = time.perf_counter() - began
    if reply["status"] != "success":
        sys.exit(f"{sweep} {at}, {what}: {reply['error']}")
    return Row(sweep, at, what, took, reply["perf"]["peak_ram_mb"])


def pages(folder: Path) -> Iterator[Row]:
    """Sets of more and more sheets with a line of text each."""
    for count in PAGES:
        path = folder / "pages.pdf"
        large_documents.pages(path, count)
        yield from once("pages", count, path, count - 1)


def file_size(folder: Path) -> Iterator[Row]:
    """Ten sheets beside an object of more and more bytes that no page uses."""
    for megabytes in MEGABYTES:
        path = folder / "size.pdf"
        large_documents.pages(path, 10, unused=megabytes * 10**6)
        yield from once("megabytes", megabytes, path, 9)


def points(folder: Path) -> Iterator[Row]:
    """Boxes of a sheet with more and more points."""
    for count in POINTS:
        path = folder / "points.pdf"
        large_documents.points(path, count // POINTS_EACH, POINTS_EACH)
        worker = Worker({"TACH_DOCLING_PROFILE": "none"})
        rows = [
            measured(
                "points",
                count,
                "first box of a sheet" if number == 0 else "later boxes",
                worker,
                "extract_evidence",
                CROP | {"file_path": str(path), "page_index": 0, "bbox": box},
            )
            for number, box in enumerate(
                large_documents.boxes(LATER_BOXES + 2, large_documents.WIDTH, large_documents.HEIGHT)
            )
        ]
        worker.close()
        yield rows[0]
        yield rows[-1]._replace(seconds=statistics.median(row.seconds for row in rows[2:]))


def workers(folder: Path) -> Iterator[Row]:
    """Crops of the sample sheet by `tach batch`; the difference of two lengths leaves out what a start costs."""
    for count in WORKERS:
        few, many = (batch(folder, crops, count) for crops in (CROPS // 4, CROPS))
        yield Row("workers", count, "a crop of the sample sheet", (many - few) / (CROPS - CROPS // 4), None)


def batch(folder: Path, crops: int, count: int) -> float:
    """Seconds that `tach batch` takes."""
    requests, replies = folder / "requests.ndjson", folder / "replies.ndjson"
    payload = CROP | {"file_path": str(SHEET), "page_index": 0}
    lines = ({"id": str(number), "cmd": "extract_evidence", "payload": payload} for number in range(crops))
    requests.write_text("".join(json.dumps(line) + "\n" for line in lines))
    replies.unlink(missing_ok=True)
    tach = Path(os.environ["TACH_HOST_SHIM"]).with_name("tach")
    command: list[str | Path] = [
        tach,
        "batch",
        "--workers",
        str(count),
        "--fail-on",
        "error",
        requests,
        "-o",
        replies,
    ]
    began = time.perf_counter()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - began


def queue(_: Path) -> Iterator[Row]:
    """Requests that are asked for at once; the memory is the supervisor's."""
    program = Path(os.environ["TACH_HOST_SHIM"]).with_name("examples") / "queued"
    for count in QUEUE:
        done = subprocess.run([program, str(count)], check=True, capture_output=True)  # noqa: S603
        told = json.loads(done.stdout)
        yield Row("requests", count, "all answered", told["seconds"], told["peak_mb"])


SWEEPS = {"pages": pages, "megabytes": file_size, "points": points, "workers": workers, "requests": queue}


def main() -> None:
    """Runs the sweeps and writes the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SWEEPS, action="append", help="only this sweep; nothing is written")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/images/scale.csv")
    arguments = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.only or SWEEPS:
            for row in SWEEPS[name](Path(folder)):
                print(*row, sep="\t", flush=True)
                rows.append(row)
    if not arguments.only:
        with arguments.output.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(Row._fields)
            lines.writerows(
                row._replace(seconds=round(row.seconds, 5), peak_mb=row.peak_mb and round(row.peak_mb, 1))
                for row in rows
            )


if __name__ == "__main__":
    main()
