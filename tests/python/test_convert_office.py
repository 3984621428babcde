"""convert for Word and Excel files: drawings without an image, and sheets that are hidden."""

import pytest
from test_convert_files import convert, lean  # noqa: F401 (a fixture)

# Docling's and its libraries' own deprecations are not this project's to fail on.
pytestmark = pytest.mark.filterwarnings("ignore")

SHAPE = """<w:r xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:drawing><wp:inline>
<wp:extent cx="914400" cy="914400"/><wp:docPr id="1" name="Arrow"/><a:graphic>
<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr/>
<wps:spPr><a:prstGeom prst="rightArrow"><a:avLst/></a:prstGeom></wps:spPr><wps:bodyPr/></wps:wsp></a:graphicData>
</a:graphic></wp:inline></w:drawing></w:r>"""


def test_a_drawing_of_word_without_an_image_is_a_picture(lean, tmp_path):  # noqa: F811
    from docx import Document
    from lxml import etree

    document = Document()
    document.add_paragraph("Before the arrow.")
    document.add_paragraph()._p.append(etree.fromstring(SHAPE))
    document.add_paragraph("After the arrow.")
    path = tmp_path / "drawing.docx"
    document.save(path)
    found = convert(lean, path, format="markdown")
    assert [line for line in found.splitlines() if line] == [
        "Before the arrow.",
        "<!-- image -->",
        "After the arrow.",
    ]


def test_a_hidden_sheet_is_not_named(lean, tmp_path):  # noqa: F811
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Shown"
    book.active.append(["a", "b"])
    hidden = book.create_sheet("Hidden")
    hidden.append(["secret", "values"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "book.xlsx"
    book.save(path)
    found = convert(lean, path, format="markdown")
    assert "## Shown" in found
    assert "Hidden" not in found and "secret" not in found
