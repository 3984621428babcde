"""Layers: text, picture, tables and drawings of a page show the same ones, those of the document or those asked for."""

from __future__ import annotations

import pytest
from pdf_maker import BLUE, GREEN, RED, WHITE, YELLOW, Pdf, fill


def layer_line(row, name, text, colour):
    """A line of text and a square beside it, between marks that make them part of a layer."""
    y = 180 - 20 * row
    inside = f"0 g BT /F 10 Tf 10 {y} Td ({text}) Tj ET\n" + fill(colour, 150, y, 14, 14)
    return f"/OC /{name} BDC\n{inside}EMC\n" if name else inside


def document(lines, memberships, groups, configuration, extra="", entries="", catalog=""):
    """A page of lines (name, text, colour); `$0` and on stand for the groups, `@NAME` for a membership's number."""
    pdf = Pdf.with_font()
    numbers = [pdf.add(f"<</Type/OCG/Name({name})>>") for name in groups]

    def placed(text):
        for place, number in enumerate(numbers):
            text = text.replace(f"${place}", f"{number} 0 R")
        return text

    properties = ""
    for name, body in memberships.items():
        body = placed(body)
        properties += f"/{name} {body if body.endswith(' R') else f'{pdf.add(body)} 0 R'}"
    content = "".join(layer_line(row, *line) for row, line in enumerate(lines))
    stream = pdf.stream(content + extra)
    page = pdf.add(
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents {stream} 0 R"
        f"/Resources<</Font<</F 3 0 R>>/Properties<<{properties}>>>>{placed(entries)}>>"
    )
    pdf.pages.append(page)
    every = " ".join(f"{number} 0 R" for number in numbers)
    pdf.catalog = f"/OCProperties<</OCGs[{every}]/D<<{placed(configuration)}>>>>{placed(catalog)}"
    return pdf, numbers, page


def read(worker, path, **fields):
    data = worker.data("extract_text", {"file_path": str(path), "page_index": 0, "ocr": "never", **fields})
    return [line["text"] for line in data["lines"]]


def squares(worker, path, rows, **fields):
    """The colours of the squares of `layer_line`."""
    picture = worker.crop(path, [0, 0, 200, 200], **fields)
    return [picture.at(157 / 200, (200 - (187 - 20 * row)) / 200) for row in range(rows)]


KINDS = [
    ("plain group off", "$1", "/OFF[$1]", False),
    ("base state off", "$1", "/BaseState/OFF/ON[$0]", False),
    ("any on, one is", "<</Type/OCMD/OCGs[$0 $1]>>", "/OFF[$1]", True),
    ("any on, none is", "<</Type/OCMD/OCGs[$1]/P/AnyOn>>", "/OFF[$1]", False),
    ("all on", "<</Type/OCMD/OCGs[$0 $1]/P/AllOn>>", "/OFF[$1]", False),
    ("any off", "<</Type/OCMD/OCGs[$0 $1]/P/AnyOff>>", "/OFF[$1]", True),
    ("any off, none is", "<</Type/OCMD/OCGs[$0 $1]/P/AnyOff>>", "", False),
    ("all off", "<</Type/OCMD/OCGs[$0 $1]/P/AllOff>>", "/OFF[$1]", False),
    ("one group alone", "<</Type/OCMD/OCGs $1>>", "/OFF[$1]", False),
    ("no group", "<</Type/OCMD/OCGs[]/P/AllOn>>", "/OFF[$1]", True),
    ("expression not", "<</Type/OCMD/VE[/Not $0]>>", "", False),
    ("expression nested", "<</Type/OCMD/VE[/And $0[/Or $1[/Not $1]]]>>", "/OFF[$1]", True),
    ("expression before policy", "<</Type/OCMD/OCGs $0/VE[/And $0 $1]>>", "/OFF[$1]", False),
]


@pytest.mark.parametrize(
    ("membership", "configuration", "shown"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS]
)
def test_text_and_picture_agree(worker, make_pdf, membership, configuration, shown):
    lines = [("", "always", RED), ("A", "first", GREEN), ("M", "judged", BLUE), ("", "after", YELLOW)]
    memberships = {"A": "$0", "M": membership}
    path = make_pdf(document(lines, memberships, ["One", "Two"], configuration)[0].build())
    assert read(worker, path) == ["always", "first", *(["judged"] if shown else []), "after"]
    assert squares(worker, path, 4) == [RED, GREEN, BLUE if shown else WHITE, YELLOW]


@pytest.mark.parametrize("password", [None, "locked"])
def test_usage_on_the_screen_switches_a_layer_off(worker, make_pdf, password):
    pdf, numbers, _ = document(
        [("A", "view", RED), ("B", "print", GREEN)], {"A": "$0", "B": "$1"}, ["A", "B"], ""
    )
    pdf.objects[numbers[0]] = b"<</Type/OCG/Name(A)/Usage<</View<</ViewState/OFF>>>>>>"
    pdf.objects[numbers[1]] = b"<</Type/OCG/Name(B)/Usage<</Print<</PrintState/OFF>>>>>>"
    path = make_pdf(pdf.build(password))
    more = {} if password is None else {"password": password}
    assert read(worker, path, **more) == ["print"]
    assert squares(worker, path, 2, **more) == [WHITE, GREEN]


@pytest.mark.parametrize("turn", ["", "/Rotate 90", "/CropBox[0 100 200 200]"])
def test_turned_and_cropped_pages(worker, make_pdf, turn):
    lines = [("A", "shown", RED), ("B", "hidden", GREEN)]
    path = make_pdf(document(lines, {"A": "$0", "B": "$1"}, ["A", "B"], "/OFF[$1]", entries=turn)[0].build())
    assert read(worker, path) == ["shown"]
    picture = worker.crop(path, [0, 0, 200, 100 if "Crop" in turn else 200])
    assert RED in picture.pixels()
    assert GREEN not in picture.pixels()


def test_forms_images_and_what_is_in_them(worker, make_pdf):
    pdf, (on, off), page = document([("", "page", RED)], {}, ["On", "Off"], "/OFF[$1]")
    font = f"/Font<</F 3 0 R>>/Properties<</L {off} 0 R/K {on} 0 R>>"

    def form(content, entries="", resources=""):
        kind = f"/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<<{font}{resources}>>{entries}"
        return pdf.stream(content, kind)

    def says(text, y):
        return f"BT /F 10 Tf 10 {y} Td ({text}) Tj ET "

    inner = form(says("deep kept", 150) + f"/OC /L BDC {says('deep hidden', 130)} EMC")
    outer = form("/I Do " + says("outer", 110), resources=f"/XObject<</I {inner} 0 R>>")
    whole = form(says("whole form hidden", 90), f"/OC {off} 0 R")
    shown = form(says("whole form shown", 70), f"/OC {on} 0 R")
    called = form(says("called between marks", 50))
    image = pdf.stream(
        b"\x00\xff\x00",
        f"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceRGB/OC {off} 0 R",
    )
    content = pdf.stream(
        f"/A Do /B Do /C Do /OC /L BDC /D Do EMC q 50 0 0 50 140 0 cm /E Do Q {says('end', 10)}"
    )
    names = f"/A {outer} 0 R/B {whole} 0 R/C {shown} 0 R/D {called} 0 R/E {image} 0 R"
    pdf.objects[page] = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents {content} 0 R"
        f"/Resources<<{font}/XObject<<{names}>>>>>>"
    ).encode()
    path = make_pdf(pdf.build())
    assert read(worker, path) == ["deep kept", "outer", "whole form shown", "end"]
    assert (0, 255, 0) not in worker.crop(path, [0, 0, 200, 200]).pixels()


def test_an_annotation_on_a_layer_that_is_off_is_neither_drawn_nor_read(worker, make_pdf):
    pdf, (on, off), page = document([("", "page", RED)], {}, ["On", "Off"], "/OFF[$1]")

    def look(text, colour):
        content = fill(colour, 0, 0, 90, 20) + f"0 g BT /F 10 Tf 5 5 Td ({text}) Tj ET"
        return pdf.stream(
            content, "/Type/XObject/Subtype/Form/BBox[0 0 90 20]/Resources<</Font<</F 3 0 R>>>>"
        )

    def stamp(layer, y, text, colour):
        place = f"/Rect[10 {y} 100 {y + 20}]"
        return f"<</Type/Annot/Subtype/Stamp/F 4{place}/OC {layer} 0 R/AP<</N {look(text, colour)} 0 R>>>>"

    body = pdf.objects[page].removesuffix(b">>")
    both = stamp(on, 100, "stamp on", YELLOW) + stamp(off, 60, "stamp off", BLUE)
    pdf.objects[page] = body + f"/Annots[{both}]>>".encode()
    path = make_pdf(pdf.build())
    assert read(worker, path) == ["page", "stamp on"]
    pixels = worker.crop(path, [0, 0, 200, 200]).pixels()
    assert YELLOW in pixels
    assert BLUE not in pixels


def test_fields_of_forms_stay_drawn_on_a_page_with_hidden_layers(worker, make_pdf):
    pdf, _, page = document([("L", "hidden", RED)], {"L": "$0"}, ["Off"], "/OFF[$0]")
    look = pdf.stream(fill(BLUE, 0, 0, 90, 20), "/Type/XObject/Subtype/Form/BBox[0 0 90 20]")
    field = pdf.add(
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(typed)/F 4/Rect[10 100 100 120]/P {page} 0 R/AP<</N {look} 0 R>>>>"
    )
    pdf.objects[page] = pdf.objects[page].removesuffix(b">>") + f"/Annots[{field} 0 R]>>".encode()
    pdf.catalog += f"/AcroForm<</Fields[{field} 0 R]>>"
    pixels = worker.crop(make_pdf(pdf.build()), [0, 0, 200, 200]).pixels()
    assert BLUE in pixels
    assert RED not in pixels


def test_found_text_is_that_of_the_picture(worker, make_pdf):
    lines = [("A", "door shown", RED), ("B", "door hidden", GREEN)]
    path = make_pdf(document(lines, {"A": "$0", "B": "$1"}, ["A", "B"], "/OFF[$1]")[0].build())
    worker.send("find_text", {"file_path": str(path), "query": "door"})
    reply = worker.receive()
    while "status" not in reply:
        reply = worker.receive()
    assert [match["context"] for match in reply["data"]["matches"]] == ["door shown"]


def test_rules_of_a_hidden_layer_are_no_rulings(make_pdf):
    from pyworker.engine.pdf.documents import DocumentCache
    from pyworker.engine.pdf.page_words import read_page

    extra = "/OC /B BDC 10 20 m 190 20 l S EMC /OC /A BDC 10 40 m 190 40 l S EMC"
    pdf, _, _ = document([("A", "shown", RED)], {"A": "$0", "B": "$1"}, ["A", "B"], "/OFF[$1]", extra)
    cache = DocumentCache()
    page = cache.open(make_pdf(pdf.build()), None).page(0)
    assert [ruling.at for ruling in read_page(page, lambda: None).rulings if ruling.horizontal] == [160.0]
    cache.clear()


def test_a_page_without_hidden_content_is_not_copied(make_pdf):
    from pyworker.engine.pdf.documents import DocumentCache

    lines = [("A", "first", RED)]
    cache = DocumentCache()
    for configuration, copied in (("", False), ("/OFF[$1]", False), ("/OFF[$0]", True)):
        pdf, _, _ = document(lines, {"A": "$0"}, ["A", "B"], configuration)
        page = cache.open(make_pdf(pdf.build(), f"{copied}{len(configuration)}.pdf"), None).page(0)
        assert (page.copy is not None) == copied
    cache.clear()


def test_convert_leaves_hidden_text_out(lean, make_pdf):
    from types import SimpleNamespace

    from pyworker.context import RequestContext
    from pyworker.engine.commands.convert import convert
    from pyworker.engine.pdf.documents import DocumentCache

    lines = [("A", "shown text", RED), ("B", "hidden text", GREEN)]
    path = make_pdf(document(lines, {"A": "$0", "B": "$1"}, ["A", "B"], "/OFF[$1]")[0].build())
    ask = {"file_path": str(path), "password": None, "page_range": None, "format": "text", "languages": []}
    ask |= {"images": "placeholder", "structure": "auto", "layers": None}
    cache = DocumentCache()
    text = convert(cache, SimpleNamespace(**ask), RequestContext(60), lean)["text"]
    cache.clear()
    assert "shown text" in text
    assert "hidden" not in text


@pytest.fixture
def chosen(make_pdf):
    """A document of two layers, the second of which is off, and a line outside of both."""
    lines = [("", "always", RED), ("A", "walls", GREEN), ("B", "hatch", BLUE)]
    return make_pdf(document(lines, {"A": "$0", "B": "$1"}, ["Walls", "Hatch"], "/OFF[$1]")[0].build())


@pytest.mark.parametrize(
    ("layers", "shown"),
    [
        (None, ["always", "walls"]),
        (["Walls"], ["always", "walls"]),
        (["Hatch"], ["always", "hatch"]),
        ([], ["always"]),
        (["Walls", "Hatch"], ["always", "walls", "hatch"]),
    ],
)
def test_layers_are_shown_by_name_in_text_picture_and_search(worker, chosen, layers, shown):
    more = {} if layers is None else {"layers": layers}
    assert read(worker, chosen, **more) == shown
    colours = {"always": RED, "walls": GREEN, "hatch": BLUE}
    assert squares(worker, chosen, 3, **more) == [
        colour if text in shown else WHITE for text, colour in colours.items()
    ]
    picture = {"page_index": 0, "bbox": [0, 0, 200, 200], "include_text": True, "dpi": 18}
    said = worker.data("extract_evidence", {"file_path": str(chosen), **picture, **more})["text"]
    assert said.split() == shown
    for text in colours:
        worker.send("find_text", {"file_path": str(chosen), "query": text, **more})
        reply = worker.receive()
        while "status" not in reply:
            reply = worker.receive()
        assert len(reply["data"]["matches"]) == (text in shown)
    # The next request that names none sees the document's own again.
    assert read(worker, chosen) == ["always", "walls"]


@pytest.mark.parametrize("cmd", ["extract_text", "extract_evidence", "find_text", "read_sheet"])
def test_a_layer_that_the_document_does_not_have_is_refused_by_name(worker, chosen, cmd):
    fields = {"file_path": str(chosen), "layers": ["Walls", "Doors"]}
    fields |= {"query": "x"} if cmd == "find_text" else {"page_index": 0}
    fields |= {"bbox": [0, 0, 9, 9]} if cmd == "extract_evidence" else {}
    error = worker.error(cmd, fields)
    assert (error["code"], error["details"]["field"]) == ("invalid_request", "payload.layers[1]")
    assert "'Doors'" in error["message"]
