"""A table's JSON is what docling-core would write, without docling-core and pandas in the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample" / "engineering_sheet.pdf"
# Reads the tables and the text of the sample, and prints which heavy packages that has imported.
PROGRAM = """
import sys
from types import SimpleNamespace
from pyworker.context import RequestContext
from pyworker.router import Router
from pyworker.settings import Settings

router = Router(Settings(docling_profile="lean", docling_load="lazy"))
router.start()
ask = SimpleNamespace(
    file_path=sys.argv[1], password=None, page_index=0, bbox=None, coord_origin="TOPLEFT", exports=[], ocr="never",
    languages=[], layers=None,
)
tables = router.handle("parse_table", ask, RequestContext(60))["tables"]
router.handle("extract_text", ask, RequestContext(60))
print(len(tables), *(name for name in ("docling", "docling_core", "pandas", "onnxruntime") if name in sys.modules))
"""


@pytest.mark.parametrize("coord_origin", ["TOPLEFT", "BOTTOMLEFT"])
def test_the_json_is_that_of_docling(coord_origin):
    from pyworker.engine.pdf.documents import DocumentCache
    from pyworker.engine.pdf.page_words import read_page
    from pyworker.engine.tables.lean import LeanTableEngine
    from pyworker.engine.tables.table_data import table_data, table_json

    cache = DocumentCache()
    page = cache.open(SAMPLE, None).page(0)
    tables = LeanTableEngine().find(read_page(page, lambda: None), lambda: None)
    assert tables
    # A place that no cell covers, and a cell that reaches over the last row.
    del tables[0].cells[1]
    tables[0].cells[-1].row_end += 1
    for table in tables:
        expected = table_data(table, page.geometry.height, coord_origin).model_dump(mode="json")
        assert table_json(table, page.geometry.height, coord_origin) == expected
    cache.clear()


def test_tables_and_text_need_no_docling_in_memory():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(SAMPLE)],
        capture_output=True,
        text=True,
        check=True,
        cwd=SAMPLE.parents[2],
    )
    found = done.stdout.split()
    assert int(found[0]) > 0
    assert found[1:] == []
