"""The service that the tests of one run share."""

from __future__ import annotations

import pytest
from serving import served


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    with served(tmp_path_factory.mktemp("root")) as service:
        yield service
