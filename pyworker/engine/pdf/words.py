"""Words of a PDF page from pdfium's characters.

The Rust host brings the same in native code (host-shim/src/python/native/words.rs), some twenty times as fast; a change
here is a change there, and a test compares both over many pages.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.geometry import PageGeometry, Rect
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

CHARACTERS_BETWEEN_CHECKS = 2000
# Fractions of the font size. A space is 0.25 em in most fonts and at least 0.2 em in narrow ones; kerning and
# letter spacing stay below 0.15 em. A superscript is raised by 0.33 to 0.4 em.
WORD_GAP = 0.19
STEP_BACK = 0.5
BASELINE_SHIFT = 0.55
# A script is smaller than its word and off its baseline by more than LEVEL; what goes on behind it is neither, and
# closer than CLOSE.
SCRIPT_SIZE = 0.85
LEVEL = 0.1
CLOSE = 0.12
# pdfium marks a hyphen at a line's end with U+0002 and a character without a Unicode value with 0 or U+FFFE.
HYPHEN_MARK = 2
UNKNOWN = (0, 0xFFFE, 0xFFFF)
TEX_CODES = {
    0x10: "“",
    0x11: "”",
    0x12: "„",
    0x13: "«",
    0x14: "»",
    0x15: "–",
    0x16: "—",
    0x1B: "ff",
    0x1C: "fi",
    0x1D: "fl",
    0x1E: "ffi",
    0x1F: "ffl",
    0x88: "•",
}
"""Codes of TeX's bitmap fonts (Type 3; T1 and TS1 encoding), of which pdfium knows nothing but the code. Few pages have
any: the native reader leaves those to this one.
"""


class _Run:
    """The word being put together, in a frame turned so that text runs to the right (`along`) and down
    (`across`).
    """

    __slots__ = (
        "across_end",
        "across_start",
        "along_end",
        "along_start",
        "base",
        "direction",
        "last_base",
        "last_size",
        "mirrored",
        "order",
        "rect",
        "size",
        "text",
    )

    def __init__(self, order: int, direction: int, mirrored: bool, size: float) -> None:
        self.order, self.direction, self.mirrored, self.size = order, direction, mirrored, size
        self.text: list[str] = []
        self.rect: list[float] = [math.inf, math.inf, -math.inf, -math.inf]
        self.along_start = 0.0
        self.along_end = 0.0
        self.base = 0.0
        self.last_base = 0.0
        self.last_size = size


def read_words(page: OpenPage, check: Callable[[], None]) -> list[Word]:
    """The words of `page` in content-stream order; characters off the page are left out."""
    geometry = page.geometry
    text_page = page.page.get_textpage()
    try:
        found = None
        if _native is not None:
            address = ctypes.cast(text_page.raw, ctypes.c_void_p).value
            found = _native.words(address, tuple(geometry), _is_mark, check)
        if found is None:
            return _words(text_page.raw, geometry, check)
        return [
            Word(text, Rect(*rect), size, direction, order, mirrored)
            for text, rect, size, direction, order, mirrored in found
        ]
    finally:
        text_page.close()


def _is_unnamed(handle: Any, index: int) -> bool:
    """Whether the font of a character has no name, as TeX's bitmap fonts have none: the ending NUL alone is told."""
    return bool(pdfium.FPDFText_GetFontInfo(handle, index, None, 0, None) <= 1)


def _load_native() -> Any:
    """The native reader of the Rust host; None in another."""
    try:
        from tach_native import PdfiumText
    except ImportError:
        return None
    functions = (
        pdfium.FPDFText_CountChars,
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetCharBox,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetMatrix,
        pdfium.FPDFText_GetFontSize,
        pdfium.FPDFText_IsGenerated,
        pdfium.FPDFText_GetFontInfo,
    )
    return PdfiumText(
        [ctypes.cast(function, ctypes.c_void_p).value for function in functions], list(TEX_CODES)
    )


_native = _load_native()


def _words(handle: Any, geometry: PageGeometry, check: Callable[[], None]) -> list[Word]:
    count = pdfium.FPDFText_CountChars(handle)
    x0, y0 = geometry.to_displayed(0.0, 0.0)
    ax, ay = geometry.to_displayed(1.0, 0.0)
    bx, by = geometry.to_displayed(0.0, 1.0)
    # Linear part of page -> displayed, for directions and sizes.
    m = (ax - x0, ay - y0, bx - x0, by - y0)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    get_unicode, get_box, get_loose = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetCharBox,
        pdfium.FPDFText_GetLooseCharBox,
    )
    get_size, get_matrix = pdfium.FPDFText_GetFontSize, pdfium.FPDFText_GetMatrix
    to_rect = geometry.rect_to_displayed

    words: list[Word] = []
    run: _Run | None = None
    broken = False  # pdfium has put white space of its own behind the run
    high_surrogate = 0
    placed: dict[tuple[int, int, int], tuple[float, float, int]] = {}

    def close() -> None:
        nonlocal run
        if run is not None and run.text:
            box = Rect(*run.rect)
            if box.right > 0 and box.bottom > 0 and box.left < geometry.width and box.top < geometry.height:
                words.append(Word("".join(run.text), box, run.size, run.direction, run.order, run.mirrored))
        run = None

    for index in range(count):
        if index % CHARACTERS_BETWEEN_CHECKS == 0:
            check()
        code = get_unicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high_surrogate = code
            continue
        if 0xDC00 <= code < 0xE000:
            if not high_surrogate:
                continue
            code = 0x10000 + ((high_surrogate - 0xD800) << 10) + (code - 0xDC00)
            high_surrogate = 0
        character = (
            "-" if code == HYPHEN_MARK else "\ufffd" if code in UNKNOWN or code > 0x10FFFF else chr(code)
        )
        if code in TEX_CODES and _is_unnamed(handle, index):
            character = TEX_CODES[code]
        elif character.isspace() or (code < 32 and code != HYPHEN_MARK):
            if run is not None and pdfium.FPDFText_IsGenerated(handle, index) == 1:
                broken = True
            else:
                close()
            continue
        if not get_box(handle, index, left, right, bottom, top):
            continue
        if not get_loose(handle, index, loose) or not get_matrix(handle, index, matrix):
            continue
        # Direction of the baseline and height of the em as displayed. A negative font size turns both about, and
        # pdfium's matrix is without it.
        size = get_size(handle, index)
        sign = -1.0 if size < 0 else 1.0
        dx, dy = sign * (m[0] * matrix.a + m[2] * matrix.b), sign * (m[1] * matrix.a + m[3] * matrix.b)
        ux, uy = sign * (m[0] * matrix.c + m[2] * matrix.d), sign * (m[1] * matrix.c + m[3] * matrix.d)
        size = abs(size) * math.hypot(ux, uy)
        mirrored = dx * uy > dy * ux
        direction = round(math.degrees(math.atan2(dy, dx)) / 90) * 90 % 360
        tight = to_rect(left.value, bottom.value, right.value, top.value)
        wide = to_rect(loose.left, loose.bottom, loose.right, loose.top)
        if not _finite(tight) or not _finite(wide):
            continue
        height = wide.bottom - wide.top if direction in (0, 180) else wide.right - wide.left
        if not 0.5 <= size <= 2000:
            size = height if 0.5 <= height <= 2000 else 1.0
        if not 0.6 * size <= height <= 2.0 * size:
            wide = _em_box(tight, direction, size)
        # Fake bold and shadows draw a character twice; keep one. Each letter of a ligature has the ligature's place.
        key = (code, round(tight.left), round(tight.top))
        before = placed.get(key)
        of_a_ligature = (tight.left, tight.top, index - 1)
        if (
            before
            and before != of_a_ligature
            and abs(before[0] - tight.left) < 0.15 * size
            and abs(before[1] - tight.top) < 0.15 * size
        ):
            continue
        placed[key] = (tight.left, tight.top, index)

        start, end, base = _frame(wide, direction, mirrored)
        ended, broken = broken, False
        if run is not None and _is_mark(character) and _sits_on(run, start, end, base, direction):
            run.text.append(character)
            run.along_end = max(run.along_end, end)
            _grow(run.rect, tight, wide, direction)
            continue
        # A mark's own base line makes pdfium see the end of a line behind it; there the gap decides alone.
        if run is not None and ended and not _is_mark(run.text[-1]):
            # So it does behind a superscript and a subscript.
            gap = start - run.along_end
            if not (_ends_with_script(run) and _is_level(run, base, size) and abs(gap) <= CLOSE * run.size):
                close()
        if run is not None:
            gap = run.along_start - end if _leftwards(code) else start - run.along_end
            em = max(size, run.size)
            if (
                direction != run.direction
                or mirrored != run.mirrored
                # Small text behind large text is as far from it as from its own kind.
                or gap > WORD_GAP * min(size, run.size)
                or gap < -STEP_BACK * em - (end - start)
                or abs(base - run.base) > BASELINE_SHIFT * em
            ):
                close()
        if run is None:
            run = _Run(index, direction, mirrored, size)
            run.base = base
        run.text.append(character)
        run.size = max(run.size, size)
        run.last_base, run.last_size = base, size
        run.along_start = start
        run.along_end = end
        _grow(run.rect, tight, wide, direction)
    close()
    return words


def _is_mark(character: str) -> bool:
    """Whether a character is written over or under the one before it: a tone mark, an accent of its own."""
    return character >= "\u0300" and unicodedata.category(character) in ("Mn", "Me")


def _sits_on(run: _Run, start: float, end: float, base: float, direction: int) -> bool:
    gap = WORD_GAP * run.size
    return (
        direction == run.direction
        and start <= run.along_end + gap
        and end >= run.along_start - gap
        and abs(base - run.base) <= run.size
    )


def _ends_with_script(run: _Run) -> bool:
    return run.last_size <= SCRIPT_SIZE * run.size and abs(run.last_base - run.base) > LEVEL * run.size


def _is_level(run: _Run, base: float, size: float) -> bool:
    return abs(base - run.base) <= LEVEL * run.size and abs(size - run.size) <= LEVEL * run.size


def _leftwards(code: int) -> bool:
    """Whether a character is of Hebrew, Arabic or their neighbours, whose words pdfium gives from the
    right.
    """
    return 0x0590 <= code <= 0x08FF or 0xFB1D <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC


def _finite(rect: Rect) -> bool:
    return all(-1e6 < value < 1e6 for value in rect)


def _em_box(tight: Rect, direction: int, size: float) -> Rect:
    """A box of plausible height around a glyph whose font declares none (or an absurd one)."""
    if direction in (0, 180):
        middle = (tight.top + tight.bottom) / 2
        return Rect(
            tight.left, min(tight.top, middle - size / 2), tight.right, max(tight.bottom, middle + size / 2)
        )
    middle = (tight.left + tight.right) / 2
    return Rect(
        min(tight.left, middle - size / 2), tight.top, max(tight.right, middle + size / 2), tight.bottom
    )


def _frame(rect: Rect, direction: int, mirrored: bool) -> tuple[float, float, float]:
    """(start, end, baseline) of a glyph box along and across its reading direction."""
    if direction == 0:
        return rect.left, rect.right, -rect.top if mirrored else rect.bottom
    if direction == 90:
        return rect.top, rect.bottom, rect.right if mirrored else -rect.left
    if direction == 180:
        return -rect.right, -rect.left, rect.bottom if mirrored else -rect.top
    return -rect.bottom, -rect.top, -rect.left if mirrored else rect.right


def _grow(box: list[float], tight: Rect, wide: Rect, direction: int) -> None:
    """Widen `box` by a glyph: ink along the line, the font's line height across it."""
    if direction in (0, 180):
        inked = tight.right > tight.left
        x0, x1 = (tight.left, tight.right) if inked else (wide.left, wide.right)
        y0, y1 = min(tight.top, wide.top), max(tight.bottom, wide.bottom)
    else:
        inked = tight.bottom > tight.top
        y0, y1 = (tight.top, tight.bottom) if inked else (wide.top, wide.bottom)
        x0, x1 = min(tight.left, wide.left), max(tight.right, wide.right)
    box[0], box[1] = min(box[0], x0), min(box[1], y0)
    box[2], box[3] = max(box[2], x1), max(box[3], y1)
