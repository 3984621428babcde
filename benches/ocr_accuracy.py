"""OCR measured on known text: character error rate and time, through `python -m pyworker`, in Markdown.

    .venv/bin/python benches/ocr_accuracy.py [--fonts FONT.ttf …] [--timeout-ms 60000]

Pages are made on the spot: English and Vietnamese prose of 11 points in each font (default: DejaVu Sans and DejaVu
Serif of Debian's fonts-dejavu-core), at 150 and 300 dpi, turned by 0, 90, 180 and 270 degrees; then upright pages as
scanners and telephones make them. The character error rate is the edit distance over the length of the text, both
in NFC, white space counted, dashes of every length taken as one. Vietnamese needs Tesseract's vie.traineddata.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

ROOT = Path(__file__).resolve().parents[1]
FONTS = [Path("/usr/share/fonts/truetype/dejavu") / name for name in ("DejaVuSans.ttf", "DejaVuSerif.ttf")]
TEXTS = {
    "English": [
        "The supplier shall deliver the goods to the warehouse in Hai Phong on Friday.",
        "Invoice No. 2041 of 7 March 2026, total amount due: 318.50 EUR (VAT 19 %).",
        "Please pay within thirty days to the account named below, quoting the number.",
        "Every member of the board received a copy of the minutes before the meeting.",
        "Interest of 1.5 % per month applies afterwards; partial payments are welcome.",
        "Questions? Write to accounts@example.org or call (024) 3936 0000, ext. 17.",
    ],
    "Vietnamese": [
        "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập – Tự do – Hạnh phúc.",
        "Kính gửi: Phòng Kế toán, Công ty Trách nhiệm hữu hạn Thương mại Ánh Dương.",
        "Hóa đơn số 2041 ngày 7 tháng 3 năm 2026, tổng số tiền phải trả: 318.500.000 đồng.",
        "Đề nghị quý khách thanh toán trong vòng ba mươi ngày kể từ ngày nhận được thư này.",
        "Những người lao động vẫn thường dậy sớm để chuẩn bị cho một ngày làm việc vất vả.",
        "Nguyễn Thị Quỳnh Như, sinh năm 1987, trú tại phường Trần Hưng Đạo, quận Hoàn Kiếm.",
    ],
}
LANGUAGES: dict[str, list[str]] = {"English": ["en"], "Vietnamese": ["vi"]}
PAGE = (842, 595)
POINTS = 11
LEADING = 1.8
TURNS = (0, 90, 180, 270)
NOISE = np.random.default_rng(1)


def page(
    lines: list[str], font: Path, dpi: int, points: float = POINTS, leading: float = LEADING
) -> Image.Image:
    """A white page, A4 lying, with `lines` in nearly black."""
    scale = dpi / 72
    picture = Image.new("RGB", (round(PAGE[0] * scale), round(PAGE[1] * scale)), "white")
    draw = ImageDraw.Draw(picture)
    type_face = ImageFont.truetype(str(font), round(points * scale))
    for index, line in enumerate(lines):
        draw.text(
            (50 * scale, (60 + leading * points * index) * scale), line, font=type_face, fill=(20, 20, 20)
        )
    return picture


def _shades(change: Callable[[Any], Any]) -> Callable[[Image.Image], Image.Image]:
    def changed(picture: Image.Image) -> Image.Image:
        return Image.fromarray(np.clip(change(np.asarray(picture).astype(float)), 0, 255).astype(np.uint8))

    return changed


def _noisy(deviation: float) -> Callable[[Any], Any]:
    return lambda pixels: pixels + NOISE.normal(0, deviation, pixels.shape[:2])[..., None]


def _turned(degrees: float) -> Callable[[Image.Image], Image.Image]:
    return lambda picture: picture.rotate(degrees, fillcolor="white", resample=Image.Resampling.BICUBIC)


def _laid(turn: int, picture: Image.Image) -> Image.Image:
    return picture.rotate(-turn, expand=True)


def _unchanged(picture: Image.Image) -> Image.Image:
    return picture


SCANS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as drawn": _unchanged,
    "askew by 2°": _turned(2),
    "askew by -2°": _turned(-2),
    "noise, deviation 40 of 255": _shades(_noisy(40)),
    "shades 140 to 190 only, noise 8": _shades(lambda pixels: _noisy(8)(140 + pixels * 50 / 255)),
    "white on black": ImageOps.invert,
    "blurred, radius 1.5 pixels": lambda picture: picture.filter(ImageFilter.GaussianBlur(1.5)),
    "black and white only": lambda picture: (
        picture.convert("L").point(lambda shade: 255 * (shade > 140)).convert("RGB")
    ),
}


def error_rate(expected: str, found: str) -> float:
    """Edit distance over the length of `expected`."""
    a, b = _plain(expected), _plain(found)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1] / len(a)


def _plain(text: str) -> str:
    return re.sub("[‐-―−]", "-", unicodedata.normalize("NFC", text))


class Worker:
    """`python -m pyworker`, one request after the other."""

    def __init__(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "pyworker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "TACH_DOCLING_PROFILE": "lean"},
            encoding="utf-8",
        )
        if process.stdin is None or process.stdout is None:
            raise SystemExit("the worker has no pipes")
        self._process, self._requests, self._replies = process, process.stdin, process.stdout
        self._message()

    def _message(self) -> dict[str, Any]:
        line = self._replies.readline()
        if not line:
            raise SystemExit("the worker has left")
        message: dict[str, Any] = json.loads(line)
        return message

    def text(
        self, picture: Image.Image, dpi: int, languages: list[str], timeout_ms: int
    ) -> tuple[str, dict[str, Any]]:
        """What OCR reads in a picture, and the reply's `perf` with the CPU seconds spent as `cpu_s`."""
        with pdf_of(picture, dpi) as path:
            payload = {"file_path": str(path), "page_index": 0, "languages": languages}
            request = {"id": "1", "cmd": "extract_text", "payload": payload, "timeout_ms": timeout_ms}
            before = self._cpu()
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
            reply = self._message()
            while reply.get("req_id") != "1":
                reply = self._message()
        if reply["status"] != "success":
            raise SystemExit(f"{reply['error']['code']}: {reply['error']['message']}")
        return reply["data"]["text"], {**reply["perf"], "cpu_s": self._cpu() - before}

    def _cpu(self) -> float:
        import psutil

        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        """Ends the worker."""
        self._requests.close()
        self._process.wait(30)


@contextmanager
def pdf_of(picture: Image.Image, dpi: int) -> Iterator[Path]:
    """A PDF file whose one page is the picture."""
    out = io.BytesIO()
    picture.save(out, "PDF", resolution=dpi, quality=85)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(out.getvalue())
        yield path


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, nargs="+", default=FONTS)
    parser.add_argument("--timeout-ms", type=int, default=60_000)
    arguments = parser.parse_args()
    worker = Worker()

    def measure(
        language: str,
        languages: list[str],
        dpi: int,
        change: Callable[[Image.Image], Image.Image] = _unchanged,
        points: float = POINTS,
        leading: float = LEADING,
    ) -> str:
        """Mean error rate over the fonts."""
        lines = TEXTS[language]
        rates = []
        for font in arguments.fonts:
            picture = change(page(lines, font, dpi, points, leading))
            found, perf = worker.text(picture, dpi, languages, arguments.timeout_ms)
            rates.append(error_rate("\n".join(lines), found))
            spent.append((perf["duration_ms"] / len(lines), 1000 * perf["cpu_s"] / len(lines)))
            peaks.append(perf["peak_ram_mb"])
        return f"{100 * sum(rates) / len(rates):.2f} %"

    spent: list[tuple[float, float]] = []
    peaks: list[float] = []
    print(
        "| text | `languages` | 150 dpi: 0°, 90°, 180°, 270° | 300 dpi: 0°, 90°, 180°, 270° | ms a line: wall, CPU |"
    )
    print("| --- | --- | --- | --- | --- |")
    for language, lines in TEXTS.items():
        for languages in ([], LANGUAGES[language]):
            worker.text(
                page(lines, arguments.fonts[0], 150), 150, languages, arguments.timeout_ms
            )  # loads the models
            spent.clear()
            cells = []
            for dpi in (150, 300):
                row = [measure(language, languages, dpi, partial(_laid, turn)) for turn in TURNS]
                cells.append(", ".join(row))
            walls, cpus = zip(*spent, strict=True)
            time_cell = f"{sorted(walls)[len(walls) // 2]:.0f}, {sorted(cpus)[len(cpus) // 2]:.0f}"
            named = " ".join(languages) or "–"
            print(f"| {language} | {named} | {' | '.join(cells)} | {time_cell} |", flush=True)

    print(f"\nHighest memory of the worker: {max(peaks):.0f} MB\n")
    print("| upright page, 200 dpi | English | Vietnamese |")
    print("| --- | --- | --- |")
    for name, scan in SCANS.items():
        cells = [measure(language, [], 200, scan) for language in TEXTS]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    for name, dpi, points, leading in (
        ("6 points", 200, 6, LEADING),
        ("8 points, lines 9 points apart, 150 dpi", 150, 8, 1.15),
        ("100 dpi", 100, POINTS, LEADING),
        ("400 dpi", 400, POINTS, LEADING),
    ):
        cells = [measure(language, [], dpi, points=points, leading=leading) for language in TEXTS]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)

    dense = page(TEXTS["English"] * 8, arguments.fonts[0], 150, 9, 1.2)
    for _ in range(2):
        start = time.monotonic()
        _text, perf = worker.text(dense, 150, ["en"], arguments.timeout_ms)
    took = time.monotonic() - start
    print(f"\nDense page, 48 lines: {took:.1f} s, CPU {perf['cpu_s']:.1f} s, {perf['peak_ram_mb']:.0f} MB")
    worker.close()


if __name__ == "__main__":
    main()
