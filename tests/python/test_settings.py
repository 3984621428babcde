"""Settings of a worker: defaults, every environment variable, and bad values."""

import os

import pytest

from pyworker import errors
from pyworker.settings import Settings


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
        "TACH_PAGE_CACHE_MB": "0",
        "TACH_MMAP_DIR": str(tmp_path / "maps"),
        "TACH_TEXT_CACHE_DIR": str(tmp_path / "texts"),
        "TACH_SANDBOX": "require",
    }
    settings = Settings.from_environ(values)
    root = tmp_path.resolve()
    assert settings == Settings(
        333,
        2,
        600_000,
        "lean",
        "lazy",
        tmp_path,
        (root, root / "none"),
        True,
        tmp_path / "maps",
        0,
        tmp_path / "texts",
        "require",
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
        ("TACH_PAGE_CACHE_MB", "-1"),
        ("TACH_ALLOWED_ROOTS", "some/where"),
        ("TACH_ALLOWED_ROOTS", os.pathsep),
    ],
)
def test_a_bad_value_is_named(name, value):
    with pytest.raises(errors.StartupFailed) as caught:
        Settings.from_environ({name: value})
    assert name in caught.value.message
