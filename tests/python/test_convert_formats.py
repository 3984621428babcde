"""convert: HTML, DocTags, chunks and pictures; every box of a chunk cuts out its text; what the structure rests on."""

import base64
import io
import json

import pytest
from PIL import Image
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Image as Figure
from reportlab.platypus import ListFlowable, PageBreak, Paragraph, SimpleDocTemplate, Table
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.layout.box_text import text_in_box
from pyworker.errors import ImageTooLarge
from pyworker.messages import Convert

PROSE = "The pump station stands at the river and lifts water to the works at the upper end of the town. " * 4
TEXT_A = PROSE + "It ends with piles."


def handbook() -> bytes:
    styles = getSampleStyleSheet()
    red = io.BytesIO()
    Image.new("RGB", (120, 80), (220, 20, 20)).save(red, "PNG")
    red.seek(0)
    story = [
        Paragraph("Pump station", styles["Title"]),
        Paragraph("1 Foundations &lt;new&gt;", styles["Heading1"]),
        Paragraph(TEXT_A, styles["BodyText"]),
        ListFlowable(
            [Paragraph(text, styles["BodyText"]) for text in ("Bored piles", "Driven piles")],
            bulletType="bullet",
        ),
        PageBreak(),
        Paragraph("2 Works", styles["Heading1"]),
        Paragraph(PROSE, styles["BodyText"]),
        Figure(red, width=120, height=80),
        Table(
            [["Part", "Weight"], ["Lid", "12"], ["Frame", "30"]],
            style=[("GRID", (0, 0), (-1, -1), 1, "black")],
        ),
    ]
    out = io.BytesIO()
    SimpleDocTemplate(out).build(story)
    return out.getvalue()


@pytest.fixture
def converted(make_pdf, lean):
    path = make_pdf(handbook())
    cache, document, _page = open_page(path)

    def run(**fields):
        reply = convert_pdf(document, Convert(file_path=str(path), **fields), plenty(), lean)
        return json.loads(json.dumps(reply)), document

    yield run
    cache.clear()


def test_chunks_have_headings_and_boxes_that_hold_their_text(converted):
    reply, document = converted(format="chunks")
    chunks = reply["chunks"]
    assert [chunk["headings"][-1] for chunk in chunks][:2] == ["1 Foundations <new>"] * 2
    assert "Bored piles" in chunks[1]["text"] and "Driven piles" in chunks[1]["text"]
    assert any("Lid, Weight = 12" in chunk["text"] for chunk in chunks)
    for chunk in chunks:
        assert chunk["coord_origin"] == "TOPLEFT"
        assert chunk["boxes"][0] == {"page_index": chunk["page_index"], "bbox": chunk["bbox"]}
        found = ""
        for place in chunk["boxes"]:
            page = document.page(place["page_index"])
            found += " " + text_in_box(page, page.geometry.clip(place["bbox"], "TOPLEFT"))
        words = chunk["text"].replace("=", " ").replace(",", " ").replace(".", " ").replace("-", " ").split()
        assert set(words) <= set(found.replace(",", " ").replace(".", " ").split())


def test_html_and_doctags_have_the_structure_and_escape_text(converted):
    html = converted(format="html")[0]["text"]
    assert html.lstrip().lower().startswith("<!doctype html>") and "<td>12</td>" in html
    assert "1 Foundations &lt;new&gt;</h" in html and "<li" in html
    tags = converted(format="doctags")[0]["text"]
    assert tags.startswith("<doctag>") and "<otsl>" in tags and "<picture>" in tags and "<page_break>" in tags


def test_pictures_are_cut_out_of_the_page_where_they_are_asked_for(converted):
    document = converted(images="embedded")[0]
    (picture,) = document["pictures"]
    head, data = picture["image"]["uri"].split(",")
    assert head == "data:image/jpeg;base64"
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    red, green, blue = image.getpixel((image.width // 2, image.height // 2))
    assert abs(red - 220) < 12 and abs(green - 20) < 12 and abs(blue - 20) < 12
    assert image.width / image.height == pytest.approx(1.5, abs=0.05)
    assert "![Image](data:image/jpeg;base64," in converted(images="embedded", format="markdown")[0]["text"]
    assert '<img src="data:image/jpeg;base64,' in converted(images="embedded", format="html")[0]["text"]


def test_a_mark_or_nothing_stands_for_pictures_otherwise(converted):
    assert converted()[0]["pictures"][0].get("image") is None
    for wanted in ("markdown", "html"):
        marked = converted(format=wanted)[0]["text"]
        assert marked.count("<!-- image -->") == 1 and marked.count("1 Foundations") == 1
        none = converted(format=wanted, images="none")[0]["text"]
        assert "<!-- image -->" not in none and "data:image" not in none and "Lid" in none


def test_pictures_that_do_not_fit_into_a_reply_are_refused(converted, monkeypatch):
    from pyworker.engine.convert import pictures

    monkeypatch.setattr(pictures, "MAX_EMBEDDED", 1000)
    with pytest.raises(ImageTooLarge, match="page_range"):
        converted(images="embedded")


def test_the_document_tells_what_its_structure_rests_on(converted):
    meta = converted()[0]["furniture"]["meta"]["tach__structure"]
    assert meta == {"evidence": ["fonts"], "pages": {"1": ["fonts"], "2": ["fonts"]}}
    assert "tach__structure" not in converted(format="html")[0]["text"]


def test_chunks_of_a_format_without_pages_have_no_box(lean, tmp_path):
    from pyworker.engine.commands.convert import convert_file

    path = tmp_path / "note.md"
    path.write_text("# Head\n\nSome words.\n")
    with path.open("rb") as file:
        reply = convert_file(file, Convert(file_path=str(path), format="chunks"), plenty(), lean)
    assert [(c["text"], c["headings"], c["page_index"], c["boxes"]) for c in reply["chunks"]] == [
        ("Some words.", ["Head"], None, [])
    ]


def test_a_book_is_read_with_the_default_install_and_nothing_it_refers_to(lean, tmp_path):
    import zipfile

    from pyworker.engine.commands.convert import convert_file

    secret = tmp_path / "secret.txt"
    secret.write_text("not in the book")
    path = tmp_path / "book.epub"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
        )
        book.writestr(
            "c.opf",
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A book</dc:title>'
            '<dc:identifier id="i">x</dc:identifier><dc:language>en</dc:language></metadata><manifest>'
            '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="a"/></spine></package>',
        )
        book.writestr(
            "a.xhtml",
            '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Chapter one</h1><p>Some words.</p>'
            f'<p><img src="{secret.as_uri()}" alt="x"/></p></body></html>',
        )
    with path.open("rb") as file:
        payload = Convert(file_path=str(path), format="markdown")
        text = convert_file(file, payload, plenty(), lean)["text"]
    assert "# Chapter one" in text
    assert "Some words." in text
    assert "not in the book" not in text
