"""The page tree: pages of a long list are found without reading those before them, whatever its counts say."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from pyworker.engine.pdf import page_count
from pyworker.engine.pdf.page_tree import PageTree

PAGES = 1500
TURNED = 1200
SPACE = b"%" + b" " * 600 + b"\n"
"""After each page, so that what is read tells how many pages were."""


class Counting(io.BytesIO):
    """Counts the bytes that are read."""

    read_bytes = 0

    def read(self, size=-1):
        data = super().read(size)
        self.read_bytes += len(data)
        return data

    def readinto(self, buffer):
        length = super().readinto(buffer)
        self.read_bytes += length
        return length


def document(count: int, first: bytes = b"") -> bytes:
    """A flat list of PAGES pages that counts `count`, one of them turned; `first` replaces page 0."""
    out = io.BytesIO(b"%PDF-1.7\n")
    out.seek(0, io.SEEK_END)
    offsets = []
    kids = b" ".join(b"%d 0 R" % (3 + page) for page in range(PAGES))
    pages = [b"<</Type/Page/Parent 2 0 R%s>>" % (b"/Rotate 90" if p == TURNED else b"") for p in range(PAGES)]
    if first:
        pages[0] = first
    last = b"<</Type/Page/Parent 3 0 R>>"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        *pages,
        last,
        last,
    ]
    for number, body in enumerate(bodies, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, body) + SPACE)
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start))
    return out.getvalue()


@pytest.fixture
def tree(tmp_path):
    """Gives the tree of a document, and what counts the bytes read of it."""
    open_trees = []

    def make(data: bytes) -> tuple[PageTree, Counting]:
        path = tmp_path / "tree.pdf"
        path.write_bytes(data)
        counting = Counting(data)
        handed = SimpleNamespace(opened=path.stat(), stream=lambda: counting)
        made = PageTree(path, handed.opened, None, handed)
        open_trees.append(made)
        return made, counting

    yield make
    for made in open_trees:
        made.close()


def turn_of(tree: PageTree, page: int) -> int | None:
    entries = tree.entries(page)
    return None if entries is None else entries.turn


def test_a_page_of_a_long_list_is_found_without_reading_the_others(tree):
    found, counting = tree(document(PAGES))
    assert turn_of(found, 0) == 0
    opening = counting.read_bytes
    assert [turn_of(found, page) for page in (TURNED - 1, TURNED, TURNED + 1)] == [0, 90, 0]
    few = counting.read_bytes - opening
    assert [entries.turn for entries in found.all_entries(0, PAGES - 1) if entries].index(90) == TURNED
    assert few < (counting.read_bytes - opening) / 10
    assert turn_of(found, PAGES) is None


@pytest.mark.parametrize("count", [3, PAGES - 1, PAGES + 5])
def test_a_wrong_count_changes_nothing(tree, count):
    found, _ = tree(document(count))
    assert [turn_of(found, page) for page in (TURNED - 1, TURNED, TURNED + 1, PAGES)] == [0, 90, 0, None]


def test_a_list_with_a_branch_is_walked(tree):
    branch = b"<</Type/Pages/Parent 2 0 R/Count 2/Kids[%d 0 R %d 0 R]>>" % (PAGES + 3, PAGES + 4)
    found, _ = tree(document(PAGES, branch))
    assert [turn_of(found, page) for page in (TURNED, TURNED + 1, TURNED + 2)] == [0, 90, 0]
    assert turn_of(found, PAGES + 1) is None


def claiming(count: int, *nodes: bytes) -> bytes:
    """A document whose root says that it has `count` pages: 3 and on are `nodes`, each led to by the root."""
    kids = b" ".join(b"%d 0 R" % (3 + place) for place in range(len(nodes)))
    root = b"<</Type/Pages/Count %d/MediaBox[0 0 200 100]/Kids[%s]>>" % (count, kids)
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate([b"<</Type/Catalog/Pages 2 0 R>>", root, *nodes], 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(offsets) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (size, table, size, len(out))


PAGE = b"<</Type/Page/Parent 2 0 R>>"
LOOP = b"<</Type/Pages/Count 9/Kids[4 0 R 4 0 R]>>"
EMPTY = [b"<</Type/Pages/Count 1/Kids[%d 0 R %d 0 R]>>" % (4 + level, 4 + level) for level in range(60)]
"""60 levels that each lead twice to the next one: walked without a memory, the last is reached 2^60 times."""
CLAIMED = 65_536


@pytest.mark.parametrize(
    ("nodes", "held"),
    [([PAGE], 1), ([PAGE, LOOP], 1), ([PAGE, b"null", PAGE], 3), ([*EMPTY, b"<</Type/Pages/Kids[]>>"], 0)],
    ids=["flat", "loop", "a broken page", "many ways to nothing"],
)
def test_pages_that_are_only_claimed_are_not_counted(tree, nodes, held):
    found, _ = tree(claiming(CLAIMED, *nodes))
    assert found.held() == held
    assert sum(entries is not None for entries in found.all_entries(0, CLAIMED)) <= held


@pytest.mark.parametrize(
    ("nodes", "held"), [((PAGE, LOOP), 1), ((PAGE, b"null", PAGE), 3)], ids=["a loop", "a broken page"]
)
def test_a_document_has_the_pages_that_are_there(tmp_path, worker, nodes, held):
    path = tmp_path / "claims.pdf"
    path.write_bytes(claiming(CLAIMED, *nodes))
    asked = {"file_path": str(path)}
    info = worker.data("document_info", asked)
    assert info["page_count"] == held
    assert [page["width"] for page in info["pages"]][:: held - 1 or 1] == [200.0, 200.0][:held]
    worker.send("find_text", asked | {"query": "x"})
    while "status" not in (found := worker.receive()):
        assert found["total"] == held
    assert found["data"]["unreadable_pages"] == list(range(1, held - 1))
    for error in (
        worker.error("extract_text", asked | {"page_index": held}),
        worker.error("find_text", asked | {"query": "x", "page_range": [0, held]}),
        worker.error("extract_text", asked | {"page_index": CLAIMED - 1}),
    ):
        assert error["code"] == "page_out_of_range"
        assert error["details"]["page_count"] == held


@pytest.mark.parametrize("broken", [{}, {0, 13, 350, 525, 698}], ids=["whole", "with broken pages"])
@pytest.mark.parametrize("there", [0, 1, 700, 8192, 10_000])
def test_pages_are_probed_where_qpdf_refuses_the_tree(monkeypatch, there, broken):
    asked = []

    def knows(_pdf, page):
        asked.append(page)
        return page < there and page not in broken

    monkeypatch.setattr(page_count, "_knows", knows)
    assert page_count._probed(None, 10_000) == (0 if there == 1 and broken else there)
    assert len(asked) < 1000


def test_a_tree_without_pages_is_damage(tmp_path, worker):
    path = tmp_path / "claims.pdf"
    path.write_bytes(claiming(CLAIMED, b"<</Type/Pages/Count 7/Kids[]>>"))
    error = worker.error("document_info", {"file_path": str(path)})
    assert error["code"] == "pdf_corrupt"
    assert "65,536" in error["message"]
