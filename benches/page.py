"""How soon the page of `tach view` and its tiles are on the screen, for sheets that are slow to draw.

The goals are those of a person who waits: the first page within 0.3 s of opening it, a tile within 50 ms once the sheet
was drawn. A headless Chromium asks (tests/clients/page_times.py). `cargo xtask bench page` runs it.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import large_documents
from profiles import SHEET

PROGRAM = Path(__file__).resolve().parent.parent / "tests/clients/page_times.py"


def main() -> None:
    """Prints the times of each sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser-python", type=Path, required=True, help="the Python that has Playwright")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        documents = {"the sample sheet": SHEET}
        for number, (about, make) in enumerate(large_documents.HEAVY.items()):
            documents[about] = Path(name) / f"heavy-{number}.pdf"
            make(documents[about])
        for about, path in documents.items():
            print(f"\n{about}", flush=True)
            command = [arguments.browser_python, PROGRAM, path]
            subprocess.run(command, check=True, timeout=900)  # noqa: S603


if __name__ == "__main__":
    main()
