"""Tables that go on over a page: their parts put together to one, header rows that come again left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyworker.engine.convert.tagged_tables import tagged_table_data
from pyworker.engine.layout.blocks import Block, Page
from pyworker.engine.layout.line_ends import joined
from pyworker.engine.layout.list_markers import with_dashes
from pyworker.engine.layout.tagged import Cells

FURNITURE = ("page_header", "page_footer", "footnote")
LOW = 0.55
"""Share of the page's height that a part ends below, where its header does not come again on the next page."""
HIGH = 0.4
"""Share of the height that the next part begins above."""
EDGE = 0.03
"""Of the page's width: how far the outer edges of two parts may differ."""
MOSTLY = 0.8


@dataclass
class TableContent:
    """A table's structure (docling-core's TableData), as the `content` of a block."""

    data: Any


def join_tables(blocks: Sequence[Block], pages: Mapping[int, Page]) -> list[Block]:
    """`blocks` with the parts of each table in one block; `content` of every table is a TableContent afterwards.

    A part is the last of its page's body, the next one the first of the following page; both have the same columns.
    Boxes of cells are those of the first page: cells of later parts have none.
    """
    whole: list[Block] = []
    for block in blocks:
        if block.kind == "table":
            held = block.content
            data = tagged_table_data(held) if isinstance(held, Cells) else held.data
            for cell in data.table_cells:
                cell.text = with_dashes(cell.text)
            block.content = TableContent(data)
            before = _part_before(whole, block, pages)
            if before is not None:
                _append(before, block)
                continue
        whole.append(block)
    return whole


def _part_before(whole: list[Block], block: Block, pages: Mapping[int, Page]) -> Block | None:
    """The table that `block` goes on, if the body holds nothing between the two."""
    before = next((other for other in reversed(whole) if other.kind not in FURNITURE), None)
    return (
        before if before is not None and before.kind == "table" and _goes_on(before, block, pages) else None
    )


def _goes_on(before: Block, block: Block, pages: Mapping[int, Page]) -> bool:
    if not before.places or not block.places:
        return False
    number, last = before.places[-1]
    other, first = block.places[0]
    page, following = pages.get(number), pages.get(other)
    if other != number + 1 or page is None or following is None or abs(page.width - following.width) > 1:
        return False
    old, new = before.content.data, block.content.data
    repeated = _texts(old, 0) == _texts(new, 0) and any(_texts(new, 0))
    if first.top > HIGH * following.height or (last.bottom < LOW * page.height and not repeated):
        return False
    edge = EDGE * page.width
    if repeated:
        return bool(old.num_cols == new.num_cols)
    same_sides = abs(last.left - first.left) <= edge and abs(last.right - first.right) <= edge
    tagged = before.evidence == block.evidence == "tags"
    if old.num_cols == new.num_cols:
        return same_sides or ((tagged or new.num_cols > 2) and _columns_fit(old, new))
    # Tags leave out cells that are empty on this page, and the rest of their row moves up.
    return tagged and bool(1 < new.num_cols < old.num_cols) and _columns_fit(old, new)


def _columns_fit(old: Any, new: Any) -> bool:
    """Whether each cell of `new` is in one column of `old`, and no two of a row in the same."""
    ranges = _ranges(old)
    for row in range(new.num_rows):
        columns = [
            _column_of(cell.bbox.l, cell.bbox.r, ranges)
            for cell in new.table_cells
            if cell.start_row_offset_idx == row and cell.bbox is not None and cell.col_span == 1
        ]
        if None in columns or len(set(columns)) < len(columns):
            return False
    return True


def _append(before: Block, block: Block) -> None:
    """Put the rows of `block` under those of `before`."""
    old, new = before.content.data, block.content.data
    ranges = _ranges(old)
    if new.num_cols < old.num_cols:
        for cell in new.table_cells:
            column = _column_of(cell.bbox.l, cell.bbox.r, ranges) if cell.bbox is not None else None
            if column is not None:
                cell.start_col_offset_idx, cell.end_col_offset_idx = column, column + cell.col_span
    skipped = 1 if _texts(old, 0) == _texts(new, 0) and old.num_rows > 1 else 0
    merged = skipped < new.num_rows and _is_parted(old, new, skipped)
    if merged:
        for cell in new.table_cells:
            if cell.start_row_offset_idx == skipped:
                _add_text(old, old.num_rows - 1, cell.start_col_offset_idx, cell.text)
    first = skipped + (1 if merged else 0)
    shift = old.num_rows - first
    for cell in new.table_cells:
        if cell.end_row_offset_idx <= first or cell.start_row_offset_idx < first:
            continue
        cell.start_row_offset_idx += shift
        cell.end_row_offset_idx += shift
        cell.bbox, cell.column_header = None, False
        old.table_cells.append(cell)
    old.num_rows += new.num_rows - first
    before.places += block.places
    before.lines += block.lines


def _is_parted(old: Any, new: Any, row: int) -> bool:
    """Whether row `row` of `new` is the rest of the last row of `old`: its first cell is empty where others are not, or
    its few texts all go on with words of that row.
    """
    if old.num_cols < 2:
        return False
    texts = _texts(new, row)
    pairs = [(above, text) for above, text in zip(_texts(old, old.num_rows - 1), texts, strict=False) if text]
    if 0 < 2 * len(pairs) <= old.num_cols and all(
        text[0].islower() and above[-1:].isalnum() for above, text in pairs
    ):
        return True
    if texts[0] or not any(texts):
        return False
    heads = [_texts(old, index)[0] for index in range(old.num_rows)]
    return sum(map(bool, heads)) >= MOSTLY * len(heads)


def _texts(data: Any, row: int) -> list[str]:
    """The text of each column in a row."""
    texts = [""] * data.num_cols
    for cell in data.table_cells:
        if cell.start_row_offset_idx <= row < cell.end_row_offset_idx:
            for column in range(cell.start_col_offset_idx, min(cell.end_col_offset_idx, data.num_cols)):
                texts[column] = cell.text.strip()
    return texts


def _add_text(data: Any, row: int, column: int, text: str) -> None:
    for cell in data.table_cells:
        inside = cell.start_col_offset_idx <= column < cell.end_col_offset_idx
        if inside and cell.start_row_offset_idx <= row < cell.end_row_offset_idx:
            cell.text = joined([cell.text, text], hyphens=True)
            return


def _ranges(data: Any) -> dict[int, tuple[float, float]]:
    """Left and right end of what is in each column."""
    found: dict[int, tuple[float, float]] = {}
    for cell in data.table_cells:
        if cell.bbox is not None and cell.col_span == 1:
            left, right = found.get(cell.start_col_offset_idx, (cell.bbox.l, cell.bbox.r))
            found[cell.start_col_offset_idx] = (min(left, cell.bbox.l), max(right, cell.bbox.r))
    return found


def _column_of(left: float, right: float, ranges: Mapping[int, tuple[float, float]]) -> int | None:
    """The one column that `left` to `right` touches; None where it is none or several."""
    touched = [column for column, (start, end) in ranges.items() if min(right, end) - max(left, start) > 0]
    return touched[0] if len(touched) == 1 else None
