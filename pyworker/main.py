"""The asyncio host: the same worker as the Rust host, without Rust.

    reader thread ── checked requests ──▶ event loop ── one at a time ──▶ engine thread
                                              │ deadlines, signals            │
                                              └────────── replies ────────────┴──▶ output thread ──▶ stdout

A deadline is watched by the event loop, which needs the interpreter's lock: where native code keeps it for good, the
only thing left is faulthandler's C thread, which writes the stacks to stderr and ends the process without a reply.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any, NoReturn

from pyworker import errors, guarded_stderr, limits
from pyworker.context import RequestContext
from pyworker.engine.process import mmap_store
from pyworker.engine.process.memory_monitor import MemoryMonitor
from pyworker.errors import OutOfMemory, StartupFailed, WorkerCrashed, WorkerError
from pyworker.host import peer, replies
from pyworker.host.flight import Flight
from pyworker.host.reader import Accepted, Reader, shutting_down
from pyworker.host.stdio import Output
from pyworker.limits import ExitCode
from pyworker.messages import StopReason
from pyworker.router import Router
from pyworker.settings import Settings

GRACE_S = limits.GRACE_MS / 1000
"""How long the engine may take to come back after a deadline."""
LOCK_GRACE_S = 1.0
"""How long after the grace the event loop may fail to act before faulthandler's thread does."""
FLUSH_S = 5.0
"""How long a stopping worker waits for the peer to read."""
EXIT_NOTICE_S = limits.EXIT_NOTICE_MS / 1000
"""How long a worker that leaves before its time waits for the peer to read."""
PEER_TIMEOUT_S = limits.PEER_TIMEOUT_MS / 1000
"""How long the peer may leave a reply unread while requests wait."""
SETTLE_S = limits.SETTLE_MS / 1000
NO_SANDBOX = "the Python host has no sandbox and opens documents itself; use the Rust host (--host shim)"


class Host:
    """The worker's event loop and what it shares with the other threads."""

    def __init__(self, settings: Settings, requests: int, output: int) -> None:
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._jobs: deque[Accepted] = deque()
        self._input_ended = False
        self._peer_watch: asyncio.Task[None] | None = None
        self._stopping = False
        self._is_warm = False
        self._stop_began = asyncio.Event()
        self._flight: Flight | None = None
        self._leaving = threading.Lock()
        self._engine = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._output = Output(output, self._wake_loop, self._peer_gone)
        self._router = Router(settings)
        self._monitor = MemoryMonitor(settings, self, self._router.relieve)
        self._reader = Reader(requests, self, lambda: self._stopping, faults=settings.test_faults)

    async def run(self) -> int:
        """Works until the input ends or a stop is asked for; returns the exit code."""
        if self._settings.sandbox == "require":
            return self._failed_start(StartupFailed(f"TACH_SANDBOX=require, but {NO_SANDBOX}"))
        self._catch_signals()
        start = self._loop.run_in_executor(self._engine, self._router.start)
        stop = self._loop.create_task(self._stop_began.wait())
        either: set[asyncio.Future[Any]] = {start, stop}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if self._stopping:
            return ExitCode.GRACEFUL
        error = start.exception()
        if error is not None:
            return self._failed_start(error)
        told = {"pid": os.getpid(), "sandbox": NO_SANDBOX, **start.result()}
        self.emit({"type": "lifecycle", "event": "ready", **told})
        self._monitor.start()
        self._reader.start()
        await self._serve()
        await self._settle()
        self._monitor.stop()
        self._router.close()
        return ExitCode.GRACEFUL

    def flush(self) -> None:
        """Waits a bounded time for the peer to read what was said."""
        self._output.flush(FLUSH_S)

    # What the reader, the monitor and the signals call, each on its own thread.

    def accept(self, accepted: Accepted) -> None:
        """Queues a good request."""
        self._jobs.append(accepted)
        self._wake_loop()

    def refuse(self, req_id: str | None, error: WorkerError, read_at: float) -> None:
        """Answers a line that no engine will see."""
        self._reply_error(req_id, read_at, *errors.describe(error))
        self._output.wait_for_room()

    def end_of_input(self) -> None:
        """Notes that nothing more will be read."""
        self._loop.call_soon_threadsafe(self._on_end_of_input)

    def emit(self, event: dict[str, Any]) -> None:
        """Writes a message that answers nothing."""
        self._output.send(replies.line(event))

    def leave_out_of_memory(self, rss_mb: float) -> None:
        """Says so, answers what is owed and exits with 137."""
        flight = self._flight
        in_flight = flight.req_id if flight is not None and not flight.answered else None
        limit = self._settings.ram_hard_mb
        rss_mb = round(rss_mb, 1)
        self.emit(
            {
                "type": "lifecycle",
                "event": "memory_critical",
                "rss_mb": rss_mb,
                "limit_mb": limit,
                "req_id": in_flight,
            }
        )
        why = f"the resident set of {rss_mb:.0f} MB passed the hard limit of {limit} MB"
        self._leave(
            ExitCode.OUT_OF_MEMORY,
            why,
            OutOfMemory(
                f"{why}; ask for less at once or raise TACH_WORKER_RAM_LIMIT_MB",
                rss_mb=rss_mb,
                limit_mb=limit,
            ),
        )

    def _wake_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._wake.set)

    def _peer_gone(self) -> None:
        # No process can read an answer any more, so none is owed.
        os._exit(ExitCode.GRACEFUL)

    # The event loop

    def _catch_signals(self) -> None:
        names = ("SIGINT", "SIGTERM", "SIGBREAK")
        for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
            if sys.platform == "win32":
                signal.signal(number, self._on_signal)
            else:
                self._loop.add_signal_handler(number, self._begin_stop, "signal")

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._begin_stop, "signal")

    def _on_end_of_input(self) -> None:
        self._input_ended = True
        self._wake.set()
        self._peer_watch = self._loop.create_task(self._watch_peer())

    def _begin_stop(self, reason: StopReason) -> None:
        if not self._stopping:
            self._stopping = True
            self._stop_began.set()
            self.emit({"type": "lifecycle", "event": "stopping", "reason": reason})
            self._wake.set()

    async def _serve(self) -> None:
        while not self._stopping:
            if not self._output.has_room:
                await self._wait_for_peer()
            elif (accepted := self._next_job()) is not None:
                if accepted.request.cmd == "shutdown":
                    self._reply(accepted.request.id, accepted.read_at, {})
                    self._begin_stop("shutdown")
                else:
                    await self._work(accepted)
            elif self._input_ended:
                self._begin_stop("stdin_closed")
            else:
                self._wake.clear()
                # Looked at again after the clear: the reader may have put something there just before it.
                if not self._jobs and not self._input_ended:
                    await self._rest()

    async def _rest(self) -> None:
        """Waits for something to do, and loads what was left for such a time."""
        try:
            await asyncio.wait_for(self._wake.wait(), None if self._is_warm else limits.IDLE_MS / 1000)
        except asyncio.TimeoutError:
            self._is_warm = not await self._loop.run_in_executor(self._engine, self._router.warm_up)

    def _next_job(self) -> Accepted | None:
        try:
            accepted = self._jobs.popleft()
        except IndexError:
            return None
        self._reader.taken()
        return accepted

    async def _work(self, accepted: Accepted) -> None:
        request = accepted.request
        timeout_s = (request.timeout_ms or self._settings.timeout_ms) / 1000
        flight = self._flight = Flight(accepted)
        context = RequestContext(timeout_s, lambda done, total: self._progress(flight, done, total))
        faulthandler.dump_traceback_later(timeout_s + GRACE_S + LOCK_GRACE_S, exit=True, file=2)
        work = self._loop.run_in_executor(
            self._engine, self._router.handle, request.cmd, request.payload, context
        )
        try:
            await asyncio.wait_for(asyncio.shield(work), timeout_s)
        except asyncio.TimeoutError:
            if not work.done():
                self._answer_error(flight, context.timeout())
                await asyncio.wait({work}, timeout=GRACE_S)
        except Exception:  # noqa: S110 - read from the future below, as the result is
            pass
        if not work.done():
            why = f"an earlier request ({request.cmd}) did not come back after its deadline"
            faulthandler.dump_traceback(file=2)
            self._leave(ExitCode.WEDGED, why, None)
        faulthandler.cancel_dump_traceback_later()
        error = work.exception()
        if error is not None:
            self._answer_error(flight, error)
        elif flight.claim():
            self._reply(flight.req_id, flight.read_at, work.result())
        else:
            # Answered by its deadline meanwhile: no reply will name the file of its picture.
            mmap_store.discard(work.result())
        self._flight = None

    async def _wait_for_peer(self) -> None:
        self._wake.clear()
        if self._output.has_room:
            return
        try:
            await asyncio.wait_for(self._wake.wait(), peer.LOOK_S)
        except asyncio.TimeoutError:
            if self._output.stalled_for() > PEER_TIMEOUT_S:
                why = f"the replies have not been read for {PEER_TIMEOUT_S:.0f} s"
                self._leave(ExitCode.WEDGED, why, None)

    async def _watch_peer(self) -> None:
        """Ends the worker once its input has ended and no process can read its output: its parent has exited."""
        await peer.until_no_reader(self._output.descriptor)
        os._exit(ExitCode.GRACEFUL)

    async def _settle(self) -> None:
        """Answers what was read but not started."""
        until = time.monotonic() + SETTLE_S
        while True:
            # Held from here on: what the reader would read now has no owner.
            at_rest = self._reader.busy.acquire(blocking=False)
            while (accepted := self._next_job()) is not None:
                self._reply_error(accepted.request.id, accepted.read_at, *errors.describe(shutting_down()))
            if at_rest or time.monotonic() > until:
                return
            await asyncio.sleep(0.001)

    def _failed_start(self, error: BaseException) -> int:
        failed = {"code": StartupFailed.code, "message": errors.describe(error)[1]}
        self.emit({"type": "lifecycle", "event": "startup_failed", **failed})
        return ExitCode.SELF_CHECK_FAILED

    def _leave(self, code: int, why: str, in_flight: WorkerError | None) -> NoReturn:
        """Answers what is owed, within a bounded time, and ends the process."""
        with self._leaving:
            self._stopping = True
            crashed = WorkerCrashed(f"the worker leaves with exit code {code}: {why}", exit_code=code)
            message = f"not started: {why}, and the worker leaves with exit code {code}; send it again"
            waiting = errors.describe(WorkerCrashed(message, exit_code=code))
            for _ in range(2):
                # Twice: the loop may have taken a request just before it saw that the worker stops.
                if self._flight is not None:
                    self._answer_error(self._flight, in_flight or crashed)
                while (accepted := self._next_job()) is not None:
                    self._reply_error(accepted.request.id, accepted.read_at, *waiting)
                self._output.flush(EXIT_NOTICE_S)
            os.write(2, f"pyworker: leaving with exit code {code}: {why}\n".encode())
            os._exit(code)

    # What is said

    def _progress(self, flight: Flight, done: int, total: int) -> None:
        if not flight.answered:
            self.emit({"type": "progress", "req_id": flight.req_id, "done": done, "total": total})

    def _answer_error(self, flight: Flight, error: BaseException) -> None:
        # Described even where the answer was given already: it puts the traceback on stderr.
        described = errors.describe(error)
        if flight.claim():
            self._reply_error(flight.req_id, flight.read_at, *described)

    def _reply(self, req_id: str, read_at: float, data: dict[str, Any]) -> None:
        kept = self._router.page_cache_bytes
        self._output.send(replies.success(req_id, data, read_at, self._monitor.rss_mb(), kept))

    def _reply_error(
        self, req_id: str | None, read_at: float, code: str, message: str, details: dict[str, Any]
    ) -> None:
        rss_mb, kept = self._monitor.rss_mb(), self._router.page_cache_bytes
        line = replies.failure(req_id, (code, message, details), read_at, rss_mb, kept)
        self._output.send(line)


def main(requests: int, output: int) -> NoReturn:
    """Runs the worker on two descriptors and ends the process."""
    faulthandler.enable(file=2)
    guarded_stderr.guard()
    try:
        code = asyncio.run(_run(requests, output))
    except Exception:
        traceback.print_exc()
        code = ExitCode.INTERNAL_PANIC
    sys.stderr.flush()
    # The reader may sit in a read that never ends, so the interpreter's own way out is not taken.
    os._exit(code)


async def _run(requests: int, output: int) -> int:
    try:
        settings = Settings.from_environ()
    except StartupFailed as error:
        message = {
            "type": "lifecycle",
            "event": "startup_failed",
            "code": error.code,
            "message": error.message,
        }
        os.write(output, replies.line(message))
        return ExitCode.SELF_CHECK_FAILED
    host = Host(settings, requests, output)
    code = await host.run()
    host.flush()
    return code
