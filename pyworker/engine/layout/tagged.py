"""Blocks of a tagged page: its structure elements with the words of their marked content."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pyworker.engine.layout.blocks import Block, Kind, StyledLine, is_leftwards, text_block
from pyworker.engine.layout.list_markers import BULLETS, checkbox, list_marker
from pyworker.engine.layout.reading_order import line_text
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.structure_tree import Element
from pyworker.engine.pdf.word_styles import PLAIN, Style

COVERAGE = 0.9
"""Share of the page's letters, edges left out, that the tags must hold to be believed."""
EDGE = 0.1
BLANK = 0.8
"""White space, in em, by which a blank line parts two lines of a paragraph more than a line break does."""
TELLING = frozenset(("H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "Table", "Title"))
TEXT_KINDS: dict[str, Kind] = {
    "Title": "title",
    "Caption": "caption",
    "Code": "code",
    "Formula": "formula",
}
NOTES = ("Note", "FENote")
GROUPS = frozenset(
    (
        "Document",
        "DocumentFragment",
        "Part",
        "Art",
        "Sect",
        "Div",
        "Aside",
        "BlockQuote",
        "NonStruct",
        "Private",
    )
)
_NUMBERED = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})[.)]|\d{1,3}(?:\.\d{1,3})+")


@dataclass
class Cells:
    """A tagged table: rows of cells with their words."""

    rows: list[list[tuple[Element, list[Word]]]] = field(default_factory=list)


def covers(tree: Element, words: Sequence[Word], styles: dict[int, Style], height: float) -> bool:
    """Whether the tags hold the page's text, so that they can be believed."""
    marked = set(tree.marked())
    inner = [
        word for word in words if EDGE * height < (word.rect.top + word.rect.bottom) / 2 < (1 - EDGE) * height
    ]
    inner = inner or list(words)
    letters = sum(len(word.text) for word in inner)
    held = sum(len(word.text) for word in inner if styles.get(word.order, PLAIN).mcid in marked)
    return letters > 0 and held >= COVERAGE * letters


def telling(tree: Element) -> bool:
    """Whether the tags tell more than paragraphs."""
    return any(element.kind in TELLING for element in tree.elements())


class TaggedPage:
    """Turns the tree of one page into blocks."""

    def __init__(
        self, number: int, width: float, height: float, words: Sequence[Word], styles: dict[int, Style]
    ) -> None:
        self.number, self.width, self.height = number, width, height
        self.styles = styles
        self.words: dict[int, list[Word]] = {}
        for word in words:
            self.words.setdefault(styles.get(word.order, PLAIN).mcid, []).append(word)
        self._used: set[int] = set()

    def blocks(self, tree: Element) -> list[Block]:
        """The page's blocks in the order of the tags; what no tag holds is a page header or footer."""
        blocks = list(self._of(tree, 0))
        rest = [word for mcid, words in self.words.items() if mcid not in self._used for word in words]
        above = [word for word in rest if word.rect.bottom < self.height / 2]
        below = [word for word in rest if word.rect.bottom >= self.height / 2]
        for kind, words in (("page_header", above), ("page_footer", below)):
            if words:
                block = text_block(kind, self._lines(words))  # type: ignore[arg-type]
                block.evidence = "tags"
                blocks.insert(0, block) if kind == "page_header" else blocks.append(block)
        return blocks

    def _of(self, element: Element, depth: int) -> Iterator[Block]:
        kind = element.kind
        if kind == "L":
            yield from self._list(element, depth + 1)
        elif kind == "Table":
            yield from self._table(element, depth)
        elif kind == "Figure":
            yield Block("picture", evidence="tags")
            yield from self._text(element, "caption")
        elif kind in NOTES:
            yield from self._text(element, "footnote")
        elif kind in ("TOC",):
            for child in _elements(element):
                yield from self._of(child, depth)
        elif kind in GROUPS or any(
            child.kind in ("L", "Table", "P", "Figure") for child in _elements(element)
        ):
            yield from self._mixed(element, depth)
        elif re.fullmatch(r"H[1-6]?", kind):
            for block in self._text(element, "heading"):
                block.level = int(kind[1:] or 1)
                yield block
        elif kind != "Artifact":
            yield from self._text(element, TEXT_KINDS.get(kind, "text"))

    def _mixed(self, element: Element, depth: int) -> Iterator[Block]:
        """Blocks in an element that has text of its own too."""
        loose = Element(element.kind if element.kind not in GROUPS else "P")
        for child in element.children:
            if isinstance(child, Element) and child.kind not in (
                "Span",
                "Link",
                "Em",
                "Strong",
                "Quote",
                "Reference",
            ):
                yield from self._loose(loose)
                yield from self._of(child, depth)
            else:
                loose.children.append(child)
        yield from self._loose(loose)

    def _loose(self, loose: Element) -> Iterator[Block]:
        kind: Kind = "heading" if re.fullmatch(r"H[1-6]?", loose.kind) else TEXT_KINDS.get(loose.kind, "text")
        for block in self._text(loose, kind):
            block.level = int(loose.kind[1:] or 1) if kind == "heading" else 1
            yield block
        loose.children.clear()

    def _text(self, element: Element, kind: Kind) -> Iterator[Block]:
        """The text of an element, and then the footnotes that stand in it where it refers to them."""
        notes = [inner for inner in element.elements() if inner.kind in NOTES and inner is not element]
        taken = [self._take(note) for note in notes]
        words = self._take(element)
        whole = self._lines(words)
        for lines in _paragraphs(whole) if kind == "text" else filter(None, [whole]):
            block = text_block(kind, lines)
            block.evidence = "tags"
            box = checkbox(block.text) if kind == "text" else None
            if box is not None:
                block.kind, (block.ticked, block.text) = "checkbox", box
            if kind == "code":
                block.text = "\n".join(line.text for line in lines)
            yield block
        for words in taken:
            if words:
                note = text_block("footnote", self._lines(words))
                note.evidence = "tags"
                yield note

    def _list(self, element: Element, depth: int) -> Iterator[Block]:
        first = True
        for item in _elements(element):
            if item.kind == "L":
                yield from self._list(item, depth + 1)
                continue
            if item.kind == "Caption":
                yield from self._of(item, depth)
                continue
            own: list[Word] = []
            later: list[Element] = []
            for child in _own_and_nested(item):
                if isinstance(child, Element):
                    later.append(child)
                else:
                    own += self._words_of(child)
            if own:
                block = text_block("item", self._lines(own))
                block.evidence, block.level, block.new_list = "tags", depth, first
                _part_marker(block)
                first = False
                yield block
            for child in later:
                yield from self._of(child, depth)

    def _table(self, element: Element, depth: int) -> Iterator[Block]:
        rows = []
        for part in _rows_and_captions(element):
            if part.kind == "Caption":
                yield from self._text(part, "caption")
            else:
                rows.append([cell for cell in _elements(part) if cell.kind in ("TD", "TH")])
        if len(rows) == 1 and len(rows[0]) == 1:
            # A frame around what is in it.
            yield from self._mixed(rows[0][0], depth)
            return
        # Rows without cells before the first one and behind the last may be those of other pages.
        filled = [number for number, cells in enumerate(rows) if cells]
        rows = rows[filled[0] : filled[-1] + 1] if filled else []
        table = Cells([[(cell, self._take(cell)) for cell in cells] for cells in rows])
        words = [word for row in table.rows for _, held in row for word in held]
        if words:
            place = (self.number, union([word.rect for word in words]))
            yield Block("table", places=[place], evidence="tags", content=table)

    def _take(self, element: Element) -> list[Word]:
        return [word for mcid in element.marked() for word in self._words_of(mcid)]

    def _words_of(self, mcid: int) -> list[Word]:
        if mcid in self._used:
            return []
        self._used.add(mcid)
        return self.words.get(mcid, [])

    def _lines(self, words: Sequence[Word]) -> list[StyledLine]:
        rows: list[list[Word]] = []
        for word in words:
            if rows and _same_line(rows[-1][-1], word):
                rows[-1].append(word)
            else:
                rows.append([word])
        return [styled_line(row, line_text(row), self.number, self.styles) for row in rows]


def styled_line(words: Sequence[Word], text: str, page_no: int, styles: dict[int, Style]) -> StyledLine:
    """A line of `words` with the style of most of its letters."""
    letters = sum(len(word.text) for word in words) or 1
    bold = sum(len(word.text) for word in words if styles.get(word.order, PLAIN).bold)
    italic = sum(len(word.text) for word in words if styles.get(word.order, PLAIN).italic)
    mono = sum(len(word.text) for word in words if styles.get(word.order, PLAIN).mono)
    sizes = sorted((word.font_size, len(word.text)) for word in words)
    fonts: Counter[str] = Counter()
    for word in words:
        fonts[styles.get(word.order, PLAIN).font] += len(word.text)
    half, size = letters / 2, sizes[-1][0]
    for value, count in sizes:
        half -= count
        if half <= 0:
            size = value
            break
    rect: Rect = union([word.rect for word in words])
    head = sorted(words, key=lambda word: word.rect.left)[:2]
    first = next((word for word in head if any(map(str.isalpha, word.text))), None)
    heavy = bold > 0.8 * letters
    return StyledLine(
        text,
        rect,
        page_no,
        size,
        heavy,
        italic > 0.8 * letters,
        mono > 0.8 * letters,
        is_leftwards(text),
        fonts.most_common(1)[0][0] if fonts else "",
        first is not None and not heavy and styles.get(first.order, PLAIN).bold,
    )


def _paragraphs(lines: Sequence[StyledLine]) -> list[list[StyledLine]]:
    """The lines of a tagged paragraph, parted where a blank line is between them."""
    gaps = [below.rect.top - above.rect.bottom for above, below in pairwise(lines)]
    usual = min((gap for gap in gaps if gap > 0), default=0.0)
    parts = [[line] for line in lines[:1]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        if len(gaps) > 1 and gap > usual + BLANK * line.size:
            parts.append([])
        parts[-1].append(line)
    return parts


def _same_line(a: Word, b: Word) -> bool:
    if a.direction != b.direction:
        return False
    if a.direction in (90, 270):
        return abs((a.rect.left + a.rect.right) - (b.rect.left + b.rect.right)) < max(
            a.font_size, b.font_size
        )
    return abs((a.rect.top + a.rect.bottom) - (b.rect.top + b.rect.bottom)) < max(a.font_size, b.font_size)


def _own_and_nested(item: Element) -> Iterator[int | Element]:
    """The marked content of a list item, and the lists, tables, figures and notes in it."""
    for child in item.children:
        if isinstance(child, int) or child.kind in ("L", "Table", "Figure", *NOTES):
            yield child
        else:
            yield from _own_and_nested(child)


def _rows_and_captions(table: Element) -> Iterator[Element]:
    """The rows of a table and its captions; those of tables in its cells are not its own."""
    for child in _elements(table):
        if child.kind in ("TR", "Caption"):
            yield child
        elif child.kind != "Table":
            yield from _rows_and_captions(child)


def _part_marker(block: Block) -> None:
    """Part the marker from the item's text."""
    head, _, rest = block.text.partition(" ")
    if head and (head in BULLETS or head == "o" or (len(head) == 1 and not head.isalnum())):
        block.marker, block.text = head, rest.strip()
    elif _NUMBERED.fullmatch(head):
        block.marker, block.ordered, block.text = head, True, rest.strip()
    else:
        found = list_marker(block.text)
        if found is not None:
            block.marker, block.ordered, block.text = found.text, found.ordered, found.rest.strip()


def _elements(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element)]
