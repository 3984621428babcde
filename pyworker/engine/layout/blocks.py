"""From the lines of a document to its blocks: headings with levels, paragraphs, list items, code, headers and footers.

Pure: lines with their places and styles in, blocks out. Where a page's tags cover its text they decide; elsewhere size,
weight, numbering, space and indentation do. Numbers are fractions of the line's font size unless they say otherwise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from pyworker.engine.layout.block_types import Block, Line
from pyworker.engine.layout.list_markers import DASHES, list_marker
from pyworker.engine.layout.list_nesting import INDENT, nest, number
from pyworker.engine.pdf.geometry import Rect, union

HEADING_SIZE = 1.12
"""Times the body's size from which on a short line is a heading whatever its weight."""
MAX_HEADING_CHARACTERS = 200
MAX_HEADING_LINES = 3
PARAGRAPH_GAP = 0.75
"""Space between two lines of one paragraph; typical leading leaves 0.1 to 0.5."""
SAME_SIZE = 0.06
"""Relative difference of two sizes that count as one."""
RAGGED = 0.35
"""Share of a column's width that a line of a paragraph, set ragged, may leave empty at its end."""
COLUMN_GRID = 12.0
"""Points within which left edges belong to one column."""
EDGE = 0.11
"""Share of the page's height at its top and bottom in which headers and footers are."""
REPEATS = 0.5
"""Share of the pages on which a line of the edge must come again."""
REGULAR_SHARE = 0.15
"""Least share of the characters that must be of regular weight for it to be the body's."""
TITLE_SIZE = 1.4
"""Times the body's size from which on a short line is a heading although its tag says paragraph, as titles' do."""
TAG_COVER = 0.8
"""Share of a page's characters that its tags must cover to be believed."""
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,5})[.)]?\s+\S")
_CODE = re.compile(r"[{}()\[\];=<>#$_\\|]|^\s*(?:def|class|import|return|if|for|while)\b", re.MULTILINE)
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = (".", ";", ":", ",", "…")


class PageSize(NamedTuple):
    """Width and height of a page in points."""

    width: float
    height: float


def blocks_of(runs: Sequence[Sequence[Line]], sizes: dict[int, PageSize]) -> list[list[Block]]:
    """The blocks of each run of lines. A run is what stands between two tables or pictures in reading order.

    `sizes` has the pages by their number from 1.
    """
    lines = [line for run in runs for line in run]
    _find_columns(lines)
    furniture = _furniture(lines, sizes)
    tagged = _tagged_pages(lines)
    body = _body([line for line in lines if line not in furniture])
    levels = _levels(lines, furniture, tagged, body)
    result = []
    for run in runs:
        blocks: list[Block] = []
        for line in run:
            kind = furniture.get(line)
            if kind is not None:
                blocks.append(Block(kind, [line], text=line.text))
                continue
            block = _tagged(line, body) if line.page in tagged else _untagged(line, body, levels)
            if not (blocks and _continues(blocks[-1], block, tagged=line.page in tagged)):
                blocks.append(block)
            else:
                blocks[-1].lines += block.lines
        result.append([_finished(block) for block in blocks if block.lines])
    whole = [block for blocks in result for block in blocks]
    number(whole)
    nest(whole)
    return result


def _find_columns(lines: Sequence[Line]) -> None:
    """Tell each line where the lines end that start as far left as it does, on its page."""
    ends: dict[tuple[int, int], float] = defaultdict(float)
    for line in lines:
        for column in _columns(line):
            ends[column] = max(ends[column], line.rect.right)
    for line in lines:
        line.column_right = max(ends[column] for column in _columns(line))


def _columns(line: Line) -> list[tuple[int, int]]:
    """Names of the columns that a line may belong to: its left edge on a coarse grid, to both sides."""
    place = round(line.rect.left / COLUMN_GRID)
    return [(line.page, place - 1), (line.page, place), (line.page, place + 1)]


def _body(lines: Sequence[Line]) -> tuple[float, bool]:
    """Size and weight of the running text: of what is set in regular weight, unless hardly anything is."""
    sizes: dict[bool, Counter[float]] = {True: Counter(), False: Counter()}
    for line in lines:
        if not line.mono:
            sizes[line.bold][_style(line)[0]] += len(line.text)
    regular, bold = sizes[False].total(), sizes[True].total()
    if regular + bold == 0:
        return 10.0, False
    is_bold = regular < REGULAR_SHARE * (regular + bold)
    return sizes[is_bold].most_common(1)[0][0], is_bold


def _tagged_pages(lines: Sequence[Line]) -> set[int]:
    """Pages whose tags cover their text and say more than that everything is a paragraph of its own."""
    covered: Counter[int] = Counter()
    whole: Counter[int] = Counter()
    elements: dict[int, set[int]] = defaultdict(set)
    count: Counter[int] = Counter()
    for line in lines:
        whole[line.page] += len(line.text)
        count[line.page] += 1
        if line.tag is not None:
            covered[line.page] += len(line.text)
            elements[line.page].add(line.tag.element)
    return {page for page in whole if elements[page] and covered[page] >= TAG_COVER * whole[page]}


def _furniture(lines: Sequence[Line], sizes: dict[int, PageSize]) -> dict[Line, str]:
    """Lines at the edges of pages that come again on others, and page numbers that stand alone there."""
    found: dict[Line, str] = {}
    places: dict[tuple[str, str, int], list[Line]] = defaultdict(list)
    for line in lines:
        height = sizes[line.page].height
        middle = line.rect.center[1]
        edge = (
            "page_header"
            if middle < EDGE * height
            else "page_footer"
            if middle > (1 - EDGE) * height
            else None
        )
        if edge is None:
            continue
        text = _DIGITS.sub("#", line.text.strip().lower())
        if text in ("#", "- # -", "page #", "page # of #", "trang #", "trang # / #", "#/#", "# / #"):
            found[line] = edge
        places[(edge, text, round(line.size))].append(line)
    pages = len({line.page for line in lines})
    for (edge, _text, _size), same in places.items():
        on = {line.page for line in same}
        if len(on) >= 2 and len(on) >= REPEATS * min(pages, 6) and pages >= 2:
            found.update((line, edge) for line in same)
    return found


def _levels(
    lines: Sequence[Line], furniture: dict[Line, str], tagged: set[int], body: tuple[float, bool]
) -> list[tuple[float, bool]]:
    """The styles of headings, the strongest first: size, then weight."""
    styles: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        if line not in furniture and line.page not in tagged and _looks_like_heading(line, body):
            styles[_style(line)] += 1
    return sorted(styles, reverse=True)


def _style(line: Line) -> tuple[float, bool]:
    return round(line.size * 2) / 2, line.bold


def _looks_like_heading(line: Line, body: tuple[float, bool]) -> bool:
    size, bold = body
    text = line.text.strip()
    letters = sum(character.isalpha() for character in text)
    if letters < 2 or len(text) > MAX_HEADING_CHARACTERS or line.mono:
        return False
    if line.size >= HEADING_SIZE * size:
        return True
    if not line.bold or bold or line.size < size * (1 - SAME_SIZE):
        return False
    starts = next(character for character in text if character.isalnum())
    return (
        not (starts.islower() or text.endswith(_SENTENCE_END))
        and list_marker(text, bullets_only=True) is None
    )


def _tagged(line: Line, body: tuple[float, bool]) -> Block:
    tag = line.tag
    if tag is None or tag.kind == "paragraph":
        if line.size >= TITLE_SIZE * body[0] and len(line.text) < MAX_HEADING_CHARACTERS:
            return Block("heading", [line], level=0)
        marker = list_marker(line.text, bullets_only=True)
        if marker is not None and marker.text not in DASHES:
            return Block("list_item", [line], level=1, marker=marker)
        if line.mono:
            return Block("code", [line])
    if tag is None or tag.kind in ("other", "table", "toc", "note"):
        return Block("paragraph", [line])
    if tag.kind in ("list_item", "label"):
        return Block("list_item", [line], level=max(1, tag.level), marker=list_marker(line.text))
    if tag.kind == "heading":
        return Block("heading", [line], level=tag.level)
    return Block(tag.kind, [line])


def _untagged(line: Line, body: tuple[float, bool], levels: list[tuple[float, bool]]) -> Block:
    if _looks_like_heading(line, body):
        numbered = _NUMBERED.match(line.text)
        level = levels.index(_style(line)) + 1 if _style(line) in levels else len(levels) + 1
        if numbered and line.size < HEADING_SIZE * body[0] * 1.5:
            depth = numbered.group(1).count(".") + 1
            level = max(level, depth) if depth > 1 else level
        return Block("heading", [line], level=level)
    marker = list_marker(line.text)
    if marker is not None:
        return Block("list_item", [line], level=1, marker=marker)
    if line.mono:
        return Block("code", [line])
    return Block("paragraph", [line])


def _continues(before: Block, block: Block, *, tagged: bool) -> bool:
    """Whether `block`, which is one line, is the next line of `before`."""
    last, line = before.lines[-1], block.lines[0]
    if before.kind == block.kind == "code":
        return last.page == line.page
    if tagged and last.tag is not None and line.tag is not None:
        same = last.tag.element == line.tag.element and last.page == line.page
        return same and before.kind == block.kind
    goes_on = block.kind == before.kind or (before.kind, block.kind) == ("list_item", "paragraph")
    if block.kind == "list_item" or not goes_on:
        return False
    if _is_upright(last) or _is_upright(line):
        return False
    close = abs(last.size - line.size) <= SAME_SIZE * max(last.size, line.size)
    if before.kind == "heading":
        return (
            close and last.bold == line.bold and len(before.lines) < MAX_HEADING_LINES and _below(last, line)
        )
    if not close:
        return False
    next_column = line.rect.top < last.rect.top - last.size and line.rect.left > last.rect.right - last.size
    if last.page != line.page or next_column:
        return before.kind == "paragraph" and _is_unfinished(last.text, line.text)
    if not _below(last, line):
        return False
    if before.kind == "list_item":
        # Lines of an item start under its text, right of its marker.
        return line.rect.left > before.lines[0].rect.left + INDENT * line.size * 0.5
    starts = [other.rect.left for other in before.lines]
    if len(before.lines) == 1:
        # A first line may be indented, or hang out to the left.
        return abs(line.rect.left - starts[0]) < 4 * line.size and not _is_short(last, line)
    return abs(line.rect.left - starts[-1]) < INDENT * line.size and not _is_short(last, line)


def _is_upright(line: Line) -> bool:
    """Whether the line runs up or down the page: such lines are labels, and no paragraphs."""
    return len(line.text) > 2 and line.rect.height > 1.5 * line.rect.width


def _is_short(last: Line, line: Line) -> bool:
    """Whether the first word of `line` would have fitted behind `last`: a paragraph ended there."""
    word = line.text.split(" ", 1)[0]
    room = max(line.rect.right, last.column_right) - last.rect.right
    if room <= (len(word) + 2) * 0.5 * line.size:
        return False
    ends = last.text.rstrip().endswith((".", "!", "?", ":", "…"))
    return ends or room > RAGGED * (last.column_right - last.rect.left)


def _is_unfinished(text: str, following: str) -> bool:
    text = text.rstrip()
    if not text:
        return False
    return text.endswith(("-", "‐")) or ((text[-1].isalnum() or text[-1] == ",") and following[:1].islower())


def _below(last: Line, line: Line) -> bool:
    """Whether `line` follows `last` at the distance of two lines of one block."""
    if last.page != line.page:
        return False
    gap = line.rect.top - last.rect.bottom
    beside = min(last.rect.right, line.rect.right) - max(last.rect.left, line.rect.left)
    return -0.6 * line.size <= gap <= PARAGRAPH_GAP * line.size and beside > -line.size


def _finished(block: Block) -> Block:
    if block.kind == "code":
        block.text = "\n".join(line.text for line in block.lines)
        if _CODE.search(block.text):
            return block
        # Prose that is set like a typewriter's.
        block.kind = "paragraph"
    text = ""
    for line in block.lines:
        piece = line.text.strip()
        if text.endswith(("-", "‐")) and len(text) > 1 and text[-2].isalpha() and piece[:1].islower():
            text = text[:-1] + piece
        else:
            text = f"{text} {piece}" if text else piece
    if block.kind == "list_item":
        marker = list_marker(text)
        if marker is not None:
            block.marker = marker
            text = text[marker.length :].lstrip()
    block.text = text
    return block


def around(block: Block) -> dict[int, Rect]:
    """The box of a block on each of its pages."""
    pages: dict[int, list[Rect]] = defaultdict(list)
    for line in block.lines:
        pages[line.page].append(line.rect)
    return {page: union(rects) for page, rects in pages.items()}
