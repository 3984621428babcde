"""Arithmetic of tiles: which ones a view needs, and the copies between tiles and a view's pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from pyworker.engine.pdf.view import View

SIDE = 256
"""Pixels of a tile's side; those at the right and lower edge of a page are smaller."""
RGB_BYTES = 3
"""Bytes of a pixel: red, green, blue."""


class Block(NamedTuple):
    """Tiles of one page at one resolution: columns `left` to `right` and rows `top` to `bottom`, all included."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, view: View) -> Block:
        """The tiles that `view` needs."""
        right, bottom = view.x + view.width - 1, view.y + view.height - 1
        return cls(view.x // SIDE, view.y // SIDE, right // SIDE, bottom // SIDE)

    @classmethod
    def within(cls, view: View) -> Block | None:
        """The tiles that lie wholly in `view`; None where no tile does."""
        width, height = view.frame
        right, bottom = view.x + view.width, view.y + view.height
        if right > width or bottom > height:
            return None
        block = cls(
            -(-view.x // SIDE),
            -(-view.y // SIDE),
            (right if right < width else right + SIDE - 1) // SIDE - 1,
            (bottom if bottom < height else bottom + SIDE - 1) // SIDE - 1,
        )
        return block if block.left <= block.right and block.top <= block.bottom else None

    @classmethod
    def around(cls, places: Iterable[tuple[int, int]]) -> Block:
        """The smallest block of the tiles at `places` (column, row), at least one."""
        columns, rows = zip(*places, strict=True)
        return cls(min(columns), min(rows), max(columns), max(rows))

    @property
    def number(self) -> int:
        """Number of its tiles."""
        return (self.right - self.left + 1) * (self.bottom - self.top + 1)

    def places(self) -> Iterator[tuple[int, int]]:
        """(column, row) of each tile, row by row."""
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield column, row

    def view(self, of: View) -> View:
        """Its pixels, on the page and at the resolution of another view."""
        width, height = of.frame
        x, y = self.left * SIDE, self.top * SIDE
        right, bottom = min(width, (self.right + 1) * SIDE), min(height, (self.bottom + 1) * SIDE)
        return View(of.page, of.frame, x, y, right - x, bottom - y)

    def pixels(self, frame: tuple[int, int]) -> int:
        """Their number on a page of `frame` pixels."""
        width = min(frame[0], (self.right + 1) * SIDE) - self.left * SIDE
        return width * (min(frame[1], (self.bottom + 1) * SIDE) - self.top * SIDE)

    def touches(self, other: Block) -> bool:
        """Whether both have a tile in common, or two side by side."""
        return (
            self.left <= other.right + 1
            and other.left <= self.right + 1
            and self.top <= other.bottom + 1
            and other.top <= self.bottom + 1
        )

    def neighbours(self, frame: tuple[int, int]) -> Iterator[tuple[Block, Block]]:
        """The block with one more row or column on each side where the page has one, and that row or column.

        The shorter side of the block grows first, so that it stays about square.
        """
        columns, rows = (frame[0] - 1) // SIDE, (frame[1] - 1) // SIDE
        left, top, right, bottom = self
        across: list[tuple[Block, Block]] = []
        if left > 0:
            across.append((self._replace(left=left - 1), Block(left - 1, top, left - 1, bottom)))
        if right < columns:
            across.append((self._replace(right=right + 1), Block(right + 1, top, right + 1, bottom)))
        down: list[tuple[Block, Block]] = []
        if top > 0:
            down.append((self._replace(top=top - 1), Block(left, top - 1, right, top - 1)))
        if bottom < rows:
            down.append((self._replace(bottom=bottom + 1), Block(left, bottom + 1, right, bottom + 1)))
        yield from [*across, *down] if right - left <= bottom - top else [*down, *across]


def split(view: View, buffer: bytes | bytearray, block: Block) -> Iterator[tuple[tuple[int, int], bytes]]:
    """(column, row) and pixels of each tile of `block`, a part of `view`, out of the pixels of that."""
    step = view.width * RGB_BYTES
    with memoryview(buffer) as pixels:
        for column, row in block.places():
            x, y = column * SIDE - view.x, row * SIDE - view.y
            width, height = min(SIDE, view.width - x), min(SIDE, view.height - y)
            start, length = y * step + x * RGB_BYTES, width * RGB_BYTES
            yield (
                (column, row),
                b"".join([pixels[at : at + length] for at in range(start, start + height * step, step)]),
            )


def put_together(view: View, tiles: Mapping[tuple[int, int], bytes]) -> bytearray:
    """The pixels of `view` from the tiles that it needs."""
    out = bytearray(view.width * view.height * RGB_BYTES)
    step = view.width * RGB_BYTES
    for (column, row), pixels in tiles.items():
        tile_x, tile_y = column * SIDE, row * SIDE
        tile_step = min(SIDE, view.frame[0] - tile_x) * RGB_BYTES
        left, right = max(view.x, tile_x), min(view.x + view.width, tile_x + SIDE)
        top, bottom = max(view.y, tile_y), min(view.y + view.height, tile_y + SIDE)
        length = (right - left) * RGB_BYTES
        start = (top - tile_y) * tile_step + (left - tile_x) * RGB_BYTES
        to = (top - view.y) * step + (left - view.x) * RGB_BYTES
        for at in range(start, start + (bottom - top) * tile_step, tile_step):
            out[to : to + length] = pixels[at : at + length]
            to += step
    return out
