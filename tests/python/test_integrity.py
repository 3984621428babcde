"""Low integrity on Windows: a worker writes its images, and the system is asked to let it write nowhere else."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest
from hosts import Worker
from pdf_maker import one_page

pytestmark = pytest.mark.system("windows", reason="only Windows has levels of integrity")


def is_wine() -> bool:
    """Whether the system is Wine, which takes the calls and enforces nothing."""
    return sys.platform == "win32" and hasattr(ctypes.windll.ntdll, "wine_get_version")


@pytest.mark.parametrize("mode", ["auto", "off"])
def test_images_are_written_at_the_level_that_ready_tells(tmp_path, make_pdf, mode):
    folder = tmp_path / "ảnh"
    folder.mkdir()
    worker = Worker("shim", TACH_MMAP_DIR=str(folder), TACH_SANDBOX=mode)
    try:
        told = worker.ready()["sandbox"]
        picture = worker.crop(make_pdf(one_page()), [0, 0, 200, 100], transport="mmap")
        assert Path(picture.data["mmap"]["path"]).parent == folder
    finally:
        worker.stop()
    if mode == "off":
        assert "TACH_SANDBOX=off" in told
    elif is_wine():
        assert "low integrity asked for and not enforced by this system" in told
    else:
        assert "Windows: low integrity, privileges dropped;" in told
