"""`extract_text` against poppler's pdftotext: words of page 0 of each PDF in a folder, in Markdown.

    .venv/bin/python benches/text_against_pdftotext.py FOLDER [--worst 10]

Words are compared as multisets after NFKC, without invisible format characters; files that either program cannot
open are left out, and pages on which both find nothing. `ocr` is `never`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pyworker.context import RequestContext  # noqa: E402
from pyworker.engine.commands.extract_text import extract_text  # noqa: E402
from pyworker.engine.engines import Engines  # noqa: E402
from pyworker.engine.pdf.documents import DocumentCache  # noqa: E402
from pyworker.errors import WorkerError  # noqa: E402
from pyworker.messages import ExtractText  # noqa: E402
from pyworker.settings import Settings  # noqa: E402

PATIENCE_S = 30.0
FULL = 20
"""Words from which on a page says something about reading."""


GOOD = 0.95


class Page(NamedTuple):
    """One page, compared."""

    name: str
    words: float
    """F1 of the word multisets."""
    characters: float
    """F1 of the character multisets, white space left out."""
    common: int
    ours: int
    theirs: int
    seconds: float


def plain(text: str) -> str:
    """Compatibility forms composed, marks of direction and other invisible characters removed."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")


def f1(common: int, ours: int, theirs: int) -> float:
    """F1 of two multisets; 1 where both are empty."""
    return 2 * common / (ours + theirs) if ours + theirs else 1.0


def theirs(path: Path) -> str | None:
    """Page 0 by pdftotext; None where it fails."""
    try:
        done = subprocess.run(  # noqa: S603
            ["pdftotext", "-l", "1", "-enc", "UTF-8", str(path), "-"],  # noqa: S607
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def compare(path: Path, engine: Engines) -> Page | None:
    """Both readings of page 0; None where either fails or both are empty."""
    other = theirs(path)
    if other is None:
        return None
    start = time.perf_counter()
    try:
        document = DocumentCache().open(str(path), None)
        payload = ExtractText(file_path=str(path), page_index=0, ocr="never")
        own = extract_text(document, payload, RequestContext(PATIENCE_S), engine.ocr)["text"]
    except WorkerError:
        return None
    seconds = time.perf_counter() - start
    a, b = Counter(plain(own).split()), Counter(plain(other).split())
    if not a and not b:
        return None
    letters_a, letters_b = Counter("".join(a.elements())), Counter("".join(b.elements()))
    common = (a & b).total()
    return Page(
        path.name,
        f1(common, a.total(), b.total()),
        f1((letters_a & letters_b).total(), letters_a.total(), letters_b.total()),
        common,
        a.total(),
        b.total(),
        seconds,
    )


def main() -> None:
    """Prints the figures and the worst pages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worst", type=int, default=10)
    arguments = parser.parse_args()
    engine = Engines.load(Settings(docling_profile="none"))
    compared = [compare(path, engine) for path in sorted(arguments.folder.rglob("*.pdf"))]
    pages = [page for page in compared if page is not None]
    full = [page for page in pages if page.theirs >= FULL]
    if not pages:
        raise SystemExit("no page with text in that folder")
    times = sorted(page.seconds for page in pages)
    total = f1(sum(p.common for p in pages), sum(p.ours for p in pages), sum(p.theirs for p in pages))
    print("| what | value |\n| --- | --- |")
    words = [page.words for page in pages]
    print(f"| mean F1 of words, {len(pages)} pages | {mean(words):.3f} (median {median(words):.3f}) |")
    print(f"| F1 over all words together | {total:.3f} |")
    print(f"| mean F1 of characters, however cut into words | {mean(p.characters for p in pages):.3f} |")
    if full:
        good = sum(page.words >= GOOD for page in full)
        value = f"{mean(page.words for page in full):.3f}; {good}"
        print(
            f"| pages with {FULL} words or more ({len(full)}): mean F1; pages at {GOOD} or better | {value} |"
        )
    print(
        f"| time a page, document opened anew: median, 95 %, worst | {1000 * median(times):.1f} ms, "
        f"{1000 * times[int(0.95 * len(times))]:.0f} ms, {1000 * times[-1]:.0f} ms |"
    )
    print("\n| file | F1 of words | of characters | words: ours, theirs |\n| --- | --- | --- | --- |")
    for page in sorted(full, key=lambda page: page.words)[: arguments.worst]:
        print(f"| {page.name} | {page.words:.2f} | {page.characters:.2f} | {page.ours}, {page.theirs} |")


if __name__ == "__main__":
    main()
