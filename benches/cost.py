"""Whether cost follows what is asked for, on real workers: `cargo xtask bench large`, `heavy`, `shell` and `mixed`.

`large` makes a set of 3,000 scanned pages (2.3 GB of disk) and prints time and highest memory of requests for single
pages of it; `heavy` cuts boxes out of pages that are slow to draw, beside pypdfium2 in this process; `shell` runs
the command line on the sample sheet, start included; `mixed` cuts 100,000 boxes (or `--crops N`) out of heavy and light
pages in one worker and prints its memory meanwhile. Each prints a Markdown table.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import large_documents
import pypdfium2
from profiles import SHEET, Worker

LATER_BOXES = 60
LARGE_PAGES = 3000
MIXED_CROPS, MIXED_STEPS = 100_000, 20
MIXED_LIGHT = 9
"""Boxes of the light page for each box of a heavy one."""
SHELL_ROUNDS = 7
SHELL = (["info"], ["text", "--ocr", "never"], ["table"])
CROP = {"page_index": 0, "dpi": 150, "format": "jpeg", "quality": 85}


def milliseconds(work: Callable[..., Any], *arguments: Any) -> float:
    """How long `work` takes."""
    began = time.perf_counter()
    work(*arguments)
    return (time.perf_counter() - began) * 1000


def heavy(folder: Path) -> None:
    """First, second and later boxes of pages that are slow to draw, and of one that is not."""
    print("| page | first box | second | later, median | pypdfium2, later | ratio | kept |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    documents = {"the sample sheet (quick to draw)": SHEET}
    for number, (name, make) in enumerate(large_documents.HEAVY.items()):
        documents[name] = folder / f"heavy-{number}.pdf"
        make(documents[name])
    for name, path in documents.items():
        worker = Worker({})
        page = pypdfium2.PdfDocument(path)[0]
        # Loading the page is no part of a box: both sides have done it.
        worker.ask("extract_evidence", file_path=str(path), **CROP | {"bbox": [0, 0, 1, 1], "dpi": 18})
        theirs, ours, kept = [], [], 0.0
        for box in large_documents.boxes(LATER_BOXES + 2, *page.get_size()):
            began = time.perf_counter()
            reply = worker.ask("extract_evidence", file_path=str(path), bbox=box, **CROP)
            ours.append((time.perf_counter() - began) * 1000)
            if reply["status"] != "success":
                sys.exit(f"{name}: {reply['error']}")
            kept = reply["perf"].get("page_cache_mb", 0.0)
            theirs.append(milliseconds(floor, page, box))
        worker.close()
        later, floors = statistics.median(ours[2:]), statistics.median(theirs[2:])
        print(
            f"| {name} | {ours[0]:.1f} ms | {ours[1]:.1f} ms | {later:.2f} ms | {floors:.2f} ms | "
            f"{later / floors:.3f} | {kept:.0f} MB |",
            flush=True,
        )


def floor(page: pypdfium2.PdfPage, box: list[float]) -> None:
    """The same picture by pypdfium2, as a caller would write it."""
    width, height = page.get_size()
    x, y, across, down = box
    picture = page.render(scale=150 / 72, crop=(x, height - y - down, width - x - across, y)).to_pil()
    picture.save(io.BytesIO(), "JPEG", quality=85)


def mixed(folder: Path, crops: int) -> None:
    """The memory of one worker over many boxes of heavy and light pages in turn."""
    heavy_pages = [folder / f"mixed-{number}.pdf" for number in range(len(large_documents.HEAVY))]
    for path, make in zip(heavy_pages, large_documents.HEAVY.values(), strict=True):
        make(path)
    places = list(large_documents.boxes(499, large_documents.WIDTH, large_documents.HEIGHT))
    light_places = list(large_documents.boxes(101, *pypdfium2.PdfDocument(SHEET)[0].get_size()))
    worker = Worker({"TACH_DOCLING_PROFILE": "none"})
    step, began = max(1, crops // MIXED_STEPS), time.perf_counter()
    print("| boxes | memory | highest | kept pixels | seconds |\n| --: | --: | --: | --: | --: |")
    for number in range(1, crops + 1):
        turn, rest = divmod(number, MIXED_LIGHT + 1)
        path = SHEET if rest else heavy_pages[turn % len(heavy_pages)]
        box = light_places[number % len(light_places)] if rest else places[turn % len(places)]
        reply = worker.ask("extract_evidence", file_path=str(path), bbox=box, **CROP)
        if reply["status"] != "success":
            sys.exit(f"{path.name}: {reply['error']}")
        if number % step == 0 or number == crops:
            perf, seconds = reply["perf"], time.perf_counter() - began
            print(
                f"| {number:,} | {worker.rss_mb():.0f} MB | {perf['peak_ram_mb']:.0f} MB | "
                f"{perf.get('page_cache_mb', 0.0):.0f} MB | {seconds:.0f} |",
                flush=True,
            )
    worker.close()


def large(folder: Path) -> None:
    """Requests for single pages of a set of 3,000 scanned ones, each in a worker of its own."""
    path = folder / "large.pdf"
    large_documents.pages(path, LARGE_PAGES, large_documents.page_scan())
    print(f"{LARGE_PAGES:,} pages, {path.stat().st_size / 1e9:.1f} GB\n")
    print("| request | time | highest memory |")
    print("| --- | --: | --: |")
    crop = CROP | {"bbox": [100, 100, 200, 100]}
    text = {"page_index": 2500, "bbox": [60, 120, 300, 40], "ocr": "never"}
    rows: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "document_info": [("document_info", {})],
        "crop of page 2,999": [("extract_evidence", crop | {"page_index": 2998})],
        "text of page 2,500": [("extract_text", text)],
        "convert of 3 pages": [("convert", {"page_range": [0, 2], "format": "markdown"})],
        "300 crops all over it": [
            ("extract_evidence", crop | {"page_index": page})
            for page in range(0, LARGE_PAGES, LARGE_PAGES // 300)
        ],
    }
    for name, requests in rows.items():
        worker = Worker({"TACH_DOCLING_PROFILE": "lean"})
        peak, began = 0.0, time.perf_counter()
        for cmd, payload in requests:
            reply = worker.ask(cmd, file_path=str(path), **payload)
            if reply["status"] != "success":
                sys.exit(f"{name}: {reply['error']}")
            peak = max(peak, reply["perf"]["peak_ram_mb"])
        print(f"| {name} | {time.perf_counter() - began:.2f} s | {peak:.0f} MB |", flush=True)
        worker.close()


def run(command: list[str]) -> None:
    """Runs a command to its end, without its output."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def shell(_: Path) -> None:
    """Commands at the shell, start and end of their worker included."""
    tach = Path(os.environ["TACH_HOST_SHIM"]).with_name("tach")
    print("| command | median | fastest |")
    print("| --- | --: | --: |")
    for arguments in SHELL:
        command = [str(tach), *arguments, str(SHEET)]
        took = [milliseconds(run, command) for _ in range(SHELL_ROUNDS)]
        name = " ".join(["tach", *arguments])
        print(f"| `{name}` | {statistics.median(took):.0f} ms | {min(took):.0f} ms |", flush=True)


def main() -> None:
    """Runs the one that is named."""
    kinds = {"heavy": heavy, "large": large, "shell": shell}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[*kinds, "mixed"])
    parser.add_argument("--crops", type=int, default=MIXED_CROPS, help="of `mixed`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.kind == "mixed":
            mixed(Path(folder), arguments.crops)
        else:
            kinds[arguments.kind](Path(folder))


if __name__ == "__main__":
    main()
