"""convert: a whole document as DoclingDocument, Markdown or text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pyworker.engine.convert.last import LastConverted
from pyworker.engine.convert.pdf import convert_pages
from pyworker.engine.convert.pictures import embed_pictures
from pyworker.engine.docling.export import export
from pyworker.engine.docling.parts import OTHER_FORMATS
from pyworker.errors import InvalidRequest, UnsupportedFormat

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.engine.pdf.documents import DocumentCache, OpenDocument
    from pyworker.messages import Convert


_last = LastConverted()


def convert(
    documents: DocumentCache, payload: Convert, context: RequestContext, engines: Engines
) -> dict[str, Any]:
    """Data of `convert`: the DoclingDocument's own JSON, `{"text": …}` or `{"chunks": […]}`.

    Where the file is no PDF, a picture is read by OCR, the rest by Docling. Raises EngineUnavailable in the profile
    `none`, and what the readers raise.
    """
    engines.require("docling")
    engines.import_parts(context.check)
    try:
        document = documents.open(payload.file_path, payload.password, payload.layers)
    except UnsupportedFormat:
        if payload.layers is not None:
            raise InvalidRequest("`layers` goes with PDFs only", field="payload.layers") from None
        with documents.open_other(payload.file_path) as file:
            return convert_file(file, payload, context, engines)
    return convert_pdf(document, payload, context, engines)


def convert_pdf(
    document: OpenDocument, payload: Convert, context: RequestContext, engines: Engines
) -> dict[str, Any]:
    """The same for an open PDF. A second format of the same pages is made without converting again."""

    def make() -> Any:
        converted = convert_pages(engines, document, payload, context)
        if payload.images == "embedded":
            embed_pictures(converted, document, context)
        return converted

    converted = _last.get_or_make(document, payload, make)
    context.check()
    return export(converted, payload, context)


def convert_file(
    file: BinaryIO, payload: Convert, context: RequestContext, engines: Engines
) -> dict[str, Any]:
    """The same for an open file that is not a PDF, called as `payload.file_path` says.

    Raises UnsupportedFormat where Docling, as installed here, does not read its format.
    """
    from pyworker.engine.convert.images import convert_image, is_image
    from pyworker.engine.convert.other_formats import convert_other_format

    engines.require("docling")
    name = Path(payload.file_path).name
    if is_image(file):
        return convert_image(engines, file, name, payload, context)
    engines.import_parts(context.check, OTHER_FORMATS)
    return convert_other_format(file, name, payload, context)
