"""Sheets in the manner of different offices: fields, zones, tables and text against what was drawn."""

import pytest
from sheet_offices import BLOCKS, office
from sheet_pen import vietnamese
from sheet_scores import Tally, score_sheet, score_tables, score_text


@pytest.mark.parametrize("name", BLOCKS)
def test_a_sheet_of_an_office_is_read_whole(sheet_worker, tmp_path, name):
    if not vietnamese():
        pytest.skip("DejaVu Sans, which has Vietnamese letters, is not installed")
    data, pen = office(name)
    path = tmp_path / "sheet.pdf"
    path.write_bytes(data)
    request = {"file_path": str(path), "page_index": 0}
    tally = Tally()
    score_sheet(tally, pen.truth, sheet_worker.data("read_sheet", request, timeout_ms=60_000))
    tables = sheet_worker.data("parse_table", request, timeout_ms=60_000)["tables"]
    score_tables(tally, pen.truth, tables)
    lines = sheet_worker.data("extract_text", {**request, "ocr": "never"}, timeout_ms=60_000)["lines"]
    score_text(tally, pen.truth, lines)
    shares = [tally.f1("fields"), tally.f1("zones"), *map(tally.share, ("rows", "lines", "paragraphs"))]
    assert min(shares) >= 0.95, (shares, tally.misses)
    assert tally.found["false tables"] == 0, tally.misses
