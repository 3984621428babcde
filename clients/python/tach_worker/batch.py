"""Many requests over one connection: NDJSON out on a thread, NDJSON in on the caller's."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .client import IN_FLIGHT, members
from .errors import TachError


class Batch:
    """What is left of a set of requests: those that were not sent, and those that were and are owed a reply."""

    def __init__(self, requests: Iterable[Mapping[str, Any]]) -> None:
        self._source = iter(requests)
        self._again: deque[dict[str, Any]] = deque()
        self._owed: dict[str, dict[str, Any]] = {}
        self._is_read = False
        self._failed: BaseException | None = None
        self._changed = threading.Condition()
        self.answered = 0
        """Replies so far."""

    @property
    def is_done(self) -> bool:
        """Whether every request has its reply."""
        return self._is_read and not self._owed and not self._again

    def over(
        self, connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        """Replies over this connection. One that breaks raises what http.client does; another can go on."""
        with self._changed:
            self._again.extend(self._owed.values())
            self._owed.clear()
        connection.putrequest("POST", path)
        for name, value in {**headers, "Content-Type": "application/x-ndjson"}.items():
            connection.putheader(name, value)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        ended = threading.Event()
        writer = threading.Thread(target=self._write, args=(connection, ended), daemon=True)
        writer.start()
        try:
            answer = connection.getresponse()
            if answer.status != 200:
                raise _refusal(answer)
            for line in answer:
                if not line.endswith(b"\n"):
                    break
                message = json.loads(line)
                if "status" not in message:
                    continue
                with self._changed:
                    self._owed.pop(message["req_id"], None)
                    self.answered += 1
                    self._changed.notify_all()
                yield message
        finally:
            ended.set()
            with self._changed:
                self._changed.notify_all()
            if writer.is_alive() and connection.sock is not None:
                # It may wait for a service that reads no more.
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
            writer.join()
        if self._failed is not None:
            raise self._failed
        if not self.is_done:
            raise http.client.IncompleteRead(b"")

    def _write(self, connection: http.client.HTTPConnection, ended: threading.Event) -> None:
        """Sends lines while there is room for their replies."""
        # Where the connection breaks, the reading side sees it too.
        with contextlib.suppress(OSError):
            while (request := self._next(ended)) is not None:
                line = json.dumps(request).encode() + b"\n"
                connection.send(b"%x\r\n%s\r\n" % (len(line), line))
            if not ended.is_set():
                connection.send(b"0\r\n\r\n")

    def _next(self, ended: threading.Event) -> dict[str, Any] | None:
        """The next request, noted as owed; None where there is none, or the connection has ended."""
        with self._changed:
            self._changed.wait_for(lambda: ended.is_set() or len(self._owed) < IN_FLIGHT)
            if ended.is_set():
                return None
            if self._again:
                request = self._again.popleft()
                self._owed[request["id"]] = request
                return request
            if self._is_read:
                return None
        try:
            taken = next(self._source, None)
        except BaseException as error:  # it is the caller's, and raised where the caller is
            taken, self._failed = None, error
        with self._changed:
            if taken is None:
                self._is_read = True
                return None
            request = members({**taken, "payload": members(taken.get("payload") or {})})
            if not isinstance(request.get("id"), str) or request["id"] in self._owed:
                self._failed = TachError(
                    "invalid_request", f"the id {request.get('id')!r} is no text, or used twice"
                )
                self._is_read = True
                return None
            self._owed[request["id"]] = request
            return request


def _refusal(answer: http.client.HTTPResponse) -> Exception:
    """What a refused stream raises: to be tried again where the service is only busy."""
    body = answer.read()
    if answer.status in (429, 503):
        return http.client.HTTPException(f"HTTP {answer.status}")
    try:
        return TachError.of(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return TachError("protocol_error", f"HTTP {answer.status}: {body[:200]!r}")
