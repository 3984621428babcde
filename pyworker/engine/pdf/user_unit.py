"""`UserUnit` of pages: size of a page point in 1/72 inch (PDF 1.6), which pdfium neither applies nor tells.

Nearly no document has one, so opening a file only looks whether the name occurs at all, in plain or in its
compressed object streams. Where it may, a page is copied alone into a new document by pdfium, whose plain
text then shows the value.
"""

from __future__ import annotations

import ctypes
import math
import os
import re
import zlib
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

SCAN_BYTES = 64 << 20
"""Larger files are not scanned: reading them whole would cost more than asking page by page."""
INFLATE_BYTES = 64 << 20
"""Most bytes that object streams are inflated to while looking; past it, anything may be there."""
STREAM_GAP = 4096
"""Where `stream` follows `/ObjStm`: a dictionary is short."""

_TURN = re.compile(rb"/Rotate\s*[+-]?0*[1-9]")
_OBJECT_STREAM = re.compile(rb"/ObjStm")
_STREAM = re.compile(rb"stream\r?\n")
_PAGE = re.compile(rb"\d+ \d+ obj\s*(<<(?:(?!endobj).)*?/Type\s*/Page\b(?!s).*?)endobj", re.DOTALL)
_VALUE = re.compile(rb"/UserUnit\s*([0-9.+-]+)(?:\s+\d+\s+(R)\b)?")


class Mentions(NamedTuple):
    """What a document's bytes mention, and its pages may therefore have."""

    user_unit: bool
    """A `UserUnit`."""
    turn: bool
    """A `Rotate` other than 0."""


ANYTHING = Mentions(user_unit=True, turn=True)


class UserUnits:
    """The user units of one document's pages."""

    def __init__(self, pdf: pypdfium2.PdfDocument, mentions: Mentions) -> None:
        self._pdf = pdf
        self._mentioned = mentions.user_unit

    def of_page(self, page_index: int) -> float:
        """Displayed-page points in a page point; 1 where the page does not say."""
        return _read(self._pdf, page_index) if self._mentioned else 1.0


def scan(descriptor: int, size: int, *, encrypted: bool) -> Mentions:
    """Looks through the open file for user units and turned pages."""
    if size > SCAN_BYTES:
        return ANYTHING
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(size)
    unit, turn = b"/UserUnit" in data, _TURN.search(data) is not None
    left = INFLATE_BYTES
    for found in _OBJECT_STREAM.finditer(data):
        if unit and turn:
            break
        if encrypted:
            return ANYTHING
        start = _STREAM.search(data, found.end(), found.end() + STREAM_GAP)
        if start is None:
            continue
        try:
            text = zlib.decompressobj().decompress(memoryview(data)[start.end() :], left)
        except zlib.error:
            # Not a Flate stream, or the word stood in some text.
            continue
        left -= len(text)
        if left <= 0:
            return ANYTHING
        unit = unit or b"/UserUnit" in text
        turn = turn or _TURN.search(text) is not None
    return Mentions(unit, turn)


def _read(pdf: pypdfium2.PdfDocument, page_index: int) -> float:
    alone = pdfium.FPDF_CreateNewDocument()
    try:
        if not pdfium.FPDF_ImportPagesByIndex(alone, pdf, (ctypes.c_int * 1)(page_index), 1, 0):
            return 1.0
        text = _saved(alone)
    finally:
        pdfium.FPDF_CloseDocument(alone)
    page = _PAGE.search(text)
    value = _VALUE.search(page.group(1)) if page else None
    if value is None:
        return 1.0
    number = value.group(1)
    if value.group(2):
        pointed = re.search(rb"\b%d 0 obj\s*([0-9.+-]+)" % int(number), text)
        number = pointed.group(1) if pointed else b"1"
    try:
        unit = float(number)
    except ValueError:
        return 1.0
    return unit if math.isfinite(unit) and unit > 0 else 1.0


def _saved(document: object) -> bytes:
    pieces: list[bytes] = []

    def write(_: object, data: int, length: int) -> int:
        pieces.append(ctypes.string_at(data, length))
        return 1

    sink = pdfium.FPDF_FILEWRITE(version=1)
    field = dict(pdfium.FPDF_FILEWRITE._fields_)["WriteBlock"]
    callback = field(write)
    sink.WriteBlock = callback
    pdfium.FPDF_SaveAsCopy(document, sink, pdfium.FPDF_NO_INCREMENTAL)
    return b"".join(pieces)
