"""Files that are missing, broken, locked, changed or forbidden, and paths of every kind, over both hosts."""

import os
import sys
from pathlib import Path

import pytest
from hosts import plain_rights
from pdf_maker import BLUE, GREEN, RED, Pdf, fill, one_page

from pyworker import long_paths

WHOLE = [0, 0, 200, 100]
unix_only = pytest.mark.system("unix", reason="FIFOs, file modes and free use of links are Unix's")


def crop_error(worker, path, **payload):
    return worker.error(
        "extract_evidence", {"file_path": str(path), "page_index": 0, "bbox": WHOLE, **payload}
    )


def test_document_info(worker, make_pdf):
    pdf = Pdf.with_font()
    pdf.info = "/Title(Foundation plan)/Author(A)/Subject()"
    pdf.page(size=(595.0, 842.0))
    pdf.page(size=(595.0, 842.0), entries="/Rotate 90")
    pdf.page(size=(100.0, 50.0), entries="/Rotate 180/CropBox[10 10 60 30]")
    info = worker.data("document_info", {"file_path": str(make_pdf(pdf.build()))})
    assert info == {
        "page_count": 3,
        "pages": [
            {"width": 595.0, "height": 842.0, "rotation": 0},
            {"width": 842.0, "height": 595.0, "rotation": 90},
            {"width": 50.0, "height": 20.0, "rotation": 180},
        ],
        "encrypted": False,
        "metadata": {"Title": "Foundation plan", "Author": "A"},
        "outline": [],
        "page_labels": [],
        "layers": [],
        "truncated": [],
    }


def test_a_missing_file(worker, tmp_path):
    for path in (tmp_path / "none.pdf", tmp_path / "no folder" / "none.pdf", tmp_path / ("x" * 300)):
        assert crop_error(worker, path)["code"] == "file_not_found"


def test_a_directory(worker, tmp_path):
    assert crop_error(worker, tmp_path)["code"] == "file_unreadable"


@unix_only
def test_a_fifo_does_not_hang(worker, tmp_path):
    os.mkfifo(tmp_path / "fifo.pdf")
    assert crop_error(worker, tmp_path / "fifo.pdf")["code"] == "file_unreadable"


@unix_only
def test_a_file_without_permission(start, make_pdf):
    path = make_pdf(one_page())
    path.chmod(0)
    worker = start(launcher=plain_rights())
    worker.ready()
    assert crop_error(worker, path)["code"] == "file_unreadable"


@unix_only
def test_a_link_that_points_at_itself(worker, tmp_path):
    (tmp_path / "loop.pdf").symlink_to("loop.pdf")
    assert crop_error(worker, tmp_path / "loop.pdf")["code"] == "file_unreadable"


@pytest.mark.parametrize("part", [0.0, 0.02, 0.1, 0.3])
def test_a_truncated_pdf(worker, make_pdf, part):
    whole = one_page()
    assert crop_error(worker, make_pdf(whole[: int(len(whole) * part)]))["code"] == "pdf_corrupt"


def test_a_pdf_with_a_broken_xref_table_is_repaired(worker, make_pdf):
    whole = one_page(fill(GREEN, 0, 0, 200, 100))
    start = whole.index(b"xref\n")
    path = make_pdf(whole[:start] + b"\xff\x00garbage" * 20 + b"\ntrailer<</Root 1 0 R/Size 9>>")
    assert worker.crop(path, WHOLE).at(0.5, 0.5) == GREEN


def test_garbage_behind_a_header(worker, make_pdf):
    path = make_pdf(b"%PDF-1.7\n" + bytes(range(256)) * 40, "garbage.bin")
    assert crop_error(worker, path)["code"] == "pdf_corrupt"


def test_a_document_without_pages(worker, make_pdf):
    assert crop_error(worker, make_pdf(Pdf.with_font().build()))["code"] == "pdf_corrupt"


def test_a_page_of_absurd_size(worker, make_pdf):
    path = make_pdf(one_page("", entries="/MediaBox[0 0 595 2147483648]"))
    assert crop_error(worker, path)["code"] == "pdf_corrupt"
    info = worker.data("document_info", {"file_path": str(path)})
    assert info["pages"] == [{"width": 0, "height": 0, "rotation": 0}]


def test_a_file_that_is_no_pdf(worker, make_pdf):
    assert (
        crop_error(worker, make_pdf(b"\x89PNG\r\n\x1a\n" + bytes(100), "a.png"))["code"]
        == "unsupported_format"
    )
    assert crop_error(worker, make_pdf(b"just text", "a.txt"))["code"] == "unsupported_format"


def test_an_encrypted_pdf(worker, make_pdf):
    path = make_pdf(one_page(fill(BLUE, 0, 0, 200, 100), password="open sesame"))
    for wrong in ({}, {"password": "wrong"}, {"password": ""}, {"password": "open sesame\0x"}):
        error = crop_error(worker, path, **wrong)
        assert error["code"] == "pdf_encrypted"
        assert "sesame" not in error["message"]
    assert worker.crop(path, WHOLE, password="open sesame").at(0.5, 0.5) == BLUE
    info = worker.data("document_info", {"file_path": str(path), "password": "open sesame"})
    assert info["encrypted"] is True
    # A document that is open with its password stays locked for everybody else.
    assert crop_error(worker, path)["code"] == "pdf_encrypted"


def test_a_password_where_none_is_needed(worker, make_pdf):
    path = make_pdf(one_page(fill(RED, 0, 0, 200, 100)))
    assert worker.crop(path, WHOLE, password="x").at(0.5, 0.5) == RED


@pytest.mark.parametrize(
    "name",
    ["with space.pdf", "Bản vẽ kết cấu.pdf", "😀 emoji.pdf", "a'b\"c.pdf", "no extension", "图纸/деталь.pdf"],
)
def test_names_of_every_kind(worker, make_pdf, name):
    if sys.platform == "win32":
        name = name.replace('"', "")
    path = make_pdf(one_page(fill(RED, 0, 0, 200, 100)), name)
    assert worker.crop(path, WHOLE).at(0.5, 0.5) == RED


def test_a_long_path(start, tmp_path):
    folder = tmp_path
    while len(str(folder)) < 1000:
        folder = folder / ("ả" * 80)
    path = Path(long_paths.for_system(str(folder / "deep.pdf")))
    path.parent.mkdir(parents=True)
    path.write_bytes(one_page(fill(RED, 0, 0, 200, 100)))
    # Wine 8 does not resolve a path of this length, which the check of the roots needs.
    worker = start(**({} if sys.platform == "win32" else {"TACH_ALLOWED_ROOTS": str(tmp_path)}))
    worker.ready()
    # As an application names it, and in the form that Windows itself wants.
    for name in (folder / "deep.pdf", path):
        assert worker.crop(name, WHOLE).at(0.5, 0.5) == RED
    assert crop_error(worker, folder / "none.pdf")["code"] == "file_not_found"


def test_the_form_of_long_windows_paths():
    table = {
        "C:\\a\\b.pdf": "\\\\?\\C:\\a\\b.pdf",
        "C:/a/../Bản vẽ/b.pdf": "\\\\?\\C:\\Bản vẽ\\b.pdf",
        "\\\\server\\share\\b.pdf": "\\\\?\\UNC\\server\\share\\b.pdf",
        "\\\\?\\C:\\a.pdf": "\\\\?\\C:\\a.pdf",
        "\\\\.\\pipe\\a": "\\\\.\\pipe\\a",
    }
    for name, extended in table.items():
        assert long_paths.extended(name) == extended
    assert long_paths.plain("\\\\?\\C:\\a.pdf") == "C:\\a.pdf"
    assert long_paths.plain("\\\\?\\UNC\\server\\share") == "\\\\server\\share"
    assert long_paths.plain("/data/a.pdf") == "/data/a.pdf"


def test_a_changed_file_is_seen(worker, make_pdf):
    for colour in (RED, GREEN, BLUE, RED):
        path = make_pdf(one_page(fill(colour, 0, 0, 200, 100)))
        assert worker.crop(path, WHOLE).at(0.5, 0.5) == colour


def test_a_replaced_file_is_seen_even_with_the_same_time_and_size(worker, make_pdf):
    first = make_pdf(one_page(fill(RED, 0, 0, 200, 100)), "a.pdf")
    other = make_pdf(one_page(fill(BLUE, 0, 0, 200, 100)), "b.pdf")
    assert first.stat().st_size == other.stat().st_size
    assert worker.crop(first, WHOLE).at(0.5, 0.5) == RED
    os.utime(other, ns=(first.stat().st_atime_ns, first.stat().st_mtime_ns))
    other.replace(first)
    assert worker.crop(first, WHOLE).at(0.5, 0.5) == BLUE


def test_a_deleted_file_is_gone(worker, make_pdf):
    path = make_pdf(one_page())
    worker.crop(path, WHOLE)
    path.unlink()
    assert crop_error(worker, path)["code"] == "file_not_found"


def test_more_documents_than_stay_open(worker, make_pdf):
    paths = [(make_pdf(one_page(fill((i, 9, 9), 0, 0, 200, 100)), f"{i}.pdf"), (i, 9, 9)) for i in range(40)]
    for path, colour in [*paths, *paths[:3], *reversed(paths)]:
        assert worker.crop(path, WHOLE).at(0.5, 0.5) == colour


def test_allowed_roots(start, make_pdf, tmp_path):
    inside = make_pdf(one_page(), "in/side/a.pdf")
    outside = make_pdf(one_page(), "outside/a.pdf")
    sibling = make_pdf(one_page(), "in-sibling/a.pdf")
    nowhere = tmp_path / "nowhere"
    worker = start(TACH_ALLOWED_ROOTS=os.pathsep.join([str(tmp_path / "in"), str(nowhere)]))
    worker.ready()
    for path in (inside, tmp_path / "in" / "side" / ".." / "side" / "a.pdf"):
        worker.crop(path, WHOLE)
    for path in (outside, sibling, tmp_path / "in" / ".." / "outside" / "a.pdf"):
        assert crop_error(worker, path)["code"] == "path_not_allowed"


@pytest.mark.system("windows", reason="only there a path has an extended-length form")
def test_roots_in_the_extended_length_form(start, make_pdf, tmp_path):
    inside, outside = make_pdf(one_page(), "in/a.pdf"), make_pdf(one_page(), "outside/a.pdf")
    worker = start(TACH_ALLOWED_ROOTS=long_paths.extended(str(inside.parent)))
    worker.ready()
    worker.crop(inside, WHOLE)
    worker.crop(Path(long_paths.extended(str(inside))), WHOLE)
    assert crop_error(worker, outside)["code"] == "path_not_allowed"


@unix_only
def test_links_and_allowed_roots(start, make_pdf, tmp_path):
    inside = make_pdf(one_page(), "in/side/a.pdf")
    outside = make_pdf(one_page(), "outside/a.pdf")
    (tmp_path / "in" / "link.pdf").symlink_to(outside)
    (tmp_path / "in" / "folder").symlink_to(outside.parent)
    (tmp_path / "outside" / "back.pdf").symlink_to(inside)
    (tmp_path / "alias").symlink_to(tmp_path / "in")
    worker = start(TACH_ALLOWED_ROOTS=str(tmp_path / "alias"))
    worker.ready()
    for path in (inside, tmp_path / "outside" / "back.pdf"):
        worker.crop(path, WHOLE)
    for path in (outside, tmp_path / "in" / "link.pdf", tmp_path / "in" / "folder" / "a.pdf"):
        assert crop_error(worker, path)["code"] == "path_not_allowed"


@unix_only
def test_a_link_that_moves_out_of_the_roots_is_seen(start, make_pdf, tmp_path):
    inside = make_pdf(one_page(), "in/a.pdf")
    outside = make_pdf(one_page(), "outside/a.pdf")
    link = tmp_path / "link.pdf"
    worker = start(TACH_ALLOWED_ROOTS=str(inside.parent))
    worker.ready()
    link.symlink_to(inside)
    worker.crop(link, WHOLE)
    link.unlink()
    link.symlink_to(outside)
    assert crop_error(worker, link)["code"] == "path_not_allowed"
