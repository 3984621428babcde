"""`convert` for files that are not PDFs: what Docling reads with the packages that are installed, the rest
refused.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, BinaryIO

from pyworker.engine.convert.pictures import check_embedded
from pyworker.engine.docling.export import export
from pyworker.errors import EngineError, UnsupportedFormat

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.messages import Convert

MAX_FILE_BYTES = 256 << 20
"""Larger files would not fit into the memory of a worker once they are parsed."""
COMPOUND_FILE = bytes.fromhex("D0CF11E0A1B11AE1")
"""How the files of Office before 2007 start, and those of today that are encrypted ([MS-CFB], 2.2)."""
NOT_OPENED = ("could not load document with hash", "error occurred while opening the document")
"""What Docling says where a reader doesn't open its file."""


def convert_other_format(
    file: BinaryIO, name: str, payload: Convert, context: RequestContext
) -> dict[str, Any]:
    """The document in `file` in the format that the request names, read whole; `page_range` has no meaning
    here.

    Raises UnsupportedFormat, naming what is missing, where Docling does not know the format or lacks its
    reader.
    """
    if payload.page_range is not None:
        raise UnsupportedFormat(f"{name} is no PDF, and only PDFs have pages to choose with page_range")
    from docling.datamodel.base_models import DocumentStream
    from docling.exceptions import ConversionError

    # Docling reads these bytes, not the name: what was checked is what is read.
    data = _read(file, name)
    if data.startswith(COMPOUND_FILE) and not name.lower().endswith(".msg"):
        raise UnsupportedFormat(
            f"{name} is protected by a password, or of an Office before 2007: save it anew, as docx, pptx or xlsx"
        )
    stream = io.BytesIO(data)
    context.check()
    converter = _converter()
    context.check()
    try:
        result = converter.convert(DocumentStream(name=name, stream=stream))
    except (ConversionError, ImportError) as error:
        missing = _missing_package(error)
        if missing is not None:
            raise UnsupportedFormat(
                f"{name} is of a format whose reader is not installed here: {missing}"
            ) from error
        if "File format not allowed" in str(error) or "no recognizable format" in str(error):
            raise UnsupportedFormat(f"{name} is of no format that is read here") from error
        if any(words in str(error) for words in NOT_OPENED):
            raise UnsupportedFormat(
                f"{name} cannot be opened as a file of its format: it is damaged, or its name is that of another one"
            ) from error
        raise EngineError(f"Docling could not convert {name}: {error}") from error
    context.check()
    _name_sheets(result.document)
    if payload.images == "embedded":
        check_embedded(result.document)
    exported = export(result.document, payload, context)
    context.progress(1, 1)
    return exported


@functools.cache
def _converter() -> Any:
    """docling.document_converter.DocumentConverter for what is no PDF. Kept, since it takes 0.3 s to make."""
    from docling.datamodel.base_models import InputFormat
    from docling.document_converter import DocumentConverter

    _start_no_program()
    # Pictures were taken before (images.py); sound wants models of its own, and old formats an office program.
    old = (InputFormat.DOC, InputFormat.RTF, InputFormat.PPT, InputFormat.XLS)
    left_out = (InputFormat.PDF, InputFormat.IMAGE, InputFormat.AUDIO, InputFormat.VIDEO, *old)
    return DocumentConverter(allowed_formats=[kind for kind in InputFormat if kind not in left_out])


def _start_no_program() -> None:
    """Keep Docling from handing a Word or PowerPoint file to an office program that it finds on PATH.

    A drawing of Word that such a program would draw stays a picture without an image, instead of vanishing.
    """
    from docling.backend import msword_backend
    from docling.backend.docx.drawingml import utils

    def no_office_program(raise_if_unavailable: bool = False) -> None:
        if raise_if_unavailable:
            raise RuntimeError("this worker starts no other program")

    def nothing_drawn(*_: Any, **__: Any) -> None:
        return None

    utils.get_libreoffice_cmd = no_office_program
    # Docling passes over drawings where there is no converter, so there is one, and nothing calls it.
    for owner, name, function in (
        (msword_backend, "get_docx_to_pdf_converter", lambda: nothing_drawn),
        (msword_backend.MsWordDocumentBackend, "_convert_elements_via_docx", nothing_drawn),
    ):
        setattr(owner, name, function)


def _name_sheets(document: Any) -> None:
    """Put the name of each sheet of a workbook above it: Docling keeps it where no text output shows it."""
    from docling_core.types.doc.labels import GroupLabel

    for group in list(document.groups):
        if group.label == GroupLabel.SHEET and group.children:
            first = group.children[0].resolve(document)
            # A hidden sheet's heading is as hidden as what is on it.
            document.insert_heading(
                sibling=first,
                text=group.name,
                level=1,
                content_layer=first.content_layer,
                after=False,
            )


def _read(file: BinaryIO, name: str) -> bytes:
    file.seek(0)
    data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise UnsupportedFormat(
            f"{name} is larger than {MAX_FILE_BYTES >> 20} MB, the most that is read of a format without pages",
            limit_bytes=MAX_FILE_BYTES,
        )
    return data


def _missing_package(error: BaseException | None) -> str | None:
    """The message of the ImportError behind `error`, if there is one."""
    while error is not None:
        if isinstance(error, ImportError):
            return str(error)
        error = error.__cause__ or error.__context__
    return None
