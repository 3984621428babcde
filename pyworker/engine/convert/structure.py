"""Gives a flat DoclingDocument its structure: headings, paragraphs, nested lists, code, page headers and footers.

The lines come in reading order, tables and pictures between them; `layout/blocks` decides what belongs together.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pyworker.engine.layout.block_types import Block, Line
from pyworker.engine.layout.blocks import PageSize, around, blocks_of
from pyworker.engine.layout.list_markers import CHECK_BOXES
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.structure_tree import Tag, read_tags
from pyworker.engine.pdf.text_style import StyledText, read_styles

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

TAGGED_SHARE = 0.9
"""Share of the text objects in a table's box that must be tagged for the tags to decide."""
LINE_TO_SIZE = 0.8
"""Font size of a line, where nothing tells it, as a share of its box's height."""


class PageStyle(NamedTuple):
    """How the text of one page is set, and its tags by marked-content id."""

    texts: list[StyledText]
    tags: dict[int, Tag]


def page_style(document: OpenDocument, page_index: int, check: Callable[[], None]) -> PageStyle:
    """The style of a page of an open document."""
    page = document.page(page_index)
    texts = sorted(read_styles(page, check), key=lambda text: text.rect.center[1])
    return PageStyle(texts, read_tags(page))


def may_be_table(style: PageStyle | None, rect: Rect) -> bool:
    """Whether the tags of a page let `rect` be a table: not where all text in it is tagged as something else."""
    if style is None or not style.tags:
        return True
    inside = _inside(style.texts, rect)
    kinds = [tag.kind for text in inside if (tag := style.tags.get(text.mcid)) is not None]
    return len(kinds) < TAGGED_SHARE * len(inside) or any(kind in ("table", "other") for kind in kinds)


def structured(flat: Any, styles: dict[int, PageStyle]) -> Any:
    """A new DoclingDocument with the content of `flat`, whose body holds lines, tables and pictures in reading order.

    `styles` has the pages by their number from 1.
    """
    from docling_core.types.doc.document import DoclingDocument

    sizes = {number: PageSize(page.size.width, page.size.height) for number, page in flat.pages.items()}
    runs: list[list[Line]] = [[]]
    between: list[Any] = []
    for reference in flat.body.children:
        item = reference.resolve(flat)
        if hasattr(item, "text") and item.prov:
            if item.text.strip():
                runs[-1].append(_line(item, sizes, styles))
        elif item.prov:
            between.append(item)
            runs.append([])
    blocks = blocks_of(runs, sizes)
    built = DoclingDocument(name=flat.name, origin=flat.origin)
    built.pages = flat.pages
    writer = _Writer(built, sizes, _has_title(blocks))
    for place, group in enumerate(blocks):
        for block in group:
            writer.block(block)
        if place < len(between):
            writer.other(between[place])
    return built


def _line(item: Any, sizes: dict[int, PageSize], styles: dict[int, PageStyle]) -> Line:
    place = item.prov[0]
    box = place.bbox.to_top_left_origin(page_height=sizes[place.page_no].height)
    rect = Rect(box.l, box.t, box.r, box.b)
    line = Line(place.page_no, item.text, rect, max(1.0, min(rect.width, rect.height) * LINE_TO_SIZE))
    style = styles.get(place.page_no)
    if style is None:
        return line
    weights: Counter[tuple[float, bool, bool]] = Counter()
    tags: Counter[Tag] = Counter()
    for text in _inside(style.texts, rect):
        weight = max(1.0, text.rect.width)
        weights[(text.size, text.bold, text.mono)] += int(weight * 16)
        tag = style.tags.get(text.mcid)
        if tag is not None:
            tags[tag] += int(weight * 16) if tag.kind != "label" else 1
    if weights:
        line.size = weights.most_common(1)[0][0][0] or line.size
        whole = sum(weights.values())
        line.bold = sum(n for (_, bold, _), n in weights.items() if bold) > 0.7 * whole
        line.mono = sum(n for (_, _, mono), n in weights.items() if mono) > 0.7 * whole
    if tags:
        line.tag = tags.most_common(1)[0][0]
    return line


def _inside(texts: list[StyledText], rect: Rect) -> list[StyledText]:
    """The text objects whose middle lies in `rect`; `texts` is sorted by it."""
    low = bisect_left(texts, rect.top, key=lambda text: text.rect.center[1])
    high = bisect_right(texts, rect.bottom, key=lambda text: text.rect.center[1])
    near = texts[low:high]
    return [
        text
        for text in near
        if text.rect.left < rect.right + 1
        and text.rect.right > rect.left - 1
        and text.rect.common_area(rect) > 0.3 * text.rect.area
    ] or [text for text in near if rect.contains(*text.rect.center)]


def _has_title(blocks: list[list[Block]]) -> Block | None:
    """The heading that is the document's title: the first and only one of the highest level, on the first page."""
    headings = [block for group in blocks for block in group if block.kind in ("heading", "title")]
    titles = [block for block in headings if block.kind == "title"]
    if titles:
        return titles[0]
    if len(headings) < 2 or headings[0].lines[0].page != min(block.lines[0].page for block in headings):
        return None
    highest = min(block.level for block in headings)
    first = headings[0]
    return (
        first if first.level == highest and sum(block.level == highest for block in headings) == 1 else None
    )


class _Writer:
    """Adds blocks to a DoclingDocument."""

    def __init__(self, document: Any, sizes: dict[int, PageSize], title: Block | None) -> None:
        self._document = document
        self._sizes = sizes
        self._title = title
        # Levels count from the highest below the title.
        self._shift = title.level if title is not None and title.kind == "heading" else 0
        self._groups: list[Any] = []
        """Open list groups, the outermost first."""

    def block(self, block: Block) -> None:
        """Adds one block."""
        from docling_core.types.doc.common.content_layer import ContentLayer
        from docling_core.types.doc.labels import DocItemLabel

        document, text = self._document, block.text
        places = self._places(block)
        first, rest = places[0], places[1:]
        if block.kind in ("page_header", "page_footer"):
            label = DocItemLabel.PAGE_HEADER if block.kind == "page_header" else DocItemLabel.PAGE_FOOTER
            item = document.add_text(
                label=label,
                text=text,
                prov=first,
                content_layer=ContentLayer.FURNITURE,
                parent=document.furniture,
            )
        elif block.kind == "list_item":
            item = self._item(block, first)
        else:
            self._groups.clear()
            if block is self._title or block.kind == "title":
                item = document.add_title(text=text, prov=first)
            elif block.kind == "heading":
                item = document.add_heading(text=text, level=max(1, block.level - self._shift), prov=first)
            elif block.kind == "code":
                item = document.add_code(text=text, prov=first)
            elif block.kind == "caption":
                item = document.add_text(label=DocItemLabel.CAPTION, text=text, prov=first)
            else:
                item = document.add_text(label=DocItemLabel.TEXT, text=text, prov=first)
        item.prov += rest

    def _item(self, block: Block, place: Any) -> Any:
        depth = max(1, block.level)
        del self._groups[depth:]
        while len(self._groups) < depth:
            # A deeper list is part of the item above it.
            parent = None
            if self._groups:
                last = self._groups[-1]
                parent = last.children[-1].resolve(self._document) if last.children else last
            self._groups.append(self._document.add_list_group(parent=parent))
        ordered = block.marker is not None and block.marker.ordered
        box = CHECK_BOXES.get(block.marker.text) if block.marker is not None else None
        return self._document.add_list_item(
            text=f"{box} {block.text}" if box else block.text,
            enumerated=ordered,
            marker=block.marker.text if block.marker is not None and ordered else None,
            parent=self._groups[-1],
            prov=place,
        )

    def other(self, item: Any) -> None:
        """Adds a table or a picture as it is."""
        self._groups.clear()
        place = item.prov[0] if item.prov else None
        if hasattr(item, "data"):
            added = self._document.add_table(data=item.data, prov=place)
        else:
            added = self._document.add_picture(prov=place, image=item.image)
        added.prov += item.prov[1:]

    def _places(self, block: Block) -> list[Any]:
        from docling_core.types.doc.base import BoundingBox, CoordOrigin
        from docling_core.types.doc.common.reference import ProvenanceItem

        places = []
        for page, rect in around(block).items():
            height = self._sizes[page].height
            box = BoundingBox(
                l=rect.left,
                t=height - rect.top,
                r=rect.right,
                b=height - rect.bottom,
                coord_origin=CoordOrigin.BOTTOMLEFT,
            )
            places.append(ProvenanceItem(page_no=page, bbox=box, charspan=(0, len(block.text))))
        return places
