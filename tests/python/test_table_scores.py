"""The shared half of the ICDAR 2013 table competition, where it is there: the scores stay where they are."""

import importlib.util
from collections import Counter
from xml.etree import ElementTree

import pytest
from hosts import ROOT
from text_pages import plenty

from pyworker.engine.commands.parse_table import parse_table
from pyworker.engine.docling import profiles
from pyworker.engine.engines import Engines
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.messages import ParseTable
from pyworker.settings import Settings

SHARED = ROOT.parent / "shared"
FOLDER = SHARED / "corpus" / "icdar2013" / "eu"
SCORER = SHARED / "tools" / "icdar_score.py"
pytestmark = pytest.mark.shared
GOAL = {"page": 0.98, "box": 0.98}


@pytest.fixture(scope="module")
def scorer():
    spec = importlib.util.spec_from_file_location("icdar_score", SCORER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def requests(scorer, stem, pages, mode):
    if mode == "page":
        return [(page, {}) for page in range(pages)]
    return [
        (page - 1, {"bbox": [x1, y1, x2 - x1, y2 - y1], "coord_origin": "BOTTOMLEFT"})
        for page, (x1, y1, x2, y2) in scorer.true_regions(f"{stem}-reg.xml")
    ]


@pytest.mark.parametrize("mode", ["page", "box"])
def test_the_score_of_the_competition_holds(scorer, mode):
    lean = Engines(Settings(), "lean", profiles.look(None))
    cache = DocumentCache()
    precision, recall, count = 0.0, 0.0, 0
    for stem in scorer.documents(str(FOLDER)):
        try:
            truth = sum(map(scorer.relations, scorer.true_tables(f"{stem}-str.xml")), Counter())
        except ElementTree.ParseError:
            continue
        document = cache.open(f"{stem}.pdf", None)
        found = Counter()
        for page, fields in requests(scorer, stem, document.page_count, mode):
            payload = ParseTable(file_path=f"{stem}.pdf", page_index=page, **fields)
            for table in parse_table(document, payload, plenty(), lean)["tables"]:
                found += scorer.relations(scorer.predicted_cells(table))
        right = sum((truth & found).values())
        precision += right / max(sum(found.values()), 1)
        recall += right / sum(truth.values())
        count += 1
    precision, recall = precision / count, recall / count
    assert 2 * precision * recall / (precision + recall) >= GOAL[mode]
