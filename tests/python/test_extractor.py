"""The crop engine from the inside: pixel for pixel what the whole page shows, for any box, turn and resolution."""

import ctypes
import random
import types
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from pdf_maker import Pdf, fill, one_page, quadrants
from PIL import Image, ImageChops

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_evidence import extract_evidence
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.engine.pdf.geometry import pixels
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.errors import DeadlinePassed
from pyworker.settings import Settings


@pytest.fixture
def cache():
    cache = DocumentCache()
    yield cache
    cache.clear()


def payload(bbox, **more):
    fields = {"page_index": 0, "bbox": bbox, "dpi": 72.0, "format": "raw", "quality": 85}
    fields |= {"coord_origin": "TOPLEFT", "transport": "inline", "include_text": False}
    return types.SimpleNamespace(**fields | more)


def whole_page(document, dpi):
    """The page rendered at once, as RGB."""
    page = document.page(0)
    width, height = pixels(page.geometry.width, dpi), pixels(page.geometry.height, dpi)
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    place = (bitmap, page.page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
    pdfium.FPDF_RenderPageBitmap(*place)
    if document.pdf.formenv:
        pdfium.FPDF_FFLDraw(document.pdf.formenv, *place)
    return bitmap.to_pil().convert("RGB")


def busy_page(entries="", *, text=True):
    """Curves of many widths and, with `text`, letters of many sizes: all that smoothing may change."""
    rng = random.Random(7)
    curves = "".join(
        f"{rng.random():.2f} {rng.random():.2f} {rng.random():.2f} RG {rng.random() * 3:.2f} w "
        f"{rng.random() * 200:.2f} {rng.random() * 100:.2f} m {rng.random() * 200:.2f} {rng.random() * 100:.2f} "
        f"{rng.random() * 200:.2f} {rng.random() * 100:.2f} {rng.random() * 200:.2f} {rng.random() * 100:.2f} c S\n"
        for _ in range(60)
    )
    words = "".join(
        f"BT /F {rng.randint(5, 30)} Tf {rng.random() * 180:.2f} {rng.random() * 90:.2f} Td (Abg {n}) Tj ET\n"
        for n in range(25)
    )
    return one_page(quadrants() + curves + (words if text else ""), entries=entries)


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(
    "entries", ["", "/Rotate 90", "/Rotate 180", "/Rotate 270/CropBox[13.3 7.7 180.2 90.1]"]
)
def test_a_crop_is_the_piece_of_the_whole_page(cache, make_pdf, entries, text):
    document = cache.open(make_pdf(busy_page(entries, text=text)), None)
    geometry = document.page(0).geometry
    rng = random.Random(11)
    values = differ = worst = 0
    for _ in range(40):
        dpi = rng.choice([18.0, 72.0, 96.3, 150.0, 300.0])
        width, height = (rng.uniform(1, side) for side in (geometry.width, geometry.height))
        left, top = rng.uniform(0, geometry.width - width), rng.uniform(0, geometry.height - height)
        data = extract_evidence(
            document, payload([left, top, width, height], dpi=dpi), RequestContext(60), None
        )
        size = (data["width"], data["height"])
        got = Image.frombytes("RGB", size, bytes(data["base64"]))
        page = whole_page(document, dpi)
        x = min(int(left * dpi / 72 + 0.5), page.width - size[0])
        y = min(int(top * dpi / 72 + 0.5), page.height - size[1])
        apart = ImageChops.difference(got, page.crop((x, y, x + size[0], y + size[1]))).tobytes()
        values += len(apart)
        differ += len(apart) - apart.count(0)
        worst = max(worst, *apart)
    if text:
        # pdfium places a letter whose word starts left of the bitmap up to a pixel apart.
        assert differ < 0.05 * values
    else:
        # Sums of floats that differ in their last bit, so one step of smoothing here and there.
        assert worst <= 8
        assert differ < 0.02 * values


def test_every_format_is_drawn_from_the_same_pixels(cache, make_pdf):
    import io

    document = cache.open(make_pdf(busy_page()), None)
    bbox = [10.0, 5.0, 150.0, 80.0]
    raw = extract_evidence(document, payload(bbox, dpi=150.0), RequestContext(60), None)
    png = extract_evidence(document, payload(bbox, dpi=150.0, format="png"), RequestContext(60), None)
    assert Image.open(io.BytesIO(png["base64"])).tobytes() == bytes(raw["base64"])


def test_a_slow_page_ends_at_its_deadline(cache, make_pdf):
    # Each path is small and quick; all together take far longer than the deadline.
    content = "0 0 1 RG\n" + "0 0 m 200 100 l 0 100 l 200 0 l b*\n" * 200_000
    document = cache.open(make_pdf(one_page(content)), None)
    ask = payload([0.0, 0.0, 200.0, 100.0], dpi=300.0)
    with pytest.raises(DeadlinePassed) as caught:
        extract_evidence(document, ask, RequestContext(0.05), None)
    assert caught.value.code == "timeout"
    # The page is as good as before.
    small = payload([0.0, 0.0, 1.0, 1.0], dpi=18.0)
    assert extract_evidence(document, small, RequestContext(60), None)["width"] == 1


def test_a_deadline_that_has_passed_renders_nothing(cache, make_pdf):
    document = cache.open(make_pdf(one_page()), None)
    with pytest.raises(DeadlinePassed):
        extract_evidence(document, payload([0.0, 0.0, 10.0, 10.0]), RequestContext(0), None)


def test_a_raw_picture_in_a_mapped_file_has_the_same_pixels(cache, make_pdf, tmp_path):
    document = cache.open(make_pdf(busy_page()), None)
    store = MmapStore(Settings(mmap_dir=tmp_path / "maps"))
    ask = payload([3.0, 4.0, 100.0, 50.0], dpi=200.0)
    inline = extract_evidence(document, ask, RequestContext(60), store)
    ask.transport = "mmap"
    region = extract_evidence(document, ask, RequestContext(60), store)["mmap"]
    assert Path(region["path"]).read_bytes() == bytes(inline["base64"])
    assert region["offset"] == 0
    assert region["length"] == inline["width"] * inline["height"] * 3


def test_a_page_larger_than_pdfium_can_place_is_refused(cache, make_pdf):
    from pyworker.errors import ImageTooLarge

    document = cache.open(make_pdf(one_page(size=(14400.0, 14400.0), entries="/UserUnit 50000")), None)
    with pytest.raises(ImageTooLarge) as caught:
        extract_evidence(document, payload([0.0, 0.0, 100.0, 100.0], dpi=1200.0), RequestContext(60), None)
    assert caught.value.details["max_dpi"] > 18


def test_a_user_unit_in_a_compressed_object_stream_is_found(cache, make_pdf):
    import zlib

    def document(entries):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]{entries}>>".encode()
        packed = zlib.compress(b"3 0 " + page)
        objects = [
            b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
            b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
            b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
            % (len(packed), packed),
        ]
        out = b"%PDF-1.7\n"
        offsets = []
        for body in objects:
            offsets.append(len(out))
            out += body
        rows = [
            (0, 0, 255),
            (1, offsets[0], 0),
            (1, offsets[1], 0),
            (2, 4, 0),
            (1, offsets[2], 0),
            (1, len(out), 0),
        ]
        table = b"".join(
            kind.to_bytes(1, "big") + at.to_bytes(4, "big") + n.to_bytes(1, "big") for kind, at, n in rows
        )
        start = len(out)
        out += b"5 0 obj<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Length %d>>stream\n%s\nendstream endobj\n" % (
            len(table),
            table,
        )
        return out + b"startxref\n%d\n%%%%EOF\n" % start

    plain = cache.open(make_pdf(document(""), "plain.pdf"), None)
    assert (plain.page(0).geometry.width, plain.page(0).geometry.user_unit) == (200, 1)
    scaled = cache.open(make_pdf(document("/UserUnit 3"), "scaled.pdf"), None)
    assert (scaled.page(0).geometry.width, scaled.page(0).geometry.user_unit) == (600, 3)


def test_only_the_page_with_a_user_unit_is_scaled(cache, make_pdf):
    pdf = Pdf.with_font()
    unit = pdf.add("1.5")
    for entries in ("", "/UserUnit 2", f"/UserUnit {unit} 0 R", "/UserUnit -1", ""):
        pdf.page(fill((1, 2, 3), 0, 0, 9, 9), entries=entries)
    for password in (None, "locked"):
        document = cache.open(make_pdf(pdf.build(password), f"{password}.pdf"), password)
        assert [document.page(n).geometry.user_unit for n in range(5)] == [1, 2, 1.5, 1, 1]
        assert [width for width, _, _ in document.page_sizes()] == [200, 400, 300, 200, 200]


def test_the_cache_stays_within_its_bounds(cache, make_pdf, monkeypatch):
    from pyworker.engine.pdf import documents

    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 3)
    monkeypatch.setattr(documents, "MAX_PAGES", 2)
    pdf = Pdf.with_font()
    for _ in range(5):
        pdf.page()
    opened = [cache.open(make_pdf(pdf.build(), f"{n}.pdf"), None) for n in range(6)]
    # A closed document's handle is None.
    assert [bool(document.pdf.raw) for document in opened] == [False] * 3 + [True] * 3
    pages = [opened[-1].page(n) for n in range(5)]
    assert [bool(page.page.raw) for page in pages] == [False] * 3 + [True] * 2
    assert opened[-1].page(4) is pages[4]
    monkeypatch.setattr(documents, "MAX_BYTES", 1)
    last = cache.open(make_pdf(pdf.build(), "last.pdf"), None)
    assert last.pdf.raw
    assert not any(document.pdf.raw for document in opened)


def test_the_bitmap_buffer_has_no_padding():
    # What `raw` relies on: pdfium takes any stride for a buffer of ours.
    buffer = ctypes.create_string_buffer(5 * 3 * 3)
    bitmap = pdfium.FPDFBitmap_CreateEx(5, 3, pdfium.FPDFBitmap_BGR, buffer, 15)
    assert pdfium.FPDFBitmap_GetStride(bitmap) == 15
    pdfium.FPDFBitmap_Destroy(bitmap)
