"""convert for files that are not PDFs: pictures by OCR, other formats where their reader is installed."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from text_pages import plenty

from pyworker.engine.commands.convert import convert as command
from pyworker.engine.commands.convert import convert_file
from pyworker.engine.engines import Engines
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.errors import (
    DeadlinePassed,
    EngineUnavailable,
    ImageTooLarge,
    PathNotAllowed,
    UnsupportedFormat,
)
from pyworker.messages import Convert
from pyworker.settings import Settings

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "formats"

# Docling's and its libraries' own deprecations are not this project's to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def lean():
    return Engines.load(Settings(docling_profile="lean"))


def picture(text: str, mode: str = "L") -> Image.Image:
    image = Image.new(mode, (620, 200), "white")
    ImageDraw.Draw(image).text((50, 80), text, "black", font=ImageFont.load_default(32))
    return image


def convert(engine, path, context=None, **fields):
    from docling_core.types.doc import DoclingDocument

    with path.open("rb") as file:
        reply = convert_file(file, Convert(file_path=str(path), **fields), context or plenty(), engine)
    return reply["text"] if "text" in reply else DoclingDocument.model_validate(json.loads(json.dumps(reply)))


@pytest.mark.parametrize("name", ["scan.png", "scan.jpg", "scan.tiff", "scan.bmp", "scan.webp"])
def test_a_picture_is_read_by_ocr_with_boxes_in_points(lean, tmp_path, name):
    picture("Text of a picture", "RGB").save(tmp_path / name, dpi=(144, 144))
    document = convert(lean, tmp_path / name)
    assert [item.text for item in document.texts] == ["Text of a picture"]
    dpi = 150 if name.endswith("webp") else 144
    size = document.pages[1].size
    assert (size.width, size.height) == (
        pytest.approx(620 * 72 / dpi, abs=1),
        pytest.approx(200 * 72 / dpi, abs=1),
    )
    box = document.texts[0].prov[0].bbox.to_top_left_origin(page_height=size.height)
    assert box.l == pytest.approx(50 * 72 / dpi, abs=4)
    assert document.name == "scan" and document.origin is None


def test_frames_are_pages_and_transparency_is_white(lean, tmp_path):
    first, second = picture("First frame"), picture("Second frame")
    first.save(tmp_path / "fax.tif", save_all=True, append_images=[second])
    document = convert(lean, tmp_path / "fax.tif")
    assert [(item.text, item.prov[0].page_no) for item in document.texts] == [
        ("First frame", 1),
        ("Second frame", 2),
    ]
    assert convert(lean, tmp_path / "fax.tif", page_range=[1, 1], format="text").strip() == "Second frame"
    clear = Image.new("RGBA", (620, 200), (0, 0, 0, 0))
    ImageDraw.Draw(clear).text((50, 80), "On nothing", "black", font=ImageFont.load_default(32))
    clear.save(tmp_path / "clear.png")
    assert convert(lean, tmp_path / "clear.png", format="text").strip() == "On nothing"


def test_a_picture_too_large_is_refused_before_it_is_decoded(lean, tmp_path):
    Image.new("1", (20_000, 6_000)).save(tmp_path / "bomb.png")
    with pytest.raises(ImageTooLarge, match="100 megapixels"):
        convert(lean, tmp_path / "bomb.png")


def test_a_broken_picture_is_named(lean, tmp_path):
    picture("whole").save(tmp_path / "half.png")
    data = (tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnsupportedFormat, match=r"half\.png is a picture that cannot be read"):
        convert(lean, tmp_path / "half.png")


def test_a_picture_without_ocr_says_how_to_get_it(tmp_path):
    from test_docling import installed

    picture("text").save(tmp_path / "a.png")
    engine = Engines(Settings(), "lean", installed(ocr=["onnxruntime"]))
    with pytest.raises(EngineUnavailable, match=r"onnxruntime is not installed.*requirements-lean"):
        convert(engine, tmp_path / "a.png")


def test_the_deadline_holds_for_pictures(lean, tmp_path):
    picture("text").save(tmp_path / "a.png")
    context = plenty()
    context.deadline = 0.0
    with pytest.raises(DeadlinePassed):
        convert(lean, tmp_path / "a.png", context)


def test_formats_that_docling_reads_here_are_converted_and_others_refused(lean, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("name,value\nalpha,1\n")
    text = convert(lean, table, format="markdown")
    assert "alpha" in text and text.count("|") >= 9
    assert convert(lean, table).tables[0].data.num_rows == 2
    unknown = tmp_path / "file.unknown"
    unknown.write_text("?")
    with pytest.raises(UnsupportedFormat, match="no format that is read here"):
        convert(lean, unknown)


def test_a_format_without_its_reader_names_the_package(lean, tmp_path, monkeypatch):
    from docling.backend import email_backend

    # As in an environment that was made without it.
    monkeypatch.setattr(email_backend, "_MAILPARSER_AVAILABLE", False)
    mail = tmp_path / "letter.eml"
    mail.write_text("From: a@example.org\nSubject: text\n\ntext\n")
    with pytest.raises(UnsupportedFormat, match=r"not installed here.*mail"):
        convert(lean, mail)


def workbook(path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Khối lượng"
    for row in (["Hạng mục", "m3"], ["Bê tông", 12.5]):
        book.active.append(row)
    book.save(path)


def word(path):
    from docx import Document

    document = Document()
    document.add_heading("Thuyết minh", 1)
    document.add_paragraph("Bê tông B25.")
    document.save(path)


def slides(path):
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Thuyết minh"
    slide.placeholders[1].text = "Bê tông B25."
    deck.save(path)


def page(path):
    path.write_text("<h1>Thuyết minh</h1><p>Bê tông B25.</p>", encoding="utf-8")


def markdown(path):
    path.write_text("# Thuyết minh\n\nBê tông B25.\n", encoding="utf-8")


def values(path):
    path.write_text("Hạng mục,m3\nBê tông,12.5\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "make", "heading", "words"),
    [
        ("a.xlsx", workbook, "## Khối lượng", "| Bê tông | 12.5 |"),
        ("a.docx", word, "# Thuyết minh", "Bê tông B25."),
        ("a.pptx", slides, "# Thuyết minh", "Bê tông B25."),
        ("a.html", page, "# Thuyết minh", "Bê tông B25."),
        ("a.md", markdown, "# Thuyết minh", "Bê tông B25."),
        ("a.csv", values, "Hạng mục", "| Bê tông | 12.5 |"),
    ],
)
def test_office_files_pages_and_markdown_are_read_on_the_default_install(
    lean, tmp_path, name, make, heading, words
):
    path = tmp_path / name
    make(path)
    found = convert(lean, path, format="markdown")
    assert heading in found
    assert words in found


def test_nothing_that_a_page_refers_to_is_read(lean, tmp_path):
    (tmp_path / "private.html").write_text("<p>a private secret</p>", encoding="utf-8")
    Image.new("RGB", (4, 4)).save(tmp_path / "private.png")
    page = tmp_path / "page.html"
    page.write_text(
        '<h1>Title</h1><img src="private.png" alt="picture"><iframe src="private.html"></iframe>'
        '<img src="http://127.0.0.1:9/x.png"><link rel="stylesheet" href="file:///etc/passwd">',
        encoding="utf-8",
    )
    reply = convert(lean, page)
    assert "secret" not in json.dumps(reply.export_to_dict())
    assert all(item.image is None for item in reply.pictures)


@pytest.mark.shared
def test_the_shared_files_give_their_expected_markdown(lean):
    """Docling's own expected output; those that differ come from another release of Docling (docs/profiles.md)."""
    equal = 0
    files = [path for path in sorted(FORMATS.iterdir()) if path.suffix != ".md"]
    for path in files:
        found = convert(lean, path, format="markdown")
        equal += found.strip() == Path(f"{path}.md").read_text(encoding="utf-8").strip()
    assert equal >= 0.8 * len(files)


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", "<html><body><p>read here</p></body></html>"), ("page.md", "# Title\n\nread here\n")],
)
def test_the_full_profile_reads_more_formats(full, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert "read here" in convert(full, tmp_path / name, format="text")


@pytest.mark.full
def test_the_full_profile_reads_pictures_too(full, tmp_path):
    picture("Text of a picture").save(tmp_path / "a.png")
    assert "Text of a picture" in convert(full, tmp_path / "a.png", format="text")


@pytest.mark.system("unix", reason="Windows replaces no file that is open")
@pytest.mark.parametrize("name", ["inside.html", "inside.png"])
def test_a_file_that_is_swapped_after_the_check_of_the_roots_is_not_read(lean, tmp_path, name):
    """The file outside of the roots takes the place of the checked one while that one is being read."""
    roots, outside = tmp_path / "roots", tmp_path / f"outside-{name}"
    roots.mkdir()
    path = roots / name
    for target, text in ((path, "the checked words"), (outside, "a private secret")):
        if name.endswith("png"):
            picture(text, "RGB").save(target)
        else:
            target.write_text(f"<html><body><p>{text}</p></body></html>", encoding="utf-8")

    class Swapping(DocumentCache):
        def open_other(self, path):
            opened = super().open_other(path)

            @contextmanager
            def swapped():
                with opened as file:
                    outside.replace(path)
                    yield file

            return swapped()

    documents = Swapping((roots.resolve(),))
    found = command(documents, Convert(file_path=str(path), format="text"), plenty(), lean)["text"]
    assert "checked words" in found
    assert "secret" not in found


@pytest.mark.system("unix", reason="on Windows a link needs a right that users lack, and Wine makes none")
def test_a_link_out_of_the_roots_is_refused(lean, tmp_path):
    roots, outside = tmp_path / "roots", tmp_path / "outside.html"
    roots.mkdir()
    outside.write_text("<p>a private secret</p>", encoding="utf-8")
    (roots / "link.html").symlink_to(outside)
    payload = Convert(file_path=str(roots / "link.html"), format="text")
    with pytest.raises(PathNotAllowed):
        command(DocumentCache((roots.resolve(),)), payload, plenty(), lean)


@pytest.mark.shared
@pytest.mark.system("unix", reason="needs a shell")
def test_no_other_program_is_started_for_a_drawing_in_a_word_file(lean, tmp_path, monkeypatch):
    started = tmp_path / "started"
    for name in ("soffice", "libreoffice"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch '{started}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert convert(lean, FORMATS / "textbox.docx", format="markdown")
    assert not started.exists()


def test_a_file_that_is_not_what_its_name_says_is_told_apart_from_a_failure(lean, tmp_path):
    for name in ("damaged.docx", "damaged.xlsx", "damaged.pptx"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 and no more")
        with pytest.raises(UnsupportedFormat, match="damaged, or its name"):
            convert(lean, tmp_path / name)
    (tmp_path / "old.rtf").write_text("{\\rtf1 text}")
    with pytest.raises(UnsupportedFormat, match="no format that is read here"):
        convert(lean, tmp_path / "old.rtf")
    for name in ("locked.docx", "old.doc"):
        (tmp_path / name).write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(2000))
        with pytest.raises(UnsupportedFormat, match="protected by a password, or of an Office before 2007"):
            convert(lean, tmp_path / name)
