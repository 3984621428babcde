"""A Rust host that gets its documents by descriptor, as under the supervisor, which this takes the part of."""

from __future__ import annotations

import itertools
import json
import os
import socket
from pathlib import Path

from hosts import Worker

SLOTS = 16
"""`DOCUMENT_SLOTS` of protocol/src/handover.rs."""


class HandedWorker(Worker):
    """One worker process; every document is opened here and handed over behind its request."""

    def __init__(self, kind: str = "shim", **options) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.shutdown(socket.SHUT_WR)
        self.pass_fds = (theirs.fileno(),)
        self._slots = itertools.cycle(range(SLOTS))
        try:
            super().__init__(kind, **options, TACH_DOCUMENT_SOCKET=str(theirs.fileno()))
        finally:
            theirs.close()

    def send(self, cmd: str, payload=None, **more) -> str:
        req_id = super().send(cmd, payload, **more)
        if payload and isinstance(path := payload.get("file_path"), str) and Path(path).is_absolute():
            self.hand_over(req_id, path)
        return req_id

    def hand_over(self, req_id: str, path: str) -> None:
        """Sends the document at `path`, or that nothing is there."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            error = {
                "code": "file_not_found",
                "message": f"nothing exists at {path}",
                "details": {"path": path},
            }
            self._ours.send(json.dumps({"id": req_id, "document": {"error": error}}).encode())
            return
        try:
            message = json.dumps({"id": req_id, "document": {"slot": next(self._slots)}})
            socket.send_fds(self._ours, [message.encode()], [descriptor])
        finally:
            os.close(descriptor)

    def stop(self) -> None:
        super().stop()
        self._ours.close()
