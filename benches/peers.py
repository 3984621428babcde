"""Measures other tools on the worker's work: the same boxes of the same PDFs, the same encoder settings, in one run.

Started by `cargo xtask bench peers`. Writes the section between the `peers` markers of docs/benchmarks.md and the chart
docs/images/peers.svg. The tools are measuring tools and no part of the product; PyMuPDF among them is AGPL.

The contestants take turns: in each round every one cuts all boxes once, the order turning by one each round, so that a
busy moment of the machine hits all of them. Processes that are started for every crop get fewer rounds.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pebble
import peers_report
import pymupdf
import pypdfium2
from peers_tools import (
    DPI,
    HEIGHT,
    PROJECT,
    SHEET,
    TABLE_BOX,
    WIDTH,
    Box,
    Contestant,
    Engine,
    Supervisor,
    mupdf_crop,
    mutool,
    open_page,
    pdfium_crop,
    pdfium_cut,
    pdftoppm,
    timed,
)

CORPUS = PROJECT.parent / "shared" / "corpus"
CORPUS_SAMPLE = 8
"""Documents taken from the corpus, evenly spread over its names."""
TRIAL_SECONDS = 1.5


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
