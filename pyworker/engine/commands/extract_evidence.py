"""extract_evidence: a box of a page as a picture, drawn alone or cut out of what is kept of a slow page.

Four bytes a pixel in RGBX order are what Pillow encodes to JPEG without a copy; `raw` is drawn as RGB straight into
the buffer that is sent, or into the mapped file.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PIL import Image

from pyworker.context import RequestContext
from pyworker.engine.pdf.documents import OpenDocument
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, pixels
from pyworker.engine.pdf.page_cache import OFF, PageCache, clock
from pyworker.engine.pdf.tiles import RGB_BYTES
from pyworker.engine.pdf.view import BGR, BGRX, View
from pyworker.engine.process.mmap_store import MmapStore
from pyworker.errors import ImageTooLarge
from pyworker.limits import MAX_PIXELS
from pyworker.reply_data import EvidenceData

if TYPE_CHECKING:
    from pyworker.engine.ocr.engine import OcrEngine

MAX_SIDE = {"jpeg": 65_500, "webp": 16_383}
"""Longest side in pixels that the format can hold: libjpeg's JPEG_MAX_DIMENSION, WebP's 14 bits."""
MIME = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "raw": "image/x-raw-rgb"}

PNG_LEVEL = 3
"""zlib level: over 16 crops of the test corpus 3.6 ms and 14.7 kB a picture; 6 took 5.9 ms for 13.0 kB."""
WEBP_METHOD = 2
"""Effort: 5.7 ms and 6.9 kB a picture there; Pillow's default 4 took 12.2 ms for 6.6 kB."""


def extract_evidence(
    document: OpenDocument,
    payload: Any,
    context: RequestContext,
    store: MmapStore,
    cache: PageCache = OFF,
    load_ocr: Callable[[], OcrEngine] | None = None,
) -> EvidenceData:
    """Data of `extract_evidence`; `payload` is a messages.ExtractEvidence or has its attributes.

    The picture stands as a buffer of bytes under `base64`; the host encodes it. `load_ocr` gives the OCR engine, or
    raises EngineUnavailable; it is called only where `languages` are named and the box holds a scan.
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

    view = View.of(page, rect, dpi, width, height)
    context.check()
    whole = points_wide is asked_width and points_high is asked_height
    data: EvidenceData = {
        "width": width,
        "height": height,
        "mime": MIME[picture_format],
        "bbox": list(map(float, bbox)) if whole else geometry.to_wire(rect, payload.coord_origin),
    }
    if picture_format == "raw":
        kept = cache.rgb(view, context)
        if payload.transport != "mmap":
            data["base64"] = memoryview(_drawn(view, BGR, 3, context, cache) if kept is None else kept)
        elif kept is None:
            data["mmap"] = store.fill(
                width * height * 3, lambda address: _draw(view, address, context, cache)
            )
        else:
            data["mmap"] = store.write(kept)
    else:
        encoded = _encode(view, picture_format, payload.quality, context, cache)
        if payload.transport == "mmap":
            data["mmap"] = store.write(encoded)
        else:
            data["base64"] = encoded
    if payload.include_text:
        from pyworker.engine.commands.extract_text import text_of_crop

        context.check()
        data["text"] = text_of_crop(document, rect, payload, context, load_ocr)
    return data


def _drawn(
    view: View, bitmap_format: int, pixel_bytes: int, context: RequestContext, cache: PageCache
) -> bytearray:
    began = clock()
    buffer = view.drawn(bitmap_format, pixel_bytes, context)
    if cache.drew(view, clock() - began):
        # Most boxes hold no tile whole: their pixels are not converted for the cache.
        cache.keep(
            view, lambda: buffer if pixel_bytes == RGB_BYTES else _rgbx(view, buffer).convert("RGB").tobytes()
        )
    return buffer


def _rgbx(view: View, buffer: bytearray) -> Image.Image:
    return Image.frombuffer("RGBX", (view.width, view.height), buffer, "raw", "RGBX", 0, 1)


def _draw(view: View, address: int, context: RequestContext, cache: PageCache) -> None:
    began = clock()
    view.draw(address, BGR, 3, context)
    cache.drew(view, clock() - began)


def _encode(
    view: View, picture_format: str, quality: int, context: RequestContext, cache: PageCache
) -> memoryview:
    kept = cache.rgb(view, context)
    if kept is not None:
        image = Image.frombytes("RGB", (view.width, view.height), kept)
    else:
        image = _rgbx(view, _drawn(view, BGRX, 4, context, cache))
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
