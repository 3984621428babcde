"""convert for files that are not PDFs: pictures by OCR, other formats where their reader is installed."""

import json

import pytest
from PIL import Image, ImageDraw, ImageFont
from text_pages import plenty

from pyworker.engine.commands.convert import convert_file
from pyworker.engine.engines import Engines
from pyworker.errors import DeadlinePassed, EngineUnavailable, ImageTooLarge, UnsupportedFormat
from pyworker.messages import Convert
from pyworker.settings import Settings

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

    reply = convert_file(path, Convert(file_path=str(path), **fields), context or plenty(), engine)
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
    with pytest.raises(UnsupportedFormat, match="no format that Docling reads"):
        convert(lean, unknown)


def test_a_format_without_its_reader_names_the_package(lean, tmp_path):
    """The lean lock brings no reader for HTML."""
    page = tmp_path / "page.html"
    page.write_text("<html><body><p>text</p></body></html>")
    with pytest.raises(UnsupportedFormat, match=r"not installed here.*beautifulsoup4"):
        convert(lean, page)


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
