"""find_text: what matches, where its boxes are, its bounds, and that what is kept gives the same answer."""

from __future__ import annotations

import stat
import sys

import pytest
from hosts import plain_rights
from pdf_maker import Pdf


def written(*lines, x=20, y=150, leading=14, size=10, matrix="1 0 0 1"):
    """Content with lines of text below each other."""
    return "".join(
        f"BT /F {size} Tf {matrix} {x} {y - leading * number} Tm ({line}) Tj ET\n"
        for number, line in enumerate(lines)
    )


@pytest.fixture
def find(worker, make_pdf):
    """Searches a document of pages of content; further arguments are fields of the request."""

    def run(pages, query, **fields):
        pdf = Pdf.with_font()
        for page in [pages] if isinstance(pages, str) else pages:
            content, entries = page if isinstance(page, tuple) else (page, "")
            pdf.page(content, size=(300.0, 200.0), entries=entries)
        path = make_pdf(pdf.build())
        request = worker.send("find_text", {"file_path": str(path), "query": query, **fields})
        reply = worker.receive()
        while "status" not in reply:
            assert reply["type"] == "progress"
            reply = worker.receive()
        assert reply["req_id"] == request
        assert reply["status"] == "success", reply
        return reply["data"]

    return run


def texts(found):
    return [match["text"] for match in found["matches"]]


def test_a_text_is_told_with_page_context_and_box(find):
    found = find([written("Nothing here"), written("Wall of C30/37 cast in place", y=100)], "c30/37")
    (match,) = found["matches"]
    assert (match["page_index"], match["text"], match["context"]) == (
        1,
        "C30/37",
        "Wall of C30/37 cast in place",
    )
    ((x, y, width, height),) = match["boxes"]
    assert 50 < x < 70
    assert 88 < y < 96
    assert 25 < width < 40
    assert 8 < height < 16
    assert (found["truncated"], found["unreadable_pages"]) == (False, [])


@pytest.mark.parametrize(
    ("text", "query", "fields", "found"),
    [
        ("Beam BEAM beams", "beam", {}, ["Beam", "BEAM", "beam"]),
        ("Beam BEAM beams", "BEAM", {"match_case": True}, ["BEAM"]),
        ("Beam BEAM beams", "beam", {"whole_words": True}, ["Beam", "BEAM"]),
        ("A1 A12 A1.2 xA1", "A1", {"whole_words": True}, ["A1", "A1"]),
        ("aaa", "aa", {}, ["aa"]),
        ("foofoo foo", "foo", {"whole_words": True}, ["foo"]),
        ("fire   door\\240EI 30", "fire door ei  30", {}, ["fire door EI 30"]),
        ("pipe \\22650 and 50 \\226 60", "\u221250", {}, ["\u201350"]),
        ("a \\223quoted\\224 word", '"quoted"', {}, ["\u201cquoted\u201d"]),
        ("Stra\\337e", "STRASSE", {}, ["Stra\u00dfe"]),
        ("Stra\\337e", "ras", {}, ["ra\u00df"]),
        ("dot. (star*) [x]", "r*) [", {}, ["r*) ["]),
        ("caf\\351", "cafe\u0301", {}, ["caf\u00e9"]),
        ("caf\\351", "cafe", {}, []),
        ("x\\262 m", "x2", {}, ["x\u00b2"]),
    ],
)
def test_what_matches(find, text, query, fields, found):
    assert texts(find(written(text), query, **fields)) == found


def test_a_match_runs_on_into_the_line_right_below(find):
    found = find(written("The reinforced", "concrete slab"), "reinforced concrete")
    (match,) = found["matches"]
    assert match["text"] == "reinforced concrete"
    assert len(match["boxes"]) == 2
    assert match["boxes"][0][1] < match["boxes"][1][1]


def test_a_match_does_not_run_on_to_what_stands_elsewhere(find):
    far = written("The reinforced") + written("concrete slab", y=60)
    larger = written("The reinforced") + written("concrete slab", y=130, size=24)
    beside = written("The reinforced") + written("concrete slab", x=200, y=136)
    for content in (far, larger, beside):
        assert texts(find(content, "reinforced concrete")) == []


@pytest.mark.parametrize("query", ["reinforcement", "rein-forcement", "use rein\u00adforcement bars"])
def test_a_hyphen_at_the_end_of_a_line_matches_with_and_without(find, query):
    found = find(written("We use rein-", "forcement bars"), query)
    assert len(found["matches"]) == 1
    assert len(found["matches"][0]["boxes"]) == 2


def test_a_hyphen_in_a_line_is_a_hyphen(find):
    assert texts(find(written("a T16-200 bar"), "T16-200")) == ["T16-200"]
    assert texts(find(written("a T16-200 bar"), "T16200")) == []


@pytest.mark.parametrize(
    ("entries", "matrix", "upright"),
    [("/Rotate 90", "1 0 0 1", True), ("", "0 1 -1 0", True), ("/Rotate 270", "0 1 -1 0", False)],
)
def test_turned_text_is_found_with_a_box_that_shows_it(find, entries, matrix, upright):
    content = written("Turned C30/37", x=100, y=60, matrix=matrix)
    (match,) = find([(content, entries)], "C30/37")["matches"]
    assert match["context"] == "Turned C30/37"
    _, _, width, height = match["boxes"][0]
    assert (height > width) == upright


def test_limit_and_range(find):
    pages = [written(f"Sheet {number}", "door door") for number in range(5)]
    found = find(pages, "door", limit=3)
    assert [match["page_index"] for match in found["matches"]] == [0, 0, 1]
    assert found["truncated"]
    found = find(pages, "door", page_range=[3, 4], limit=4)
    assert [match["page_index"] for match in found["matches"]] == [3, 3, 4, 4]
    assert not found["truncated"]


def test_a_range_past_the_end_is_refused(worker, make_pdf):
    pdf = Pdf.with_font()
    pdf.page()
    path = str(make_pdf(pdf.build()))
    error = worker.error("find_text", {"file_path": path, "query": "x", "page_range": [0, 1]})
    assert (error["code"], error["details"]["page_count"]) == ("page_out_of_range", 1)


def test_a_page_that_cannot_be_loaded_is_passed_over_and_named(find):
    found = find(
        [written("door"), (written("door"), "/MediaBox[0 0 900000000 900000000]"), written("door")], "door"
    )
    assert [match["page_index"] for match in found["matches"]] == [0, 2]
    assert found["unreadable_pages"] == [1]


def test_what_is_typed_into_a_form_is_found(worker, make_pdf):
    pdf = Pdf.with_font()
    look = pdf.stream(
        "BT /F 10 Tf 5 5 Td (late note) Tj ET",
        "/Type/XObject/Subtype/Form/BBox[0 0 180 20]/Resources<</Font<</F 3 0 R>>>>",
    )
    note = (
        f"/Annots[<</Type/Annot/Subtype/FreeText/F 4/Rect[20 20 200 40]/DA(/F 10 Tf)/AP<</N {look} 0 R>>>>]"
    )
    pdf.page(written("drawn"), size=(300.0, 200.0), entries=note)
    assert [match["text"] for match in search(worker, make_pdf(pdf.build()), "late note")] == ["late note"]


@pytest.fixture
def document(make_pdf):
    pdf = Pdf.with_font()
    for number in range(40):
        pdf.page(written(f"Sheet {number} of C30/37", "and more"), size=(300.0, 200.0))
    return make_pdf(pdf.build(), "kept.pdf")


def search(worker, path, query="c30/37", **fields):
    worker.send("find_text", {"file_path": str(path), "query": query, **fields}, timeout_ms=60_000)
    reply = worker.receive()
    while "status" not in reply:
        reply = worker.receive()
    return reply["data"]["matches"]


def test_what_is_kept_in_a_folder_answers_as_the_pages_do(start, document, tmp_path):
    folder = tmp_path / "text"
    first = start(TACH_TEXT_CACHE_DIR=str(folder))
    first.ready()
    cold = search(first, document)
    assert len(cold) == 40
    files = sorted(folder.glob("*/*.index"))
    assert [file.stem for file in files] == ["0", "32"]
    if sys.platform != "win32":
        assert all(
            not stat.S_IMODE(place.stat().st_mode) & 0o077 for place in (folder, files[0].parent, files[0])
        )
    second = start(TACH_TEXT_CACHE_DIR=str(folder))
    second.ready()
    assert search(second, document) == cold
    assert search(second, document, "sheet 39") == search(first, document, "sheet 39") != []


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_damaged_files_of_the_folder_are_made_anew(start, document, tmp_path, damage):
    folder = tmp_path / "text"
    worker = start(TACH_TEXT_CACHE_DIR=str(folder))
    worker.ready()
    cold = search(worker, document)
    for file in folder.glob("*/*.index"):
        file.write_bytes(damage)
    again = start(TACH_TEXT_CACHE_DIR=str(folder))
    again.ready()
    assert search(again, document) == cold
    assert all(file.read_bytes() != damage for file in folder.glob("*/*.index"))


def test_a_changed_document_is_read_anew(start, document, tmp_path):
    worker = start(TACH_TEXT_CACHE_DIR=str(tmp_path / "text"))
    worker.ready()
    assert len(search(worker, document)) == 40
    document.write_bytes(document.read_bytes().replace(b"C30/37", b"C35/45"))
    assert search(worker, document) == []
    assert len(search(worker, document, "C35/45")) == 40


def test_nothing_of_an_encrypted_document_is_written(start, make_pdf, tmp_path):
    pdf = Pdf.with_font()
    pdf.page(written("a secret"), size=(300.0, 200.0))
    path = make_pdf(pdf.build("locked"))
    worker = start(TACH_TEXT_CACHE_DIR=str(tmp_path / "text"))
    worker.ready()
    assert len(search(worker, path, "secret", password="locked")) == 1
    assert not list(tmp_path.glob("text/*/*"))


@pytest.mark.system("unix", reason="file modes are Unix's")
def test_a_folder_that_cannot_be_written_costs_nothing_but_time(start, document, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    worker = start(launcher=plain_rights(), TACH_TEXT_CACHE_DIR=str(tmp_path / "closed" / "text"))
    worker.ready()
    assert len(search(worker, document)) == 40


def test_pages_are_spelled_from_several_words():
    from pyworker.engine.search.matching import _is_spelled

    page = " h 2 o m 3 rein- forcement long word "
    assert all(_is_spelled(word, page) for word in ("h2o", "m3", "reinforcement", "ong", "o", "longw"))
    assert not any(_is_spelled(word, page) for word in ("h2x", "3m9", "reinforced", "zebra", "2oz"))


def test_pages_that_only_ocr_reads_are_named_and_searched_where_they_have_text(find):
    scan = "q 300 0 0 200 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q "
    plot = "".join(f"{20 + 2 * n} 100 m {21 + 2 * n} 108 l S " for n in range(120))
    logo = "q 40 0 0 40 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI Q "
    frame = "10 10 280 180 re S"
    pages = [written("door"), scan, scan + written("door 7"), plot, logo, frame, "", plot + written("door")]
    found = find(pages, "door")
    assert found["unreadable_pages"] == [1, 2, 3]
    assert [match["page_index"] for match in found["matches"]] == [0, 2, 7]
