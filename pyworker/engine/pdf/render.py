"""A part of a page as pixels, for OCR, for pictures of documents, and for looking whether anything is drawn there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect

if TYPE_CHECKING:
    from PIL.Image import Image

    from pyworker.engine.pdf.documents import OpenPage


PIXEL = 3.0
"""Least side of a picture in pixels: pypdfium2 rounds the place of each edge, and may take two off."""


def render_grey(page: OpenPage, region: Rect, dpi: float) -> Image:
    """`region` (displayed-page points) in shades of grey, as a Pillow image."""
    bitmap = _render(page, region, dpi)
    try:
        picture: Image = bitmap.to_pil().convert("L")  # the bitmap's own memory ends with it
        return picture
    finally:
        bitmap.close()


def render_bgr(page: OpenPage, region: Rect, dpi: float) -> Any:
    """`region` (displayed-page points) as a NumPy array of height x width x 3 bytes: blue, green, red."""
    bitmap = _render(page, region, dpi)
    try:
        return bitmap.to_numpy()[:, :, :3].copy()
    finally:
        bitmap.close()


def render_color(page: OpenPage, region: Rect, dpi: float) -> Image:
    """`region` (displayed-page points) in colour, as a Pillow image."""
    bitmap = _render(page, region, dpi)
    try:
        picture: Image = bitmap.to_pil().convert("RGB")
        return picture.copy()
    finally:
        bitmap.close()


def _render(page: OpenPage, region: Rect, dpi: float) -> Any:
    geometry = page.geometry
    unit = geometry.user_unit
    scale = dpi / POINTS_PER_INCH
    # pypdfium2 refuses a picture of no pixel: a sliver is given some, and a page that is one a larger scale.
    scale = max(scale, PIXEL / geometry.width, PIXEL / geometry.height)
    left, right = _at_least(region.left, region.right, PIXEL / scale, geometry.width)
    top, bottom = _at_least(region.top, region.bottom, PIXEL / scale, geometry.height)
    # pypdfium2's `crop` is what to cut off at the left, bottom, right and top, in points before the user
    # unit.
    crop = (
        left / unit,
        (geometry.height - bottom) / unit,
        (geometry.width - right) / unit,
        top / unit,
    )
    # In colour: to draw in grey, pdfium first decodes each large picture whole: 0.4 GB and 1 s for a scan of 139
    # megapixels, of which a small box takes 16 MB and 0.05 s in colour.
    return page.page.render(scale=scale * unit, crop=crop)


def _at_least(start: float, end: float, length: float, limit: float) -> tuple[float, float]:
    """`start` and `end`, moved apart to `length` where they are nearer, within 0 and `limit`."""
    if end - start >= length:
        return start, end
    start = max(0.0, min(start, limit - length))
    return start, min(limit, start + length)
