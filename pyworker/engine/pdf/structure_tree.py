"""The tags of a tagged PDF: which element of the structure tree each marked content of a page belongs to.

Word, LibreOffice and Acrobat write headings with their levels, lists, tables and captions there (ISO 32000-1, 14.8).
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

MAX_ELEMENTS = 100_000
MAX_DEPTH = 100
_HEADING = re.compile(r"^H([1-6])$")


class Tag(NamedTuple):
    """What an element of the tree says about its text."""

    kind: str
    """`heading`, `title`, `paragraph`, `list_item`, `label`, `caption`, `code`, `table`, `note`, `toc` or `other`."""
    level: int
    """Of a heading from 1; nesting of a list item from 1; else 0."""
    element: int
    """Number of the block element on the page: text of one number is one block."""


_BLOCKS = {
    "P": "paragraph",
    "Title": "title",
    "H": "heading",
    "Caption": "caption",
    "Code": "code",
    "Note": "note",
    "FENote": "note",
    "BlockQuote": "paragraph",
    "TOCI": "toc",
    "Formula": "other",
    "Figure": "other",
}


def read_tags(page: OpenPage) -> dict[int, Tag]:
    """The tag of each marked-content id of an open page; empty where the page is not tagged."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.page.raw)
    if not tree:
        return {}
    try:
        walk = _Walk()
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            walk.element(pdfium.FPDF_StructTree_GetChildAtIndex(tree, index), None, 0, 0)
        return walk.tags
    finally:
        pdfium.FPDF_StructTree_Close(tree)


class _Walk:
    def __init__(self) -> None:
        self.tags: dict[int, Tag] = {}
        self.count = 0

    def element(self, element: Any, block: Tag | None, lists: int, depth: int) -> None:
        if not element or depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            return
        self.count += 1
        name = _type(element)
        heading = _HEADING.match(name)
        if name in ("Table", "TR", "TD", "TH", "THead", "TBody", "TFoot"):
            block = Tag("table", 0, block.element if block and block.kind == "table" else self.count)
        elif block is not None and block.kind == "table":
            pass
        elif name == "L":
            lists += 1
            block = None
        elif name == "LI":
            block = Tag("list_item", lists, self.count)
        elif name == "Lbl":
            block = Tag("label", lists, block.element if block else self.count)
        elif (
            block is not None
            and block.kind in ("list_item", "label")
            and name in ("LBody", "P", "Span", "Link")
        ):
            block = Tag("list_item", block.level, block.element)
        elif heading:
            block = Tag("heading", int(heading.group(1)), self.count)
        elif name in _BLOCKS and (block is None or block.kind != "toc"):
            block = Tag(_BLOCKS[name], 1 if name == "H" else 0, self.count)
        for index in range(pdfium.FPDF_StructElement_CountChildren(element)):
            mcid = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if mcid >= 0:
                self.tags[mcid] = block or Tag("other", 0, self.count)
                continue
            self.element(pdfium.FPDF_StructElement_GetChildAtIndex(element, index), block, lists, depth + 1)


def _type(element: Any) -> str:
    length = pdfium.FPDF_StructElement_GetType(element, None, 0)
    if not 2 <= length < 500:
        return ""
    buffer = ctypes.create_string_buffer(length)
    pdfium.FPDF_StructElement_GetType(element, buffer, length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")
