"""Every error that a request can end with, one class a wire code.

WorkerError
├── InvalidJson           invalid_json          the line is not JSON
├── InvalidRequest        invalid_request       a field is missing, unknown, of a wrong type or out of range
├── UnknownCommand        unknown_command
├── FileMissing           file_not_found
├── FileUnreadable        file_unreadable
├── PathNotAllowed        path_not_allowed      outside TACH_ALLOWED_ROOTS
├── UnsupportedFormat     unsupported_format
├── PdfCorrupt            pdf_corrupt
├── PdfEncrypted          pdf_encrypted         a password is needed, or the one given is wrong
├── PageOutOfRange        page_out_of_range
├── BboxOutOfPage         bbox_out_of_page
├── ImageTooLarge         image_too_large
├── EngineUnavailable     engine_unavailable    the capability is not there; the message says how to get it
├── EngineError           engine_error          the engine raised; the traceback is on stderr
├── DeadlinePassed        timeout
├── OutOfMemory           out_of_memory
├── ShuttingDown          shutting_down         not started: the worker is stopping
├── WorkerCrashed         worker_crashed        the worker leaves before its time
└── StartupFailed         startup_failed        the self-check failed; never a reply, only the lifecycle event
"""

from __future__ import annotations

import sys
import traceback
from typing import Any, ClassVar


class WorkerError(Exception):
    """An error with a wire `code`, a `message` that says what to do, and `details` (JSON values only)."""

    code: ClassVar[str] = "engine_error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Any] = details


class InvalidJson(WorkerError):
    """The line is not one JSON value in UTF-8."""

    code = "invalid_json"


class InvalidRequest(WorkerError):
    """A field is missing, unknown, of a wrong type or out of range; `details.field` names it."""

    code = "invalid_request"


class UnknownCommand(WorkerError):
    """`cmd` is none of the protocol's commands."""

    code = "unknown_command"


class FileMissing(WorkerError):
    """Nothing exists at `file_path`."""

    code = "file_not_found"


class FileUnreadable(WorkerError):
    """The system refuses to read `file_path`, or it is not a regular file."""

    code = "file_unreadable"


class PathNotAllowed(WorkerError):
    """`file_path`, links resolved, lies outside the allowed roots."""

    code = "path_not_allowed"


class UnsupportedFormat(WorkerError):
    """The file is not of a format that the command reads."""

    code = "unsupported_format"


class PdfCorrupt(WorkerError):
    """The file claims to be a PDF but cannot be opened or its page cannot be loaded."""

    code = "pdf_corrupt"


class PdfEncrypted(WorkerError):
    """The PDF needs a password, or the one given is wrong."""

    code = "pdf_encrypted"


class PageOutOfRange(WorkerError):
    """`page_index` is not below `details.page_count`."""

    code = "page_out_of_range"


class BboxOutOfPage(WorkerError):
    """The box does not touch the page; `details` gives the page's size in points."""

    code = "bbox_out_of_page"


class ImageTooLarge(WorkerError):
    """The image would be over the limit of pixels that `details` gives."""

    code = "image_too_large"


class EngineUnavailable(WorkerError):
    """The capability is not there; the message says how to get it."""

    code = "engine_unavailable"


class EngineError(WorkerError):
    """A library raised; the message has its class and text, the traceback is on stderr."""

    code = "engine_error"


class DeadlinePassed(WorkerError):
    """The request's deadline passed before the work was done."""

    code = "timeout"


class OutOfMemory(WorkerError):
    """The worker went over its hard memory limit during this request."""

    code = "out_of_memory"


class ShuttingDown(WorkerError):
    """The request was read but not started, because the worker is stopping."""

    code = "shutting_down"


class WorkerCrashed(WorkerError):
    """The worker leaves before its time; `details.exit_code` says how."""

    code = "worker_crashed"


class StartupFailed(WorkerError):
    """The self-check failed: the worker says so in a `startup_failed` event and exits with 78."""

    code = "startup_failed"


def describe(error: BaseException) -> tuple[str, str, dict[str, Any]]:
    """Wire code, message and details of what a request raised; the traceback of an unexpected one goes to stderr."""
    if isinstance(error, WorkerError):
        return error.code, _utf8(error.message), error.details
    sys.stderr.write(_utf8("".join(traceback.format_exception(error))))
    name = type(error).__name__
    message = _utf8(f"{name}: {error}")
    if isinstance(error, MemoryError):
        return OutOfMemory.code, f"the system has no memory left for this request ({message})", {}
    return EngineError.code, message, {"exception": name}


def _utf8(text: str) -> str:
    """The text without lone surrogates, which no JSON in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()
