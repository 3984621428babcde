"""Where the time of a warm crop goes: the worker's engine beside the same work written with pypdfium2's own helpers.

    .venv/bin/python benches/crop_stages.py

Prints a Markdown table of medians over six boxes of the sample sheet, in microseconds; everything is open already. Then
what pypdfium2 takes to draw the whole sheet at 20 megapixels, which is the floor of crop_latency's large pictures.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pypdfium2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402

from pyworker.context import RequestContext  # noqa: E402
from pyworker.engine.commands import extract_evidence as extractor  # noqa: E402
from pyworker.engine.pdf import geometry as geometry_module  # noqa: E402
from pyworker.engine.pdf import view as view_module  # noqa: E402
from pyworker.engine.pdf.documents import DocumentCache  # noqa: E402
from pyworker.engine.process.mmap_store import MmapStore  # noqa: E402
from pyworker.messages import ExtractEvidence  # noqa: E402
from pyworker.settings import Settings  # noqa: E402

SHEET = ROOT / "docs/sample/engineering_sheet.pdf"
BOXES = [(x, y, 200, 100) for x in (100, 450, 900) for y in (100, 600)]
DPI, QUALITY, ROUNDS = 150, 85, 300
LARGE_DPI, LARGE_ROUNDS = 336, 15


def timed(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median over the rounds, in microseconds."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return median(taken) * 1e6


def plain(box: tuple[int, int, int, int]) -> dict[str, float]:
    """The stages of a crop as a caller of pypdfium2 would write it."""
    page = pypdfium2.PdfDocument(SHEET)[0]
    width, height = page.get_size()
    x, y, wide, high = box
    margins = (x, height - y - high, width - x - wide, y)

    def render() -> pypdfium2.PdfBitmap:
        return page.render(scale=DPI / 72, crop=margins, may_draw_forms=False)

    def encode() -> bytes:
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=QUALITY)
        return out.getvalue()

    bitmap = render()
    picture = bitmap.to_pil()
    encoded = encode()
    return {
        "draw the box": timed(render),
        "to a Pillow image": timed(bitmap.to_pil),
        "JPEG": timed(encode),
        "base64 and JSON": timed(lambda: json.dumps({"base64": base64.b64encode(encoded).decode()})),
    }


def ours(box: tuple[int, int, int, int]) -> dict[str, float]:
    """The stages of the worker's engine; base64 and the reply line are made by the Rust host."""
    settings = Settings(docling_profile="none")
    document = DocumentCache(settings.allowed_roots).open(str(SHEET), None)
    payload = ExtractEvidence(file_path=str(SHEET), page_index=0, bbox=list(box), dpi=DPI, quality=QUALITY)
    context = RequestContext(3600.0)
    store = MmapStore(settings)
    page = document.page(0)
    rect = page.geometry.clip(payload.bbox, payload.coord_origin)
    width, height = (geometry_module.pixels(points, DPI) for points in (box[2], box[3]))
    view = view_module.View.of(page, rect, DPI, width, height)
    drawn = view.drawn(view_module.BGRX, 4, context)

    def encode() -> None:
        image = Image.frombuffer("RGBX", (width, height), drawn, "raw", "RGBX", 0, 1)
        image.save(io.BytesIO(), "JPEG", quality=QUALITY)

    draw, encoding = timed(lambda: view.drawn(view_module.BGRX, 4, context)), timed(encode)
    whole = timed(lambda: extractor.extract_evidence(document, payload, context, store))
    return {
        "draw the box": draw,
        "JPEG": encoding,
        "checks and the rest of the engine": whole - draw - encoding,
    }


def main() -> None:
    """Prints the table."""
    columns = [[stages(box) for box in BOXES] for stages in (plain, ours)]
    names = list(dict.fromkeys(name for column in columns for stages in column for name in stages))
    print("| stage | pypdfium2 and Python, µs | this engine, µs |\n| --- | --: | --: |")
    totals = [0.0, 0.0]
    for name in names:
        cells = []
        for place, column in enumerate(columns):
            found = [stages[name] for stages in column if name in stages]
            totals[place] += median(found) if found else 0.0
            cells.append(f"{median(found):.0f}" if found else "–")
        print(f"| {name} | {cells[0]} | {cells[1]} |")
    print(f"| together | {totals[0]:.0f} | {totals[1]:.0f} |")
    sheet = pypdfium2.PdfDocument(SHEET)[0]
    large = timed(lambda: sheet.render(scale=LARGE_DPI / 72, rev_byteorder=True), LARGE_ROUNDS)
    print(f"\n20 megapixels: {large / 1000:.0f} ms")


if __name__ == "__main__":
    main()
