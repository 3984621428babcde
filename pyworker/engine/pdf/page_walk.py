"""Walks a page tree as qpdf reads it: the pages from one on, and how many there are, whatever the tree's counts say.

A tree may be damaged or made to hurt: a node that is its own ancestor, or one that many kids lead to again and again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from pyworker.engine.pdf.layers import is_array, is_dictionary

MAX_DEPTH = 64
"""Levels of the page tree; a deeper one is damaged."""
SAMPLES = 32
"""Kids of a node of many that are looked at before all of them are taken for pages."""
_DIRECT = (0, 0)
"""Object number and generation of what is no object of its own."""


class Found(NamedTuple):
    """A page."""

    page: Any
    """Its dictionary."""
    turn: int
    """Its own or inherited clockwise turn in degrees: 0, 90, 180 or 270."""


def pages(root: Any, skip: int) -> Iterator[Found]:
    """The pages below `root` but the first `skip`; whole branches are passed over by their `Count`."""
    yield from _pages(root, skip, 0, 0, set())


def _pages(node: Any, skip: int, turn: int, depth: int, barren: set[tuple[int, int]]) -> Iterator[Found]:
    """`barren`: the nodes that are being walked, or have no page below them; none of them is walked again."""
    if depth >= MAX_DEPTH or node.objgen in barren:
        return
    if node.objgen != _DIRECT:
        barren.add(node.objgen)
    turn = _turn(node, turn)
    kids = node.get("/Kids", ())
    first = 0
    if skip > SAMPLES and _is_flat(node, kids):
        # Its pages need not be read to pass them over: 0.8 s for 20,000.
        first, skip = min(skip, len(kids)), 0
    fruitful = first > 0
    for place in range(first, len(kids)):
        kid = kids[place]
        if "/Kids" not in kid:
            fruitful = True
            if skip:
                skip -= 1
            else:
                yield Found(kid, _turn(kid, turn))
            continue
        number = max(int(kid.get("/Count", 0)), 0)
        if skip >= number > 0:
            fruitful = True
            skip -= number
            continue
        for found in _pages(kid, skip, turn, depth + 1, barren):
            fruitful = True
            yield found
        skip = 0
    if fruitful:
        barren.discard(node.objgen)


def number_of_pages(root: Any) -> int:
    """The pages below `root`, without a look at its `Count` but where it tells that all kids are pages."""
    return _number(root, 0, {}) if is_dictionary(root) else 0


def _number(node: Any, depth: int, known: dict[tuple[int, int], int]) -> int:
    if depth >= MAX_DEPTH:
        return 0
    if node.objgen != _DIRECT:
        if node.objgen in known:
            return known[node.objgen]
        known[node.objgen] = 0  # of a node that is its own ancestor
    kids = node.get("/Kids", ())
    if not is_array(kids):
        number = 0
    elif _is_flat(node, kids):
        number = len(kids)
    else:
        # As pdfium counts: what is no dictionary is a page too, a broken one.
        branches = (kid if is_dictionary(kid) and "/Kids" in kid else None for kid in kids)
        number = sum(1 if kid is None else _number(kid, depth + 1, known) for kid in branches)
    known[node.objgen] = number
    return number


def _is_flat(node: Any, kids: Any) -> bool:
    """Whether the kids of a node are pages all: it counts as many pages, and no kid of a sample has kids of its own."""
    if not is_array(kids) or int(node.get("/Count", 0)) != len(kids):
        return False
    return all("/Kids" not in kids[place] for place in range(0, len(kids), max(1, len(kids) // SAMPLES)))


def _turn(node: Any, inherited: int) -> int:
    """The node's `Rotate`, rounded towards 0 to a quarter as pdfium does, or the inherited one."""
    value = node.get("/Rotate")
    if value is None:
        return inherited
    try:
        return math.trunc(int(value) / 90) % 4 * 90
    except (TypeError, ValueError):
        return 0
