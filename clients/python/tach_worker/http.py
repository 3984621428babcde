"""A client of `tach serve`.

Commands only read documents, so a request whose connection broke is asked again, until `retry_s` have passed without
a connection.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .batch import Batch
from .client import Client, data_of, members
from .errors import TachError

RETRY_S = 30.0
WAIT_S = 3600.0
BROKEN = (OSError, http.client.HTTPException)
"""What a connection that breaks raises."""


class Remote(Client):
    """The service at `url`.

    `token` is the service's, if it has one. Where the service can't be reached, or says that it is full, a request is
    asked again for `retry_s` seconds. A reply is waited for at most `wait_s` seconds. Documents are named by their
    paths inside the service's roots, or sent by `upload`.
    """

    def __init__(
        self, url: str, *, token: str | None = None, retry_s: float = RETRY_S, wait_s: float = WAIT_S
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TachError("invalid_request", f"{url!r} is no address such as http://127.0.0.1:8765")
        self._connects = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._host, self._port, self._prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self._headers = {"X-Api-Key": token} if token else {}
        self._retry_s, self._wait_s = retry_s, wait_s
        self._kept = threading.local()
        self._is_closed = False

    def ask(
        self,
        cmd: str,
        payload: Mapping[str, Any],
        *,
        timeout_ms: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> dict[str, Any]:
        """The data of one request; a TachError where the reply is an error."""
        query = f"?timeout_ms={timeout_ms}" if timeout_ms is not None else ""
        path = f"/v1/commands/{urllib.parse.quote(cmd, safe='')}{query}"
        body = json.dumps(members(payload)).encode()
        headers = {"Content-Type": "application/json"}
        if progress is None:
            return data_of(json.loads(self._exchange("POST", path, body, headers)))
        headers["Accept"] = "text/event-stream"
        return data_of(
            self._exchange("POST", path, body, headers, lambda answer: _followed(answer, progress))
        )

    def ask_many(self, requests: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """See Client. Where the stream breaks, what is owed is asked in another one."""
        batch = Batch(requests)
        until = time.monotonic() + self._retry_s
        while not batch.is_done:
            if self._is_closed:
                raise TachError("shutting_down", "the client is closed")
            connection = self._connection()
            before = batch.answered
            try:
                yield from batch.over(connection, f"{self._prefix}/v1/batch", self._headers)
            except BROKEN as error:
                if batch.answered > before:
                    until = time.monotonic() + self._retry_s
                elif time.monotonic() > until:
                    raise TachError("unavailable", f"the stream to {self._host} broke: {error}") from error
                time.sleep(0.2)
            finally:
                connection.close()

    def upload(self, path: str | Path, name: str | None = None) -> str:
        """Sends a document of this machine; gives what stands for its path in requests, `upload:…`."""
        source = Path(path)
        query = urllib.parse.urlencode({"name": name or source.name})
        headers = {"Content-Type": "application/octet-stream"}
        answer = self._exchange("POST", f"/v1/files?{query}", source.read_bytes(), headers)
        return str(json.loads(answer)["file_path"])

    def forget(self, uploaded: str) -> None:
        """Deletes an uploaded document; the service does so itself an hour after its last use."""
        self._exchange("DELETE", f"/v1/files/{uploaded.removeprefix('upload:')}", b"", {})

    def close(self) -> None:
        """No more requests; those that run on other threads get their replies."""
        self._is_closed = True
        self._dropped()

    def _connection(self) -> http.client.HTTPConnection:
        return self._connects(self._host, self._port, timeout=self._wait_s)

    def _dropped(self) -> None:
        """Closes the connection of the calling thread."""
        kept = getattr(self._kept, "connection", None)
        self._kept.connection = None
        if kept is not None:
            kept.close()

    def _exchange(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        read: Callable[[http.client.HTTPResponse], Any] | None = None,
    ) -> Any:
        """The body of a good answer. Asked again while the service can't be reached or is full."""
        until = time.monotonic() + self._retry_s
        while True:
            if self._is_closed:
                raise TachError("shutting_down", "the client is closed")
            try:
                if self._kept.__dict__.get("connection") is None:
                    self._kept.connection = self._connection()
                connection = self._kept.connection
                connection.request(method, self._prefix + path, body, {**self._headers, **headers})
                answer = connection.getresponse()
                if answer.status < 300:
                    return answer.read() if read is None else read(answer)
                refused, wait = _refusal(answer), answer.headers.get("Retry-After", "")
            except TimeoutError:
                self._dropped()
                raise TachError("timeout", f"no answer of {self._host} within {self._wait_s} s") from None
            except BROKEN as error:
                self._dropped()
                refused, wait = TachError("unavailable", f"{self._host} can't be reached: {error}"), "0.2"
            if not wait or time.monotonic() > until:
                raise refused
            time.sleep(min(float(wait) if wait.replace(".", "", 1).isdigit() else 1.0, 5.0))


def _refusal(answer: http.client.HTTPResponse) -> TachError:
    """The error in an answer's body."""
    body = answer.read()
    try:
        return TachError.of(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return TachError("protocol_error", f"HTTP {answer.status}: {body[:200]!r}")


def _followed(answer: http.client.HTTPResponse, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """The reply at the end of a stream of events."""
    for line in answer:
        if line.startswith(b"data: "):
            message = json.loads(line[6:])
            if "status" in message:
                answer.read()
                return dict(message)
            progress(message["done"], message["total"])
    raise http.client.IncompleteRead(b"")
