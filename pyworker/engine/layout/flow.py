"""Paragraphs joined over columns and pages, and the order of steps that makes structure of pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pyworker.engine.layout.blocks import Block, Page
from pyworker.engine.layout.body_text import body_size
from pyworker.engine.layout.figures import group_figures
from pyworker.engine.layout.furniture import find_furniture
from pyworker.engine.layout.headings import mark_headings
from pyworker.engine.layout.hyphens import keep_hyphens
from pyworker.engine.layout.line_ends import joined
from pyworker.engine.layout.list_depth import set_depths
from pyworker.engine.layout.listings import looks_like_code
from pyworker.engine.layout.paragraphs import ENDINGS, is_upright, page_blocks
from pyworker.engine.layout.references import settle_references
from pyworker.engine.layout.section_numbers import section_depth
from pyworker.engine.pdf.geometry import union

BETWEEN = ("page_header", "page_footer", "footnote", "picture", "table", "caption")
"""What may stand between the two parts of a paragraph."""
UNTOLD, UNTOLD_NUMBERED = 4, 2
"""Bold lines, numbered or not, from which on a document's headings are tagged as paragraphs."""


def structured(pages: Sequence[Page], check: Callable[[], None]) -> list[Block]:
    """All blocks of a document in reading order, with kinds and levels."""
    untagged = [page for page in pages if not page.tagged]
    body = body_size(untagged)
    furniture = find_furniture(untagged, body)
    blocks: list[Block] = []
    for page in pages:
        check()
        if page.tagged:
            blocks += [part for part in page.parts if isinstance(part, Block)]
        else:
            blocks += group_figures(page_blocks(page, furniture, body), body)
    letters = [(len(line.text), line.bold) for block in blocks for line in block.lines]
    bold = sum(count for count, heavy in letters if heavy) > 0.5 * sum(count for count, _ in letters)
    if not body:
        body = body_size(pages)
    blocks = _code_put_together(blocks)
    _open_to_fonts(blocks)
    mark_headings(blocks, body, bold)
    settle_references(blocks)
    set_depths(blocks, {page.number: page.width for page in pages})
    whole = _joined_over_breaks(blocks)
    keep_hyphens(whole)
    return whole


def _open_to_fonts(blocks: list[Block]) -> None:
    """Where tags call every heading a paragraph, fonts tell the headings among a document's paragraphs.

    A few bold lines are no such headings: the writer knew styles and took none.
    """
    tagged = [block for block in blocks if block.evidence == "tags"]
    if any(block.kind in ("heading", "title") for block in tagged):
        return
    texts = [block for block in tagged if block.kind == "text"]
    bold = [block for block in texts if block.bold and len(block.lines) == 1 and block.text[-1:].isalnum()]
    if len(bold) >= UNTOLD or sum(section_depth(block.text) > 0 for block in bold) >= UNTOLD_NUMBERED:
        for block in texts:
            block.evidence = "fonts"


def _joined_over_breaks(blocks: list[Block]) -> list[Block]:
    """Put the two parts of a paragraph together that a column or a page parted."""
    whole: list[Block] = []
    for block in blocks:
        before = next((b for b in reversed(whole) if b.kind not in BETWEEN), None)
        if before is not None and block.kind == "text" and _goes_on(before, block):
            before.text = joined([before.text, block.text])
            before.places += block.places
            before.lines += block.lines
        else:
            whole.append(block)
    return whole


def _code_put_together(blocks: list[Block]) -> list[Block]:
    """Tagged code is often a paragraph a line: monospaced neighbours are one block, if they look like code."""
    whole: list[Block] = []
    run: list[Block] = []

    def close() -> None:
        lines = [line for block in run for line in block.lines]
        if run and looks_like_code([line.text for line in lines]):
            place = (run[0].page_no, union([block.places[0][1] for block in run]))
            first = replace(run[0], kind="code", text="\n".join(line.text for line in lines))
            whole.append(replace(first, lines=lines, places=[place]))
        else:
            whole.extend(run)
        run.clear()

    for block in blocks:
        plain = block.evidence == "tags" and block.kind in ("text", "code") and not block.marker
        mono = plain and bool(block.lines) and all(line.mono for line in block.lines)
        if not mono or (run and run[-1].page_no != block.page_no):
            close()
        if mono:
            run.append(block)
        else:
            whole.append(block)
    close()
    return whole


def _goes_on(before: Block, block: Block) -> bool:
    if before.kind not in ("text", "item") or not before.text or not block.text:
        return False
    if any(is_upright(line) for line in [*before.lines[-1:], *block.lines[:1]]):
        return False
    if abs(before.size - block.size) > 0.08 * max(before.size, block.size) or before.bold != block.bold:
        return False
    page, last = before.places[-1]
    other, first = block.places[0]
    beside = min(last.right, first.right) - max(last.left, first.left) < 0
    parted = other == page + 1 or (other == page and first.top < last.top and beside)
    end, head = before.text.rstrip()[-1], block.text.lstrip()[0]
    return parted and end not in ENDINGS and (head.islower() or (end in ",-\u2010" and head.isalnum()))
