"""extract_evidence over both hosts: what a viewer shows is what is cut."""

import base64
import io
import time

import pytest
from pdf_maker import BLACK, BLUE, GREEN, RED, WHITE, YELLOW, Pdf, fill, one_page, quadrants
from PIL import Image

WHOLE = [0, 0, 200, 100]
# As displayed: upper left, upper right, lower left, lower right.
TURNED = {
    0: (RED, GREEN, BLUE, YELLOW),
    90: (BLUE, RED, YELLOW, GREEN),
    180: (YELLOW, BLUE, GREEN, RED),
    270: (GREEN, YELLOW, RED, BLUE),
}


@pytest.mark.parametrize("turn", TURNED)
def test_a_turned_page_is_cut_as_displayed(worker, make_pdf, turn):
    path = make_pdf(one_page(entries=f"/Rotate {turn}"))
    width, height = (200, 100) if turn % 180 == 0 else (100, 200)
    picture = worker.crop(path, [0, 0, width, height])
    assert picture.size == (width, height)
    assert picture.corners() == TURNED[turn]
    # One quarter alone, by both origins.
    upper_right = worker.crop(path, [width / 2, 0, width / 2, height / 2])
    assert set(upper_right.corners()) == {TURNED[turn][1]}
    lower_left = worker.crop(path, [0, 0, width / 2, height / 2], coord_origin="BOTTOMLEFT")
    assert set(lower_left.corners()) == {TURNED[turn][2]}


@pytest.mark.parametrize("turn", TURNED)
def test_coordinates_start_at_the_crop_box(worker, make_pdf, turn):
    content = fill(BLACK, -500, -500, 2000, 2000) + quadrants(300, 400)
    path = make_pdf(
        one_page(content, entries=f"/MediaBox[0 0 800 900]/CropBox[300 400 500 500]/Rotate {turn}")
    )
    width, height = (200, 100) if turn % 180 == 0 else (100, 200)
    assert worker.crop(path, [0, 0, width, height]).corners() == TURNED[turn]


def test_a_crop_box_larger_than_the_media_box_is_cut_to_it(worker, make_pdf):
    path = make_pdf(one_page(entries="/MediaBox[0 0 200 100]/CropBox[-50 -50 400 400]"))
    info = worker.data("document_info", {"file_path": str(path)})
    assert info["pages"] == [{"width": 200.0, "height": 100.0, "rotation": 0}]
    assert worker.crop(path, WHOLE).corners() == TURNED[0]


def test_a_media_box_away_from_the_origin(worker, make_pdf):
    path = make_pdf(one_page(quadrants(-100, -50), entries="/MediaBox[-100 -50 100 50]"))
    assert worker.crop(path, WHOLE).corners() == TURNED[0]


@pytest.mark.parametrize("turn", TURNED)
def test_user_units_scale_the_page(worker, make_pdf, turn):
    path = make_pdf(one_page(entries=f"/UserUnit 2.5/Rotate {turn}"))
    width, height = (500, 250) if turn % 180 == 0 else (250, 500)
    info = worker.data("document_info", {"file_path": str(path)})
    assert info["pages"] == [{"width": width, "height": height, "rotation": turn}]
    picture = worker.crop(path, [0, 0, width, height])
    assert picture.size == (width, height)
    assert picture.corners() == TURNED[turn]
    assert set(worker.crop(path, [0, 0, width / 2, height / 2]).corners()) == {TURNED[turn][0]}


def test_pixels_are_rounded(worker, make_pdf):
    path = make_pdf(one_page())
    for bbox, dpi, size in (
        ([0, 0, 50, 50], 150, (104, 104)),
        ([10, 10, 100, 50], 150, (208, 104)),
        ([0, 0, 0.001, 0.001], 72, (1, 1)),
        ([0, 0, 3, 5], 18, (1, 1)),
        ([0, 0, 33.3, 20], 99.5, (46, 28)),
    ):
        assert worker.crop(path, bbox, dpi=dpi).size == size


def test_a_box_partly_off_the_page_is_clipped(worker, make_pdf):
    path = make_pdf(one_page())
    picture = worker.crop(path, [-50, -20, 100, 60])
    assert picture.data["bbox"] == [0, 0, 50, 40]
    assert picture.size == (50, 40)
    picture = worker.crop(path, [150, -10, 100, 60], coord_origin="BOTTOMLEFT")
    assert picture.data["bbox"] == [150, 0, 50, 50]
    assert set(picture.corners()) == {YELLOW}
    picture = worker.crop(path, [-1e300, -1e300, 2e300, 2e300])
    assert picture.data["bbox"] == WHOLE


def test_the_box_that_was_cut_cuts_the_same_again(worker, make_pdf):
    path = make_pdf(one_page())
    for origin in ("TOPLEFT", "BOTTOMLEFT"):
        asked = [33.3, 17.7, 333.1, 41.9]
        first = worker.crop(path, asked, coord_origin=origin)
        again = worker.crop(path, first.data["bbox"], coord_origin=origin)
        assert again.data == first.data


@pytest.mark.parametrize(
    "bbox", [[200, 0, 10, 10], [0, 100, 10, 10], [-10, 0, 10, 10], [0, -10, 10, 10], [5000, 5000, 1, 1]]
)
def test_a_box_off_the_page_is_refused(worker, make_pdf, bbox):
    path = make_pdf(one_page())
    for origin in ("TOPLEFT", "BOTTOMLEFT"):
        error = worker.error(
            "extract_evidence",
            {"file_path": str(path), "page_index": 0, "bbox": bbox, "coord_origin": origin},
        )
        assert error["code"] == "bbox_out_of_page"
        assert (error["details"]["page_width"], error["details"]["page_height"]) == (200, 100)


def test_a_page_that_is_not_there(worker, make_pdf):
    path = make_pdf(one_page())
    for index in (1, 4294967295):
        error = worker.error("extract_evidence", {"file_path": str(path), "page_index": index, "bbox": WHOLE})
        assert error["code"] == "page_out_of_range"
        assert error["details"]["page_count"] == 1


def test_formats(worker, make_pdf):
    path = make_pdf(one_page())
    for name, mime in (("jpeg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp")):
        picture = worker.crop(path, WHOLE, format=name)
        assert picture.data["mime"] == mime
        for seen, want in zip(picture.corners(), TURNED[0], strict=True):
            assert max(abs(a - b) for a, b in zip(seen, want, strict=True)) < 8
        raw = base64.b64decode(picture.data["base64"])
        assert Image.open(io.BytesIO(raw)).format == name.upper()
    raw = worker.crop(path, WHOLE, format="raw")
    assert raw.data["mime"] == "image/x-raw-rgb"
    assert raw.corners() == TURNED[0]
    assert raw.image.tobytes() == worker.crop(path, WHOLE).image.tobytes()


def test_quality_changes_the_size(worker, make_pdf):
    lines = "".join(f"{x} 0 m {200 - x} 100 l S\n" for x in range(0, 200, 3))
    path = make_pdf(one_page(lines))
    for name in ("jpeg", "webp"):
        sizes = [len(worker.crop(path, WHOLE, format=name, quality=q).data["base64"]) for q in (5, 50, 100)]
        assert sizes == sorted(set(sizes))


def test_mmap_hands_over_the_same_bytes(worker, make_pdf):
    path = make_pdf(one_page())
    for name in ("png", "raw"):
        mapped = worker.crop(path, WHOLE, format=name, transport="mmap")
        assert "base64" not in mapped.data
        assert mapped.image.tobytes() == worker.crop(path, WHOLE, format=name).image.tobytes()


def test_a_picture_that_comes_too_late_leaves_no_file(start, make_pdf, tmp_path):
    folder = tmp_path / "handed over"
    worker = start(TACH_MMAP_DIR=str(folder))
    worker.ready()
    path = make_pdf(one_page())
    fields = {
        "file_path": str(path),
        "page_index": 0,
        "bbox": WHOLE,
        "dpi": 1200,
        "format": "raw",
        "transport": "mmap",
    }
    worker.data("extract_evidence", fields)
    began = time.monotonic()
    worker.data("extract_evidence", fields)
    whole_ms = 1000 * (time.monotonic() - began)
    in_time, late = 2, 0
    for step in range(40):
        # From far too short to about long enough: some end while the file is written, some just after.
        reply = worker.ask("extract_evidence", fields, timeout_ms=max(1, round(whole_ms * (step + 1) / 35)))
        if reply["status"] == "success":
            in_time += 1
        else:
            assert reply["error"]["code"] == "timeout", reply
            late += 1
    worker.data("ping")
    assert late > 0
    assert len(list(folder.iterdir())) == in_time, f"{late} came too late"


def test_a_picture_too_large_is_refused_and_the_dpi_it_names_fits(worker, make_pdf):
    path = make_pdf(one_page(size=(5000.0, 4000.0)))
    fields = {
        "file_path": str(path),
        "page_index": 0,
        "bbox": [0, 0, 5000, 4000],
        "format": "jpeg",
        "transport": "mmap",
    }
    error = worker.error("extract_evidence", {**fields, "dpi": 600})
    assert error["code"] == "image_too_large"
    details = error["details"]
    assert details["limit_pixels"] == 100_000_000 < details["pixels"]
    width, height = (5000 * details["max_dpi"] / 72, 4000 * details["max_dpi"] / 72)
    assert 95_000_000 < width * height <= 100_000_000
    # A side longer than the format can hold.
    strip = make_pdf(one_page(size=(14000.0, 10.0)), "strip.pdf")
    for name, limit in (("jpeg", 65_500), ("webp", 16_383)):
        fields = {
            "file_path": str(strip),
            "page_index": 0,
            "bbox": [0, 0, 14000, 10],
            "dpi": 600,
            "format": name,
        }
        error = worker.error("extract_evidence", fields)
        assert (error["code"], error["details"]["limit_side"]) == ("image_too_large", limit)
        fits = worker.crop(strip, [0, 0, 14000, 10], dpi=error["details"]["max_dpi"], format=name)
        assert fits.size[0] <= limit


def annotated(appearance: str) -> bytes:
    pdf = Pdf.with_font()
    look = pdf.stream(appearance, "/Type/XObject/Subtype/Form/BBox[0 0 200 100]")
    note = pdf.add(f"<</Type/Annot/Subtype/Stamp/Rect[0 0 200 100]/F 4/AP<</N {look} 0 R>>>>")
    pdf.page("", entries=f"/Annots[{note} 0 R]")
    return pdf.build()


def test_annotations_are_drawn(worker, make_pdf):
    assert worker.crop(make_pdf(annotated(quadrants())), WHOLE).corners() == TURNED[0]


def form(field: str, acroform: str = "", appearance: str | None = None) -> bytes:
    pdf = Pdf.with_font()
    look = ""
    if appearance is not None:
        number = pdf.stream(appearance, "/Type/XObject/Subtype/Form/BBox[0 0 200 100]")
        look = f"/AP<</N {number} 0 R>>"
    widget = pdf.add(f"<</Type/Annot/Subtype/Widget/T(f)/Rect[0 0 200 100]/F 4{field}{look}>>")
    pdf.page("", entries=f"/Annots[{widget} 0 R]")
    pdf.catalog = f"/AcroForm<</Fields[{widget} 0 R]/DR<</Font<</F 3 0 R>>>>/DA(/F 12 Tf 0 g){acroform}>>"
    return pdf.build()


def test_a_filled_form_field_is_drawn(worker, make_pdf):
    path = make_pdf(form("/FT/Tx/V(x)", appearance=quadrants()))
    assert worker.crop(path, WHOLE).corners() == TURNED[0]


@pytest.mark.parametrize("acroform", ["", "/NeedAppearances true"])
def test_a_filled_form_field_without_appearance_shows_its_value(worker, make_pdf, acroform):
    empty = worker.crop(make_pdf(form("/FT/Tx/DA(/F 60 Tf 0 g)", acroform), "empty.pdf"), WHOLE)
    filled = worker.crop(make_pdf(form("/FT/Tx/DA(/F 60 Tf 0 g)/V(MMM)", acroform), "filled.pdf"), WHOLE)
    dark = sum(1 for pixel in filled.pixels() if sum(pixel) < 150)
    assert dark > 300 + sum(1 for pixel in empty.pixels() if sum(pixel) < 150)


def test_an_empty_page_is_white(worker, make_pdf):
    assert set(worker.crop(make_pdf(one_page("")), WHOLE).pixels()) == {WHITE}


def test_text_of_the_box_comes_with_it(worker, make_pdf):
    content = "BT /F 12 Tf 20 70 Td (inside) Tj ET BT /F 12 Tf 120 20 Td (elsewhere) Tj ET"
    path = make_pdf(one_page(content))
    fields = {"file_path": str(path), "page_index": 0, "bbox": [10, 10, 90, 30]}
    assert "text" not in worker.data("extract_evidence", fields)
    assert worker.data("extract_evidence", {**fields, "include_text": True})["text"] == "inside"


def test_pages_in_any_order(worker, make_pdf):
    pdf = Pdf.with_font()
    colours = [(index, 255 - index, 7) for index in range(60)]
    for colour in colours:
        pdf.page(fill(colour, 0, 0, 200, 100))
    path = make_pdf(pdf.build())
    for index in [*range(0, 60, 2), 59, 3, *range(40, 60), 0]:
        assert worker.crop(path, WHOLE, page_index=index).at(0.5, 0.5) == colours[index]
