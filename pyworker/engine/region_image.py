"""A part of a page as pixels, for OCR and for looking whether anything is drawn there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyworker.engine.geometry import POINTS_PER_INCH, Rect

if TYPE_CHECKING:
    from PIL.Image import Image

    from pyworker.engine.documents import OpenPage


def render_grey(page: OpenPage, region: Rect, dpi: float) -> Image:
    """`region` (displayed-page points) in shades of grey, as a Pillow image."""
    bitmap = _render(page, region, dpi, grayscale=True)
    try:
        picture: Image = bitmap.to_pil().copy()  # the bitmap's own memory ends with it
        return picture
    finally:
        bitmap.close()


def render_bgr(page: OpenPage, region: Rect, dpi: float) -> Any:
    """`region` (displayed-page points) as a NumPy array of height x width x 3 bytes: blue, green, red."""
    bitmap = _render(page, region, dpi, grayscale=False)
    try:
        return bitmap.to_numpy()[:, :, :3].copy()
    finally:
        bitmap.close()


def _render(page: OpenPage, region: Rect, dpi: float, grayscale: bool) -> Any:
    geometry = page.geometry
    unit = geometry.user_unit
    # pypdfium2's `crop` is what to cut off at the left, bottom, right and top, in points before the user
    # unit.
    crop = (
        region.left / unit,
        (geometry.height - region.bottom) / unit,
        (geometry.width - region.right) / unit,
        region.top / unit,
    )
    return page.page.render(scale=dpi / POINTS_PER_INCH * unit, crop=crop, grayscale=grayscale)
