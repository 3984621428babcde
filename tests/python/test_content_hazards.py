"""convert: content that docling-parse crashes on or follows without end is told before, and its text read by pdfium."""

import io
import re

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from pyworker.engine.convert.content_hazards import ContentHazards
from pyworker.engine.pdf.page_tree import PageTree

TEXT = b"BT /F1 24 Tf 60 700 Td (still read) Tj ET "


class Page:
    """One page with a font; `saved` gives its file."""

    def __init__(self, content: bytes = b"") -> None:
        self.pdf = pikepdf.new()
        self.page = self.pdf.add_blank_page(page_size=(612, 792))
        self.font = Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        self.page.Resources = Dictionary(Font=self.font, XObject=Dictionary(), Pattern=Dictionary())
        self.page.Contents = self.pdf.make_stream(TEXT + content)

    def form(self, content: bytes, name: str, **entries) -> pikepdf.Object:
        form = self.pdf.make_indirect(self.pdf.make_stream(content))
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
        for key, value in entries.items():
            form["/" + key] = value
        self.page.Resources.XObject[name] = form
        return form

    def saved(self) -> bytes:
        sink = io.BytesIO()
        self.pdf.save(sink, compress_streams=False)
        return sink.getvalue()


def split(first: bytes, second: bytes) -> bytes:
    made = Page()
    made.page.Contents = Array([made.pdf.make_stream(TEXT + first), made.pdf.make_stream(second)])
    return made.saved()


def in_form(content: bytes) -> bytes:
    made = Page(b"/X Do")
    made.form(content, "/X")
    return made.saved()


def in_pattern() -> bytes:
    made = Page(b"/Pattern cs /P scn 0 0 99 99 re f")
    pattern = made.pdf.make_indirect(made.pdf.make_stream(b"Do"))
    pattern.PatternType, pattern.PaintType, pattern.TilingType = 1, 1, 1
    pattern.BBox, pattern.XStep, pattern.YStep = Array([0, 0, 9, 9]), 9, 9
    pattern.Resources = Dictionary()
    made.page.Resources.Pattern["/P"] = pattern
    return made.saved()


def in_annotation() -> bytes:
    made = Page()
    look = made.form(b"Do", "/X")
    entries = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 50, 50]))
    entries.AP = Dictionary(N=Dictionary(On=look))
    entries.AS = Name.On
    made.page.Annots = Array([made.pdf.make_indirect(entries)])
    return made.saved()


def draws_itself(name: str = "/X", own: bool = False) -> bytes:
    drawing = name.replace(" ", "#20").encode() + b" Do"
    made = Page(drawing)
    form = made.form(TEXT + drawing, name, Resources=Dictionary(Font=made.font))
    if own:
        form.Resources.XObject = Dictionary({name: form})
    return made.saved()


def drawn_by_another() -> bytes:
    """`/B` draws `/X`, which it has not: that of the page is harmless, that of `/A` is `/B` again."""
    made = Page(b"/B Do /A Do")
    inner = made.form(b"/X Do", "/B")
    made.form(b"/B Do", "/A", Resources=Dictionary(XObject=Dictionary({"/B": inner, "/X": inner})))
    made.form(b"q Q", "/X")
    return made.saved()


def damaged() -> bytes:
    """The page's content is a form that draws itself, and its length is wrong; pdfium finds no form on the page."""
    made = Page()
    form = made.form(TEXT + b"/X Do", "/X")
    made.page.Contents = form
    return re.sub(rb"/Length \d+", b"/Length 9", made.saved())


DANGEROUS = {
    "Do": Page(b"Do").saved(),
    "quote": Page(b"BT '").saved(),
    "two quotes": Page(b'1 2 "').saved(),
    "after a comment": Page(b"% /X\nDo").saved(),
    "operand of another operator": Page(b"/X gs Do").saved(),
    "in the second stream": split(b"q ", b"Do"),
    "in a form": in_form(b"q Do Q"),
    "in a pattern": in_pattern(),
    "in an annotation": in_annotation(),
    "draws itself": draws_itself(),
    "draws itself by its own resources": draws_itself(own=True),
    "draws itself by another spelling": draws_itself("/X Y"),
    "draws itself by the resources around it": drawn_by_another(),
    "damaged": damaged(),
}

HARMLESS = {
    "text": Page(b"BT /F1 9 Tf (what to Do , ' or \" ) Tj ET").saved(),
    "quotes with operands": Page(b"BT /F1 9 Tf 9 TL (one)' 1 2 (two)\" ET").saved(),
    "operand in the stream before": split(b"/X ", b"Do"),
    "a form twice": in_form(b"q Q"),
    "a name that is not there": Page(b"/None Do").saved(),
    "inline picture": Page(b"BI /W 1 /H 1 /CS /G /BPC 8 ID ' EI").saved(),
    "a form that nothing draws": draws_itself().replace(TEXT + b"/X Do", TEXT + b"     ", 1),
}


def found(path) -> bool:
    tree = PageTree(path, None, None)
    try:
        return ContentHazards(tree, lambda: None).found(0, 0)
    finally:
        tree.close()


@pytest.mark.parametrize("name", DANGEROUS)
def test_dangerous_content_is_told(make_pdf, name):
    assert found(make_pdf(DANGEROUS[name]))


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_content_is_left_to_docling(make_pdf, name):
    assert not found(make_pdf(HARMLESS[name]))


def test_pages_that_qpdf_does_not_find_are_told_as_dangerous(make_pdf):
    assert found(make_pdf(b"%PDF-1.4\nnothing of a document"))


def test_a_worker_answers_with_the_text_of_dangerous_documents(start, make_pdf):
    worker = start(TACH_DOCLING_PROFILE="lean", TACH_DOCLING_LOAD="lazy")
    worker.ready()
    for name in ("Do", "two quotes", "in a pattern", "in an annotation", "draws itself", "damaged"):
        path = make_pdf(DANGEROUS[name], f"{name}.pdf")
        worker.send("convert", {"file_path": str(path), "format": "text"}, timeout_ms=60_000)
        while (reply := worker.receive()).get("type") == "progress":
            pass
        assert reply["status"] == "success", (name, reply)
        assert "still read" in reply["data"]["text"], name
