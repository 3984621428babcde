"""Settings, geometry, the memory monitor, the mmap store, errors and reply lines, each by itself."""

import errno
import itertools
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pyworker import errors
from pyworker.engine.pdf.geometry import PageGeometry, Rect, pixels
from pyworker.engine.process import mmap_store
from pyworker.engine.process.memory_monitor import MemoryMonitor
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.host import replies
from pyworker.settings import Settings

# Settings


def test_defaults():
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert (settings.ram_soft_mb, settings.ram_hard_mb, settings.timeout_ms) == (1024, 1536, 5000)
    assert Settings.from_environ({"TACH_WORKER_RAM_LIMIT_MB": "", "TACH_DOCLING_PROFILE": ""}) == Settings()


def test_every_variable(tmp_path):
    values = {
        "TACH_WORKER_RAM_LIMIT_MB": "333",
        "TACH_DOCLING_THREADS": "2",
        "TACH_WORKER_TIMEOUT_MS": "600000",
        "TACH_DOCLING_PROFILE": "lean",
        "TACH_DOCLING_LOAD": "lazy",
        "TACH_DOCLING_ARTIFACTS": str(tmp_path),
        "TACH_ALLOWED_ROOTS": os.pathsep.join([str(tmp_path), "", str(tmp_path / "none")]),
        "TACH_TEST_FAULTS": "1",
        "TACH_MMAP_DIR": str(tmp_path / "maps"),
    }
    settings = Settings.from_environ(values)
    root = tmp_path.resolve()
    assert settings == Settings(
        333, 2, 600_000, "lean", "lazy", tmp_path, (root, root / "none"), True, tmp_path / "maps"
    )
    assert settings.ram_hard_mb == 499


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TACH_WORKER_RAM_LIMIT_MB", "1e3"),
        ("TACH_WORKER_RAM_LIMIT_MB", "0"),
        ("TACH_WORKER_RAM_LIMIT_MB", "1_000"),
        ("TACH_WORKER_RAM_LIMIT_MB", " 1000"),
        ("TACH_WORKER_TIMEOUT_MS", "600001"),
        ("TACH_DOCLING_THREADS", "٣"),
        ("TACH_DOCLING_PROFILE", "LEAN"),
        ("TACH_DOCLING_LOAD", "never"),
        ("TACH_ALLOWED_ROOTS", "some/where"),
        ("TACH_ALLOWED_ROOTS", os.pathsep),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(errors.StartupFailed) as caught:
        Settings.from_environ({name: value})
    assert name in caught.value.message


# Geometry


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("unit", [1.0, 2.5])
def test_points_go_there_and_back(rotation, unit):
    box = (10.0, 20.0, 110.0, 70.0)
    width, height = (100.0, 50.0) if rotation % 180 == 0 else (50.0, 100.0)
    page = PageGeometry(width * unit, height * unit, rotation, box, unit)
    upper_left = {0: (10, 70), 90: (10, 20), 180: (110, 20), 270: (110, 70)}[rotation]
    assert page.to_displayed(*upper_left) == (0, 0)
    assert page.rect_to_displayed(10, 20, 110, 70) == Rect(0, 0, page.width, page.height)
    assert page.rect_to_displayed(110, 70, 10, 20) == Rect(0, 0, page.width, page.height)
    for point in ((10.0, 20.0), (63.5, 41.25), (110.0, 70.0), (-5.0, 300.0)):
        there = page.to_displayed(*point)
        assert page.to_page(*there) == pytest.approx(point)


def test_clip_and_wire():
    page = PageGeometry(200.0, 100.0, 0, (0.0, 0.0, 200.0, 100.0), 1.0)
    assert page.clip([10, 20, 30, 40], "TOPLEFT") == Rect(10, 20, 40, 60)
    assert page.clip([10, 20, 30, 40], "BOTTOMLEFT") == Rect(10, 40, 40, 80)
    assert page.clip([-10, 90, 30, 40], "TOPLEFT") == Rect(0, 90, 20, 100)
    assert page.to_wire(Rect(10, 40, 40, 80), "BOTTOMLEFT") == [10, 20, 30, 40]
    for bbox in ([200, 0, 1, 1], [0, 100, 1, 1], [-1, 0, 1, 1], [1e300, 0, 1e300, 1], [-1e308, 0, 1, 1]):
        with pytest.raises(errors.BboxOutOfPage):
            page.clip(bbox, "TOPLEFT")


def test_pixels():
    assert [pixels(points, 72) for points in (0.2, 0.5, 1.49, 1.5, 2.5)] == [1, 1, 1, 2, 3]
    assert pixels(50, 150) == 104


# Memory monitor


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


# Mmap store


def region(answer):
    return Path(answer["path"]).read_bytes()[answer["offset"] : answer["offset"] + answer["length"]]


def test_files_are_written_and_left_to_the_receiver(tmp_path):
    store = MmapStore(Settings(mmap_dir=tmp_path / "a" / "b"))
    first, second = store.write(b"one"), store.write(memoryview(b"two"))
    assert (region(first), region(second)) == (b"one", b"two")
    store.close()
    assert Path(first["path"]).exists()
    if hasattr(os, "getuid"):
        assert Path(first["path"]).stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_file_that_an_earlier_process_of_this_number_left_is_kept(tmp_path):
    left = tmp_path / f"{os.getpid()}-0.bin"
    left.write_bytes(b"not taken yet")
    store = MmapStore(Settings(mmap_dir=tmp_path))
    assert region(store.write(b"new")) == b"new"
    assert left.read_bytes() == b"not taken yet"


def test_a_folder_that_is_a_file_is_an_error(tmp_path):
    taken = tmp_path / "taken"
    taken.write_bytes(b"")
    with pytest.raises(errors.EngineError, match="cannot write"):
        MmapStore(Settings(mmap_dir=taken)).write(b"x")


def test_a_drawing_that_fails_leaves_no_file(tmp_path):
    store = MmapStore(Settings(mmap_dir=tmp_path))

    def draw(_address):
        raise errors.DeadlinePassed("late")

    with pytest.raises(errors.DeadlinePassed):
        store.fill(1000, draw)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs a disk that says no up front")
def test_a_full_disk_is_told_and_leaves_no_file(tmp_path, monkeypatch):
    store = MmapStore(Settings(mmap_dir=tmp_path))

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(mmap_store.os, "posix_fallocate", full)
    monkeypatch.setattr(mmap_store.os, "write", full)
    for attempt in (lambda: store.fill(10, lambda _: None), lambda: store.write(b"x")):
        with pytest.raises(errors.EngineError, match="no room left"):
            attempt()
    assert list(tmp_path.iterdir()) == []


def test_folders_of_dead_workers_are_swept(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = MmapStore(Settings())
    kept = Path(store.write(b"mine")["path"])
    root = kept.parent.parent
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, living, other = root / str(gone.pid), root / str(os.getppid()), root / "notes"
    for folder in (dead, living, other):
        folder.mkdir()
        (folder / "x.bin").write_bytes(b"x")
    MmapStore(Settings()).sweep()
    assert not dead.exists()
    assert (living / "x.bin").exists()
    assert (other / "x.bin").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folder modes are Unix's")
def test_a_folder_of_ours_that_others_may_enter_is_closed_to_them(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    root = tmp_path / f"tach-worker-{os.getuid()}"
    root.mkdir()
    root.chmod(0o777)
    store = MmapStore(Settings())
    assert store.usable()
    written = Path(store.write(b"x")["path"])
    assert written.is_relative_to(root)
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folder owners are Unix's")
@pytest.mark.parametrize("taken_by", ["a link", "a file", "a link in an open folder"])
def test_a_name_that_is_taken_is_not_used(tmp_path, monkeypatch, taken_by):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root = tmp_path / f"tach-worker-{os.getuid()}"
    if taken_by == "a link":
        root.symlink_to(elsewhere)
    elif taken_by == "a link in an open folder":
        root.mkdir()
        root.chmod(0o777)
        (root / str(os.getpid())).symlink_to(elsewhere)
    else:
        root.write_bytes(b"")
    store = MmapStore(Settings())
    assert store.usable()
    written = Path(store.write(b"x")["path"])
    assert written.read_bytes() == b"x"
    assert stat.S_IMODE(written.parent.stat().st_mode) == 0o700
    assert not list(elsewhere.iterdir())
    written.unlink()
    store.close()
    assert not written.parent.exists()


# Errors


def test_errors_are_described(capsys):
    assert errors.describe(errors.PdfCorrupt("broken", size_bytes=3)) == (
        "pdf_corrupt",
        "broken",
        {"size_bytes": 3},
    )
    assert capsys.readouterr().err == ""
    code, message, details = errors.describe(ValueError("odd \udc80"))
    assert (code, message, details) == ("engine_error", "ValueError: odd ?", {"exception": "ValueError"})
    assert "ValueError" in capsys.readouterr().err
    assert errors.describe(MemoryError())[0] == "out_of_memory"


def test_codes_are_those_of_the_protocol():
    from typing import get_args

    from pyworker.messages import ErrorCode

    codes = {error.code for error in errors.WorkerError.__subclasses__()}
    assert codes <= set(get_args(ErrorCode))
    assert len(codes) == len(errors.WorkerError.__subclasses__())


# Replies


def read(reply):
    assert reply.endswith(b"\n")
    return json.loads(reply)


def test_a_picture_becomes_base64():
    reply = read(replies.success("a", {"base64": memoryview(b"\x00\xff"), "width": 1}, 0.0, 12.345))
    assert reply["data"] == {"base64": "AP8=", "width": 1}
    assert reply["perf"]["peak_ram_mb"] in (12.34, 12.35)


def test_what_does_not_fit_a_line_is_an_error_that_names_a_way(monkeypatch):
    monkeypatch.setattr(replies, "MAX_LINE_BYTES", 10_000)
    monkeypatch.setattr(replies, "MAX_PICTURE_LINE_BYTES", 10_000)
    error = read(replies.success("a", {"base64": bytes(9_000)}, 0.0, 1.0))["error"]
    assert (error["code"], error["details"]["limit_bytes"]) == (
        "image_too_large",
        10_000 - replies.ENVELOPE_BYTES,
    )
    assert "mmap" in error["message"]
    assert read(replies.success("a", {"text": "x" * 9_000}, 0.0, 1.0))["error"]["code"] == "engine_error"


def test_data_that_json_cannot_hold(capsys):
    assert read(replies.success("a", {"x": float("nan")}, 0.0, 1.0))["error"]["code"] == "engine_error"
    assert read(replies.success("a", {"text": "\udc80\u2028"}, 0.0, 1.0))["data"] == {"text": "?\u2028"}
