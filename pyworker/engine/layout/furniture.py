"""Page headers and footers: lines at a page's edge that come back on other pages, and page numbers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from pyworker.engine.layout.blocks import Kind, Page, StyledLine
from pyworker.engine.layout.section_numbers import is_bare_division

EDGE = 0.15
"""Share of the page's height, above and below, in which furniture is looked for."""
BEYOND = 0.04
"""The same behind the outermost line of all pages, where pages have wide margins."""
LEAST_PAGES = 3
"""Pages that tell how wide the margins are."""
EDGE_LINES = 4
"""Lines from the edge inwards that may be furniture."""
SAME_PLACE = 0.01
"""Of the page's height: how far the same line may stand from where it stood."""
REPEATED = 0.3
"""Share of the pages that a repeated line is on, at least."""
HEADING_GAP = 6.0
"""Em between the number of a heading and its text, at most."""
TITLE = 1.15
"""Of the body's size: from here on a line at the top of a slide can be its title."""
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:(?:page|p\.|seite|trang|página|页)\s*)?(?:\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:of|/|von|de|sur|trên)\s*\d{1,4})?[-–—\s]*",
    re.IGNORECASE,
)
COUNTING = 0.1
"""Share of the pages whose outermost rows count on from each other, at least."""
_CHAPTER = re.compile(r"^(?:chapter|kapitel|chapitre|chương)\s+[\dIVX]+", re.IGNORECASE)
NAMED = 8
"""Letters that a running head and a heading have in common, at least."""
_COUNTED = re.compile(r"[^\W\d_]{2}|/", re.IGNORECASE)
"""What a page number has that is more than a number: "Page 2", "2/7"."""


def find_furniture(pages: Sequence[Page], body_size: float = 0.0) -> dict[int, Kind]:
    """The kind of each line that is a page header or footer, by the line's `id`.

    `body_size` is the size of the running text, in points; 0 where it is not known.
    """
    found: dict[int, Kind] = {}
    seen: dict[tuple[str, Kind], list[tuple[int, float, StyledLine]]] = defaultdict(list)
    numbers: list[tuple[StyledLine, Kind, list[StyledLine]]] = []
    top, bottom = _zones(pages)
    for page in pages:
        lines = [part for part in page.parts if isinstance(part, StyledLine)]
        for kind, near in _edges(lines, top * page.height, bottom * page.height):
            for line in near:
                # "Chapter 3" over the text is a heading of its page.
                text = line.text.strip().lower()
                chapter = body_size and line.size >= TITLE * body_size and is_bare_division(line.text)
                key = text if chapter else re.sub(r"\d+", "#", text)
                seen[key, kind].append((page.number, line.rect.top / page.height, line))
            others = len(lines) > 1
            for line in near:
                text = line.text.strip()
                outside = line.rect.bottom < EDGE * page.height or line.rect.top > (1 - EDGE) * page.height
                if (
                    others
                    and outside
                    and (line is near[0] or (_level(line, near[0]) and _COUNTED.search(text)))
                    and _PAGE_NUMBER.fullmatch(text)
                    and any(c.isdigit() for c in text)
                ):
                    numbers.append((line, kind, lines))
    least = max(2.0, REPEATED * len(pages))
    for (_, kind), places in seen.items():
        for _, at, line in places:
            near_pages = {number for number, other, _ in places if abs(other - at) <= SAME_PLACE}
            if len(near_pages) >= least or (len(near_pages) >= 2 and len(pages) > 6 and len(near_pages) >= 3):
                found[id(line)] = kind
    found.update(_running_heads(pages, top, bottom, body_size))
    for line, kind, lines in numbers:
        if not any(id(other) not in found and _numbers(line, other) for other in lines):
            found[id(line)] = kind
    if body_size:
        for page in pages:
            for line in _titles_of_slides(page, found, body_size):
                del found[id(line)]
    return _without_bare_pages(found, pages)


def _numbers(number: StyledLine, heading: StyledLine) -> bool:
    """Whether a number stands before the text of a heading."""
    gap = heading.rect.left - number.rect.right
    return (
        _level(number, heading)
        and 0 <= gap <= HEADING_GAP * heading.size
        and abs(number.size - heading.size) <= 0.1 * heading.size
        and number.bold == heading.bold
    )


def _running_heads(pages: Sequence[Page], top: float, bottom: float, body_size: float) -> dict[int, Kind]:
    """The outermost rows of pages that count them ("12 Chapter 2. Sites"), or that say a heading over small space."""
    headings = {
        _named(part.text)
        for page in pages
        for part in page.parts
        if isinstance(part, StyledLine) and body_size and part.size >= TITLE * body_size
    }
    found: dict[int, Kind] = {}
    counted: dict[tuple[Kind, int], list[list[StyledLine]]] = defaultdict(list)
    for page in pages:
        lines = [part for part in page.parts if isinstance(part, StyledLine)]
        for kind, near in _edges(lines, top * page.height, bottom * page.height):
            row = sorted((line for line in near if _level(line, near[0])), key=lambda line: line.rect.left)
            if not row or (body_size and row[0].size >= TITLE * body_size):
                continue
            words = " ".join(line.text for line in row).split()
            ends = {words[0], words[-1]} if words else ()
            for number in {int(end) for end in ends if end.isdecimal() and len(end) < 5}:
                counted[kind, number - page.number].append(row)
            named = _named(" ".join(line.text for line in row))
            apart = min(
                (line.rect.top - row[0].rect.bottom for line in lines if line.rect.top >= row[0].rect.bottom),
                default=0.0,
            )
            if (
                kind == "page_header"
                and len(row) < len(lines)
                and len(named) >= NAMED
                and apart >= row[0].size
                and any(
                    heading.startswith(named) or named.startswith(heading)
                    for heading in headings
                    if len(heading) >= NAMED
                )
            ):
                found.update((id(line), kind) for line in row)
    for (kind, _), rows in counted.items():
        if len(rows) >= max(LEAST_PAGES, COUNTING * len(pages)):
            found.update((id(line), kind) for row in rows for line in row)
    return found


def _named(text: str) -> str:
    """The letters of a running head without what counts chapters and pages."""
    return "".join(filter(str.isalpha, _CHAPTER.sub("", text.casefold().strip(" 0123456789."))))


def _level(line: StyledLine, other: StyledLine) -> bool:
    """Whether two lines stand beside each other."""
    middle = (line.rect.top + line.rect.bottom) / 2
    return other.rect.top < middle < other.rect.bottom


def _titles_of_slides(page: Page, found: dict[int, Kind], body_size: float) -> list[StyledLine]:
    """Slides in a row often have one title: lines at the top of a wide page that are the largest on it."""
    if page.width <= page.height:
        return []
    lines = [part for part in page.parts if isinstance(part, StyledLine)]
    largest = max((line.size for line in lines), default=0.0)
    if largest < TITLE * body_size or any(
        line.size > 0.95 * largest and found.get(id(line)) is None for line in lines
    ):
        return []
    return [line for line in lines if line.size > 0.95 * largest and found.get(id(line)) == "page_header"]


def _without_bare_pages(found: dict[int, Kind], pages: Sequence[Page]) -> dict[int, Kind]:
    """Where most pages would have nothing left, what repeats is their content."""
    bare = []
    for page in pages:
        lines = [part for part in page.parts if isinstance(part, StyledLine)]
        if len(lines) == len(page.parts) and lines and all(id(line) in found for line in lines):
            bare.append(lines)
    if len(bare) <= 0.5 * len(pages):
        return found
    content = {id(line) for lines in bare for line in lines}
    return {name: kind for name, kind in found.items() if name not in content}


def _zones(pages: Sequence[Page]) -> tuple[float, float]:
    """Down to and from which share of a page's height furniture is looked for."""
    if len(pages) < LEAST_PAGES:
        return EDGE, 1 - EDGE
    parts = [(part, page.height) for page in pages for part in page.parts if isinstance(part, StyledLine)]
    first = min((line.rect.top / height for line, height in parts), default=0.0)
    last = max((line.rect.bottom / height for line, height in parts), default=1.0)
    return max(EDGE, first + BEYOND), min(1 - EDGE, last - BEYOND)


def _edges(lines: list[StyledLine], top: float, bottom: float) -> list[tuple[Kind, list[StyledLine]]]:
    above = sorted((line for line in lines if line.rect.bottom < top), key=lambda line: line.rect.top)
    below = sorted((line for line in lines if line.rect.top > bottom), key=lambda line: -line.rect.bottom)
    return [("page_header", above[:EDGE_LINES]), ("page_footer", below[:EDGE_LINES])]
