"""TACH_DOCLING_THREADS: how many threads the system counts in a process that has used every engine."""

import os
import subprocess
import sys

import pytest
from hosts import ROOT
from text_pages import column, scanned_pdf, text_pdf

PATIENCE_S = 600
LINES = column(60, 740, [f"line {row} is text to read" for row in range(4)], 11, 1.5)
# Counts what Python itself has not started: the pools of OpenMP, OpenBLAS, Torch, ONNX Runtime, OpenCV, docling-parse.
USE_EVERYTHING = """
import json, sys, threading
from pathlib import Path
import psutil
from pyworker.engine.commands.convert import convert_pdf
from pyworker.context import RequestContext
from pyworker.engine.engines import Engines
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.commands.extract_text import extract_text
from pyworker.messages import Convert, ExtractText, ParseTable
from pyworker.settings import Settings

written, scanned = sys.argv[1:]
engine = Engines.load(Settings.from_environ())
cache = DocumentCache()
for path in (written, scanned):
    document, plenty = cache.open(path, None), RequestContext(200.0)
    parse_table(document, ParseTable(file_path=path, page_index=0), plenty, engine)
    extract_text(document, ExtractText(file_path=path, page_index=0, ocr="always"), plenty, engine.ocr)
    convert_pdf(document, Convert(file_path=path), plenty, engine)
cache.clear()
told = {"threads": psutil.Process().num_threads() - threading.active_count()}
if "torch" in sys.modules:
    import torch
    told["torch"] = [torch.get_num_threads(), torch.get_num_interop_threads()]
import cv2
told["cv2"] = cv2.getNumThreads()
print(json.dumps(told))
"""


def pools(limit: int, make_pdf, **environment: str) -> dict:
    """What a process with this limit tells of its threads at the end."""
    import json

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TACH_")}
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            USE_EVERYTHING,
            make_pdf(text_pdf(LINES)),
            make_pdf(scanned_pdf(LINES), "scan.pdf"),
        ],
        env={**inherited, "PYTHONPATH": str(ROOT), "TACH_DOCLING_THREADS": str(limit), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def check(one: dict, two: dict) -> None:
    # One thread stays: ONNX Runtime's or OpenCV's own, asleep whatever the limit.
    assert one["threads"] <= 2, "each pool has no thread but the caller's"
    assert one["cv2"] == 1
    if len(os.sched_getaffinity(0)) > 1:
        assert two["threads"] > one["threads"], "the count shows pools at all"


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="counts processors that may be used")
def test_the_lean_profile_keeps_to_the_limit(make_pdf):
    check(*(pools(limit, make_pdf, TACH_DOCLING_PROFILE="lean") for limit in (1, 2)))


@pytest.mark.full
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="counts processors that may be used")
def test_the_full_profile_keeps_to_the_limit(make_pdf, models):
    more = {
        "TACH_DOCLING_PROFILE": "full",
        "TACH_DOCLING_ARTIFACTS": str(models),
        "TACH_WORKER_RAM_LIMIT_MB": "4096",
    }
    one, two = (pools(limit, make_pdf, **more) for limit in (1, 2))
    check(one, two)
    assert one["torch"] == [1, 1]
