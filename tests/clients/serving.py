"""A running `tach serve` over a folder with a good and a broken document."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SHEET = PROJECT / "docs/sample/engineering_sheet.pdf"
HEADING = "BILL OF QUANTITIES"
"""A heading on the first of the two pages of the sheet."""
BOX = [753, 32, 399, 24]
"""Where it is, in points."""
TOOLS = {"document_info", "read_page", "crop_evidence", "find_tables", "convert_pages"}
"""What a language model can call."""


def tach() -> str:
    """The program under test: `TACH_PROGRAM`, else that of the debug build."""
    return os.environ.get("TACH_PROGRAM") or str(PROJECT / "target/debug/tach")


@dataclass
class Service:
    """Where the service answers, and what is in its folder."""

    url: str
    folder: Path

    @property
    def sheet(self) -> Path:
        return self.folder / "bản vẽ.pdf"

    @property
    def broken(self) -> Path:
        return self.folder / "broken.pdf"


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Service]:
    """Serves `folder` on a free port; the documents are put there first."""
    service = Service("", folder)
    service.sheet.write_bytes(SHEET.read_bytes())
    service.broken.write_bytes(b"%PDF-1.4\nnothing")
    command = [tach(), "serve", "--port", "0", "--root", str(folder), *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if "listening on " in line:
                service.url = line.split("listening on ")[1].strip()
                break
        assert service.url, f"tach serve did not start: {said}"
        # What it says later must not fill the pipe.
        threading.Thread(target=lambda: [print(line, end="") for line in process.stderr], daemon=True).start()
        yield service
    finally:
        process.terminate()
        process.wait(60)
