"""A client whose workers are processes of this machine: `tach batch` on a pair of pipes.

`tach batch` supervises them: it replaces a worker that crashes, hangs or leaks, asks a second one where that helps, and
answers in any case. What is left to do here is the end of `tach` itself: it is started again, and what it owed is
asked again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from . import program as programs
from .client import IN_FLIGHT, Client, data_of, members
from .errors import TachError

ATTEMPTS = 5
"""How often a request may meet the end of `tach` before it is answered `worker_crashed`."""
FAILED_STARTS = 3
"""Processes in a row that ended soon and without one reply."""
SOON_S = 10.0
WAIT_S = 3600.0
CLOSE_S = 30.0
TOLD = 2000
"""Characters of what `tach` said on stderr that an error repeats."""

Answer = Callable[[dict[str, Any]], None]


@dataclass
class _Owed:
    """A request that waits for its reply."""

    line: bytes
    answer: Answer
    progress: Callable[[int, int], None] | None
    req_id: str
    """The caller's own id."""
    attempts: int = 0


class Local(Client):
    """Workers of this machine.

    `workers` requests run at a time; `arguments` are further ones of `tach batch` (such as `--spares 1`), `environment`
    is added to this process's. A request waits at most `wait_s` seconds for its turn and its reply. Progress is told
    on a thread of this client.
    """

    def __init__(
        self,
        workers: int = 1,
        *,
        program: str | os.PathLike[str] | None = None,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        named = os.fspath(program) if program is not None else programs.find()
        self._command = [named, "batch", "-", "--output", "-", "--workers", str(workers), *arguments]
        self._environment = programs.environment(named, os.environ | dict(environment or {}))
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._owed: dict[str, _Owed] = {}
        self._next = 0
        self._is_closed = False
        """No more requests are taken."""
        self._is_cleared = False
        self._has_replied = False
        self._fruitless = 0
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        try:
            self._process = self._start()
        except TachError:
            self._errors.close()
            raise
        self._reader = threading.Thread(target=self._read, name="tach-worker", daemon=True)
        self._reader.start()

    def ask(
        self,
        cmd: str,
        payload: Mapping[str, Any],
        *,
        timeout_ms: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """The data of one request; a TachError where the reply is an error, or none came within `wait_s`."""
        came: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._send({"id": "1", "cmd": cmd, "payload": payload, "timeout_ms": timeout_ms}, came.put, progress)
        return data_of(self._received(came))

    def ask_many(self, requests: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """See Client."""
        came: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        source, owed = iter(requests), 0
        while True:
            while owed < IN_FLIGHT:
                request = next(source, None)
                if request is None:
                    break
                self._send(request, came.put, None)
                owed += 1
            if owed == 0:
                return
            yield self._received(came)
            owed -= 1

    def close(self) -> None:
        """Lets what runs finish for 30 s, and ends the processes."""
        with self._lock:
            if self._is_cleared:
                return
            self._is_cleared = self._is_closed = True
            process = self._process
        # A write that waits for a full pipe is given its time too.
        if self._writing.acquire(timeout=CLOSE_S):
            _close(process.stdin)
            self._writing.release()
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            process.kill()
        self._reader.join(CLOSE_S)
        self._errors.close()

    def _received(self, came: queue.SimpleQueue[dict[str, Any]]) -> dict[str, Any]:
        try:
            return came.get(timeout=self._wait_s)
        except queue.Empty:
            raise TachError("timeout", f"no reply within {self._wait_s} s") from None

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=self._environment,
            )
        except OSError as error:
            raise TachError("startup_failed", f"cannot start {self._command[0]}: {error}") from error

    def _send(
        self, request: Mapping[str, Any], answer: Answer, progress: Callable[[int, int], None] | None
    ) -> None:
        """Registers a request and writes it. Whatever happens then, `answer` is called once."""
        payload = members(request.get("payload") or {})
        if isinstance(path := payload.get("file_path"), str):
            payload["file_path"] = os.path.abspath(path)  # noqa: PTH100 (a path that is text stays it)
        with self._lock:
            if self._is_closed:
                raise TachError("shutting_down", "the client is closed")
            # Ids are this client's own: two threads may use the same ones.
            self._next += 1
            own = str(self._next)
            line = members({**request, "id": own, "payload": payload})
            owed = _Owed(json.dumps(line).encode() + b"\n", answer, progress, str(request.get("id")))
            self._owed[own] = owed
            process = self._process
        self._write(process, owed.line)

    def _write(self, process: subprocess.Popen[bytes], line: bytes) -> None:
        # Where it has ended, the reader starts another one and asks for all that is owed.
        with self._writing, contextlib.suppress(OSError, ValueError):
            if process.stdin is not None:
                process.stdin.write(line)
                process.stdin.flush()

    def _write_all(self, process: subprocess.Popen[bytes], lines: Iterable[bytes]) -> None:
        for line in lines:
            self._write(process, line)

    def _read(self) -> None:
        while True:
            process, began = self._process, time.monotonic()
            for line in process.stdout or ():
                self._take(line)
            process.wait()
            with self._writing:
                _close(process.stdin)
            _close(process.stdout)
            is_soon = time.monotonic() - began < SOON_S
            with self._lock:
                # One that ended without a reply did not start, and no request is to blame.
                self._fruitless = self._fruitless + 1 if is_soon and not self._has_replied else 0
                for owed in self._owed.values():
                    owed.attempts += self._fruitless == 0
                self._has_replied = False
            if not self._again():
                return

    def _take(self, line: bytes) -> None:
        """One message of `tach`."""
        try:
            message = json.loads(line)
        except ValueError:
            return
        own = message.get("req_id")
        if message.get("type") == "progress":
            owed = self._owed.get(own)
            if owed is not None and owed.progress is not None:
                try:
                    owed.progress(message["done"], message["total"])
                except Exception:
                    logging.getLogger(__name__).exception("a function that is told of progress failed")
        elif "status" in message:
            with self._lock:
                owed = self._owed.pop(own, None)
                self._has_replied = True
            if owed is not None:
                owed.answer({**message, "req_id": owed.req_id})

    def _again(self) -> bool:
        """Starts `tach` anew and asks for what is owed; False where this client has ended."""
        with self._lock:
            fruitless, is_closed = self._fruitless, self._is_closed
        if is_closed:
            self._refuse(TachError("shutting_down", "the client was closed before the reply came"), 0)
            return False
        said = self._said()
        if fruitless >= FAILED_STARTS:
            with self._lock:
                self._is_closed = True
            self._refuse(
                TachError("startup_failed", f"tach ended {fruitless} times without a reply: {said}"), 0
            )
            return False
        self._refuse(TachError("worker_crashed", f"tach ended while it ran this request: {said}"), ATTEMPTS)
        time.sleep(0.1 * fruitless)
        try:
            process = self._start()
        except TachError as error:
            with self._lock:
                self._is_closed = True
            self._refuse(error, 0)
            return False
        with self._lock:
            self._process = process
            lines = [owed.line for owed in self._owed.values()]
            if self._is_closed:
                # Closed meanwhile: this one ends at once, and the next turn answers what is owed.
                process.kill()
        # Not on this thread, which reads: a full pipe would wait for it.
        threading.Thread(target=self._write_all, args=(process, lines), daemon=True).start()
        return True

    def _refuse(self, error: TachError, attempts: int) -> None:
        """Answers every request that met so many ends."""
        with self._lock:
            chosen = [own for own, owed in self._owed.items() if owed.attempts >= attempts]
            refused = [self._owed.pop(own) for own in chosen]
        for owed in refused:
            perf = {"duration_ms": 0.0, "peak_ram_mb": 0.0}
            owed.answer({"req_id": owed.req_id, "status": "error", "error": error.body(), "perf": perf})

    def _said(self) -> str:
        """The end of what `tach` said on stderr."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - TOLD))
        said = self._errors.read().decode(errors="replace").strip()
        self._errors.seek(0)
        self._errors.truncate()
        return said


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.close()
