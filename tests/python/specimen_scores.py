"""Scores parse_table on specimen pages by the measure of ICDAR 2013: neighbouring cells found, over documents.

`.venv/bin/python tests/python/specimen_scores.py --first 100000 --pages 200` prints the figures of a larger run.
Pages from seed 100000 on are for measuring only: rules are made on those from 0 on.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import pypdfium2
from PIL import Image
from specimen_accounts import ACCOUNTS
from specimen_business import BUSINESS
from specimen_doubtful import WITHOUT, headless, small
from specimen_grounds import GROUNDS
from specimen_invoices import INVOICES
from specimen_kinds import TUNED, UNTUNED, kind_page
from specimen_office import OFFICE
from specimen_pages import Page, plain_page, table_page
from specimen_printed import PRINTED

from pyworker.context import RequestContext
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.docling import profiles
from pyworker.engine.engines import Engines
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.messages import ParseTable
from pyworker.settings import Settings

CellOnGrid = tuple[int, int, int, int, str]
"""First row and column, last row and column (ends exclusive), text."""


def normal(text: str) -> str:
    """What the measure compares: letters and digits, in small letters; a cross is an x."""
    return "".join(c for c in text.lower().replace("\u00d7", "x") if c.isalnum())


def relations(cells: list[CellOnGrid]) -> Counter:
    """Each cell with its nearest neighbour to the right and below, as texts; empty cells are looked through."""
    grid = {
        (r, c): number
        for number, (row, col, row_end, col_end, text) in enumerate(cells)
        if normal(text)
        for r in range(row, row_end)
        for c in range(col, col_end)
    }
    rows, cols = max((r for r, _ in grid), default=0), max((c for _, c in grid), default=0)
    pairs = set()
    for (r, c), number in grid.items():
        right = next((grid[r, k] for k in range(c + 1, cols + 1) if (r, k) in grid), number)
        below = next((grid[k, c] for k in range(r + 1, rows + 1) if (k, c) in grid), number)
        pairs |= {
            (number, other, side) for other, side in ((right, "right"), (below, "below")) if other != number
        }
    return Counter((normal(cells[a][4]), normal(cells[b][4]), side) for a, b, side in pairs)


def scanned(page: Page, dpi: float, degrees: float, noise: int | None = None) -> Page:
    """`page` as a grey scan, laid askew by `degrees`; the true boxes no longer fit where it is.

    With a seed for `noise` the scan is faint, speckled and stored as a JPEG of low quality.
    """
    document = pypdfium2.PdfDocument(page.pdf)
    sheet = document[0]
    picture = sheet.render(scale=dpi / 72, grayscale=True).to_pil()
    sheet.close()
    document.close()
    picture = picture.rotate(degrees, fillcolor=255, resample=Image.Resampling.BICUBIC)
    if noise is not None:
        grey = np.asarray(picture).astype(float) * 0.92 + 8
        grey += np.random.default_rng(noise).normal(0, 9, grey.shape)
        picture = Image.fromarray(grey.clip(0, 255).astype("uint8"))
    out = io.BytesIO()
    picture.save(out, "PDF", resolution=dpi, quality=85 if noise is None else 35)
    return Page(out.getvalue(), page.kind, page.tables)


class Reader:
    """parse_table on pages, each written into `folder` in its turn."""

    def __init__(self, folder: Path) -> None:
        self.docling = Engines(Settings(), "lean", profiles.look(None))
        self.path = folder / "page.pdf"

    def tables(self, page: Page, with_boxes: bool) -> list[dict]:
        """The tables found on the whole page, or the one read in each true box."""
        self.path.write_bytes(page.pdf)
        document = DocumentCache().open(str(self.path), None)
        boxes = [[t.box[0], t.box[1], t.box[2] - t.box[0], t.box[3] - t.box[1]] for t in page.tables]
        found = []
        for fields in [{"bbox": box} for box in boxes] if with_boxes else [{}]:
            payload = ParseTable(file_path=str(self.path), page_index=0, **fields)
            found += parse_table(document, payload, RequestContext(300.0), self.docling)["tables"]
        return found


def on_grid(table: dict) -> list[CellOnGrid]:
    """The cells of one table of a reply."""
    names = [f"{side}_{axis}_offset_idx" for side in ("start", "end") for axis in ("row", "col")]
    return [(*(cell[name] for name in names), cell["text"]) for cell in table["data"]["table_cells"]]


def whole_rows(reader: Reader, pages: Iterable[Page]) -> tuple[int, int]:
    """How many rows of the true tables are found whole (one row, all texts, no other), and how many there are."""
    right = count = 0
    for page in pages:
        found = [row for table in reader.tables(page, False) for row in _rows(on_grid(table))]
        true = [
            row
            for placed in page.tables
            for row in _rows([(c.row, c.col, c.row_end, c.col_end, c.text) for c in placed.cells])
        ]
        right += sum(row in found for row in true)
        count += len(true)
    return right, count


def _rows(cells: list[CellOnGrid]) -> list[list[str]]:
    rows: dict[int, list[str]] = {}
    for row, _, _, _, text in sorted(cells):
        if normal(text):
            rows.setdefault(row, []).append(normal(text))
    return list(rows.values())


def score(reader: Reader, seeds: range, with_boxes: bool) -> tuple[float, float, float]:
    """Precision, recall and F1 over the specimen pages of `seeds` that hold a table."""
    return score_pages(reader, map(table_page, seeds), with_boxes)


def score_pages(reader: Reader, pages: Iterable[Page], with_boxes: bool) -> tuple[float, float, float]:
    """Precision, recall and F1 over pages that hold a table."""
    precision = recall = count = 0.0
    for page in pages:
        truth: Counter = Counter()
        for placed in page.tables:
            truth += relations([(c.row, c.col, c.row_end, c.col_end, c.text) for c in placed.cells])
        if not truth:
            continue
        found: Counter = Counter()
        for table in reader.tables(page, with_boxes):
            found += relations(on_grid(table))
        right = sum((truth & found).values())
        precision += right / max(sum(found.values()), 1)
        recall += right / sum(truth.values())
        count += 1
    precision, recall = precision / max(count, 1), recall / max(count, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def false_tables(reader: Reader, seeds: range) -> list[tuple[int, str]]:
    """The seeds and kinds of the pages without a table on which one was found."""
    pages = [(seed, plain_page(seed)) for seed in seeds]
    return [(seed, page.kind) for seed, page in pages if reader.tables(page, False)]


def score_confidence(reader: Reader, seeds: range) -> None:
    """Print, for tables of about one confidence, the mean of it and of their F1 against the nearest true table."""
    rows = []
    kinds = [partial(kind_page, kind) for kind in (*TUNED, *UNTUNED, *WITHOUT, small, headless)]
    for page in [make(seed) for seed in seeds for make in (table_page, plain_page, *kinds)]:
        truths = [
            relations([(c.row, c.col, c.row_end, c.col_end, c.text) for c in t.cells]) for t in page.tables
        ]
        for table in reader.tables(page, False):
            found = relations(on_grid(table))
            f1 = [
                2 * sum((t & found).values()) / max(1, sum(t.values()) + sum(found.values())) for t in truths
            ]
            rows.append((table["confidence"], max(f1, default=0.0)))
    for low, high in ((0.0, 0.35), (0.35, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 0.96), (0.96, 1.01)):
        part = [row for row in rows if low <= row[0] < high]
        if part:
            score, f1 = (sum(column) / len(part) for column in zip(*part, strict=True))
            print(f"confidence {low} to {high}: {len(part)} tables, mean {score:.2f}, F1 {f1:.2f}")


def score_scans(reader: Reader, first: int, pages: int) -> None:
    """Print F1 of scans at 150 and 300 dpi, askew by up to 2 degrees, those of odd seeds noisy, by kind."""
    for dpi in (150.0, 300.0):
        whole = []
        for kind in (table_page, *TUNED, *UNTUNED):
            rng = Random(f"{first}{kind.__name__}")
            drawn = table_page if kind is table_page else partial(kind_page, kind)
            scans = [
                scanned(drawn(seed), dpi, rng.uniform(-2, 2), seed if seed % 2 else None)
                for seed in range(first, first + pages)
            ]
            f1 = score_pages(reader, scans, False)[2]
            whole.append(f1)
            print(f"scans at {dpi:g} dpi, {kind.__name__}: F1 {f1:.3f}", flush=True)
        print(f"scans at {dpi:g} dpi: F1 {sum(whole) / len(whole):.3f}", flush=True)


def main() -> None:
    """Print precision, recall and F1 with and without box, and the false tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--pages", type=int, default=200, help="how many pages with tables (default 200)")
    parser.add_argument(
        "--scans", type=int, default=0, help="how many pages of each kind to read as scans (none)"
    )
    parser.add_argument("--confidence", action="store_true", help="only show how confidence and F1 agree")
    args = parser.parse_args()
    seeds, plain = (range(args.first, args.first + count) for count in (args.pages, args.pages // 2))
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        if args.confidence:
            score_confidence(reader, range(args.first, args.first + args.pages // 5))
            return
        if args.scans:
            score_scans(reader, args.first, args.scans)
            return
        for name, with_boxes in (("true box", True), ("whole page", False)):
            precision, recall, f1 = score(reader, seeds, with_boxes)
            print(f"{name}: precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}")
        for group, kinds in (("tuned", TUNED), ("never tuned", UNTUNED)):
            for kind in kinds:
                pages = [kind_page(kind, seed) for seed in range(args.first, args.first + args.pages // 5)]
                boxed, free = (score_pages(reader, pages, with_boxes)[2] for with_boxes in (True, False))
                print(f"{group}, {kind.__name__}: F1 {boxed:.3f} with the true box, {free:.3f} without")
        for kind in (*BUSINESS, *OFFICE, *INVOICES, *ACCOUNTS, *GROUNDS, *PRINTED):
            pages = [kind_page(kind, seed) for seed in range(args.first, args.first + args.pages // 5)]
            whole, count = whole_rows(reader, pages)
            f1 = score_pages(reader, pages, False)[2]
            print(f"firms, {kind.__name__}: F1 {f1:.3f}, rows whole {whole} of {count}")
        print(f"pages without a table: {len(plain)}, with one found: {false_tables(reader, plain)}")


if __name__ == "__main__":
    main()
