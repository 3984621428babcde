"""Headings of untagged pages and their levels, from size, weight, numbers and the space they stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from pyworker.engine.layout.blocks import Block
from pyworker.engine.layout.contents import unmark_contents
from pyworker.engine.layout.quiet_headings import (
    initials,
    is_part_name,
    is_quiet_heading,
    text_columns,
    unmark_names,
)
from pyworker.engine.layout.section_numbers import is_bare_division, section_depth, section_depths
from pyworker.engine.layout.title_lines import settle_title_lines

LARGER = 1.1
"""Of the body's size: from here on size alone makes a heading."""
TITLE = 1.25
"""How much larger than every other heading a title is."""
MUCH_LARGER = 1.5
"""Of the body's size: from here on a heading may begin with a small letter."""
SLIGHTLY = 1.05
"""Of the body's size: a line of its own over a paragraph is a heading from here on."""
RARE_FONT = 0.08
"""Share of the document's letters that a font of headings has, at most."""
MAIN_FONT = 0.5
"""Share that the body's font has, at least, where fonts alone tell headings."""
MAX_LETTERS = 200
MAX_LINES = 4
LONG_ITEM = 40
"""Letters from which on a numbered line that ends with a full stop is a sentence."""
MAX_DEPTH = 6
TITLE_PAGE = 12
"""Lines beside the title on a page of its own, at most."""
SAME_SIZE = 0.06
FURNITURE = ("page_header", "page_footer")
CAPITALS = 5
"""Letters of a heading from which on capitals are a style of it."""

Style = tuple[float, bool, bool, bool]
"""Size, bold, in capitals, upright: what is larger or true stands higher."""


def mark_headings(blocks: list[Block], body_size: float, body_bold: bool) -> None:
    """Turn paragraphs that are headings into headings, and tell their levels; the largest of all is the title."""
    fonts = _fonts(blocks)
    neighbours = _with_neighbours(blocks)
    columns, names = text_columns(blocks), initials(blocks)
    for block, before, after in neighbours:
        if block.evidence == "fonts" and (
            _is_heading(block, before, after, body_size, body_bold)
            or _set_apart(block, before, after, body_size, fonts)
            or _slightly_larger(block, before, after, body_size)
            or is_quiet_heading(block, before, after, body_size, columns.get(block.page_no, []), names)
        ):
            block.kind, block.marker = "heading", ""
    # Once more, for those over a heading, in the font of another one.
    known = {block.lines[0].font for block in blocks if block.kind == "heading" and block.lines}
    for block, before, after in neighbours:
        if (
            block.evidence == "fonts"
            and _set_apart(block, before, after, body_size, fonts)
            and block.lines[0].font in known
            and after is not None
            and abs(block.lines[0].rect.left - after.lines[0].rect.left) <= block.size
        ):
            block.kind = "heading"
    _numbered_alone(blocks)
    _tagged_title(blocks, body_size)
    unmark_contents(blocks)
    settle_title_lines(blocks, body_size)
    unmark_names(_by_fonts(blocks), blocks, body_size)
    _levels(_by_fonts(blocks), blocks, body_size)


def _by_fonts(blocks: Sequence[Block]) -> list[Block]:
    """The headings that no tag tells."""
    return [block for block in blocks if block.kind == "heading" and block.evidence == "fonts"]


def _with_neighbours(blocks: Sequence[Block]) -> list[tuple[Block, Block | None, Block | None]]:
    """Each block with those before and after it that are no page headers or footers."""
    afters: list[Block | None] = []
    after: Block | None = None
    for block in reversed(blocks):
        afters.append(after)
        after = after if block.kind in FURNITURE else block
    found = []
    before: Block | None = None
    for block, following in zip(blocks, reversed(afters), strict=True):
        found.append((block, before, following))
        before = before if block.kind in FURNITURE else block
    return found


def _numbered_alone(blocks: Sequence[Block]) -> None:
    """A numbered line ("1.2.1 Scope") that no other item stands beside is a heading where others are numbered too."""
    body = [block for block in blocks if block.kind not in FURNITURE]
    if sum(block.kind == "heading" and section_depth(block.text) > 0 for block in body) < 2:
        return
    for index, block in enumerate(body):
        near = [*body[max(0, index - 1) : index], *body[index + 1 : index + 2]]
        if (
            block.kind in ("item", "text")
            and block.evidence == "fonts"
            and len(block.lines) == 1
            and section_depth(block.text) > 1
            and block.text.rstrip()[-1] not in ".;,"
            and all(other.kind != "item" for other in near)
        ):
            block.kind, block.marker = "heading", ""


def _tagged_title(blocks: Sequence[Block], body_size: float) -> None:
    """Word's style "Title" is tagged as a paragraph: the one line that is larger than all tagged headings."""
    tagged = [block for block in blocks if block.evidence == "tags"]
    first = next((block for block in tagged if block.kind in ("heading", "title")), None)
    if first is None or first.kind == "title":
        return
    largest = max(block.size for block in tagged if block.kind == "heading")
    for block in tagged[: tagged.index(first)]:
        if (
            block.kind == "text"
            and len(block.lines) <= 2
            and block.size >= 1.1 * max(largest, LARGER * body_size)
        ):
            block.kind = "title"
            return


def _is_heading(
    block: Block, before: Block | None, after: Block | None, body_size: float, body_bold: bool
) -> bool:
    text = block.text.strip()
    if block.kind not in ("text", "item") or not block.lines or len(block.lines) > MAX_LINES:
        return False
    if len(text) > MAX_LETTERS:
        return False
    letters = sum(character.isalpha() for character in text)
    if letters < 2 or letters < 0.4 * len(text.replace(" ", "")):
        return False
    depth = section_depth(text)
    if block.kind == "item" and not depth:
        return False
    large = block.size >= LARGER * body_size
    if block.kind == "item" and not large and not (block.bold and not body_bold):
        return False
    if (
        block.kind == "item"
        and not large
        and text[-1] == "."
        and len(text) > LONG_ITEM
        and not text.isupper()
    ):
        return False
    if text[-1] in ",;" or (text[-1] in ".。" and not depth and not large):
        return False
    if large and not block.bold and block.size < MUCH_LARGER * body_size and text[0].islower():
        # What goes on with a sentence in a document of two sizes.
        return False
    if large and text[-1] in ".。":
        # A sentence in a document of two sizes.
        return len(text) < 80 and (block.bold or depth > 0 or block.size >= TITLE * body_size)
    if large:
        return True
    if block.size < 0.95 * body_size and not depth:
        return False
    if block.italic and not block.bold:
        return _italic_heading(block, before, after, text)
    if not block.bold or body_bold or text[0].islower():
        return False
    if text[-1] == ":" and len(block.lines) == 1 and not depth:
        # A label, unless what follows is a block of its own under it.
        return after is not None and after.kind in ("text", "item", "table") and not _beside(block, after)
    return len(block.lines) <= 2 and not (before is not None and _beside(before, block))


def _fonts(blocks: Sequence[Block]) -> dict[str, float]:
    """The share of the letters that each font has."""
    count: Counter[str] = Counter()
    for block in blocks:
        for line in block.lines:
            count[line.font] += len(line.text)
    whole = sum(count.values()) or 1
    return {font: letters / whole for font, letters in count.items()}


def _set_apart(
    block: Block, before: Block | None, after: Block | None, body_size: float, fonts: dict[str, float]
) -> bool:
    """A short line in a font of its own, about as large as the body, over a paragraph in the font of the body."""
    text, font = block.text.strip(), block.lines[0].font if block.lines else ""
    if not (block.kind == "text" or (block.kind == "item" and section_depth(text))):
        return False
    if len(block.lines) > 2 or block.size < 0.9 * body_size:
        return False
    if not font or any(line.font != font or line.mono for line in block.lines):
        return False
    if not (
        3 <= len(text) <= 80
        and (text[0].isupper() or block.kind == "item")
        and (text[-1].isalnum() or text[-1] in ")?")
    ):
        return False
    if after is None or after.kind not in ("text", "heading") or not after.lines or _beside(block, after):
        return False
    if before is not None and (_beside(before, block) or before.text.rstrip()[-1:] in ",-"):
        return False
    body = max(fonts, key=lambda name: fonts[name])
    if after.kind == "text" and (after.lines[0].font != body or len(after.lines) < 2):
        return False
    return fonts.get(font, 0.0) <= RARE_FONT and fonts[body] >= MAIN_FONT


def _slightly_larger(block: Block, before: Block | None, after: Block | None, body_size: float) -> bool:
    """A line that is a little larger than the body, numbered or not, over a paragraph in the body's size."""
    text = block.text.strip()
    return (
        block.kind in ("text", "item")
        and len(block.lines) == 1
        and (block.kind == "text" or block.ordered)
        and block.size >= SLIGHTLY * body_size
        and 3 <= len(text) <= 100
        and text[-1] not in ".,;:。"
        and not text[0].islower()
        and after is not None
        and after.kind == "text"
        and len(after.lines) > 1
        and abs(after.size - body_size) <= 0.02 * body_size
        and not _beside(block, after)
        and (before is None or not _beside(before, block))
    )


def _italic_heading(block: Block, before: Block | None, after: Block | None, text: str) -> bool:
    """A short line in italics over a paragraph in upright letters, after the end of another."""
    return (
        len(block.lines) == 1
        and len(text) <= 80
        and text[0].isupper()
        and text[-1].isalnum()
        and after is not None
        and after.kind == "text"
        and not after.italic
        and len(after.lines) > 1
        and (before is None or before.kind != "text" or before.text.rstrip()[-1:] in ".!?:")
        and not _beside(block, after)
    )


def _beside(a: Block, b: Block) -> bool:
    """Whether two blocks stand side by side on one page."""
    if a.page_no != b.page_no or not a.places or not b.places:
        return False
    first, second = a.places[-1][1], b.places[0][1]
    middle = (second.top + second.bottom) / 2
    return first.top < middle < first.bottom


def _levels(headings: list[Block], blocks: Sequence[Block], body_size: float) -> None:
    """Levels by size, then weight, capitals and slope; a section number tells depth among headings of one style."""
    if not headings:
        return
    title = _title(headings, blocks, body_size)
    rest = [heading for heading in headings if heading is not title]
    depths = section_depths([heading.text for heading in rest])
    by_number = sum(depth > 0 for depth in depths) >= max(2, 0.5 * len(rest))
    styles = _styles(rest)
    rank = _ranks(set(styles))
    # The name of a chapter and its title below it are of one level.
    pairs = [
        (index, index + 1)
        for index, (heading, below) in enumerate(pairwise(rest))
        if is_bare_division(heading.text) and blocks.index(below) == blocks.index(heading) + 1
    ]
    for index, title_index in pairs:
        styles[index] = styles[title_index] = max(styles[index], styles[title_index])
    top = min((rank[style] for style, depth in zip(styles, depths, strict=True) if depth == 1), default=1)
    numbered = next((index for index, depth in enumerate(depths) if depth), 0)
    for index, (heading, depth, style) in enumerate(zip(rest, depths, styles, strict=True)):
        ahead = index < numbered and is_part_name(heading.text)
        level = top - 1 + max(depth, 1) if by_number and (depth or ahead) else rank[style]
        heading.level = max(1, min(MAX_DEPTH, level))
    for index, title_index in pairs:
        rest[index].level = rest[title_index].level = min(rest[index].level, rest[title_index].level)


def _styles(headings: Sequence[Block]) -> list[Style]:
    capitals = [
        heading.text.isupper() and sum(map(str.isalpha, heading.text)) >= CAPITALS for heading in headings
    ]
    told = sum(capitals) > 1
    # Sizes a quarter of a point apart are one size.
    return [
        (round(heading.size * 2) / 2, heading.bold, told and capital, not heading.italic)
        for heading, capital in zip(headings, capitals, strict=True)
    ]


def _ranks(styles: set[Style]) -> dict[Style, int]:
    """The level of each style, from the largest; nearly equal sizes of one kind of letters are one level."""
    ranks: dict[Style, int] = {}
    level, before = 0, (0.0, False, False, False)
    for style in sorted(styles, reverse=True):
        if not ranks or style[1:] != before[1:] or style[0] < before[0] * (1 - SAME_SIZE):
            level, before = level + 1, style
        ranks[style] = level
    return ranks


def _title(headings: list[Block], blocks: Sequence[Block], body_size: float) -> Block | None:
    """The one heading, at the document's head, that is larger than all others or has a page of its own."""
    first = headings[0]
    others = max(
        (block.size for block in blocks if block.kind == "heading" and block is not first), default=0.0
    )
    ahead = sum(len(block.text) for block in blocks[: blocks.index(first)] if block.kind not in FURNITURE)
    if not others or section_depth(first.text) or ahead > 300:
        return None
    if first.size < TITLE * others and not _on_title_page(first, body_size, blocks):
        return None
    first.kind = "title"
    return first


def _on_title_page(first: Block, body_size: float, blocks: Sequence[Block]) -> bool:
    """Whether the first heading is far larger than the text and stands on a page without any."""
    own = [block for block in blocks if block.page_no == first.page_no and block is not first]
    lines = sum(len(block.lines) for block in own if block.kind not in FURNITURE)
    return (
        first.size >= MUCH_LARGER * body_size
        and blocks[-1].page_no > first.page_no
        and lines <= TITLE_PAGE
        and all(len(block.lines) <= MAX_LINES and block.size < first.size for block in own)
    )
