"""Measures `POST /v1/batch` of `tach serve` against `tach batch` on the same crops."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SHEET = PROJECT / "docs" / "sample" / "engineering_sheet.pdf"


def crops(count: int) -> bytes:
    """Crops of the sample sheet as lines."""
    payload: dict[str, Any] = {"file_path": str(SHEET), "page_index": 0, "bbox": [100, 100, 200, 100]}
    request = {"cmd": "extract_evidence", "payload": payload, "timeout_ms": 60_000}
    return b"".join(json.dumps({"id": str(n), **request}).encode() + b"\n" for n in range(count))


def by_service(port: int, lines: bytes, count: int) -> float:
    """Seconds from the request to the last reply, every one a success."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("POST", "/v1/batch", lines)
    answered = connection.getresponse().read()
    taken = time.monotonic() - began
    check(answered, count)
    return taken


def by_command(command: list[str | Path], lines: bytes, count: int, folder: Path) -> float:
    """Seconds of `tach batch`, its start included."""
    requests, replies = folder / "requests.ndjson", folder / "replies.ndjson"
    requests.write_bytes(lines)
    replies.unlink(missing_ok=True)
    began = time.monotonic()
    subprocess.run([*command, requests, "-o", replies], check=True, stderr=subprocess.DEVNULL)  # noqa: S603
    taken = time.monotonic() - began
    check(replies.read_bytes(), count)
    return taken


def check(replies: bytes, count: int) -> None:
    """Ends the run where not every request has its success."""
    answered = [json.loads(line) for line in replies.splitlines()]
    good = {reply["req_id"] for reply in answered if reply["status"] == "success"}
    if len(good) != count or len(answered) != count:
        raise SystemExit(f"{len(answered)} replies, {len(good)} of {count} requests answered well")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tach", type=Path, default=PROJECT / "target" / "release" / "tach")
    parser.add_argument("--crops", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    few, many = arguments.crops // 4, arguments.crops
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    workers = ["--workers", str(arguments.workers)]
    environment = os.environ | {"TACH_DOCLING_PROFILE": "none"}
    os.environ.update(environment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [arguments.tach, "serve", "--port", "0", "--root", SHEET.parent, *workers]
        service = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
        try:
            lines = iter(service.stderr or ())
            port = next(int(line.rsplit(":", 1)[1]) for line in lines if "listening on" in line)
            by_service(port, crops(few), few)
            sides: dict[str, list[float]] = {"service": [], "command": []}
            for _ in range(arguments.runs):
                sides["service"].append(
                    by_service(port, crops(many), many) - by_service(port, crops(few), few)
                )
                batch = [arguments.tach, "batch", *workers]
                # The difference of two lengths leaves out what a start costs.
                long, short = (by_command(batch, crops(count), count, folder) for count in (many, few))
                sides["command"].append(long - short)
        finally:
            service.terminate()
            service.wait(60)
    each = {side: statistics.median(taken) / (many - few) * 1000 for side, taken in sides.items()}
    if min(each.values()) <= 0:
        raise SystemExit(f"too few crops to tell on a machine this busy: {each} ms; give more --crops")
    ratio = each["service"] / each["command"]
    print(
        f"crop, {arguments.workers} workers: /v1/batch {each['service']:.2f} ms, tach batch {each['command']:.2f} ms"
    )
    print(f"ratio {ratio:.2f} (goal: at most 1.30)")


if __name__ == "__main__":
    main()
