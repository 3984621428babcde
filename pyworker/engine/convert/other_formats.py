"""`convert` for files that are not PDFs: what Docling reads with the packages that are installed, the rest
refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyworker.engine.docling.export import export
from pyworker.errors import EngineError, UnsupportedFormat

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.messages import Convert


def convert_other_format(path: Path, payload: Convert, context: RequestContext) -> dict[str, Any]:
    """The document at `path` in the format that the request names, read whole; `page_range` has no meaning
    here.

    Raises UnsupportedFormat, naming what is missing, where Docling does not know the format or lacks its
    reader.
    """
    if payload.page_range is not None:
        raise UnsupportedFormat(f"{path} is no PDF, and only PDFs have pages to choose with page_range")
    from docling.datamodel.base_models import InputFormat
    from docling.document_converter import DocumentConverter
    from docling.exceptions import ConversionError

    context.check()
    # Pictures were taken before (images.py); the others would want models of their own.
    left_out = (InputFormat.PDF, InputFormat.IMAGE, InputFormat.AUDIO, InputFormat.VIDEO)
    formats: list[InputFormat] = [f for f in InputFormat if f not in left_out]
    try:
        result = DocumentConverter(allowed_formats=formats).convert(path)
    except (ConversionError, ImportError) as error:
        missing = _missing_package(error)
        if missing is not None:
            raise UnsupportedFormat(
                f"{path.name} is of a format whose reader is not installed here: {missing}"
            ) from error
        if "File format not allowed" in str(error) or "no recognizable format" in str(error):
            raise UnsupportedFormat(f"{path.name} is of no format that Docling reads") from error
        raise EngineError(f"Docling could not convert {path.name}: {error}") from error
    context.check()
    exported = export(result.document, payload.format)
    context.progress(1, 1)
    return exported


def _missing_package(error: BaseException | None) -> str | None:
    """The message of the ImportError behind `error`, if there is one."""
    while error is not None:
        if isinstance(error, ImportError):
            return str(error)
        error = error.__cause__ or error.__context__
    return None
