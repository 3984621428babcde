"""Errors as a reply describes them, and their codes."""

from pyworker import errors


def test_errors_are_described(capsys):
    assert errors.describe(errors.PdfCorrupt("broken", size_bytes=3)) == (
        "pdf_corrupt",
        "broken",
        {"size_bytes": 3},
    )
    assert capsys.readouterr().err == ""
    code, message, details = errors.describe(ValueError("odd \udc80"))
    assert (code, message, details) == ("engine_error", "ValueError: odd ?", {"exception": "ValueError"})
    assert "ValueError" in capsys.readouterr().err
    assert errors.describe(MemoryError())[0] == "out_of_memory"


def test_codes_are_those_of_the_protocol():
    from typing import get_args

    from pyworker.messages import ErrorCode

    codes = {error.code for error in errors.WorkerError.__subclasses__()}
    assert codes <= set(get_args(ErrorCode))
    assert len(codes) == len(errors.WorkerError.__subclasses__())
