"""`convert` for pictures: each frame becomes a page of a temporary PDF, which is then read as any scan is."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pyworker.engine.convert.pdf import convert_pages
from pyworker.engine.convert.pictures import embed_pictures
from pyworker.engine.docling.export import export
from pyworker.engine.pdf import opening
from pyworker.engine.pdf.documents import OpenDocument
from pyworker.errors import ImageTooLarge, UnsupportedFormat
from pyworker.limits import MAX_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

    from pyworker.context import RequestContext
    from pyworker.engine.engines import Engines
    from pyworker.messages import Convert

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
"""Pillow's names; its other readers take formats that no scanner writes."""
MAX_FRAMES = 1_000
DPI = 150.0
"""For pictures that don't tell theirs."""
SENSIBLE_DPI = (36.0, 1200.0)
JPEG_QUALITY = 95


def is_image(file: BinaryIO) -> bool:
    """Whether the open file is a picture in one of FORMATS, whatever its name."""
    from PIL import Image, UnidentifiedImageError

    try:
        file.seek(0)
        with _quiet():
            Image.open(file, formats=FORMATS)
        return True
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return False


def convert_image(
    engine: Engines, file: BinaryIO, file_name: str, payload: Convert, context: RequestContext
) -> dict[str, Any]:
    """The picture's text and tables, read by OCR; boxes in points at the resolution that the picture tells.

    Raises EngineUnavailable without OCR, ImageTooLarge, and UnsupportedFormat where the picture is broken.
    """
    engine.require("ocr")
    # Where images go is where a worker may write.
    folder = engine.settings.mmap_dir
    if folder is not None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="tach-worker-") as name:
        target = Path(name) / f"{Path(file_name).stem}.pdf"
        _write_pdf(file, file_name, target, context)
        pdf, opened, mentions, _ = opening.open_pdf(str(target), None, ())
        document = OpenDocument(pdf, target, None, len(pdf), opened.st_size, mentions)
        try:
            converted = convert_pages(engine, document, payload, context)
            if payload.images == "embedded":
                embed_pictures(converted, document, context)
        finally:
            document.close()
    # It would name the temporary file.
    converted.origin = None
    return export(converted, payload, context)


def _write_pdf(file: BinaryIO, name: str, target: Path, context: RequestContext) -> None:
    from PIL import Image

    try:
        file.seek(0)
        with _quiet(), Image.open(file, formats=FORMATS) as picture:
            frames = getattr(picture, "n_frames", 1)
            if frames > MAX_FRAMES:
                raise ImageTooLarge(f"{name} has more than {MAX_FRAMES} frames", max_frames=MAX_FRAMES)
            pixels = 0
            for frame in range(frames):
                context.check()
                picture.seek(frame)
                pixels += picture.width * picture.height
                if pixels > MAX_PIXELS:
                    raise ImageTooLarge(
                        f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels",
                        max_pixels=MAX_PIXELS,
                    )
            told = picture.info.get("dpi", (0.0, 0.0))[0]
            dpi = float(told) if SENSIBLE_DPI[0] <= told <= SENSIBLE_DPI[1] else DPI
            pages = _frames(picture, frames, context)
            # Frames are decoded one after the other, as the PDF is written.
            next(pages).save(
                target, "PDF", resolution=dpi, save_all=True, append_images=pages, quality=JPEG_QUALITY
            )
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnsupportedFormat(f"{name} is a picture that cannot be read: {error}") from error


def _frames(picture: Image, count: int, context: RequestContext) -> Iterator[Image]:
    """Each frame upright and without transparency, on white."""
    from PIL import Image, ImageOps

    for frame in range(count):
        context.check()
        picture.seek(frame)
        page = ImageOps.exif_transpose(picture)
        if page.has_transparency_data:
            white = Image.new("RGBA", page.size, "white")
            page = Image.alpha_composite(white, page.convert("RGBA"))
        yield page if page.mode in ("1", "L") else page.convert("RGB")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's own warnings: the limits here are smaller than the ones it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
