"""A box of a page as pixels: where it lies on the page drawn at a resolution, and pdfium's drawing of it.

pdfium draws the page at the requested resolution with the box's corner moved to the corner of a bitmap of the box's
size. The offsets are whole pixels, so the picture shows what the same piece of the whole page shows, rendered to
round(width x dpi / 72) by round(height x dpi / 72) pixels. (Not bit for bit: pdfium rounds a letter's place to whole
pixels, and where its word starts left of the bitmap it may round to the neighbour.)
"""

from __future__ import annotations

import ctypes
import math
import time
from typing import TYPE_CHECKING

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect, pixels
from pyworker.errors import EngineError, ImageTooLarge

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenPage

MAX_PAGE_SIDE = 1 << 30
"""pdfium places the whole page in 32-bit pixel coordinates; this keeps its sums from overflowing."""

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


class View:
    """`width` x `height` pixels of `page`, whose upper left one is (`x`, `y`) of the page drawn to `frame`."""

    __slots__ = ("frame", "height", "page", "width", "x", "y")

    def __init__(
        self, page: OpenPage, frame: tuple[int, int], x: int, y: int, width: int, height: int
    ) -> None:
        self.page = page
        self.frame = frame
        self.x, self.y = x, y
        self.width, self.height = width, height

    @classmethod
    def of(cls, page: OpenPage, rect: Rect, dpi: float, width: int, height: int) -> View:
        """The view of `rect` (displayed-page points) that has `width` x `height` pixels at `dpi`.

        Raises ImageTooLarge where the whole page has more pixels than pdfium can count.
        """
        geometry = page.geometry
        page_width, page_height = pixels(geometry.width, dpi), pixels(geometry.height, dpi)
        if page_width > MAX_PAGE_SIDE or page_height > MAX_PAGE_SIDE:
            raise ImageTooLarge(
                f"the page is {geometry.width:g} x {geometry.height:g} points, too large for {dpi:g} dpi",
                limit_page_pixels=MAX_PAGE_SIDE,
                max_dpi=MAX_PAGE_SIDE * POINTS_PER_INCH / max(geometry.width, geometry.height),
            )
        # Two roundings could push the last pixel off the page, where there is nothing to see.
        x = int(rect.left * dpi / POINTS_PER_INCH + 0.5)
        y = int(rect.top * dpi / POINTS_PER_INCH + 0.5)
        left, top = max(0, min(x, page_width - width)), max(0, min(y, page_height - height))
        return cls(page, (page_width, page_height), left, top, width, height)

    def drawn(self, bitmap_format: int, pixel_bytes: int, context: RequestContext) -> bytearray:
        """The view in a new buffer. Raises DeadlinePassed, EngineError."""
        buffer = self.drawn_until(context.deadline, bitmap_format, pixel_bytes)
        if buffer is None:
            raise context.timeout()
        context.check()
        return buffer

    def drawn_until(self, deadline: float, bitmap_format: int, pixel_bytes: int) -> bytearray | None:
        """The same; None where `deadline` (of `time.monotonic()`) passed before it was done. Raises EngineError."""
        buffer = bytearray(b"\xff") * (self.width * self.height * pixel_bytes)
        # One c_char and its address: an array type for every length would be a class made for every request.
        start = ctypes.c_char.from_buffer(buffer)
        done = self._draw_until(deadline, ctypes.addressof(start), bitmap_format, pixel_bytes)
        return buffer if done else None

    def draw(self, address: int, bitmap_format: int, pixel_bytes: int, context: RequestContext) -> None:
        """Draws into width x height x pixel_bytes white bytes at `address`. Raises DeadlinePassed, EngineError."""
        if not self._draw_until(context.deadline, address, bitmap_format, pixel_bytes):
            raise context.timeout()
        context.check()

    def _draw_until(self, deadline: float, address: int, bitmap_format: int, pixel_bytes: int) -> bool:
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self.width, self.height, bitmap_format, address, self.width * pixel_bytes
        )
        if not bitmap:
            raise EngineError("pdfium could not make a bitmap")
        page = self.page.page.raw
        try:
            place = (bitmap, page, -self.x, -self.y, *self.frame, 0, RENDER_FLAGS)
            _deadline.at = deadline
            status = pdfium.FPDF_RenderPageBitmap_Start(*place, _deadline.pause)
            pdfium.FPDF_RenderPage_Close(page)
            if status == pdfium.FPDF_RENDER_TOBECONTINUED:
                return False
            if status != pdfium.FPDF_RENDER_DONE:
                raise EngineError("pdfium could not render the page")
            if self.page.form is not None:
                pdfium.FPDF_FFLDraw(self.page.form, *place)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return True
