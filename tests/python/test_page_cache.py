"""Pages that are slow to draw: later boxes come out of kept pixels, are the same picture, and stay in their bounds."""

import gc
import io
import os
import random
import types
from pathlib import Path

import pytest
from pdf_maker import Pdf, one_page
from PIL import Image

from pyworker.context import RequestContext
from pyworker.engine.commands.extract_evidence import extract_evidence
from pyworker.engine.pdf import page_cache
from pyworker.engine.pdf.documents import DocumentCache
from pyworker.engine.pdf.page_cache import PageCache
from pyworker.engine.pdf.view import View
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.settings import Settings

MEGABYTE = 1 << 20
DPI = 600.0
# The page has 1667 x 833 pixels then, in seven columns and four rows of tiles.
BOXES = [
    [20.0, 20.0, 60.0, 30.0],
    [90.0, 40.0, 70.0, 40.0],
    [25.0, 25.0, 60.0, 30.0],
    [0.0, 0.0, 200.0, 100.0],
]


@pytest.fixture
def documents():
    documents = DocumentCache()
    yield documents
    documents.clear()


@pytest.fixture
def slow(monkeypatch):
    """Every page counts as slow, and time is no bound, so that no test depends on the machine's speed."""
    monkeypatch.setattr(page_cache, "SLOW_S", 0.0)
    monkeypatch.setattr(page_cache, "PIXEL_S", 0.0)
    monkeypatch.setattr(page_cache, "MOST_S", 60.0)
    monkeypatch.setattr(page_cache, "SPENT_TIMES", 1e9)


@pytest.fixture
def drawn(monkeypatch):
    """Pixels of each drawing, in order."""
    sizes = []
    draw = View._draw_until

    def counted(view, *rest):
        sizes.append(view.width * view.height)
        return draw(view, *rest)

    monkeypatch.setattr(View, "_draw_until", counted)
    return sizes


def payload(bbox, **more):
    fields = {"page_index": 0, "bbox": bbox, "dpi": DPI, "format": "raw", "quality": 85}
    fields |= {"coord_origin": "TOPLEFT", "transport": "inline", "include_text": False}
    return types.SimpleNamespace(**fields | more)


def curves(entries=""):
    rng = random.Random(5)
    lines = "".join(
        f"{rng.random():.2f} {rng.random():.2f} {rng.random():.2f} RG {rng.random() * 3:.2f} w "
        f"{rng.random() * 200:.2f} {rng.random() * 100:.2f} m {rng.random() * 200:.2f} {rng.random() * 100:.2f} l S\n"
        for _ in range(200)
    )
    return one_page(lines, entries=entries)


def crop(document, bbox, cache, **more):
    timeout_s = more.pop("timeout_s", 60)
    data = extract_evidence(document, payload(bbox, **more), RequestContext(timeout_s), None, cache)
    return bytes(data["base64"])


@pytest.mark.parametrize("entries", ["", "/Rotate 90", "/Rotate 270/CropBox[13.3 7.7 180.2 90.1]"])
def test_kept_pixels_are_those_of_a_box_drawn_alone(documents, make_pdf, slow, drawn, entries):
    document = documents.open(make_pdf(curves(entries)), None)
    geometry = document.page(0).geometry
    cache = PageCache(64 * MEGABYTE)
    rng = random.Random(2)
    for _ in range(12):
        width, height = (rng.uniform(1, side) for side in (geometry.width, geometry.height))
        box = [
            rng.uniform(0, geometry.width - width),
            rng.uniform(0, geometry.height - height),
            width,
            height,
        ]
        got, alone = crop(document, box, cache), crop(document, box, PageCache(0))
        assert len(got) == len(alone)
        apart = [abs(a - b) for a, b in zip(got, alone, strict=True)]
        # Smoothing sums floats in another order.
        assert max(apart) <= 8
        assert len(apart) - apart.count(0) < 0.03 * len(apart)
    # Without tiles, each box is drawn twice: for the cache, and alone.
    assert len(drawn) < 2 * 12
    assert cache.held_bytes == sum(3 * w * h for w, h in [_page_pixels(geometry)])


def _page_pixels(geometry):
    return round(geometry.width * DPI / 72), round(geometry.height * DPI / 72)


def test_more_than_was_asked_is_drawn_from_the_second_box_on(documents, make_pdf, slow, drawn):
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    for box in BOXES:
        crop(document, box, cache)
    assert drawn == [500 * 250, 1667 * 833]
    # Another resolution starts anew.
    crop(document, BOXES[0], cache, dpi=72.0)
    assert drawn[2:] == [60 * 30]


def test_a_first_box_of_the_whole_page_is_kept(documents, make_pdf, slow, drawn):
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    whole = crop(document, BOXES[3], cache)
    assert cache.held_bytes == 3 * 1667 * 833
    assert crop(document, BOXES[3], cache) == whole
    for box in BOXES[:3]:
        crop(document, box, cache)
    assert drawn == [1667 * 833]
    # As a JPEG, drawn with four bytes a pixel, and without the parts of tiles at a side that is inside the page.
    cache.clear()
    first = crop(document, BOXES[3], cache, format="jpeg", transport="inline")
    assert crop(document, BOXES[3], cache, format="jpeg") == first
    cache.clear()
    # Columns 1 to 5 of row 1: the box begins in column and row 0 and ends in column 6 and row 2.
    crop(document, [10.0, 10.0, 185.0, 60.0], cache)
    assert cache.held_bytes == 3 * 5 * 256 * 256
    assert len(drawn) == 3


def test_pixels_are_converted_for_the_cache_only_where_a_tile_is_whole(
    documents, make_pdf, slow, monkeypatch
):
    converted = []
    convert = Image.Image.convert

    def counted(image, mode):
        converted.append(image.size)
        return convert(image, mode)

    monkeypatch.setattr(Image.Image, "convert", counted)
    document = documents.open(make_pdf(curves()), None)
    for box, cache, sizes in (
        (BOXES[0], PageCache(64 * MEGABYTE), []),
        (BOXES[3], PageCache(64 * MEGABYTE), [(1667, 833)]),
        (BOXES[3], PageCache(64 * MEGABYTE, lambda: 0), []),
    ):
        crop(document, box, cache, format="jpeg")
        assert converted == sizes
        converted.clear()


def test_a_page_that_is_quick_to_draw_is_not_kept(documents, make_pdf, monkeypatch, drawn):
    monkeypatch.setattr(page_cache, "SLOW_S", 3600.0)
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    for box in BOXES:
        crop(document, box, cache)
    assert len(drawn) == len(BOXES)
    assert cache.held_bytes == 0


def test_tiles_cost_a_few_times_what_was_spent_before(documents, make_pdf, slow, drawn, monkeypatch):
    monkeypatch.setattr(page_cache, "SPENT_TIMES", 6.0)
    clock = types.SimpleNamespace(now=0.0)
    # A microsecond a pixel.
    draw = View._draw_until

    def slowly(view, *rest):
        clock.now += view.width * view.height * 1e-6
        return draw(view, *rest)

    monkeypatch.setattr(View, "_draw_until", slowly)
    monkeypatch.setattr(page_cache, "clock", lambda: clock.now)
    monkeypatch.setattr("pyworker.engine.commands.extract_evidence.clock", lambda: clock.now)
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    crop(document, [20.0, 20.0, 30.0, 20.0], cache)
    crop(document, [20.0, 20.0, 30.0, 20.0], cache)
    # A box smaller than a tile counts as one.
    assert drawn[1] <= 6 * 256 * 256
    crop(document, [150.0, 70.0, 30.0, 20.0], cache)
    assert drawn[1] < drawn[2] <= 6 * (drawn[0] + drawn[1])


def test_all_formats_and_transports_come_from_the_same_tiles(documents, make_pdf, slow, tmp_path):
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    store = MmapStore(Settings(mmap_dir=tmp_path / "maps"))
    raw = [crop(document, BOXES[2], cache) for _ in range(3)][-1]
    png = crop(document, BOXES[2], cache, format="png")
    assert Image.open(io.BytesIO(png)).tobytes() == raw
    ask = payload(BOXES[2], transport="mmap")
    mapped = extract_evidence(document, ask, RequestContext(60), store, cache)["mmap"]
    assert Path(mapped["path"]).read_bytes() == raw
    assert Image.open(io.BytesIO(crop(document, BOXES[2], cache, format="jpeg"))).size == (500, 250)


def test_the_bound_holds_and_what_was_used_last_stays(documents, make_pdf, slow, drawn):
    bound = 4 * MEGABYTE
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(bound)
    rng = random.Random(8)
    # Three resolutions of one page, 12 MB together.
    for dpi in (DPI, 500.0, 400.0) * 12:
        box = [rng.uniform(0, 140), rng.uniform(0, 70), 60.0, 30.0]
        crop(document, box, cache, dpi=dpi)
        assert cache.held_bytes <= bound
    assert cache.held_bytes > 0
    crop(document, box, cache, dpi=dpi)
    before = len(drawn)
    crop(document, box, cache, dpi=dpi)
    assert len(drawn) == before


def test_nothing_is_kept_without_memory_for_it(documents, make_pdf, slow, drawn):
    document = documents.open(make_pdf(curves()), None)
    room = [0]
    cache = PageCache(64 * MEGABYTE, lambda: room[0])
    for box in BOXES:
        crop(document, box, cache)
    assert cache.held_bytes == 0
    assert len(drawn) == len(BOXES)
    room[0] = 64 * MEGABYTE
    crop(document, BOXES[0], cache)
    assert cache.held_bytes > 0
    cache.clear()
    assert cache.held_bytes == 0


def test_zero_turns_it_off(documents, make_pdf, slow, drawn):
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(0)
    for box in BOXES:
        crop(document, box, cache)
    assert len(drawn) == len(BOXES)


def test_an_area_that_takes_too_long_is_given_up(documents, make_pdf, slow, monkeypatch):
    document = documents.open(make_pdf(curves()), None)
    cache = PageCache(64 * MEGABYTE)
    crop(document, BOXES[0], cache)
    until = View.drawn_until

    def never_done(view, deadline, *rest):
        # The box alone has the request's own deadline; tiles have less.
        return None if view.width > 500 else until(view, deadline, *rest)

    monkeypatch.setattr(View, "drawn_until", never_done)
    assert len(crop(document, BOXES[0], cache)) == 500 * 250 * 3
    assert cache.held_bytes == 0


def test_a_changed_file_is_seen_and_a_closed_page_gives_its_tiles_back(documents, make_pdf, slow):
    path = make_pdf(curves())
    cache = PageCache(64 * MEGABYTE)
    for _ in range(3):
        before = crop(documents.open(path, None), BOXES[0], cache)
    assert cache.held_bytes > 0
    Path(path).write_bytes(one_page("1 0 0 rg 0 0 200 100 re f"))
    os.utime(path, ns=(1, 1))
    document = documents.open(path, None)
    gc.collect()
    assert cache.held_bytes == 0
    after = [crop(document, BOXES[0], cache) for _ in range(3)]
    assert set(after) == {b"\xff\x00\x00" * (500 * 250)}
    assert before not in after


def test_replies_tell_what_is_kept(start, make_pdf):
    path = make_pdf(one_page("0 0 1 RG\n" + "0 0 m 200 100 l 0 100 l 200 0 l b*\n" * 2_000))
    worker = start(TACH_PAGE_CACHE_MB="8")
    worker.ready()
    ask = {"file_path": str(path), "page_index": 0, "bbox": [20, 20, 60, 30], "dpi": 150}
    kept = []
    # On a machine with much else to do further boxes may be drawn alone as well.
    while len(kept) < 50 and (len(kept) < 3 or kept[-1] is None or kept[-1] != kept[-2]):
        reply = worker.ask("extract_evidence", ask, timeout_ms=60_000)
        kept.append(reply["perf"].get("page_cache_mb"))
    assert kept[0] is None
    assert 0 < kept[-1] <= 8
    # Another request tells it as well, and an error.
    assert worker.ask("ping")["perf"]["page_cache_mb"] == kept[-1]
    assert worker.ask("extract_evidence", ask | {"page_index": 9})["perf"]["page_cache_mb"] == kept[-1]


def test_each_choice_of_layers_has_its_own_pixels(documents, make_pdf, slow):
    pdf = Pdf.with_font()
    red, blue = pdf.add("<</Type/OCG/Name(red)>>"), pdf.add("<</Type/OCG/Name(blue)>>")
    pdf.catalog = f"/OCProperties<</OCGs[{red} 0 R {blue} 0 R]/D<</OFF[{blue} 0 R]>>>>"
    content = pdf.stream("/OC /R BDC 1 0 0 rg 0 0 200 100 re f EMC /OC /B BDC 0 0 1 rg 0 0 200 100 re f EMC")
    properties = f"/Resources<</Properties<</R {red} 0 R/B {blue} 0 R>>>>"
    pdf.pages.append(
        pdf.add(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents {content} 0 R{properties}>>")
    )
    path = make_pdf(pdf.build())
    cache = PageCache(64 * MEGABYTE)
    colours = {None: b"\xff\x00\x00", ("blue",): b"\x00\x00\xff", (): b"\xff\xff\xff"}
    for _ in range(3):
        for layers, colour in colours.items():
            document = documents.open(path, None)
            document.show(layers)
            assert crop(document, BOXES[0], cache)[:3] == colour
    assert cache.held_bytes > 0
