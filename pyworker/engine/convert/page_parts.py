"""Pages of a flat DoclingDocument as what structure is made of: tags where they are sound, lines elsewhere."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

from pyworker.engine.layout.blocks import Block, Page, StyledLine, is_leftwards, text_block
from pyworker.engine.layout.capital_lines import with_drop_capitals
from pyworker.engine.layout.drawn_bullets import with_drawn_bullets
from pyworker.engine.layout.formulas import with_formulas
from pyworker.engine.layout.furniture import EDGE
from pyworker.engine.layout.justified import with_stretched_lines
from pyworker.engine.layout.lost_scripts import completed, lost_scripts
from pyworker.engine.layout.misread_text import reread
from pyworker.engine.layout.picture_bullets import with_bullets
from pyworker.engine.layout.reading_order import Line, line_text, lines_in_order
from pyworker.engine.layout.tagged import TaggedPage, covers, styled_line, telling
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.page_words import page_words
from pyworker.engine.pdf.small_objects import small_objects
from pyworker.engine.pdf.structure_tree import read_structure_tree
from pyworker.engine.pdf.tilt import Tilt
from pyworker.engine.pdf.word_styles import ARTIFACT, PLAIN, Style, word_styles

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenDocument

SAME = {
    ord(sign): plain for plain, signs in (("'", "‘’‚‛′"), ('"', "“”„‟″"), ("-", "‐‑‒–—―−")) for sign in signs
}
FONT_PART = 0.75
"""Font size of a line that OCR read, as a share of the line's height."""
HIGH = 1.6
"""In em: the height of a box from which on it may hold more than one line."""
LARGEST_BULLET = 24.0
"""In points: a bullet of a slide, at most."""
SPACE = 0.5
"""In em: the widest space."""


def page_parts(
    flat: Any, document: OpenDocument, tilts: dict[int, Tilt], check: Callable[[], None]
) -> list[Page]:
    """The pages of `flat`, whose body is one list of text lines, tables and pictures in reading order.

    Of a page in `tilts`, a scan that lies askew, the parts are those of the page made level.
    """
    items = {item.self_ref: item for item in [*flat.texts, *flat.tables, *flat.pictures]}
    by_page: dict[int, list[Any]] = {number: [] for number in flat.pages}
    for reference in flat.body.children:
        item = items.get(reference.cref)
        if item is not None and item.prov and item.prov[0].page_no in by_page:
            by_page[item.prov[0].page_no].append(item)
    pages = []
    for number in sorted(by_page):
        check()
        size = flat.pages[number].size
        page = Page(number, size.width, size.height, tilt=tilts.get(number, Tilt()))
        opened = document.page(number - 1)
        words = page_words(opened, check)
        styles = word_styles(opened, words, check)
        tree = read_structure_tree(opened, check) if words else None
        # pdfium gives the ligatures of Arabic in the order of the page, not of the text; Docling's lines have it right.
        leftwards = is_leftwards(" ".join(word.text for word in words))
        if tree is not None and not leftwards and telling(tree) and covers(tree, words, styles, page.height):
            tagged = TaggedPage(number, page.width, page.height, words, styles)
            page.tagged = True
            page.parts = list(_with_pictures(tagged.blocks(tree), by_page[number], page))
        else:
            page.parts = _lines(by_page[number], page, words, styles, leftwards)
            if not leftwards:
                page.parts = with_formulas(page.parts, words, styles, check)
                page.parts = with_stretched_lines(page.parts)
                page.parts = with_drop_capitals(page.parts, words)
            page.parts = _in_place(page.parts)
            if page.width > page.height:
                page.parts = with_drawn_bullets(page.parts, small_objects(opened, LARGEST_BULLET, check))
        page.parts = with_bullets(page.parts)
        pages.append(page)
    return pages


def _lines(
    items: list[Any], page: Page, words: list[Word], styles: dict[int, Style], leftwards: bool
) -> list[StyledLine | Block]:
    ranked = sorted(words, key=_middle)
    middles = [_middle(word) for word in ranked]
    parts: list[StyledLine | Block] = []
    given = [(getattr(item, "text", ""), _rect(item, page)) for item in items]
    scripts = {} if leftwards else lost_scripts(given, words)
    lost: defaultdict[int, int] = defaultdict(int)
    for index, word in scripts.items():
        lost[word.order] += len(_plain(given[index][0]))
    for index, item in enumerate(items):
        text, rect = given[index]
        if index in scripts:
            continue
        if not hasattr(item, "text"):
            kept = _kept(item, rect, page)
            if kept.kind == "table":
                sizes = [word.font_size for word in words if rect.contains(*word.rect.center)]
                kept.size = median(sizes) if sizes else 0.0
            parts.append(kept)
            continue
        if not text.strip():
            continue
        near = ranked[bisect_left(middles, rect.top) : bisect_right(middles, rect.bottom)]
        held = [word for word in near if rect.left <= (word.rect.left + word.rect.right) / 2 <= rect.right]
        rows = _rows(held, rect, page)
        if len(rows) > 1:
            parts += [styled_line(row.words, row.text, page.number, styles) for row in rows]
        elif held:
            line = styled_line(held, text, page.number, styles)
            text = _as_written(text, held, line.mono, sum(lost[word.order] for word in held))
            artifact = all(styles.get(word.order, PLAIN).mcid == ARTIFACT for word in held)
            if leftwards:
                # Numbers and signs run with the page.
                line = replace(line, leftwards=line.leftwards or not any(map(str.isalpha, text)))
                rect = _tight(rect, held, line.size)
            line = replace(line, text=text, rect=rect)
            parts.append(_furniture(line, page) if artifact and _at_edge(rect, page) else line)
        else:
            size = FONT_PART * min(rect.height, max(rect.width, 1.0))
            parts.append(StyledLine(text, rect, page.number, size, False, False, False, is_leftwards(text)))
    return parts


def _rows(words: list[Word], rect: Rect, page: Page) -> list[Line]:
    """The lines in a box that is too high for one: docling-parse joins a symbol with what it is a little above."""
    if not words or rect.height < HIGH * max(word.font_size for word in words) or rect.height > rect.width:
        return []
    return lines_in_order(words, page.width, page.height)


def _tight(rect: Rect, words: list[Word], size: float) -> Rect:
    """`rect` without the spaces before and behind `words`: what touches it would seem to be of one word."""
    left, right = min(word.rect.left for word in words), max(word.rect.right for word in words)
    return rect._replace(
        left=left if 0 < left - rect.left < SPACE * size else rect.left,
        right=right if 0 < rect.right - right < SPACE * size else rect.right,
    )


def _as_written(text: str, words: list[Word], mono: bool, lost: int) -> str:
    """`text` with the characters of the page: docling-parse gives plain quotes and dashes for all kinds of them.
    It knows better where a typewritten line (`mono`) has its spaces.

    Only where `words` say the same otherwise, but for `lost` characters that docling-parse gave as lines of their
    own; lines from right to left stay as they are.
    """
    if is_leftwards(text):
        return text
    own = line_text(sorted(words, key=lambda word: word.order))
    written = not mono and completed(_plain(text), _plain(own), lost)
    return own if written else reread(text, own)


def _plain(text: str) -> str:
    """Letters alone, with one kind of quotes and dashes."""
    return "".join(unicodedata.normalize("NFKC", text).translate(SAME).split())


def _with_pictures(blocks: list[Block], items: list[Any], page: Page) -> list[StyledLine | Block]:
    """The blocks of a tagged page, its figures joined with the pictures found on it; other pictures come last."""
    pictures = [item for item in items if not hasattr(item, "text") and not hasattr(item, "data")]
    pictures.sort(key=lambda item: _rect(item, page).top)
    whole: list[StyledLine | Block] = []
    for block in blocks:
        if block.kind != "picture":
            whole.append(block)
        elif pictures:
            item = pictures.pop(0)
            picture = _kept(item, _rect(item, page), page)
            picture.evidence = "tags"
            whole.append(picture)
    whole += [_kept(item, _rect(item, page), page) for item in pictures]
    return _in_place(whole)


def _in_place(parts: list[StyledLine | Block]) -> list[StyledLine | Block]:
    """The parts of a page with each picture that stands behind them all put before the first part below it."""
    placed = [part for part in parts if not _is_loose(part)]
    for picture in [part for part in parts if _is_loose(part)]:
        box = _box(picture)
        for index, part in enumerate(placed):
            other = _box(part)
            beside = min(box.right, other.right) - max(box.left, other.left) > 0
            if beside and other.top >= (box.top + box.bottom) / 2:
                while index > 0 and _on_one_line(_box(placed[index - 1]), other):
                    index -= 1  # not between the pieces of a line
                placed.insert(index, picture)
                break
        else:
            placed.append(picture)
    return placed


def _on_one_line(a: Rect, b: Rect) -> bool:
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.height, b.height)


def _is_loose(part: StyledLine | Block) -> bool:
    return isinstance(part, Block) and part.kind == "picture" and part.evidence != "tags"


def _box(part: StyledLine | Block) -> Rect:
    return part.rect if isinstance(part, StyledLine) else part.places[0][1]


def _kept(item: Any, rect: Rect, page: Page) -> Block:
    kind = "table" if hasattr(item, "data") else "picture"
    return Block(kind, places=[(page.number, rect)], content=item)  # type: ignore[arg-type]


def _at_edge(rect: Rect, page: Page) -> bool:
    return rect.bottom < EDGE * page.height or rect.top > (1 - EDGE) * page.height


def _furniture(line: StyledLine, page: Page) -> Block:
    return text_block("page_header" if line.rect.bottom < page.height / 2 else "page_footer", [line])


def _rect(item: Any, page: Page) -> Rect:
    box = item.prov[0].bbox.to_top_left_origin(page_height=page.height)
    return page.tilt.straightened(Rect(box.l, box.t, box.r, box.b))


def _middle(word: Word) -> float:
    return (word.rect.top + word.rect.bottom) / 2
