"""Whether a small file mentions user units, turned pages or layers at all, so that most need no second look at them.

Opening looks for the names in plain text and in compressed object streams. Where they may be, `page_tree` reads the
dictionaries of the pages that are asked for.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import NamedTuple

SCAN_BYTES = 4 << 20
"""Larger files are not scanned: reading them whole would cost more than asking page by page."""
INFLATE_BYTES = 16 << 20
"""Most bytes that object streams are inflated to while looking; past it, anything may be there."""
STREAM_GAP = 4096
"""Where `stream` follows `/ObjStm`: a dictionary is short."""

_TURN = re.compile(rb"/Rotate\s*[+-]?0*[1-9]")
_LAYERS = b"/OCProperties"
_OBJECT_STREAM = re.compile(rb"/ObjStm")
_STREAM = re.compile(rb"stream\r?\n")


class Mentions(NamedTuple):
    """What a document's bytes mention, and its pages may therefore have."""

    user_unit: bool
    """A `UserUnit`."""
    turn: bool
    """A `Rotate` other than 0."""
    layers: bool
    """Optional content."""


ANYTHING = Mentions(user_unit=True, turn=True, layers=True)


def scan(descriptor: int, size: int, *, encrypted: bool) -> Mentions:
    """Looks through the open file for user units, turned pages and layers."""
    if size > SCAN_BYTES:
        return ANYTHING
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(size)
    unit, turn, layers = b"/UserUnit" in data, _TURN.search(data) is not None, _LAYERS in data
    left = INFLATE_BYTES
    for found in _OBJECT_STREAM.finditer(data):
        if unit and turn and layers:
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
        layers = layers or _LAYERS in text
    return Mentions(unit, turn, layers)
