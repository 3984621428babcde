"""Libraries that Docling imports wait for their first use in the lean profile."""

import json
import subprocess
import sys

import pytest
from hosts import ROOT

from pyworker.engine.docling import deferred_imports
from pyworker.engine.docling.deferred_imports import deferred

LIBRARY = "class Sheet:\n    rows = 3\n\ndef double(value):\n    return 2 * value\n"
USER = """import tach_sample_library as library
from tach_sample_library import double

def empty() -> library.Sheet:
    return library.Sheet()
"""
USE_DOCLING = """
import json, sys
from pyworker.engine.docling.deferred_imports import LIBRARIES
from pyworker.engine.docling.pipelines import load_lean

loads = []
load_lean(lambda: loads.append(1))
told = {"imported": [name for name in LIBRARIES if name in sys.modules]}
from docling.models import base_ocr_model
from docling_core.types.doc import DoclingDocument, TableData
table = DoclingDocument(name="it").add_table(TableData(num_rows=1, num_cols=1, table_cells=[]))
told["frame"] = list(table.export_to_dataframe().shape)
told["patches"] = int(base_ocr_model.label([1, 0, 1])[1])
told["loads"] = len(loads)
print(json.dumps(told))
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """Makes the modules of USER and LIBRARY importable, the latter as one that waits."""
    (tmp_path / "tach_sample_library.py").write_text(LIBRARY)
    (tmp_path / "tach_sample_user.py").write_text(USER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(deferred_imports, "LIBRARIES", ("tach_sample_library",))
    yield
    for name in ("tach_sample_library", "tach_sample_user"):
        sys.modules.pop(name, None)


def test_a_library_is_imported_when_it_is_used(library):
    loads = []
    with deferred(lambda: loads.append(1)):
        import tach_sample_user as user
    assert "tach_sample_library" not in sys.modules
    assert user.double(4) == 8
    assert loads == [1]
    assert user.empty().rows == user.library.Sheet.rows == 3
    assert loads == [1], "it is imported once"


def test_an_import_statement_afterwards_gives_the_library_itself(library):
    with deferred(lambda: None):
        import tach_sample_user as user
    import tach_sample_library

    assert tach_sample_library.double(1) == 2
    assert isinstance(user.empty(), tach_sample_library.Sheet)


def test_a_library_that_is_not_installed_is_told_at_once(monkeypatch):
    monkeypatch.setattr(deferred_imports, "LIBRARIES", ("tach_no_such_library.part",))
    with pytest.raises(ImportError, match="tach_no_such_library"), deferred(lambda: None):
        pass


def test_docling_works_without_them_and_with_them():
    run = subprocess.run(
        [sys.executable, "-c", USE_DOCLING],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    told = json.loads(run.stdout.splitlines()[-1])
    assert told == {"imported": [], "frame": [1, 1], "patches": 2, "loads": 2}
