"""Lines of pages for the tests of structure, and the blocks that are made of them."""

from pyworker.engine.layout.blocks import Page, StyledLine, is_leftwards
from pyworker.engine.layout.flow import structured
from pyworker.engine.pdf.geometry import Rect

A4 = (595.0, 842.0)


def line(
    text,
    top,
    left=72.0,
    size=10.0,
    page=1,
    bold=False,
    font="",
    mono=False,
    right=None,
    italic=False,
    led=False,
):
    """A line of a page; letters are half an em wide unless `right` says where it ends."""
    end = left + 0.5 * size * len(text) if right is None else right
    rect = Rect(left, top, end, top + 1.1 * size)
    leftwards = is_leftwards(text)
    return StyledLine(
        text, rect, page, size, bold, italic=italic, mono=mono, leftwards=leftwards, font=font, led=led
    )


def shown(lines, pages=1):
    """Kind, level and text of each block."""
    every = [
        Page(number, *A4, [part for part in lines if part.page_no == number])
        for number in range(1, pages + 1)
    ]
    return [
        (block.kind, block.level if block.kind in ("heading", "item") else 0, block.text)
        for block in structured(every, lambda: None)
    ]
