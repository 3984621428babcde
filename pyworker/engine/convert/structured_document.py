"""A DoclingDocument made of blocks: headings, nested lists, captions, tables, pictures and furniture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyworker.engine.convert.table_breaks import join_tables
from pyworker.engine.layout.blocks import Block, Page
from pyworker.engine.layout.captions import is_caption

SIMPLE = {"text": "TEXT", "caption": "CAPTION", "footnote": "FOOTNOTE"}
FURNITURE = {"page_header": "PAGE_HEADER", "page_footer": "PAGE_FOOTER"}


class DocumentBuilder:
    """Adds blocks in reading order to a new DoclingDocument."""

    def __init__(self, name: str, origin: Any, pages: Sequence[Page]) -> None:
        from docling_core.types.doc.base import Size
        from docling_core.types.doc.document import DoclingDocument

        self._document = DoclingDocument(name=name, origin=origin)
        self._pages = {page.number: page for page in pages}
        self._heights = {page.number: page.height for page in pages}
        self._tilts = {page.number: page.tilt for page in pages}
        for page in pages:
            self._document.add_page(page_no=page.number, size=Size(width=page.width, height=page.height))
        self._lists: list[tuple[int, Any, Any]] = []
        """Open lists from the outermost: depth, group, last item."""

    def build(self, blocks: Sequence[Block]) -> Any:
        """The document of `blocks`."""
        blocks = join_tables(blocks, self._pages)
        captions = _captions(blocks)
        tied = {id(caption) for caption in captions.values()}
        for block in blocks:
            if block.kind == "item":
                self._add_item(block)
                continue
            if block.kind not in FURNITURE and block.kind != "footnote":
                nested = block.evidence == "tags" and block.kind in ("table", "picture")
                if not nested:
                    self._lists.clear()
            if id(block) not in tied:
                self._add(block, captions.get(id(block)))
        return self._document

    def _add(self, block: Block, caption: Block | None) -> Any:
        from docling_core.types.doc.common.content_layer import ContentLayer
        from docling_core.types.doc.labels import DocItemLabel

        document, kind, text = self._document, block.kind, block.text
        places = self._places(block)
        place = places[0] if places else None
        if kind == "title":
            item: Any = document.add_title(text, prov=place)
        elif kind == "heading":
            item = document.add_heading(text, level=block.level, prov=place)
        elif kind == "code":
            item = document.add_code(text, prov=place)
        elif kind == "checkbox":
            label = DocItemLabel.CHECKBOX_SELECTED if block.ticked else DocItemLabel.CHECKBOX_UNSELECTED
            item = document.add_text(label, text, prov=place)
        elif kind == "formula":
            item = document.add_text(DocItemLabel.FORMULA, "", orig=text, prov=place)
        elif kind == "table":
            item = self._add_table(block, place, caption)
        elif kind == "picture":
            above = self._add(caption, None) if caption is not None else None
            picture = block.content
            item = document.add_picture(image=picture.image if picture else None, caption=above, prov=place)
            for inner in block.inner:
                inside = self._places(inner)
                text_item = document.add_text(DocItemLabel.TEXT, inner.text, prov=inside[0], parent=item)
                text_item.prov = inside
        elif kind in FURNITURE:
            label = DocItemLabel[FURNITURE[kind]]
            item = document.add_text(label, text, prov=place, content_layer=ContentLayer.FURNITURE)
        else:
            item = document.add_text(DocItemLabel[SIMPLE[kind]], text, prov=place)
        item.prov = places
        return item

    def _add_table(self, block: Block, place: Any, caption: Block | None) -> Any:
        above = self._add(caption, None) if caption is not None else None
        return self._document.add_table(block.content.data, caption=above, prov=place)

    def _add_item(self, block: Block) -> None:
        while self._lists and self._lists[-1][0] > block.level:
            self._lists.pop()
        if self._lists and self._lists[-1][0] == block.level and block.new_list:
            self._lists.pop()
        if not self._lists or self._lists[-1][0] < block.level:
            parent = self._lists[-1][2] if self._lists else None
            group = self._document.add_list_group(parent=parent)
            self._lists.append((block.level, group, None))
        depth, group, _ = self._lists[-1]
        places = self._places(block)
        marker = block.marker if block.ordered else None
        item = self._document.add_list_item(
            block.text,
            enumerated=block.ordered,
            marker=marker,
            prov=places[0] if places else None,
            parent=group,
        )
        item.prov = places
        self._lists[-1] = (depth, group, item)

    def _places(self, block: Block) -> list[Any]:
        from docling_core.types.doc.base import BoundingBox, CoordOrigin
        from docling_core.types.doc.common.reference import ProvenanceItem

        found = []
        for number, level in block.places:
            height, rect = self._heights[number], self._tilts[number].displayed(level)
            box = BoundingBox(
                l=rect.left,
                t=height - rect.top,
                r=rect.right,
                b=height - rect.bottom,
                coord_origin=CoordOrigin.BOTTOMLEFT,
            )
            found.append(ProvenanceItem(page_no=number, bbox=box, charspan=(0, len(block.text))))
        return found


def _captions(blocks: Sequence[Block]) -> dict[int, Block]:
    """The caption of each table and picture that has one beside it, by the `id` of the table or picture."""
    found: dict[int, Block] = {}
    used: set[int] = set()
    body = [block for block in blocks if block.kind not in FURNITURE]
    for index, block in enumerate(body):
        if block.kind not in ("table", "picture"):
            continue
        sides = (index - 1, index + 1) if block.kind == "table" else (index + 1, index - 1)
        for side in sides:
            near = body[side] if 0 <= side < len(body) else None
            if (
                near is None
                or near.kind not in ("caption", "text")
                or id(near) in used
                or not is_caption(near.text)
            ):
                continue
            near.kind = "caption"
            found[id(block)] = near
            used.add(id(near))
            break
    return found
