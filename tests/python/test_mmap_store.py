"""Image files that both processes map: names, owners, folders, and a full disk."""

import errno
import os
import stat
from pathlib import Path

import pytest

from pyworker import errors
from pyworker.engine.process import mmap_store
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.settings import Settings


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


def test_folders_of_workers_that_have_exited_are_swept(tmp_path, monkeypatch):
    """The lock tells, not the process id: a worker in another container may have any."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    living = MmapStore(Settings())
    kept = Path(living.write(b"mine")["path"])
    root = kept.parent.parent
    exited, starting, other = root / f"{os.getpid()}-exited", root / "7-starting", root / "notes"
    for folder in (exited, starting, other):
        folder.mkdir()
        (folder / "x.bin").write_bytes(b"x")
    (exited / "lock").touch()
    MmapStore(Settings()).sweep()
    assert not exited.exists()
    for file in (kept, starting / "x.bin", other / "x.bin"):
        assert file.exists()


def test_two_workers_with_one_process_id_write_to_folders_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first, second = MmapStore(Settings()), MmapStore(Settings())
    one, two = first.write(b"one"), second.write(b"two")
    assert one["path"] != two["path"]
    assert (region(one), region(two)) == (b"one", b"two")


@pytest.mark.system("unix", reason="folder modes are Unix's")
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


@pytest.mark.system("unix", reason="folder owners are Unix's")
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
        (root / f"{os.getpid()}-0").symlink_to(elsewhere)
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
