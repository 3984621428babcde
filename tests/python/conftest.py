"""Fixtures of the Python tests: worker processes of both hosts, and small PDFs made on the spot."""

from __future__ import annotations

import os

import pytest
from hosts import Worker, shim_path


def host_kinds() -> list[str]:
    """The hosts under test: both, unless TACH_TEST_HOSTS names one (`python` or `shim`)."""
    return [kind for kind in os.environ.get("TACH_TEST_HOSTS", "python,shim").split(",") if kind]


@pytest.fixture(scope="session", params=host_kinds())
def kind(request):
    """The host under test; a missing Rust host is a failure, not a skip."""
    if request.param == "shim":
        shim_path()
    return request.param


@pytest.fixture(scope="session")
def worker(kind):
    """A ready worker that many tests share; none may end it."""
    worker = Worker(kind)
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
        worker = Worker(kind, **options)
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
