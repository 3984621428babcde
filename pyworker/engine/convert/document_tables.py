"""Tables of a DoclingDocument that was made without a table model: found by the lean engine, put in the place of their
text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyworker.engine.convert.single_column import single_columns
from pyworker.engine.convert.table_data import table_data
from pyworker.engine.layout.list_markers import has_bullet
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import PageContent, Word
from pyworker.engine.pdf.page_words import read_page
from pyworker.engine.tables.confidence import BOUND, judge
from pyworker.engine.tables.lean import LeanTableEngine
from pyworker.engine.tables.types import Table, displayed

if TYPE_CHECKING:
    from pyworker.engine.convert.scans import ScannedPage
    from pyworker.engine.pdf.documents import OpenDocument

BULLETED = 0.8
"""Share of the rows of a list that begin with a bullet."""


def add_tables(
    converted: Any, document: OpenDocument, scanned: dict[int, ScannedPage], check: Callable[[], None]
) -> None:
    """Add the tables of each page of a flat DoclingDocument as table items and take their text out of the text items.

    A table stands where the first text of it stood in reading order. A text item that is in a table only with a part
    keeps the rest. `scanned` has what OCR has read, by page, numbered from 1.
    """
    engine = LeanTableEngine()
    texts: dict[int, list[Any]] = {number: [] for number in converted.pages}
    for item in converted.texts:
        if item.prov and item.prov[0].page_no in texts:
            texts[item.prov[0].page_no].append(item)
    ranks = {reference.cref: float(rank) for rank, reference in enumerate(converted.body.children)}
    gone: set[str] = set()
    end = -1.0

    for number in sorted(converted.pages):
        check()
        content = read_page(document.page(number - 1), check)
        page = scanned.get(number)
        if page is not None:
            content.words = page.rest
        end = max([end, *(ranks.get(item.self_ref, -1.0) for item in texts[number])])
        tables = engine.find(content, check) if content.words else []
        tables += single_columns(content, tables, check)
        placed = {word.order: word for word in content.words}
        for part in page.parts if page is not None else []:
            tilt = part.reading.tilt
            placed.update((w.order, w._replace(rect=tilt.displayed(w.rect))) for w in part.content.words)
            found = engine.find(part.content, check)
            # A picture beside text of the page may be a chart: what is found in it must be sure.
            sure = [table for table in found if not content.words or judge(table)[0] >= BOUND]
            tables += [displayed(table, tilt) for table in sure]
        tables = [table for table in tables if not _is_list(table, texts[number], content.height)]
        if not tables:
            continue
        owners = {w.order: index for index, t in enumerate(tables) for cell in t.cells for w in cell.words}
        read = page.items if page is not None else {}
        covered = _covered(texts[number], content, placed, read, owners, [table.rect for table in tables])
        gone.update(covered)
        for index, table in enumerate(tables):
            own = [ranks.get(name, end) for name, owner in covered.items() if owner == index]
            item = _table_item(converted, table, number, content.height)
            ranks[item.self_ref] = min(own, default=end) + (-0.5 if own else 0.5)
    _rearrange(converted, ranks, gone)


def _is_list(table: Table, texts: list[Any], page_height: float) -> bool:
    """Whether what alignment alone made a table is a list, whose items begin with bullets and have wide spaces."""
    if table.method != "alignment":
        return False
    rows = []
    for item in texts:
        box = item.prov[0].bbox.to_top_left_origin(page_height=page_height)
        if table.rect.contains((box.l + box.r) / 2, (box.t + box.b) / 2):
            rows.append((box.t, box.b, box.l, item.text))
    firsts = [
        text
        for top, bottom, left, text in rows
        if not any(t < (top + bottom) / 2 < b and other < left for t, b, other, _ in rows)
    ]
    marked = [text for text in firsts if has_bullet(text)]
    return len(marked) >= max(2, BULLETED * len(firsts))


def _table_item(converted: Any, table: Table, page_no: int, page_height: float) -> Any:
    """The table, added at the end of the document."""
    from docling_core.types.doc.base import BoundingBox, CoordOrigin
    from docling_core.types.doc.common.reference import ProvenanceItem

    left, top, right, bottom = table.rect
    box = BoundingBox(
        l=left, t=page_height - top, r=right, b=page_height - bottom, coord_origin=CoordOrigin.BOTTOMLEFT
    )
    # Cells of a DoclingDocument are measured from the upper left corner, as Docling's own table model does.
    return converted.add_table(
        data=table_data(table, page_height, "TOPLEFT"),
        prov=ProvenanceItem(page_no=page_no, bbox=box, charspan=(0, 0)),
    )


def _covered(
    texts: list[Any],
    content: PageContent,
    words: dict[int, Word],
    items: dict[str, tuple[int, ...]],
    owners: dict[int, int],
    tables: list[Rect],
) -> dict[str, int]:
    """The names of the text items that lie wholly in a table, with its index; those partly in one are cut to the rest.

    `words` are all of the page by their order, `owners` tells the table of a word by it. `items` has the words of the
    items that OCR has read; those of the others are known by their place. A piece that no word's middle
    is in, such as a full stop that docling-parse gives by itself, belongs to the table around it.
    """
    read = {order for orders in items.values() for order in orders}
    ranked = sorted((word for order, word in words.items() if order not in read), key=_middle)
    middles = [_middle(word) for word in ranked]
    found: dict[str, int] = {}
    for item in texts:
        box = item.prov[0].bbox.to_top_left_origin(page_height=content.height)
        near = ranked[bisect_left(middles, box.t) : bisect_right(middles, box.b)]
        held = [word for word in near if box.l <= (word.rect.left + word.rect.right) / 2 <= box.r]
        if item.self_ref in items:
            held = [words[order] for order in items[item.self_ref]]
        inside = [owners[word.order] for word in held if word.order in owners]
        if not held:
            middle = (box.l + box.r) / 2, (box.t + box.b) / 2
            around_it = [index for index, rect in enumerate(tables) if rect.contains(*middle)]
            found.update({item.self_ref: around_it[0]} if around_it else {})
        if not inside:
            continue
        rest = [word for word in held if word.order not in owners]
        if rest:
            lines = lines_in_order(rest, content.width, content.height)
            around = union([word.rect for word in rest])
            _set_text(item, " ".join(line.text for line in lines), around, content.height)
        else:
            found[item.self_ref] = inside[0]
    return found


def _set_text(item: Any, text: str, rect: Rect, page_height: float) -> None:
    item.text = item.orig = text
    place = item.prov[0]
    place.charspan = (0, len(text))
    place.bbox = place.bbox.model_copy(
        update={"l": rect.left, "t": page_height - rect.top, "r": rect.right, "b": page_height - rect.bottom}
    )


def _rearrange(converted: Any, ranks: dict[str, float], gone: set[str]) -> None:
    """Order the body by `ranks` and take out the texts of `gone`.

    docling-core's `delete_items` takes time that grows with the square of the number of items.
    """
    converted.body.children = sorted(
        (reference for reference in converted.body.children if reference.cref not in gone),
        key=lambda reference: ranks[reference.cref],
    )
    converted.texts = [item for item in converted.texts if item.self_ref not in gone]
    names = {item.self_ref: f"#/texts/{index}" for index, item in enumerate(converted.texts)}
    for reference in converted.body.children:
        reference.cref = names.get(reference.cref, reference.cref)
    for item in converted.texts:
        item.self_ref = names[item.self_ref]


def _middle(word: Word) -> float:
    return (word.rect.top + word.rect.bottom) / 2
