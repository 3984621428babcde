"""A table's JSON is what docling-core would write, without docling-core and pandas in the process."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from random import Random

import pytest

from pyworker.engine.convert.table_data import exported, table_data
from pyworker.engine.tables.types import NOWHERE, Cell, Table

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
    file_path=sys.argv[1], password=None, page_index=0, bbox=None, coord_origin="TOPLEFT", exports=["markdown", "csv"],
    ocr="never", languages=[], layers=None,
)
tables = router.handle("parse_table", ask, RequestContext(60))["tables"]
router.handle("extract_text", ask, RequestContext(60))
print(len(tables), *(name for name in ("docling", "docling_core", "pandas", "onnxruntime") if name in sys.modules))
"""


@pytest.mark.parametrize("coord_origin", ["TOPLEFT", "BOTTOMLEFT"])
def test_the_json_is_that_of_docling(coord_origin):
    from pyworker.engine.convert.table_data import table_json
    from pyworker.engine.pdf.documents import DocumentCache
    from pyworker.engine.pdf.page_words import read_page
    from pyworker.engine.tables.lean import LeanTableEngine

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


WORDS = ("", "a|b", "1,234.50", "-7", "12", "two\nlines", 'said "so"', "Diện tích, m2", " ", "Cộng", "Cộng")


def random_table(chance: Random) -> Table:
    """A table whose cells, headers among them, reach over rows and columns; some places have none."""
    rows, cols, heads = chance.randint(1, 5), chance.randint(1, 5), chance.randint(0, 3)
    taken: set[tuple[int, int]] = set()
    cells = []
    for row, col in product(range(rows), range(cols)):
        if (row, col) in taken or chance.random() < 0.1:
            continue
        end_row, end_col = (
            min(rows, row + chance.choice((1, 1, 1, 2))),
            min(cols, col + chance.choice((1, 1, 1, 2))),
        )
        covered = set(product(range(row, end_row), range(col, end_col)))
        if covered & taken:
            end_row, end_col, covered = row + 1, col + 1, {(row, col)}
        taken |= covered
        header = row < heads if chance.random() < 0.9 else chance.random() < 0.5
        cells.append(Cell(row, col, end_row, end_col, text=chance.choice(WORDS), column_header=header))
    return Table(NOWHERE, "ruling", rows, cols, cells)


def test_markdown_and_csv_are_those_of_docling():
    from docling_core.types.doc.document import DoclingDocument

    for seed in range(400):
        table = random_table(Random(seed))
        document = DoclingDocument(name="table")
        item = document.add_table(data=table_data(table, 800.0, "TOPLEFT"))
        expected = {
            "markdown": item.export_to_markdown(doc=document),
            "csv": item.export_to_dataframe(doc=document).to_csv(index=False, lineterminator="\n"),
        }
        assert exported(table, 800.0, "TOPLEFT", ["markdown", "csv"]) == expected, seed


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
