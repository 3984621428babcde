"""Drives a worker process over its pipes, as a supervisor would, for the black-box tests."""

from __future__ import annotations

import base64
import io
import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
"""How long a test waits for what must come; far above what it takes, for slow machines."""


def shim_path() -> Path:
    """The Rust host to test: TACH_HOST_SHIM, else the newest build in target/."""
    named = os.environ.get("TACH_HOST_SHIM")
    if named:
        return Path(named)
    suffix = ".exe" if sys.platform == "win32" else ""
    built = [ROOT / "target" / profile / f"tach-host-shim{suffix}" for profile in ("release", "debug")]
    there = [path for path in built if path.exists()]
    if not there:
        raise FileNotFoundError(
            "no tach-host-shim in target/: build it, name it in TACH_HOST_SHIM, or set TACH_TEST_HOSTS=python"
        )
    return max(there, key=lambda path: path.stat().st_mtime)


class Picture:
    """A picture of a reply, with pixels to look at."""

    def __init__(self, data: dict, image: Image.Image) -> None:
        self.data = data
        self.image = image.convert("RGB")
        self.size = image.size

    def at(self, x: float, y: float) -> tuple[int, int, int]:
        """The pixel at a place given as fractions of width and height."""
        width, height = self.size
        return self.image.getpixel((min(int(x * width), width - 1), min(int(y * height), height - 1)))

    def pixels(self) -> list[tuple[int, ...]]:
        """Every pixel, row by row."""
        raw = self.image.tobytes()
        return [tuple(raw[start : start + 3]) for start in range(0, len(raw), 3)]

    def corners(self) -> tuple:
        """The middles of the four quarters: upper left, upper right, lower left, lower right."""
        return tuple(self.at(x, y) for y in (0.25, 0.75) for x in (0.25, 0.75))


def plain_rights() -> list[str]:
    """What starts a program that may read and write only what file modes allow: root gives that right up."""
    if sys.platform == "win32" or os.getuid() != 0:
        return []
    rights = "-dac_override,-dac_read_search"
    return ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"]


class Worker:
    """One worker process."""

    patience_s = PATIENCE_S
    """A test whose worker loads for long sets its own."""
    pass_fds: tuple[int, ...] = ()
    """Descriptors that it inherits."""

    def __init__(self, kind: str, stderr=None, launcher=(), **environment: str) -> None:
        self.kind = kind
        self.process = subprocess.Popen(
            [*launcher, *self.command(kind)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if stderr is None else stderr,
            env=self.environment(**environment),
            cwd=ROOT,
            pass_fds=self.pass_fds,
        )
        self.stderr = bytearray()
        self._ids = itertools.count(1)
        self._messages: queue.Queue[bytes | None] = queue.Queue()
        self._threads = [threading.Thread(target=self._read_stdout, daemon=True)]
        if self.process.stderr is not None:
            self._threads.append(threading.Thread(target=self._read_stderr, daemon=True))
        for thread in self._threads:
            thread.start()

    @staticmethod
    def command(kind: str) -> list[str]:
        """The command line of a host."""
        return [sys.executable, "-m", "pyworker"] if kind == "python" else [str(shim_path())]

    @staticmethod
    def environment(**more: str) -> dict[str, str]:
        """An environment without the caller's TACH variables: no Docling, faults on, and `more`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TACH_")}
        return (
            inherited
            | {"TACH_DOCLING_PROFILE": "none", "TACH_TEST_FAULTS": "1", "TACH_PYTHON": sys.prefix}
            | more
        )

    def _read_stdout(self) -> None:
        for line in self.process.stdout:
            self._messages.put(line)
        self._messages.put(None)

    def _read_stderr(self) -> None:
        while chunk := self.process.stderr.read1(1 << 16):
            self.stderr += chunk
            del self.stderr[:-200_000]

    def send_line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, cmd: str, payload=None, **more) -> str:
        """Sends a request; returns its id."""
        req_id = f"r{next(self._ids)}"
        request = {"id": req_id, "cmd": cmd, **more}
        if payload is not None:
            request["payload"] = payload
        self.send_line(json.dumps(request).encode())
        return req_id

    def receive(self) -> dict:
        """The next message, whatever it is."""
        line = self._messages.get(timeout=self.patience_s)
        assert line is not None, (
            f"the worker has exited: {self.process.poll()}\n{self.stderr.decode(errors='replace')}"
        )
        assert line.endswith(b"\n")
        return json.loads(line)

    def pending(self) -> int:
        """How many messages have come that no caller has received."""
        return self._messages.qsize()

    def rest(self) -> list[dict]:
        """Every message until the stream ends."""
        found = []
        while (line := self._messages.get(timeout=self.patience_s)) is not None:
            found.append(json.loads(line))
        return found

    def ready(self) -> dict:
        message = self.receive()
        assert message.get("event") == "ready", message
        return message

    def ask(self, cmd: str, payload=None, **more) -> dict:
        """Sends a request and returns its reply; nothing else may come in between."""
        req_id = self.send(cmd, payload, **more)
        reply = self.receive()
        assert reply.get("req_id") == req_id, reply
        return reply

    def data(self, cmd: str, payload=None, **more) -> dict:
        """The data of a request that must succeed."""
        reply = self.ask(cmd, payload, **more)
        assert reply["status"] == "success", reply
        return reply["data"]

    def error(self, cmd: str, payload=None, **more) -> dict:
        """The error of a request that must fail."""
        reply = self.ask(cmd, payload, **more)
        assert reply["status"] == "error", reply
        return reply["error"]

    def crop(self, path, bbox, **payload) -> Picture:
        """Cuts a picture, as PNG at 72 dpi unless `payload` says otherwise."""
        fields = {
            "file_path": str(path),
            "page_index": 0,
            "bbox": bbox,
            "dpi": 72,
            "format": "png",
            **payload,
        }
        data = self.data("extract_evidence", fields)
        if fields.get("transport") == "mmap":
            region = data["mmap"]
            place = Path(region["path"])
            raw = place.read_bytes()[region["offset"] : region["offset"] + region["length"]]
            place.unlink()
        else:
            raw = base64.b64decode(data["base64"], validate=True)
        if fields["format"] == "raw":
            return Picture(data, Image.frombytes("RGB", (data["width"], data["height"]), raw))
        return Picture(data, Image.open(io.BytesIO(raw)))

    def wait(self) -> int:
        """The exit code, once the worker has left."""
        code = self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        return code

    def stop(self) -> None:
        """Closes stdin and waits; kills what does not leave."""
        try:
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self.process.stdout.close()
        if self.process.stderr is not None:
            self.process.stderr.close()
