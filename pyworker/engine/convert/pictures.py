"""Pictures of a converted PDF, cut out of its pages by our own renderer."""

from __future__ import annotations

import base64
import io
import math
from typing import TYPE_CHECKING, Any

from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect
from pyworker.engine.pdf.render import render_color
from pyworker.errors import ImageTooLarge

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.pdf.documents import OpenDocument

DPI = 150.0
MOST_PIXELS = 4_000_000
"""Of one picture; a larger one is cut at a lower resolution."""
QUALITY = 85
MAX_EMBEDDED = 48 << 20
"""Characters of all pictures together: a reply has at most 64 MiB."""


def embed_pictures(converted: Any, document: OpenDocument, context: RequestContext) -> None:
    """Give each picture of `converted` that has a place its image: JPEG, 150 dpi or less.

    Raises ImageTooLarge where all together do not fit into a reply.
    """
    from docling_core.types.doc.base import Size
    from docling_core.types.doc.common.reference import ImageRef
    from pydantic import AnyUrl

    total = 0
    for item in converted.pictures:
        context.check()
        if not item.prov:
            continue
        page = document.page(item.prov[0].page_no - 1)
        geometry = page.geometry
        box = item.prov[0].bbox.to_top_left_origin(page_height=geometry.height)
        rect = Rect(max(box.l, 0.0), max(box.t, 0.0), min(box.r, geometry.width), min(box.b, geometry.height))
        if rect.width <= 0 or rect.height <= 0:
            continue
        area = rect.width * rect.height / POINTS_PER_INCH**2
        dpi = min(DPI, math.sqrt(MOST_PIXELS / area))
        image = render_color(page, rect, dpi)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=QUALITY)
        uri = "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")
        total += len(uri)
        _check_total(total)
        size = Size(width=image.width, height=image.height)
        item.image = ImageRef(mimetype="image/jpeg", dpi=max(1, round(dpi)), size=size, uri=AnyUrl(uri))


def check_embedded(converted: Any) -> None:
    """Raises ImageTooLarge where the images that `converted` already has do not fit into a reply."""
    _check_total(sum(len(str(item.image.uri)) for item in converted.pictures if item.image is not None))


def _check_total(total: int) -> None:
    if total > MAX_EMBEDDED:
        raise ImageTooLarge(
            f"the document's pictures take more than {MAX_EMBEDDED >> 20} MB of the reply; ask for fewer pages with "
            "page_range, or for images placeholder",
            limit_bytes=MAX_EMBEDDED,
        )
