"""Fixtures of the Python tests: worker processes of both hosts, and small PDFs made on the spot."""

from __future__ import annotations

import os

import pytest
from handed_worker import HandedWorker
from hosts import Worker, shim_path
from selection import (
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
)

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
]


def host_kinds() -> list[str]:
    """The hosts under test: both, unless TACH_TEST_HOSTS names others: `python`, `shim`, or `handed`, which is the
    shim with its documents handed over by descriptor (Linux).
    """
    return [kind for kind in os.environ.get("TACH_TEST_HOSTS", "python,shim").split(",") if kind]


def worker_class(kind: str) -> type[Worker]:
    """What drives this host."""
    return HandedWorker if kind == "handed" else Worker


@pytest.fixture(scope="session", params=host_kinds())
def kind(request):
    """The host under test; a missing Rust host is a failure, not a skip."""
    if request.param != "python":
        shim_path()
    return request.param


@pytest.fixture(scope="session")
def worker(kind):
    """A ready worker that many tests share; none may end it."""
    worker = worker_class(kind)(kind)
    try:
        worker.ready()
        yield worker
    finally:
        worker.stop()


@pytest.fixture(scope="session")
def sheet_worker():
    """A ready lean worker of the last host to test: all hosts read sheets by the same code. None may end it."""
    worker = Worker(host_kinds()[-1], TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy")
    try:
        worker.ready()
        yield worker
    finally:
        worker.stop()


@pytest.fixture
def start(kind):
    """Starts workers of a test's own, with the environment variables given."""
    started = []

    def start(**options):
        worker = worker_class(kind)(kind, **options)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def make_pdf(tmp_path):
    """Writes bytes to a file of some name and returns its path."""

    def make(data: bytes, name="sample.pdf"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return make


@pytest.fixture(scope="session")
def lean():
    """The lean profile's engine."""
    from pyworker.engine.engines import Engines
    from pyworker.settings import Settings

    return Engines.load(Settings(docling_profile="lean", docling_load="lazy"))


@pytest.fixture
def read(make_pdf, lean):
    """Reads page 0 of a PDF, given as bytes; further arguments are fields of the `extract_text` request."""
    from text_pages import open_page, plenty

    from pyworker.engine.commands.extract_text import extract_text
    from pyworker.messages import ExtractText

    def run(data, engine=None, context=None, **fields):
        path = make_pdf(data)
        _cache, document, _page = open_page(path)
        payload = ExtractText(file_path=str(path), page_index=0, **fields)
        return extract_text(document, payload, context or plenty(), (engine or lean).ocr)

    return run


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Small model files of the full profile."""
    from small_weights import write_models

    folder = tmp_path_factory.mktemp("artifacts")
    write_models(folder)
    return folder


@pytest.fixture(scope="session")
def full(models):
    """The full profile on small weights, in this process."""
    from small_weights import full_settings

    from pyworker.engine.engines import Engines

    return Engines.load(full_settings(models))
