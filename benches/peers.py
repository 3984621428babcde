"""Measures other tools on the worker's work: the same boxes of the same PDFs, the same encoder settings, in one run.

Started by `cargo xtask bench peers`. Writes the section between the `peers` markers of docs/benchmarks.md and the chart
docs/images/peers.svg. The tools are measuring tools and no part of the product; PyMuPDF among them is AGPL.

Long because one run measures every tool on the same boxes.

The contestants take turns: in each round every one cuts all boxes once, the order turning by one each round, so that a
busy moment of the machine hits all of them. Processes that are started for every crop get fewer rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pebble
import peers_report
import pymupdf
import pypdfium2
from PIL import Image

PROJECT = Path(__file__).resolve().parent.parent
SHEET = PROJECT / "docs" / "sample" / "engineering_sheet.pdf"
CORPUS = PROJECT.parent / "shared" / "corpus"
TABLE_BOX = (753.0, 59.0, 399.0, 299.0)
"""The bill of quantities on the sheet's first page."""

DPI, QUALITY = 150, 85
SCALE = DPI / 72
WIDTH, HEIGHT = 200.0, 100.0
CORPUS_SAMPLE = 8
"""Documents taken from the corpus, evenly spread over its names."""
TRIAL_SECONDS = 1.5


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


def made_pdf(path: Path, lines: int) -> None:
    """Writes an A4 page of text lines and rules."""
    rows = range(lines)
    text = "".join(
        f"1 0 0 1 60 {780 - row * 12} Tm (Row {row}: pump {row * 37 % 101}, DN 80) Tj " for row in rows
    )
    rules = "".join(f"50 {778 - row * 12} m 545 {778 - row * 12} l S " for row in rows)
    content = f"0.5 w {rules} BT /F1 9 Tf {text} ET".encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    data, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (number, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    path.write_bytes(bytes(data))


def other_pdfs(folder: Path, pool: pebble.ProcessPool) -> list[Path]:
    """PDFs beside the sample sheet: a sample of the corpus where it is there, else made ones.

    The corpus holds attacks too; a document that MuPDF doesn't get through quickly is left out, for its own sake.
    """
    if not CORPUS.is_dir():
        made = [folder / f"lines-{lines}.pdf" for lines in (10, 30, 60)]
        for path, lines in zip(made, (10, 30, 60), strict=True):
            made_pdf(path, lines)
        return made
    rows = [line.split("\t") for line in (CORPUS / "manifest.tsv").read_text("utf-8").splitlines()[1:]]
    paths = [CORPUS / "pdf" / row[0] for row in rows if row[1] == "ok"]
    fit: list[Path] = []
    for path in paths[:: len(paths) // (CORPUS_SAMPLE * 3)]:
        try:
            if pool.schedule(is_fit, args=[str(path)], timeout=TRIAL_SECONDS).result():
                fit.append(path)
        except (TimeoutError, pebble.ProcessExpired, pypdfium2.PdfiumError):  # noqa: PERF203
            continue
    return fit[:: max(1, len(fit) // CORPUS_SAMPLE)][:CORPUS_SAMPLE]


def is_fit(path: str) -> bool:
    """Whether the first page is upright, large enough for the boxes, and MuPDF renders it."""
    box = Box(path, 0, 0.0, 0.0)
    page = open_page(box)
    width, height = page.get_size()
    upright = page.get_rotation() == 0 and page.get_cropbox()[:2] == (0, 0)
    if not upright or width < WIDTH + 110 or height < HEIGHT + 110:
        return False
    with pymupdf.open(path) as document:
        return bool(document[0].get_pixmap(dpi=DPI).width)


def boxes_of(paths: list[Path]) -> tuple[list[Box], list[Box]]:
    """Boxes of the sheet, and of the other documents."""
    places = ((100, 100), (300, 150), (752, 602), (748, 32), (145, 245), (545, 695))
    sheet = [Box(str(SHEET), 0, float(x), float(y)) for x, y in places]
    others = [Box(str(path), 0, x, y) for path in paths for x, y in ((50.0, 50.0), (100.0, 100.0))]
    return sheet, others


def measure(contestants: list[Contestant], boxes: list[Box], rounds: int) -> dict[str, list[list[float]]]:
    """Milliseconds by contestant, round and box, after one round that opens everything."""
    times: dict[str, list[list[float]]] = {contestant.name: [] for contestant in contestants}
    for contestant in contestants:
        contestant.cut(boxes)
    for number in range(rounds):
        turn = number % len(contestants)
        for contestant in contestants[turn:] + contestants[:turn]:
            if number < contestant.rounds:
                contestant.cut(boxes[:2])  # warms its caches again
                times[contestant.name].append(contestant.cut(boxes))
    return times


def table_times(program: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds for the table in the sheet's bill of quantities, the tools taking turns.

    img2table and camelot ask for two builds of OpenCV that overwrite each other; img2table then lacks a function and
    fails. A tool that fails has no times.
    """
    import camelot
    from img2table.document import PDF

    ours = Supervisor(program, "lean")
    x, y, width, height = TABLE_BOX
    with pypdfium2.PdfDocument(SHEET) as document:
        page_height = document[0].get_height()
    area = f"{x},{page_height - y},{x + width},{page_height - y - height}"

    def by_camelot() -> Any:
        return camelot.read_pdf(str(SHEET), pages="1", flavor="lattice", table_areas=[area])

    def by_img2table() -> Any:
        return PDF(str(SHEET), pages=[0], pdf_text_extraction=True).extract_tables(ocr=None)

    times: dict[str, list[float]] = {"parse_table": [], "camelot (lattice)": [], "img2table": []}
    ours.table()
    for _ in range(rounds):
        times["parse_table"].append(ours.table())
        for name, read in (("camelot (lattice)", by_camelot), ("img2table", by_img2table)):
            start = time.perf_counter()
            try:
                read()
            except AttributeError as error:
                print(f"{name} doesn't run here: {error}", file=sys.stderr)
                continue
            times[name].append((time.perf_counter() - start) * 1000)
    ours.close()
    return times


def tool_version(command: list[str]) -> str:
    """The first line in which a tool tells its version."""
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return (said.stdout + said.stderr).splitlines()[0].strip()


def main() -> None:
    """Runs the contest and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timing", required=True, help="the built example crop_timing")
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    rounds, few = arguments.rounds, max(3, arguments.rounds // 8)

    with tempfile.TemporaryDirectory() as folder, pebble.ProcessPool(max_workers=1) as pool:
        paths = other_pdfs(Path(folder), pool)
        sheet, others = boxes_of(paths)

        def pooled(box: Box) -> bytes:
            return bytes(pool.schedule(pdfium_crop, args=[box], timeout=60).result())

        ours = Supervisor(arguments.timing, "none")
        contestants = [
            Contestant(peers_report.FLOOR, timed(pdfium_crop), rounds),
            Contestant(peers_report.OURS, ours.cut, rounds),
            Contestant("our engine in this process", timed(Engine().crop), rounds),
            Contestant("process pool (pebble) of pypdfium2", timed(pooled), rounds),
            Contestant("PyMuPDF in this process", timed(mupdf_crop), rounds),
            Contestant("pypdfium2, whole page and cut", timed(pdfium_cut), few),
        ]
        versions = [f"{name} {version(name)}" for name in ("pypdfium2", "Pillow", "PyMuPDF", "pebble")]
        versions += [f"{name} {version(name)}" for name in ("camelot-py", "img2table")]
        absent = []
        for name, cut, ask in (("pdftoppm", pdftoppm, "-v"), ("mutool", mutool, "-v")):
            if shutil.which(name):
                contestants.append(Contestant(f"{name}, a process a crop", timed(cut), few))
                versions.append(tool_version([name, ask]))
            else:
                absent.append(name)
        times = measure(contestants, sheet + others, rounds)
        ours.close()

    table_runs = table_times(arguments.timing, few)
    tables = {name: statistics.median(values) for name, values in table_runs.items() if values}
    absent += [
        f"{name} (doesn't run beside camelot's OpenCV)" for name, values in table_runs.items() if not values
    ]
    run = peers_report.Run(times, len(sheet), len(others), bool(CORPUS.is_dir()), tables, versions, absent)
    text = peers_report.write(run, PROJECT / "docs")
    print(text)


if __name__ == "__main__":
    main()
