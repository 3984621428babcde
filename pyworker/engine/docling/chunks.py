"""Chunks of a DoclingDocument: docling-core's hierarchical ones, each with the boxes that it takes of its pages."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGE = "docling_core.transforms.chunker"
HIERARCHICAL = f"{PACKAGE}.hierarchical_chunker"

LEAST_SIDE = 1.0
"""Points that a box is wide and high, at least, so that a picture can be cut out of it."""


def chunks_of(document: Any, check: Callable[[], None]) -> list[dict[str, Any]]:
    """A paragraph, a list, a table or a caption each, in reading order.

    `text`; `headings` from the outermost; `page_index` from 0 and `bbox` of its first page, None in a format without
    pages; `boxes` of every page that it is on. Boxes are [x, y, width, height] in displayed-page points from the
    upper left corner, within the page.
    """
    chunks = []
    for chunk in _chunker().chunk(document):
        check()
        boxes = _boxes(chunk.meta.doc_items, document.pages)
        first = boxes[0] if boxes else {"page_index": None, "bbox": None}
        chunks.append(
            {
                "text": chunk.text,
                "headings": list(chunk.meta.headings or []),
                "page_index": first["page_index"],
                "bbox": first["bbox"],
                "coord_origin": "TOPLEFT",
                "boxes": boxes,
            }
        )
    return chunks


def _chunker() -> Any:
    """docling-core's HierarchicalChunker, loaded without the others of its package.

    The package's `__init__` imports all of them, and they want tokenizers and parsers of programming languages.
    """
    if PACKAGE not in sys.modules:
        import docling_core

        package = types.ModuleType(PACKAGE)
        package.__path__ = [str(Path(docling_core.__file__).parent / "transforms" / "chunker")]
        sys.modules[PACKAGE] = package
        try:
            base = importlib.import_module(f"{PACKAGE}.base")
            for name in ("BaseChunk", "BaseChunker", "BaseMeta"):
                setattr(package, name, getattr(base, name))
            importlib.import_module(HIERARCHICAL)
        except BaseException:
            del sys.modules[PACKAGE]
            raise
    return importlib.import_module(HIERARCHICAL).HierarchicalChunker()


def _boxes(items: list[Any], pages: Any) -> list[dict[str, Any]]:
    """One box for each page that has a part of `items`, in the order of the pages."""
    sides: dict[int, tuple[float, float, float, float]] = {}
    for item in items:
        for place in item.prov:
            page = pages.get(place.page_no)
            if page is None:
                continue
            box = place.bbox.to_top_left_origin(page_height=page.size.height)
            left, top, right, bottom = sides.get(place.page_no, (box.l, box.t, box.r, box.b))
            sides[place.page_no] = (
                min(left, box.l),
                min(top, box.t),
                max(right, box.r),
                max(bottom, box.b),
            )
    return [
        {"page_index": number - 1, "bbox": _within(side, pages[number].size)}
        for number, side in sorted(sides.items())
    ]


def _within(sides: tuple[float, float, float, float], size: Any) -> list[float]:
    left, top, right, bottom = sides
    x = min(max(left, 0.0), max(size.width - LEAST_SIDE, 0.0))
    y = min(max(top, 0.0), max(size.height - LEAST_SIDE, 0.0))
    width = max(min(right, size.width) - x, LEAST_SIDE)
    height = max(min(bottom, size.height) - y, LEAST_SIDE)
    return [x, y, width, height]
