"""Which cells beside a title block are a table of their own: revisions or parts, a header and the rows from it on."""

from __future__ import annotations

from collections.abc import Callable

from pyworker.engine.sheets import labels_abroad as abroad
from pyworker.engine.sheets.cells import REACH, Cell
from pyworker.engine.sheets.labels import normal
from pyworker.engine.sheets.types import ZoneKind

_MARK = (
    "rev",
    "revision",
    "no",
    "mark",
    "lan",
    "lan sua",
    "stt",
    "so",
    "issue",
    "symbol",
    "ver",
    "revisions",
    "delta",
    *abroad.REVISION_MARK,
)
_DATE = ("date", "ngay", "ngay thang", *abroad.REVISION_DATE)
_WHAT = (
    "description",
    "revision",
    "revisions",
    "issue",
    "issued for",
    "noi dung",
    "noi dung sua doi",
    "remarks",
    "details",
    "mo ta",
    "dien giai",
    "revision description",
    "amendment",
    "amendments",
    "issue description",
    "submission",
    "mod",
    "modification",
    "issued",
    "sua doi",
    "noi dung hieu chinh",
    "comments",
    *abroad.REVISION_WHAT,
)


_ITEM = (
    "item",
    "item no",
    "pos",
    "no",
    "nr",
    "mark",
    "tag",
    "part no",
    "part number",
    "stt",
    "repere",
    "rep",
)
_COUNT = (
    "qty",
    "quantity",
    "no off",
    "off",
    "stk",
    "stuck",
    "anzahl",
    "menge",
    "sl",
    "so luong",
    "qte",
    "quantite",
    "nombre",
)
_PART = (
    "description",
    "part name",
    "name",
    "material",
    "benennung",
    "bezeichnung",
    "werkstoff",
    "designation",
    "matiere",
    "ten",
    "ten chi tiet",
    "ten goi",
    "vat lieu",
)


def _is(text: str, words: tuple[str, ...]) -> bool:
    plain = normal(text)
    return plain in words or any(plain.startswith(word + " ") and len(plain) < 40 for word in words)


def is_revision_header(texts: list[str]) -> bool:
    """Whether the texts of a row are the header of a revision table: a date, and a mark or a description."""
    dated = any(_is(text, _DATE) for text in texts)
    marked = any(_is(text, _MARK) for text in texts)
    told = any(_is(text, _WHAT) for text in texts)
    return dated and told and (marked or len(texts) >= 2) and len(texts) <= 8


def is_parts_header(texts: list[str]) -> bool:
    """Whether the texts of a row are the header of a parts list: an item, a count and what the part is."""
    plain = [normal(text) for text in texts]
    known = [sum(text in words for text in plain) for words in (_ITEM, _COUNT, _PART)]
    return len(texts) >= 3 and all(known)


def revision_cells(cells: list[Cell]) -> list[Cell]:
    """Those of `cells` that are a revision table, of which some are a title block's; none where there is no such
    header.
    """
    return _headed(cells, is_revision_header)


def own_tables(cells: list[Cell]) -> list[tuple[ZoneKind, list[Cell]]]:
    """The tables among the cells of a title block or beside it: revisions and lists of parts."""
    found: list[tuple[ZoneKind, list[Cell]]] = []
    kinds: tuple[tuple[ZoneKind, Callable[[list[str]], bool]], ...] = (
        ("revisions", is_revision_header),
        ("schedule", is_parts_header),
    )
    for kind, is_header in kinds:
        while rows := _headed(cells, is_header):
            found.append((kind, rows))
            cells = without(cells, rows)
    return found


def without(cells: list[Cell], others: list[Cell]) -> list[Cell]:
    """`cells` without `others`."""
    inside = set(map(id, others))
    return [cell for cell in cells if id(cell) not in inside]


def _headed(cells: list[Cell], is_header: Callable[[list[str]], bool]) -> list[Cell]:
    """The first row that is a header and the rows that go on from it in its columns; none without such rows."""
    for row in _rows(cells):
        texts = [" ".join(p.text for p in cell.pieces) for cell in row if cell.pieces]
        if not is_header(texts):
            continue
        left, right = min(c.rect.left for c in row), max(c.rect.right for c in row)
        edges = [c.rect.left for c in row] + [right]
        column = [c for c in cells if left - REACH <= c.rect.left and c.rect.right <= right + REACH]
        found = list(row)
        for step in (1, -1):
            edge = max(c.rect.bottom for c in row) if step > 0 else min(c.rect.top for c in row)
            while True:
                next_row = [
                    c
                    for c in column
                    if abs((c.rect.top if step > 0 else c.rect.bottom) - edge) <= REACH
                    and any(abs(c.rect.left - x) <= REACH for x in edges)
                ]
                # The rows have the header's columns.
                if len(next_row) != len(row):
                    break
                found += next_row
                edge = next_row[0].rect.bottom if step > 0 else next_row[0].rect.top
        return found if len(found) > len(row) else []
    return []


def _rows(cells: list[Cell]) -> list[list[Cell]]:
    """Cells of one top and bottom that share edges, left to right."""
    rows: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda c: (round(c.rect.top), c.rect.left)):
        if (
            rows
            and abs(rows[-1][-1].rect.top - cell.rect.top) <= REACH
            and abs(rows[-1][-1].rect.bottom - cell.rect.bottom) <= REACH
            and abs(rows[-1][-1].rect.right - cell.rect.left) <= REACH
        ):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [row for row in rows if len(row) >= 2]
