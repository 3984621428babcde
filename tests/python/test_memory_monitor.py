"""The memory monitor: warnings, reliefs and the hard limit."""

import itertools
import subprocess
import sys

import psutil
import pytest
from hosts import ROOT

from pyworker.engine.process.memory_monitor import MEGABYTE, MemoryMonitor, rss_bytes
from pyworker.settings import Settings


class Hooks:
    """Notes what the monitor does to its host."""

    def __init__(self):
        self.events = []
        self.left = []

    def emit(self, event):
        self.events.append((event["event"], event["rss_mb"], event["limit_mb"]))

    def leave_out_of_memory(self, rss_mb):
        self.left.append(rss_mb)


@pytest.fixture
def monitor():
    hooks, reliefs = Hooks(), []
    monitor = MemoryMonitor(Settings(ram_soft_mb=100), hooks, lambda: reliefs.append(True))
    return monitor, hooks, reliefs


def test_the_rss_is_the_one_that_psutil_tells():
    assert rss_bytes() == pytest.approx(psutil.Process().memory_info().rss, abs=4 * MEGABYTE)


def test_one_warning_a_crossing(monitor):
    monitor, hooks, _ = monitor
    for rss in (50, 101, 120, 99, 101, 90, 102, 103):
        monitor.look(rss)
    # 99 is below the limit but not by enough to count as gone.
    assert hooks.events == [("memory_warning", 101, 100), ("memory_warning", 102, 100)]
    assert hooks.left == []


def test_the_hard_limit_ends_the_worker(monitor):
    monitor, hooks, _ = monitor
    monitor.look(150)
    assert hooks.left == []
    monitor.look(150.5)
    assert hooks.left == [150.5]


def test_reliefs_back_off_where_they_free_nothing(monitor):
    monitor, _, reliefs = monitor
    at = []
    for second in range(200):
        before = len(reliefs)
        monitor.look(120)
        if len(reliefs) > before:
            at.append(second)
    gaps = [b - a for a, b in itertools.pairwise(at)]
    assert gaps[:6] == [1, 2, 4, 8, 16, 32]
    assert max(gaps) <= 64


def test_reliefs_go_on_while_they_free_something(monitor):
    monitor, _, reliefs = monitor
    for rss in (140, 130, 120, 110):
        monitor.look(rss)
    assert len(reliefs) == 4


def test_the_monitor_tells_its_own_rss(monitor):
    monitor, _, _ = monitor
    assert 5 < monitor.rss_mb() < 100_000
    monitor.start()
    monitor.stop()


BLOCKS = """
import ctypes
from pyworker.engine.process.memory_monitor import MAPPED_BYTES, map_large_blocks
library = ctypes.CDLL(None)
library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
library.free.argtypes = [ctypes.c_void_p]

class Counts(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_size_t) for number in range(10)]

def mapped():
    return library.mallinfo2().field_3

if hasattr(library, "mallinfo2"):
    library.mallinfo2.restype = Counts
    map_large_blocks()
    library.free(library.malloc(8 * MAPPED_BYTES))
    before = mapped()
    library.malloc(4 * MAPPED_BYTES)
    assert mapped() == before + 1
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a setting of glibc")
def test_large_blocks_are_given_back_however_large_a_block_was_freed_before():
    subprocess.run([sys.executable, "-c", BLOCKS], check=True, cwd=ROOT, timeout=60)
