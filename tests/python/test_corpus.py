"""The shared corpus of real PDFs, where it is there: outcome of page 0 over both hosts, as its manifest has it."""

import csv
from pathlib import Path

import pytest
from hosts import ROOT

CORPUS = ROOT.parent / "shared" / "corpus"
pytestmark = pytest.mark.shared
AGREEMENT = 0.99


def middle_half(width: float, height: float) -> list[float]:
    return [width / 4, height / 4, width / 2, height / 2]


def outcome(worker, path: Path) -> str:
    info = worker.ask("document_info", {"file_path": str(path)}, timeout_ms=60_000)
    if info["status"] == "error":
        return info["error"]["code"]
    page = info["data"]["pages"][0]
    if not page["width"]:
        return "pdf_corrupt"
    bbox = middle_half(page["width"], page["height"])
    fields = {"file_path": str(path), "page_index": 0, "bbox": bbox, "dpi": 50, "format": "jpeg"}
    crop = worker.ask("extract_evidence", fields, timeout_ms=60_000)
    return "ok" if crop["status"] == "success" else crop["error"]["code"]


def test_outcomes_agree_with_the_manifest(worker):
    with (CORPUS / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    differ = []
    for row in rows:
        got = outcome(worker, CORPUS / "pdf" / row["file"])
        if got != row["expected"]:
            differ.append((row["file"], row["expected"], got))
    assert len(differ) <= (1 - AGREEMENT) * len(rows), differ
