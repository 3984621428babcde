"""Pixels of pages that are slow to draw, kept in tiles so that later boxes are put together from them.

The first box of a page is drawn alone, and the time tells whether the page is slow; the tiles that such a box holds
whole are kept. From the second box at one resolution on, the tiles under the box and some around it are drawn in one
go and kept: as many as a few times the time already spent on the page allows. So a page of which one box is asked
costs what that box costs, and one that is asked for again and again is soon drawn whole. The least recently used
tiles go first, all of them when memory runs short, and those of a page when it is closed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pyworker.engine.pdf.tiles import RGB_BYTES, SIDE, Block, put_together, split
from pyworker.engine.pdf.view import BGR, View

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenPage

SLOW_S = 0.005
"""Seconds that drawing takes beyond what its pixels cost, from which on a page is kept."""
PIXEL_S = 1e-8
"""What a pixel of a plain page costs: 20 megapixels are drawn in 85 ms; twice that is still plain."""
SPENT_TIMES = 6.0
"""Times the seconds spent on a page at one resolution that its next tiles may take."""
MOST_S = 1.0
"""Most seconds that tiles which were not asked for may take in one request."""
ABORT_TIMES = 6.0
"""Times the estimate after which a drawing of tiles is given up."""
MOST_BOXES = 4.0
"""Or, where that is more, as many times what one box takes."""
LEAST_SHARE = 3.0
"""The tiles may take a third of what is left before the deadline."""
LARGEST_SHARE = 0.85
"""Of the bound; a page that takes more is only drawn around boxes that lie near each other."""
clock = time.perf_counter if sys.platform == "win32" else time.thread_time
"""Seconds of this thread's work: on a machine that others use too, plain pages would count as slow by the time that
passes. The one of Windows moves in steps of 16 ms."""
MAX_FRAMES = 8
"""Resolutions of one page that are remembered."""


@dataclass(eq=False)
class _Tile:
    pixels: bytes
    used: int


@dataclass(eq=False)
class _Frame:
    """A page at one resolution. No field may refer to the page: it would never be forgotten."""

    last: Block
    """Around the last box that was not wholly in tiles."""
    spent_s: float
    box_s: float
    """Seconds that the first box took."""
    pixel_s: float
    """Seconds a pixel of what was drawn last."""
    tiles: dict[tuple[int, int], _Tile] = field(default_factory=dict)
    held: int = 0
    """Bytes of the tiles."""

    def keep(self, place: tuple[int, int], tile: _Tile) -> None:
        self.drop(place)
        self.tiles[place] = tile
        self.held += len(tile.pixels)

    def drop(self, place: tuple[int, int]) -> int:
        tile = self.tiles.pop(place, None)
        freed = len(tile.pixels) if tile is not None else 0
        self.held -= freed
        return freed


class PageCache:
    """The tiles, at most `bound` bytes of them (0: none). `room` says how many bytes this process may still take."""

    def __init__(self, bound: int, room: Callable[[], int] = lambda: 1 << 62) -> None:
        self._bound = bound
        self._room = room
        self._pages: WeakKeyDictionary[OpenPage, dict[tuple[int, int], _Frame]] = WeakKeyDictionary()
        self._clock = 0

    @property
    def held_bytes(self) -> int:
        """Size of all tiles."""
        return sum(frame.held for frames in list(self._pages.values()) for frame in frames.values())

    def clear(self) -> None:
        """Gives every tile back, and forgets which pages are slow."""
        self._pages.clear()

    def drew(self, view: View, seconds: float) -> bool:
        """Tells that drawing `view` alone took so long; gives whether the page counts as slow."""
        if seconds < SLOW_S or seconds < SLOW_S + view.width * view.height * PIXEL_S or not self._bound:
            return False
        frames = self._pages.setdefault(view.page, {})
        frame = frames.get(view.frame)
        # A small box says little of what a pixel costs: most of its time went into the page's objects elsewhere.
        pixel_s = seconds / max(view.width * view.height, SIDE * SIDE)
        if frame is None:
            while len(frames) >= MAX_FRAMES:
                frames.pop(next(iter(frames)))
            frames[view.frame] = _Frame(Block.of(view), seconds, seconds, pixel_s)
        else:
            frame.spent_s += seconds
            frame.last = Block.of(view)
        return True

    def keep(self, view: View, rgb: Callable[[], bytes | bytearray]) -> None:
        """Keeps the tiles that lie wholly in `view` of a slow page, which was drawn alone.

        `rgb` gives its pixels; it is called only where there are such tiles, and room for them.
        """
        frame = self._pages[view.page][view.frame]
        block = Block.within(view)
        if block is None or not self._make_room(block.pixels(view.frame) * RGB_BYTES, frame, block):
            return
        self._clock += 1
        for place, pixels in split(view, rgb(), block):
            frame.keep(place, _Tile(pixels, self._clock))

    def rgb(self, view: View, context: RequestContext) -> bytearray | None:
        """The view's pixels, three bytes each, from tiles; None where it is to be drawn alone.

        Raises DeadlinePassed, EngineError.
        """
        frames = self._pages.get(view.page)
        frame = frames.get(view.frame) if frames else None
        # Two roundings may make a box of the whole page's width one pixel wider.
        if frame is None or view.x + view.width > view.frame[0] or view.y + view.height > view.frame[1]:
            return None
        asked = Block.of(view)
        missing = [place for place in asked.places() if place not in frame.tiles]
        if missing and not self._draw(view, Block.around(missing), frame, context):
            return None
        self._clock += 1
        for place in asked.places():
            frame.tiles[place].used = self._clock
        return put_together(view, {place: frame.tiles[place].pixels for place in asked.places()})

    def _draw(self, view: View, missing: Block, frame: _Frame, context: RequestContext) -> bool:
        """Draws and keeps the tiles of `missing` and some around them; False where it is better not done."""
        budget_s = min(
            SPENT_TIMES * frame.spent_s,
            max(MOST_S, MOST_BOXES * frame.box_s),
            context.remaining() / LEAST_SHARE,
        )
        block = self._grown(missing, frame, view.frame, budget_s)
        last, frame.last = frame.last, Block.of(view)
        pixels = block.pixels(view.frame)
        if pixels * frame.pixel_s > budget_s and pixels > 2 * view.width * view.height:
            return False
        whole_bytes = view.frame[0] * view.frame[1] * RGB_BYTES
        if whole_bytes > self._bound * LARGEST_SHARE and not block.touches(last):
            return False
        if not self._make_room(pixels * RGB_BYTES, frame, Block.of(view)):
            return False
        around = block.view(view)
        began = clock()
        # Estimates are rough, and other threads take their share of the time that passes.
        most_s = min(max(ABORT_TIMES * budget_s, MOST_S), context.remaining() / 2)
        buffer = around.drawn_until(time.monotonic() + most_s, BGR, RGB_BYTES)
        seconds = clock() - began
        frame.spent_s += seconds
        if buffer is None:
            # How much longer it would have taken is not known.
            frame.pixel_s = max(frame.pixel_s, 2 * seconds / pixels)
            return False
        context.check()
        frame.pixel_s = seconds / pixels
        for place, kept in split(around, buffer, block):
            frame.keep(place, _Tile(kept, self._clock))
        return True

    def _grown(self, missing: Block, frame: _Frame, size: tuple[int, int], budget_s: float) -> Block:
        """`missing` and rows or columns of tiles around it that are not there yet, as far as the time allows."""
        most = min(budget_s / frame.pixel_s, self._bound * LARGEST_SHARE / RGB_BYTES)
        block, grows = missing, True
        while grows:
            grows = False
            for wider, strip in block.neighbours(size):
                absent = sum(place not in frame.tiles for place in strip.places())
                if 2 * absent >= strip.number and wider.pixels(size) <= most:
                    block, grows = wider, True
                    break
        return block

    def _make_room(self, length: int, frame: _Frame, wanted: Block) -> bool:
        """Drops the least recently used tiles, but those of `wanted`, until `length` bytes fit bound and memory."""
        # For a moment the pixels are there twice, as drawn and as tiles.
        room = self._room() - length
        kept = set(wanted.places())
        tiles = sorted(self._all(), key=lambda entry: entry[0].tiles[entry[1]].used)
        held = self.held_bytes
        for owner, place in tiles:
            if held + length <= self._bound and length <= room:
                break
            if owner is frame and place in kept:
                continue
            freed = owner.drop(place)
            held -= freed
            room += freed
        return held + length <= self._bound and length <= room

    def _all(self) -> Iterator[tuple[_Frame, tuple[int, int]]]:
        for frames in list(self._pages.values()):
            for frame in frames.values():
                for place in frame.tiles:
                    yield frame, place


OFF = PageCache(0)
"""Keeps nothing."""
