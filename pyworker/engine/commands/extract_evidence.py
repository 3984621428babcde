"""extract_evidence: renders a box of a page, and only that box, and encodes it.

pdfium draws the page at the requested resolution with the box's corner moved to the corner of a bitmap of the box's
size. The offsets are whole pixels, so the picture shows what the same piece of the whole page shows, rendered to
round(width x dpi / 72) by round(height x dpi / 72) pixels. (Not bit for bit: pdfium rounds a letter's place to whole
pixels, and where its word starts left of the bitmap it may round to the neighbour.)

Four bytes a pixel in RGBX order are what Pillow encodes to JPEG without a copy; `raw` is drawn as RGB straight into
the buffer that is sent, or into the mapped file.
"""

from __future__ import annotations

import ctypes
import io
import math
import time
from typing import Any

import pypdfium2.raw as pdfium
from PIL import Image

from pyworker.context import RequestContext
from pyworker.engine.pdf.documents import OpenDocument, OpenPage
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect, pixels
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.errors import EngineError, ImageTooLarge
from pyworker.limits import MAX_PIXELS

MAX_SIDE = {"jpeg": 65_500, "webp": 16_383}
"""Longest side in pixels that the format can hold: libjpeg's JPEG_MAX_DIMENSION, WebP's 14 bits."""
MAX_PAGE_SIDE = 1 << 30
"""pdfium places the whole page in 32-bit pixel coordinates; this keeps its sums from overflowing."""
MIME = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "raw": "image/x-raw-rgb"}

PNG_LEVEL = 3
"""zlib level: over 16 crops of the test corpus 3.6 ms and 14.7 kB a picture; 6 took 5.9 ms for 13.0 kB."""
WEBP_METHOD = 2
"""Effort: 5.7 ms and 6.9 kB a picture there; Pillow's default 4 took 12.2 ms for 6.6 kB."""

# Annotations are drawn; bytes lie in R, G, B order.
RENDER_FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
BGR, BGRX = pdfium.FPDFBitmap_BGR, pdfium.FPDFBitmap_BGRx


class _Deadline:
    """Tells pdfium between two objects of a page to pause once the deadline has passed."""

    def __init__(self) -> None:
        self.at = math.inf
        self.pause = pdfium.IFSDK_PAUSE(version=1)
        # pdfium keeps a bare pointer; this reference keeps the callback alive.
        self._callback = dict(pdfium.IFSDK_PAUSE._fields_)["NeedToPauseNow"](self._passed)
        self.pause.NeedToPauseNow = self._callback

    def _passed(self, _: object) -> bool:
        return time.monotonic() >= self.at


_deadline = _Deadline()


def extract_evidence(
    document: OpenDocument, payload: Any, context: RequestContext, store: MmapStore
) -> dict[str, Any]:
    """Data of `extract_evidence`; `payload` is a messages.ExtractEvidence or has its attributes.

    The picture stands as a buffer of bytes under `base64`; the host encodes it.
    Raises PageOutOfRange, PdfCorrupt, BboxOutOfPage, ImageTooLarge, DeadlinePassed, EngineError.
    """
    page = document.page(payload.page_index)
    geometry = page.geometry
    bbox, dpi, picture_format = payload.bbox, payload.dpi, payload.format
    rect = geometry.clip(bbox, payload.coord_origin)
    asked_width, asked_height = bbox[2], bbox[3]
    # The sides of a box that was not clipped are those asked for: right - left is off by a rounding error.
    points_wide = asked_width if abs(rect.width - asked_width) < 1e-6 else rect.width
    points_high = asked_height if abs(rect.height - asked_height) < 1e-6 else rect.height
    width, height = pixels(points_wide, dpi), pixels(points_high, dpi)
    _check_size(width, height, points_wide, points_high, payload)

    view = _View(page, rect, dpi, width, height)
    context.check()
    data: dict[str, Any] = {}
    if picture_format == "raw":
        length = width * height * 3
        if payload.transport == "mmap":
            data["mmap"] = store.fill(length, lambda address: view.draw(address, BGR, 3, context))
        else:
            data["base64"] = memoryview(view.drawn(BGR, 3, context))
    else:
        encoded = _encode(view, picture_format, payload.quality, context)
        if payload.transport == "mmap":
            data["mmap"] = store.write(encoded)
        else:
            data["base64"] = encoded
    data["width"] = width
    data["height"] = height
    data["mime"] = MIME[picture_format]
    whole = points_wide is asked_width and points_high is asked_height
    data["bbox"] = list(map(float, bbox)) if whole else geometry.to_wire(rect, payload.coord_origin)
    if payload.include_text:
        from pyworker.engine.layout.box_text import text_in_box

        context.check()
        data["text"] = text_in_box(page, rect)
    return data


class _View:
    """A box of a page as pixels."""

    __slots__ = ("_form", "_height", "_page", "_page_height", "_page_width", "_width", "_x", "_y")

    def __init__(self, page: OpenPage, rect: Rect, dpi: float, width: int, height: int) -> None:
        geometry = page.geometry
        self._page = page.page.raw
        self._form = page.form
        self._width, self._height = width, height
        page_width, page_height = pixels(geometry.width, dpi), pixels(geometry.height, dpi)
        if page_width > MAX_PAGE_SIDE or page_height > MAX_PAGE_SIDE:
            raise ImageTooLarge(
                f"the page is {geometry.width:g} x {geometry.height:g} points, too large for {dpi:g} dpi",
                limit_page_pixels=MAX_PAGE_SIDE,
                max_dpi=MAX_PAGE_SIDE * POINTS_PER_INCH / max(geometry.width, geometry.height),
            )
        self._page_width, self._page_height = page_width, page_height
        # Two roundings could push the last pixel off the page, where there is nothing to see.
        x = int(rect.left * dpi / POINTS_PER_INCH + 0.5)
        y = int(rect.top * dpi / POINTS_PER_INCH + 0.5)
        self._x = -max(0, min(x, page_width - width))
        self._y = -max(0, min(y, page_height - height))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._width, self._height

    def drawn(self, bitmap_format: int, pixel_bytes: int, context: RequestContext) -> bytearray:
        """The view in a new buffer."""
        buffer = bytearray(b"\xff") * (self._width * self._height * pixel_bytes)
        # One c_char and its address: an array type for every length would be a class made for every request.
        start = ctypes.c_char.from_buffer(buffer)
        self.draw(ctypes.addressof(start), bitmap_format, pixel_bytes, context)
        return buffer

    def draw(self, address: int, bitmap_format: int, pixel_bytes: int, context: RequestContext) -> None:
        """Draws into width x height x pixel_bytes white bytes at `address`."""
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self._width, self._height, bitmap_format, address, self._width * pixel_bytes
        )
        if not bitmap:
            raise EngineError("pdfium could not make a bitmap")
        try:
            place = (
                bitmap,
                self._page,
                self._x,
                self._y,
                self._page_width,
                self._page_height,
                0,
                RENDER_FLAGS,
            )
            _deadline.at = context.deadline
            status = pdfium.FPDF_RenderPageBitmap_Start(*place, _deadline.pause)
            pdfium.FPDF_RenderPage_Close(self._page)
            if status == pdfium.FPDF_RENDER_TOBECONTINUED:
                raise context.timeout()
            if status != pdfium.FPDF_RENDER_DONE:
                raise EngineError("pdfium could not render the page")
            if self._form is not None:
                pdfium.FPDF_FFLDraw(self._form, *place)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        context.check()


def _encode(view: _View, picture_format: str, quality: int, context: RequestContext) -> memoryview:
    width, height = view.size
    buffer = view.drawn(BGRX, 4, context)
    image = Image.frombuffer("RGBX", (width, height), buffer, "raw", "RGBX", 0, 1)
    out = io.BytesIO()
    if picture_format == "jpeg":
        image.save(out, "JPEG", quality=quality)
    elif picture_format == "png":
        image.convert("RGB").save(out, "PNG", compress_level=PNG_LEVEL)
    else:
        image.convert("RGB").save(out, "WEBP", quality=quality, method=WEBP_METHOD)
    context.check()
    return out.getbuffer()


def _check_size(width: int, height: int, points_wide: float, points_high: float, payload: Any) -> None:
    if width * height > MAX_PIXELS:
        # Rounded down, so that the resolution that the details name is one that passes.
        fits = math.floor(math.sqrt(MAX_PIXELS / (points_wide * points_high)) * POINTS_PER_INCH * 10 - 1) / 10
        raise ImageTooLarge(
            f"the picture would have {width} x {height} pixels, over the limit of {MAX_PIXELS}; "
            f"ask for at most {fits:g} dpi or a smaller box",
            pixels=width * height,
            limit_pixels=MAX_PIXELS,
            max_dpi=fits,
        )
    side = MAX_SIDE.get(payload.format)
    if side is not None and max(width, height) > side:
        fits = math.floor(side / max(points_wide, points_high) * POINTS_PER_INCH * 10 - 1) / 10
        raise ImageTooLarge(
            f"the picture would have {width} x {height} pixels and a side of {payload.format} has at most {side}; "
            f"ask for at most {fits:g} dpi, a smaller box, or png",
            pixels=width * height,
            limit_side=side,
            max_dpi=fits,
        )
