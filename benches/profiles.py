"""Memory and start of each profile, measured on real workers: `cargo xtask bench profiles`.

Prints Markdown tables: start to `ready` and what a bare interpreter takes for the imports behind it; RSS when idle and
the peak of each command; with `--corpus FOLDER` the peak of one lean worker over every PDF in it. The profile `full` is
measured where .venv-full is there, on the models of TACH_DOCLING_ARTIFACTS or on small ones made for it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHEET = ROOT / "docs/sample/engineering_sheet.pdf"
FULL_LIMIT_MB = "4096"
DEADLINE_MS = 60_000
# What each profile loads before `ready`, largest first; the second column is what the table calls it.
IMPORTS = {
    "none": [("pypdfium2, PIL, psutil, pydantic", "pypdfium2, Pillow, psutil, pydantic")],
    "lean": [
        ("docling_core.types.doc", "docling-core with pandas"),
        (
            "docling.pipeline.native_pdf_pipeline, docling.datamodel.document",
            "Docling's native pipeline, all of the above",
        ),
    ],
    "full": [
        ("torch", "Torch"),
        ("torchvision, transformers", "Torch, torchvision, transformers"),
        ("docling.pipeline.standard_pdf_pipeline", "Docling's standard pipeline, all of the above"),
    ],
}


class Worker:
    """One worker in the Rust host."""

    def __init__(self, environment: dict[str, str]) -> None:
        began = time.monotonic()
        inherited = {name: value for name, value in os.environ.items() if name != "TACH_DOCLING_PROFILE"}
        self.process = subprocess.Popen(  # noqa: S603
            [os.environ["TACH_HOST_SHIM"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=inherited | environment,
        )
        self.ready = self._receive()
        if self.ready.get("event") != "ready":
            sys.exit(f"no worker: {self.ready.get('message', self.ready)}")
        self.took = time.monotonic() - began

    def rss_mb(self) -> float:
        """Resident memory now (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def ask(self, cmd: str, **payload: Any) -> dict[str, Any]:
        """The reply to one request, whatever its status."""
        request = {"id": cmd, "cmd": cmd, "payload": payload, "timeout_ms": DEADLINE_MS}
        assert self.process.stdin is not None  # noqa: S101
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        while "status" not in (message := self._receive()):
            pass
        return message

    def close(self) -> None:
        """Ends the worker."""
        self.process.communicate()

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the worker ended with {self.process.wait()}")
        message: dict[str, Any] = json.loads(line)
        return message


def profiles(folder: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    """The profiles that can run here: interpreter and environment variables of each."""
    lean = Path(os.environ["TACH_PYTHON"])
    found = {name: (lean / "bin/python", {"TACH_DOCLING_PROFILE": name}) for name in ("none", "lean")}
    full = ROOT / ".venv-full"
    if (full / "tach/requirements-full.txt").is_file():
        models = os.environ.get("TACH_DOCLING_ARTIFACTS")
        if models is None:
            models = str(folder / "models")
            code = f"from pathlib import Path; from small_weights import write_models; write_models(Path({models!r}))"
            path = os.pathsep.join([str(ROOT), str(ROOT / "tests/python")])
            subprocess.run(  # noqa: S603
                [full / "bin/python", "-c", code], env=os.environ | {"PYTHONPATH": path}, check=True
            )
        found["full"] = (
            full / "bin/python",
            {
                "TACH_DOCLING_PROFILE": "full",
                "TACH_PYTHON": str(full),
                "TACH_DOCLING_ARTIFACTS": models,
                "TACH_WORKER_RAM_LIMIT_MB": FULL_LIMIT_MB,
            },
        )
    return found


def scan(folder: Path) -> Path:
    """A page of 40 lines as a picture of 150 dpi."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (1240, 1754), 255)
    font = ImageFont.load_default(25)
    for row in range(40):
        ImageDraw.Draw(page).text(
            (120, 100 + row * 38), f"Line {row} of a page that is nothing but a picture of its text", 0, font
        )
    page.save(folder / "scan.pdf", resolution=150)
    return folder / "scan.pdf"


def start_table(found: dict[str, tuple[Path, dict[str, str]]], turns: int) -> None:
    """Start to `ready`, and the imports behind it in a bare interpreter; medians."""
    print("| profile | ready | bare imports |\n| --- | --- | --- |")
    for name, (python, environment) in found.items():
        times = []
        for _ in range(turns):
            worker = Worker(environment)
            times.append(worker.took)
            worker.close()
        parts = []
        for modules, what in IMPORTS[name]:
            bare = []
            for _ in range(turns):
                began = time.monotonic()
                subprocess.run(  # noqa: S603
                    [python, "-I", "-c", f"import {modules}"], check=True, stderr=subprocess.DEVNULL
                )
                bare.append(time.monotonic() - began)
            parts.append(f"{what} {statistics.median(bare):.2f} s")
        print(f"| {name} | {statistics.median(times):.2f} s | {'; '.join(parts)} |", flush=True)


def memory_table(found: dict[str, tuple[Path, dict[str, str]]], folder: Path) -> None:
    """RSS when idle and the peak of three requests of each command, each in a fresh worker."""
    sheet, picture = str(SHEET), str(scan(folder))
    box = {"page_index": 0, "bbox": [0, 0, 595, 842]}
    commands = {
        "extract_evidence, A4 at 150 dpi": ("extract_evidence", {"file_path": sheet, **box}),
        "extract_text, PDF text": ("extract_text", {"file_path": sheet, "page_index": 0, "ocr": "never"}),
        "parse_table": ("parse_table", {"file_path": sheet, "page_index": 0}),
        "convert, two pages": ("convert", {"file_path": sheet}),
        "extract_text, OCR of 40 lines": ("extract_text", {"file_path": picture, "page_index": 0}),
        "convert, a scan": ("convert", {"file_path": picture}),
    }
    print("\n| profile | idle | command | peak |\n| --- | --- | --- | --- |")
    for name, (_python, environment) in found.items():
        for what, (cmd, payload) in commands.items():
            worker = Worker(environment)
            idle = worker.rss_mb()
            replies = [worker.ask(cmd, **payload) for _ in range(3)]
            worker.close()
            if replies[-1]["status"] == "success":
                peak = max(reply["perf"]["peak_ram_mb"] for reply in replies)
                print(f"| {name} | {idle:.0f} MB | {what} | {peak:.0f} MB |", flush=True)
            elif replies[-1]["error"]["code"] != "engine_unavailable":
                sys.exit(f"{name}, {what}: {replies[-1]['error']}")


def corpus_table(environment: dict[str, str], folder: Path) -> None:
    """One worker, page 0 of every PDF: text, tables and conversion one after the other."""
    worker = Worker(environment)
    peaks: dict[str, tuple[float, str]] = {}
    outcomes: dict[str, dict[str, int]] = {}
    for path in sorted(folder.rglob("*.pdf")):
        for cmd, more in (
            ("extract_text", {"page_index": 0}),
            ("parse_table", {"page_index": 0}),
            ("convert", {"page_range": [0, 0]}),
        ):
            reply = worker.ask(cmd, file_path=str(path), **more)
            outcome = reply["status"] if reply["status"] == "success" else reply["error"]["code"]
            counts = outcomes.setdefault(cmd, {})
            counts[outcome] = counts.get(outcome, 0) + 1
            peaks[cmd] = max(peaks.get(cmd, (0.0, "")), (reply["perf"]["peak_ram_mb"], path.name))
    limit = worker.ready["limits"]["ram_soft_mb"]
    worker.close()
    print(
        f"\n| command (lean, one worker, soft limit {limit} MB) | highest RSS | at | outcomes |\n"
        "| --- | --- | --- | --- |"
    )
    for cmd, (peak, name) in peaks.items():
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes[cmd].items()))
        print(f"| {cmd} | {peak:.0f} MB | {name} | {counts} |")


def main() -> None:
    """Measures what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder of PDFs for the lean worker")
    parser.add_argument("--turns", type=int, default=5, help="starts of which the median is taken")
    parser.add_argument("--only", choices=["start", "memory", "corpus"], help="one of the tables")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = profiles(Path(name))
        if arguments.only in (None, "start"):
            start_table(found, arguments.turns)
        if arguments.only in (None, "memory"):
            memory_table(found, Path(name))
        if arguments.corpus is not None and arguments.only in (None, "corpus"):
            corpus_table(found["lean"][1], arguments.corpus)


if __name__ == "__main__":
    main()
