"""From bytes to checked requests: lines of bounded length, and refusals that name the field at fault.

The order of the checks and the names of the fields are those of the Rust crate `protocol`; one set of golden lines
(protocol/fixtures) is read by the tests of both.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pyworker.errors import InvalidJson, InvalidRequest, UnknownCommand, WorkerError
from pyworker.limits import MAX_ID_CHARS, MAX_LINE_BYTES, MAX_TIMEOUT_MS
from pyworker.messages import PAYLOADS, Request, RequestId, TimeoutMs

MAX_INTEGER_DIGITS = 20
"""Longer integers are read as floats: they are out of every field's range, and int() takes quadratic time."""
SHOWN_CHARACTERS = 64

_FIELDS = ("id", "cmd", "payload", "timeout_ms")
_ID: TypeAdapter[str] = TypeAdapter(RequestId)
_TIMEOUT: TypeAdapter[int | None] = TypeAdapter(TimeoutMs | None)


class Refused(Exception):
    """A line that is refused before any engine sees it; `req_id` where the line had a good one."""

    def __init__(self, req_id: str | None, error: WorkerError) -> None:
        super().__init__(error.message)
        self.req_id = req_id
        self.error = error


class LineCutter:
    """Cuts a byte stream at newlines and never holds more than MAX_LINE_BYTES of one line."""

    def __init__(self) -> None:
        self._partial = bytearray()
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that end in `chunk`, without their newline; None for one that was too long."""
        *ends, rest = chunk.split(b"\n")
        lines: list[bytes | None] = []
        for piece in ends:
            self._add(piece)
            lines.append(self._take())
        self._add(rest)
        return lines

    def finish(self) -> list[bytes | None]:
        """What the stream ended with: a last line without newline, or nothing."""
        return [self._take()] if self._partial or self._skipping else []

    def _add(self, piece: bytes) -> None:
        if self._skipping:
            return
        if len(self._partial) + len(piece) > MAX_LINE_BYTES:
            self._skipping = True
            self._partial = bytearray()
        else:
            self._partial += piece

    def _take(self) -> bytes | None:
        line = None if self._skipping else bytes(self._partial)
        self._partial, self._skipping = bytearray(), False
        return line


class _Object(dict[str, Any]):
    """A JSON object that remembers the first name that stood in it twice."""

    repeated: str | None = None

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        if len(self) != len(pairs):
            seen: set[str] = set()
            for name, _ in pairs:
                if name in seen:
                    self.repeated = name
                    break
                seen.add(name)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_INTEGER_DIGITS else float(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_Object, parse_constant=_no_constant, parse_int=_integer)


def parse_request(line: bytes | None, *, faults: bool) -> Request:
    """The checked request of a line that LineCutter cut; `faults` tells whether the `fault` command exists.

    Raises Refused with invalid_json, invalid_request or unknown_command.
    """
    if line is None:
        message = f"the line is longer than {MAX_LINE_BYTES} bytes; send less in one request"
        raise Refused(None, InvalidRequest(message, field="line", limit_bytes=MAX_LINE_BYTES))
    members = _members(line)
    try:
        req_id = _ID.validate_python(members.get("id"))
    except ValidationError as error:
        message = f"`id` must be a string of 1 to {MAX_ID_CHARS} characters"
        raise Refused(None, InvalidRequest(message, field="id")) from error
    try:
        return _checked(req_id, members, faults=faults)
    except WorkerError as error:
        raise Refused(req_id, error) from error


def _members(line: bytes) -> _Object:
    try:
        whole = _DECODER.decode(line.decode())
    except RecursionError as error:
        refusal = InvalidRequest("the line is no request object: it is nested too deeply", field="line")
        raise Refused(None, refusal) from error
    except ValueError as error:
        raise Refused(None, InvalidJson(f"the line is not JSON: {error}", field="line")) from error
    if not isinstance(whole, _Object) or not all(map(_is_text, whole)):
        raise Refused(None, InvalidRequest("the line is no request object", field="line"))
    return whole


def _checked(req_id: str, members: _Object, *, faults: bool) -> Request:
    for name in members:
        if name not in _FIELDS:
            message = (
                f"unknown field `{name[:SHOWN_CHARACTERS]}`; a request has id, cmd, payload and timeout_ms"
            )
            raise InvalidRequest(message, field=name)
    if members.repeated is not None:
        raise InvalidRequest(f"the field `{members.repeated}` stands twice", field=members.repeated)
    cmd = members.get("cmd")
    if not isinstance(cmd, str) or not _is_text(cmd):
        raise InvalidRequest("`cmd` must be a string that names a command", field="cmd")
    try:
        timeout_ms = _TIMEOUT.validate_python(members.get("timeout_ms"), strict=True)
    except ValidationError as error:
        raise InvalidRequest(
            f"`timeout_ms` must be an integer from 1 to {MAX_TIMEOUT_MS}", field="timeout_ms"
        ) from error
    model = PAYLOADS.get(cmd)
    if model is None or (cmd == "fault" and not faults):
        raise UnknownCommand(f"unknown command `{cmd[:SHOWN_CHARACTERS]}`", field="cmd")
    fields = members.get("payload", {})
    if not isinstance(fields, dict):
        raise InvalidRequest("`payload` must be an object", field="payload")
    if not all(map(_is_text, fields)):
        raise InvalidRequest("`payload` has a name that is no text", field="payload")
    try:
        payload = model.model_validate(fields)
    except ValidationError as error:
        raise _invalid(error) from error
    repeated = getattr(fields, "repeated", None)
    if repeated is not None:
        raise InvalidRequest(f"the field `{repeated}` stands twice", field=f"payload.{repeated}")
    return Request.model_construct(id=req_id, cmd=cmd, payload=payload, timeout_ms=timeout_ms)


def _invalid(error: ValidationError) -> InvalidRequest:
    first = error.errors(include_url=False, include_input=False)[0]
    field = "payload"
    for step in first["loc"]:
        field += f"[{step}]" if isinstance(step, int) else f".{step}"
    index = first.get("ctx", {}).get("index")
    if index is not None:
        field += f"[{index}]"
    return InvalidRequest(f"{field}: {first['msg']}", field=field)


def _is_text(value: str) -> bool:
    """Whether the string has no lone surrogate, which a JSON escape can smuggle in."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
