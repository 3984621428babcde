"""The tools that peers.py measures: each cuts a box out of a page, and gives a JPEG of it or how long it took."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pymupdf
import pypdfium2
from PIL import Image

PROJECT = Path(__file__).resolve().parent.parent
SHEET = PROJECT / "docs" / "sample" / "engineering_sheet.pdf"
TABLE_BOX = (753.0, 59.0, 399.0, 299.0)
"""The bill of quantities on the sheet's first page."""

DPI, QUALITY = 150, 85
SCALE = DPI / 72
WIDTH, HEIGHT = 200.0, 100.0


class Box(NamedTuple):
    """A box of a page, in points from the upper left corner of the page as displayed."""

    path: str
    page: int
    x: float
    y: float


class Contestant(NamedTuple):
    """Someone who cuts boxes: gives the milliseconds of each."""

    name: str
    cut: Callable[[list[Box]], list[float]]
    rounds: int


def jpeg(image: Image.Image) -> bytes:
    """The picture as JPEG, as every contestant encodes it unless it has an encoder of its own."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def corner(box: Box) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a box in pixels of its rendered page."""
    left, top = round(box.x * SCALE), round(box.y * SCALE)
    return left, top, left + round(WIDTH * SCALE), top + round(HEIGHT * SCALE)


_documents: dict[str, pypdfium2.PdfDocument] = {}
_pages: dict[tuple[str, int], pypdfium2.PdfPage] = {}


def open_page(box: Box) -> pypdfium2.PdfPage:
    """The box's page, kept open with its document."""
    key = (box.path, box.page)
    if key not in _pages:
        if box.path not in _documents:
            _documents[box.path] = pypdfium2.PdfDocument(box.path)
        _pages[key] = _documents[box.path][box.page]
    return _pages[key]


def pdfium_crop(box: Box) -> bytes:
    """The box by pypdfium2's own `crop`."""
    page = open_page(box)
    width, height = page.get_size()
    edges = (box.x, height - box.y - HEIGHT, width - box.x - WIDTH, box.y)
    return jpeg(page.render(scale=SCALE, crop=edges).to_pil().convert("RGB"))


def pdfium_cut(box: Box) -> bytes:
    """The whole page by pypdfium2, and the box cut out of it."""
    return jpeg(open_page(box).render(scale=SCALE).to_pil().crop(corner(box)).convert("RGB"))


_mupdf: dict[tuple[str, int], Any] = {}


def mupdf_crop(box: Box) -> bytes:
    """The box by PyMuPDF's `clip`, document and page open."""
    key = (box.path, box.page)
    if key not in _mupdf:
        document = pymupdf.open(box.path)
        _mupdf[key] = (document, document[box.page])
    page = _mupdf[key][1]
    clip = pymupdf.Rect(box.x, box.y, box.x + WIDTH, box.y + HEIGHT)
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(SCALE, SCALE), clip=clip, alpha=False)
    return bytes(pixmap.tobytes("jpeg", jpg_quality=QUALITY))


def pdftoppm(box: Box) -> bytes:
    """The box by a process of its own, which renders only the box."""
    left, top, right, bottom = corner(box)
    command = ["pdftoppm", "-r", str(DPI), "-x", str(left), "-y", str(top), "-W", str(right - left)]
    command += ["-H", str(bottom - top), "-f", str(box.page + 1), "-l", str(box.page + 1), "-singlefile"]
    command += ["-jpeg", "-jpegopt", f"quality={QUALITY}", box.path]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout  # noqa: S603


def mutool(box: Box) -> bytes:
    """The page by a process of its own, which knows no box, and the box cut out of it."""
    command = ["mutool", "draw", "-q", "-F", "ppm", "-r", str(DPI), "-o", "-", box.path, str(box.page + 1)]
    page = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout  # noqa: S603
    return jpeg(Image.open(io.BytesIO(page)).crop(corner(box)))


class Engine:
    """The worker's own engine without the worker: what is left to the process boundary is the difference."""

    def __init__(self) -> None:
        sys.path.append(str(PROJECT))
        from pyworker.context import RequestContext
        from pyworker.engine.commands.extract_evidence import extract_evidence
        from pyworker.engine.pdf.documents import DocumentCache

        self._cache, self._context, self._extract = DocumentCache(), RequestContext, extract_evidence

    def crop(self, box: Box) -> bytes:
        """The box by the engine's function."""
        payload = SimpleNamespace(
            page_index=box.page,
            bbox=[box.x, box.y, WIDTH, HEIGHT],
            dpi=float(DPI),
            format="jpeg",
            quality=QUALITY,
            coord_origin="TOPLEFT",
            transport="inline",
            include_text=False,
        )
        document = self._cache.open(box.path, None)
        no_files: Any = None
        data = self._extract(document, payload, self._context(60.0), no_files)
        return bytes(data["base64"])


class Supervisor:
    """The real supervisor in a small Rust program (examples/crop_timing.rs), asked line by line."""

    def __init__(self, program: str, profile: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [program, profile], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def _ask(self, work: dict[str, Any]) -> list[float]:
        streams = self._process.stdin, self._process.stdout
        if streams[0] is None or streams[1] is None:
            raise RuntimeError("the program has no pipes")
        streams[0].write(json.dumps(work) + "\n")
        streams[0].flush()
        answer = streams[1].readline()
        if not answer:
            raise RuntimeError("crop_timing ended; what it said stands above")
        return [float(value) for value in json.loads(answer)["ms"]]

    def cut(self, boxes: list[Box]) -> list[float]:
        """Milliseconds of each crop, measured in the Rust program."""
        places = [{"path": b.path, "page": b.page, "bbox": [b.x, b.y, WIDTH, HEIGHT]} for b in boxes]
        return self._ask({"crops": places})

    def table(self) -> float:
        """Milliseconds for the table of the sample sheet."""
        place = {"path": str(SHEET), "page": 0, "bbox": list(TABLE_BOX)}
        return self._ask({"tables": [place]})[0]

    def close(self) -> None:
        """Ends the program."""
        self._process.communicate()


def timed(cut: Callable[[Box], bytes]) -> Callable[[list[Box]], list[float]]:
    """A contestant from a function that cuts one box in this process."""

    def run(boxes: list[Box]) -> list[float]:
        times = []
        for box in boxes:
            start = time.perf_counter()
            picture = cut(box)
            times.append((time.perf_counter() - start) * 1000)
            if picture[:2] != b"\xff\xd8":
                raise RuntimeError(f"{cut.__name__} gave no JPEG of {box}")
        return times

    return run
