"""Makes the documents of the cost benchmarks: sets of many pages, pages of many points, and a large scan."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1684.0, 1191.0
"""Of a sheet in points: A2, landscape."""
SCAN = (14_043, 9_933)
"""Pixels of the large scan: A0 at 300 dpi, or A2 at 600."""


class Writer:
    """Writes objects to a PDF as they come, so that the file may be larger than memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets: dict[int, int] = {}
        file.write(b"%PDF-1.7\n")

    def put(self, number: int, entries: bytes, stream: bytes | None = None) -> None:
        """Writes object `number`: a dictionary with `entries`, and a stream where one is given."""
        self._offsets[number] = self._file.tell()
        if stream is None:
            self._file.write(b"%d 0 obj\n<<%s>>\nendobj\n" % (number, entries))
            return
        self._file.write(b"%d 0 obj\n<<%s/Length %d>>stream\n" % (number, entries, len(stream)))
        self._file.write(stream)
        self._file.write(b"\nendstream\nendobj\n")

    def put_unused(self, number: int, length: int) -> None:
        """Writes a stream of `length` zero bytes that takes no place on the disk where the file system knows holes."""
        self._offsets[number] = self._file.tell()
        self._file.write(b"%d 0 obj\n<</Length %d>>stream\n" % (number, length))
        self._file.seek(length, io.SEEK_CUR)
        self._file.write(b"\nendstream\nendobj\n")

    def end(self) -> None:
        """Writes the table of objects; 1 is the catalog."""
        start, size = self._file.tell(), max(self._offsets) + 1
        self._file.write(b"xref\n0 %d\n" % size)
        for number in range(size):
            offset = self._offsets.get(number)
            self._file.write(b"0000000000 65535 f \n" if offset is None else b"%010d 00000 n \n" % offset)
        self._file.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start))


def pages(path: Path, count: int, image: bytes | None = None, unused: int = 0) -> None:
    """A set of `count` sheets with a line of text each and, where a JPEG is given, a copy of it each.

    `unused` bytes more are in an object that no page needs.
    """
    with path.open("wb") as file:
        writer = Writer(file)
        writer.put(1, b"/Type/Catalog/Pages 2 0 R")
        kids = b" ".join(b"%d 0 R" % (10 + 3 * page) for page in range(count))
        writer.put(2, b"/Type/Pages/Count %d/MediaBox[0 0 595 842]/Kids[%s]" % (count, kids))
        writer.put(3, b"/Type/Font/Subtype/Type1/BaseFont/Helvetica")
        if unused:
            writer.put_unused(4, unused)
        for page in range(count):
            number = 10 + 3 * page
            picture = b"/XObject<</I %d 0 R>>" % (number + 2) if image else b""
            writer.put(
                number,
                b"/Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F 3 0 R>>%s>>"
                % (number + 1, picture),
            )
            draw = b"q 595 0 0 842 0 0 cm /I Do Q " if image else b""
            writer.put(number + 1, b"", draw + b"BT /F 12 Tf 72 700 Td (Sheet %d of the set) Tj ET" % page)
            if image:
                writer.put(number + 2, _image_entries(1240, 1754), image)
        writer.end()


def page_scan() -> bytes:
    """A JPEG of an A4 page at 150 dpi of some 770 kB."""
    noise = Image.effect_noise((1240, 1754), 60).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=41)
    return out.getvalue()


def points(path: Path, paths: int, points_each: int) -> None:
    """A sheet of `paths` open lines of `points_each` points, all over it."""
    chance = random.Random(4)  # noqa: S311
    lines = []
    for _ in range(paths):
        x, y = chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)
        step = 6.0 if points_each > 2 else 20.0
        line = [f"{x:.1f} {y:.1f} m"]
        for _ in range(points_each - 1):
            x = min(WIDTH, max(0.0, x + chance.uniform(-step, step)))
            y = min(HEIGHT, max(0.0, y + chance.uniform(-step, step)))
            line.append(f"{x:.1f} {y:.1f} l")
        lines.append(" ".join(line) + " S")
    _sheet(path, b"0.3 w\n" + "\n".join(lines).encode())


def large_scan(path: Path) -> None:
    """A sheet that one colour JPEG of SCAN pixels fills."""
    picture = Image.new("RGB", SCAN, (250, 250, 245))
    pen, chance = ImageDraw.Draw(picture), random.Random(4)  # noqa: S311
    for _ in range(3000):
        x, y = chance.randrange(SCAN[0]), chance.randrange(SCAN[1])
        end = x + chance.randrange(-900, 900), y + chance.randrange(-900, 900)
        pen.line((x, y, *end), fill=(chance.randrange(120),) * 3, width=5)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    _sheet(path, b"q %g 0 0 %g 0 0 cm /I Do Q" % (WIDTH, HEIGHT), (_image_entries(*SCAN), out.getvalue()))


HEAVY: dict[str, Callable[[Path], None]] = {
    "1,000,000 points in 1,000 paths": lambda path: points(path, 1000, 1000),
    "300,000 strokes": lambda path: points(path, 300_000, 2),
    "a JPEG of 14,043 x 9,933": large_scan,
}
"""Pages that are slow to draw, by what they hold, and what writes them."""


def boxes(count: int, width: float, height: float) -> Iterable[list[float]]:
    """`count` boxes of 200 x 100 points all over a page of `width` x `height` points."""
    chance = random.Random(1)  # noqa: S311
    for _ in range(count):
        yield [chance.uniform(0, width - 200), chance.uniform(0, height - 100), 200.0, 100.0]


def _image_entries(width: int, height: int) -> bytes:
    return (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
        % (width, height)
    )


def _sheet(path: Path, content: bytes, image: tuple[bytes, bytes] | None = None) -> None:
    with path.open("wb") as file:
        writer = Writer(file)
        writer.put(1, b"/Type/Catalog/Pages 2 0 R")
        writer.put(2, b"/Type/Pages/Count 1/Kids[4 0 R]")
        resources = b"/XObject<</I 6 0 R>>" if image else b""
        writer.put(
            4,
            b"/Type/Page/Parent 2 0 R/MediaBox[0 0 %g %g]/Contents 5 0 R/Resources<<%s>>"
            % (WIDTH, HEIGHT, resources),
        )
        writer.put(5, b"/Filter/FlateDecode", zlib.compress(content, 1))
        if image:
            writer.put(6, *image)
        writer.end()
