"""convert: a whole document as DoclingDocument, Markdown or text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyworker.engine.convert.pdf import convert_pages
from pyworker.engine.docling.export import export
from pyworker.engine.pdf import long_paths
from pyworker.errors import UnsupportedFormat

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import Convert


def convert(
    open_pdf: Callable[[], OpenDocument], payload: Convert, context: RequestContext, engines: Engines
) -> dict[str, Any]:
    """Data of `convert`: the DoclingDocument's own JSON, or `{"text": …}`.

    `open_pdf` checks the path and opens the file; where it raises UnsupportedFormat the file is no PDF, and a picture
    is read by OCR, the rest by Docling. Raises EngineUnavailable in the profile `none`, and what the readers raise.
    """
    engines.require("docling")
    try:
        document = open_pdf()
    except UnsupportedFormat:
        return convert_file(Path(long_paths.for_system(payload.file_path)), payload, context, engines)
    return convert_pdf(document, payload, context, engines)


def convert_pdf(
    document: OpenDocument, payload: Convert, context: RequestContext, engines: Engines
) -> dict[str, Any]:
    """The same for an open PDF."""
    converted = convert_pages(engines, document, payload, context)
    context.check()
    return export(converted, payload.format)


def convert_file(path: Path, payload: Convert, context: RequestContext, engines: Engines) -> dict[str, Any]:
    """The same for a file that is not a PDF and whose path has been checked.

    Raises UnsupportedFormat where Docling, as installed here, does not read its format.
    """
    from pyworker.engine.convert.images import convert_image, is_image
    from pyworker.engine.convert.other_formats import convert_other_format

    engines.require("docling")
    if is_image(path):
        return convert_image(engines, path, payload, context)
    return convert_other_format(path, payload, context)
