"""Specimen pages of statistical reports in many styles: parse_table reads them, and finds no table on those without."""

import pytest
import specimen_scores
from specimen_accounts import ACCOUNTS
from specimen_business import BUSINESS
from specimen_doubtful import WITHOUT, headless, small
from specimen_grounds import GROUNDS
from specimen_invoices import INVOICES
from specimen_kinds import TUNED, UNTUNED, kind_page
from specimen_office import OFFICE
from specimen_pages import table_page
from specimen_printed import PRINTED

from pyworker.engine.tables.confidence import BOUND

# A few of the development pages; the figures of the larger runs are in docs/benchmarks.md.
SEEDS = range(40)
FLOOR = {True: 0.95, False: 0.94}


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return specimen_scores.Reader(tmp_path_factory.mktemp("specimens"))


@pytest.mark.parametrize("with_boxes", FLOOR, ids=["true box", "whole page"])
def test_tables_of_many_styles_are_read(reader, with_boxes):
    _, _, f1 = specimen_scores.score(reader, SEEDS, with_boxes)
    assert f1 >= FLOOR[with_boxes]


@pytest.mark.parametrize("kind", [*TUNED, *UNTUNED], ids=lambda kind: kind.__name__)
def test_each_kind_of_table_is_read(reader, kind):
    pages = [kind_page(kind, seed) for seed in range(100, 108)]
    assert specimen_scores.score_pages(reader, pages, with_boxes=False)[2] >= 0.85


@pytest.mark.parametrize("kind", BUSINESS, ids=lambda kind: kind.__name__)
def test_rows_on_pages_of_firms_are_whole(reader, kind):
    right, count = specimen_scores.whole_rows(reader, [kind_page(kind, seed) for seed in range(3)])
    assert right >= 0.9 * count


@pytest.mark.parametrize("kind", OFFICE, ids=lambda kind: kind.__name__)
def test_tables_of_offices_are_read(reader, kind):
    pages = [kind_page(kind, seed) for seed in (1, 3, 4)]
    assert specimen_scores.score_pages(reader, pages, with_boxes=False)[2] >= 0.95


@pytest.mark.parametrize("kind", [*INVOICES, *ACCOUNTS, *GROUNDS, *PRINTED], ids=lambda kind: kind.__name__)
def test_tables_of_several_countries_and_trades_are_read(reader, kind):
    pages = [kind_page(kind, seed) for seed in (0, 3, 5, 6)]
    assert specimen_scores.score_pages(reader, pages, with_boxes=False)[2] >= 0.93


def test_pages_that_only_look_like_tables_have_none(reader):
    assert specimen_scores.false_tables(reader, range(30)) == []


@pytest.mark.parametrize("kind", [small, headless], ids=lambda kind: kind.__name__)
def test_small_tables_and_those_without_a_header_are_read(reader, kind):
    pages = [kind_page(kind, seed) for seed in range(12)]
    assert specimen_scores.score_pages(reader, pages, with_boxes=False)[2] >= 0.85


def test_what_only_looks_like_a_table_is_left_out_or_doubted(reader):
    pages = [kind_page(kind, seed) for kind in WITHOUT for seed in range(6)]
    found = [table["confidence"] for page in pages for table in reader.tables(page, with_boxes=False)]
    assert len(found) <= 0.5 * len(pages)
    assert sum(confidence >= BOUND for confidence in found) <= 0.05 * len(pages)


def test_a_seed_gives_one_page():
    assert table_page(3).pdf == table_page(3).pdf
    assert table_page(3).pdf != table_page(4).pdf


def test_the_measure_looks_through_empty_cells_and_spans():
    cells = [(0, 0, 1, 2, "Both"), (1, 0, 2, 1, "a"), (1, 1, 2, 2, ""), (1, 2, 2, 3, "c")]
    assert specimen_scores.relations(cells) == {("both", "a", "below"): 1, ("a", "c", "right"): 1}
