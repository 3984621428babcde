"""The structure tree of a tagged PDF page: elements with their marked content, in reading order."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

# Bounds against files made to exhaust the reader; the tree may even have loops.
MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
INNER = {"TR": "TD", "Table": "TR", "TBody": "TR", "THead": "TR", "TFoot": "TR"}
"""What pdfium gives no element for where it has nothing on the page: an empty cell, a row of such cells."""


@dataclass
class Element:
    """One structure element; `children` holds elements and marked-content identifiers in reading order."""

    kind: str
    """Standard structure type (`H1`, `P`, `LI`, `TD`), roles resolved."""
    children: list[Element | int] = field(default_factory=list)
    row_span: int = 1
    col_span: int = 1

    def marked(self) -> Iterator[int]:
        """The marked-content identifiers in this element and below it."""
        for child in self.children:
            if isinstance(child, Element):
                yield from child.marked()
            else:
                yield child

    def elements(self) -> Iterator[Element]:
        """The element and those below it."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.elements()


def read_structure_tree(page: OpenPage, check: Callable[[], None]) -> Element | None:
    """The part of the structure tree that is on `page`; None where the page has none."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.page.raw)
    if not tree:
        return None
    try:
        root = Element("Document")
        budget = [MAX_ELEMENTS]
        for index in range(pdfium.FPDF_StructTree_CountChildren(tree)):
            child = pdfium.FPDF_StructTree_GetChildAtIndex(tree, index)
            if child:
                root.children.append(_element(child, 0, budget, check))
        return root if root.children else None
    finally:
        pdfium.FPDF_StructTree_Close(tree)


def _element(handle: Any, depth: int, budget: list[int], check: Callable[[], None]) -> Element:
    budget[0] -= 1
    if budget[0] % 256 == 0:
        check()
    element = Element(_text(pdfium.FPDF_StructElement_GetType, handle))
    if element.kind in ("TD", "TH"):
        element.row_span = _span(handle, b"RowSpan")
        element.col_span = _span(handle, b"ColSpan")
    if depth >= MAX_DEPTH:
        return element
    for index in range(pdfium.FPDF_StructElement_CountChildren(handle)):
        if budget[0] <= 0:
            break
        child = pdfium.FPDF_StructElement_GetChildAtIndex(handle, index)
        if child:
            element.children.append(_element(child, depth + 1, budget, check))
            continue
        mcid = pdfium.FPDF_StructElement_GetChildMarkedContentID(handle, index)
        if mcid >= 0:
            element.children.append(mcid)
        elif element.kind in INNER:
            budget[0] -= 1
            element.children.append(Element(INNER[element.kind]))
    return element


def _text(read: Callable[..., int], handle: Any) -> str:
    buffer = ctypes.create_string_buffer(256)
    length = read(handle, buffer, len(buffer))
    return buffer.raw[: max(0, min(length, len(buffer)) - 2)].decode("utf-16-le", "replace")


def _span(handle: Any, name: bytes) -> int:
    number = ctypes.c_float()
    for index in range(max(0, pdfium.FPDF_StructElement_GetAttributeCount(handle))):
        attributes = pdfium.FPDF_StructElement_GetAttributeAtIndex(handle, index)
        value = pdfium.FPDF_StructElement_Attr_GetValue(attributes, name) if attributes else None
        if value and pdfium.FPDF_StructElement_Attr_GetNumberValue(value, number):
            return max(1, min(1000, int(number.value)))
    return 1
