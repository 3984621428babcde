"""Measures the queue: work of a known length over 1 to 16 nodes, its cost against `tach batch`, and long results.

All nodes run on this machine, each with one worker that sleeps, so that the queue is measured and not the cores.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import queue_chart

PROJECT = Path(__file__).resolve().parent.parent
SHEET = PROJECT / "docs" / "sample" / "engineering_sheet.pdf"


class Queue:
    """A NATS server, and `tach` against it."""

    def __init__(self, tach: Path, server: Path, folder: Path) -> None:
        self.tach, self.folder = tach, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [server, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", folder / "store"]
        self.server = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603
        self.environment = os.environ | {
            "TACH_NATS": f"nats://127.0.0.1:{self.port}",
            "TACH_TEST_FAULTS": "1",
            "TACH_DOCLING_PROFILE": "none",
            "XDG_STATE_HOME": str(folder / "state"),
        }
        self.jobs = 0
        deadline = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            if time.monotonic() > deadline:
                raise SystemExit("the NATS server does not listen")
            time.sleep(0.05)

    def run(self, *arguments: str | Path) -> str:
        """Runs `tach` to its end and gives its stdout."""
        command = [self.tach, *arguments]
        done = subprocess.run(  # noqa: S603
            command, env=self.environment, capture_output=True, text=True, timeout=1200, check=False
        )
        if done.returncode:
            raise SystemExit(f"{command} failed: {done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def nodes(self, count: int, workers: int = 1) -> Iterator[None]:
        """Runs nodes that are ready."""
        command = [self.tach, "node", "--workers", str(workers)]
        running = [
            subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)  # noqa: S603
            for _ in range(count)
        ]
        try:
            deadline = time.monotonic() + 300
            while json.loads(self.run("queue", "status", "--json"))["idle_slots"] != count * workers * 2:
                if time.monotonic() > deadline:
                    raise SystemExit("the nodes do not get ready")
                time.sleep(0.2)
            yield
        finally:
            for node in running:
                node.send_signal(signal.SIGTERM)
            for node in running:
                node.wait(timeout=60)

    def submit(self, requests: Sequence[dict[str, Any]]) -> float:
        """Seconds from the start of a submitter to its end, every request answered well."""
        self.jobs += 1
        return self._timed(requests, "submit", "--job", f"job{self.jobs}")

    def batch(self, requests: Sequence[dict[str, Any]], workers: int) -> float:
        """The same by `tach batch` on one machine."""
        return self._timed(requests, "batch", "--workers", str(workers))

    def _timed(self, requests: Sequence[dict[str, Any]], *command: str) -> float:
        lines, replies = self.folder / "requests.ndjson", self.folder / "replies.ndjson"
        lines.write_text("".join(json.dumps(request) + "\n" for request in requests))
        replies.unlink(missing_ok=True)
        start = time.monotonic()
        self.run(*command, lines, "-o", replies)
        taken = time.monotonic() - start
        with replies.open() as answered:
            good = sum('"status":"success"' in line[:400] for line in answered)
        if good != len(requests):
            raise SystemExit(f"{good} of {len(requests)} requests were answered well")
        return taken


def slow(count: int, milliseconds: int) -> list[dict[str, Any]]:
    """Requests that sleep in their worker."""
    payload = {"kind": "slow", "amount": milliseconds}
    return [{"id": str(n), "cmd": "fault", "payload": payload, "timeout_ms": 600_000} for n in range(count)]


def crops(count: int, **more: object) -> list[dict[str, Any]]:
    """Crops of the sample sheet."""
    payload = {"file_path": str(SHEET), "page_index": 0, "bbox": [100, 100, 200, 100], **more}
    return [
        {"id": str(n), "cmd": "extract_evidence", "payload": payload, "timeout_ms": 600_000}
        for n in range(count)
    ]


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tach", type=Path, default=PROJECT / "target" / "release" / "tach")
    parser.add_argument("--server", type=Path, default=Path(sys.executable).with_name("nats-server"))
    parser.add_argument("--nodes", type=int, nargs="*", default=[1, 2, 4, 8, 16])
    parser.add_argument("--sleep-ms", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=6, help="ideal length of each run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--crops", type=int, default=2000)
    parser.add_argument("--chart", type=Path, metavar="FOLDER", help="write queue.csv and queue.svg there")
    arguments = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        queue = Queue(arguments.tach, arguments.server, Path(folder))
        try:
            print(
                "| nodes | requests | ideal s | median s | of ideal |\n| ---: | ---: | ---: | ---: | ---: |"
            )
            rows = []
            for count in arguments.nodes:
                work = slow(int(count * arguments.seconds * 1000 / arguments.sleep_ms), arguments.sleep_ms)
                ideal = len(work) * arguments.sleep_ms / 1000 / count
                with queue.nodes(count):
                    queue.submit(work[: count * 4])
                    taken = statistics.median(queue.submit(work) for _ in range(arguments.runs))
                print(
                    f"| {count} | {len(work)} | {ideal:.1f} | {taken:.2f} | {ideal / taken:.1%} |", flush=True
                )
                rows.append(queue_chart.Row(count, len(work), ideal, taken))
            if arguments.chart:
                queue_chart.write(rows, arguments.chart)
            few, many = crops(arguments.crops // 4), crops(arguments.crops)
            with queue.nodes(1, workers=2):
                queue.submit(few)
                # The difference of two lengths leaves out what a start costs.
                over = [queue.submit(many) - queue.submit(few) for _ in range(arguments.runs)]
                raw = queue.submit(crops(60, bbox=[0, 0, 400, 250], dpi=187, format="raw"))
            alone = [queue.batch(many, 2) - queue.batch(few, 2) for _ in range(arguments.runs)]
            each = [statistics.median(side) / (len(many) - len(few)) * 1000 for side in (over, alone)]
            print(
                f"\ncrop, two workers: queue {each[0]:.2f} ms, batch {each[1]:.2f} ms a request, overhead "
                f"{each[0] - each[1]:.2f} ms (goal: at most 0.50)"
            )
            print(f"60 raw crops of 2.0 MB through the object store: {raw:.1f} s")
        finally:
            queue.server.terminate()
            queue.server.wait(timeout=30)


if __name__ == "__main__":
    main()
