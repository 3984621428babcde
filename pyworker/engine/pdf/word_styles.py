"""How the words of a PDF page are set (bold, italic, monospaced) and which marked content each belongs to."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.annotation_text import with_annotation_text
from pyworker.engine.pdf.page_content import Word

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

BOLD_WEIGHT = 600
FIXED_PITCH = 1
ITALIC = 1 << 6
FORCE_BOLD = 1 << 18
BOLD_NAMES = ("bold", "black", "heavy", "-bd", "semibold", "demi", "cmbx", "nimbussanl-bold")
ITALIC_NAMES = ("italic", "oblique")
MONO_NAMES = ("mono", "nimbusmon", "courier", "consol", "typewriter", "menlo", "cmtt", "sourcecode", "code-")
_TEX_BOLD = re.compile(r"bx\d{1,4}$")
_TEX_MONO = re.compile(r"(?<!v)tt\d{1,4}$")
"""Ends of the names of TeX's fonts: SFBX1200, ectt1000; cmvtt10 has letters of different widths."""
_ENDING = re.compile(r"[.-](bi?|ib?)$")
ARTIFACT = -2
"""Instead of an identifier: the text is marked as no part of the document (a page header or footer)."""
WORDS_BETWEEN_CHECKS = 500
UNNAMED = "type3 "
"""How the name begins that a font without one gets."""
PITCHES, FITTING = 5, 0.75
"""Pairs of words that tell whether a font is monospaced, at least, and the share of them that has its pitch."""
PITCH, PITCH_ERROR = 0.5, 0.05
WIDE_PITCH, WIDE_ERROR = 0.58, 0.12
"""In em: the least pitch and how much of it a pair may differ. Words of other fonts take 0.42 to 0.54 em a character
in the middle; TeX's listings spread letters wider, and set words a little off their columns.
"""


class Style(NamedTuple):
    """How one word is set."""

    bold: bool
    italic: bool
    mono: bool
    mcid: int
    """Marked-content identifier of its text object, -1 where it has none."""
    font: str = ""
    """The font's name in lower case, without a subset's prefix."""


PLAIN = Style(False, False, False, -1)


def word_styles(page: OpenPage, words: Sequence[Word], check: Callable[[], None]) -> dict[int, Style]:
    """The style of each word of `page_words(page)`, by the word's `order`."""
    if not words:
        return {}
    with with_annotation_text(page, check) as readable:
        text_page = readable.page.get_textpage()
        try:
            return _styles(text_page.raw, words, check)
        finally:
            text_page.close()


def _styles(handle: Any, words: Sequence[Word], check: Callable[[], None]) -> dict[int, Style]:
    # Words of one text object have one font and one marked-content sequence.
    objects: dict[int, Style] = {}
    found: dict[int, Style] = {}
    for index, word in enumerate(words):
        if index % WORDS_BETWEEN_CHECKS == 0:
            check()
        text_object = pdfium.FPDFText_GetTextObject(handle, word.order)
        if not text_object:
            continue
        key = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        style = objects.get(key)
        if style is None:
            style = _style(handle, word.order, _mcid(text_object))
            if not style.font:
                style = style._replace(font=_unnamed(text_object))
            objects[key] = style
        found[word.order] = style
    fonts = {style.font for style in objects.values()}
    mono = {font for font in fonts if font.startswith(UNNAMED) and _has_one_pitch(font, words, found)}
    if mono:
        found.update((o, style._replace(mono=True)) for o, style in found.items() if style.font in mono)
    return found


def _unnamed(text_object: Any) -> str:
    """A name for a font that has none, as bitmap fonts (Type 3) have: its ascent and descent in 1/100,000 em."""
    font = pdfium.FPDFTextObj_GetFont(text_object)
    up, down = ctypes.c_float(), ctypes.c_float()
    if (
        not font
        or not pdfium.FPDFFont_GetAscent(font, 1e5, up)
        or not pdfium.FPDFFont_GetDescent(font, 1e5, down)
    ):
        return ""
    return f"{UNNAMED}{up.value:.0f} {down.value:.0f}"


def _has_one_pitch(font: str, words: Sequence[Word], styles: dict[int, Style]) -> bool:
    """Whether the words of an unnamed font begin as far from each other as the number of their characters says."""
    pitches = [
        (after.rect.left - word.rect.left) / (after.order - word.order) / word.font_size
        for word, after in pairwise(words)
        if styles.get(word.order, PLAIN).font == font == styles.get(after.order, PLAIN).font
        and after.order > word.order
        and after.rect.left > word.rect.right
        and any(map(str.isalpha, word.text))
        and abs(after.rect.bottom - word.rect.bottom) < 0.5 * word.font_size
    ]
    if len(pitches) < PITCHES:
        return False
    middle = median(pitches)
    if middle < PITCH:
        return False
    error = WIDE_ERROR if middle >= WIDE_PITCH else PITCH_ERROR
    return sum(abs(pitch - middle) <= error * middle for pitch in pitches) >= FITTING * len(pitches)


def _mcid(text_object: Any) -> int:
    mcid: int = pdfium.FPDFPageObj_GetMarkedContentID(text_object)
    if mcid >= 0:
        return mcid
    name, length = (ctypes.c_ushort * 16)(), ctypes.c_ulong()
    for index in range(min(8, pdfium.FPDFPageObj_CountMarks(text_object))):
        mark = pdfium.FPDFPageObj_GetMark(text_object, index)
        named = bool(mark) and pdfium.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), length)
        if named and bytes(name)[: length.value - 2] == "Artifact".encode("utf-16-le"):
            return ARTIFACT
    return -1


def _style(handle: Any, index: int, mcid: int) -> Style:
    flags = ctypes.c_int()
    name = ctypes.create_string_buffer(128)
    length = pdfium.FPDFText_GetFontInfo(handle, index, name, len(name), flags)
    # A subset's name has six letters and a plus sign in front.
    font = name.value.decode("utf-8", "replace").rpartition("+")[2].lower() if length <= len(name) else ""
    weight = pdfium.FPDFText_GetFontWeight(handle, index)
    bold = weight >= BOLD_WEIGHT or bool(flags.value & FORCE_BOLD) or is_bold_name(font)
    mono = bool(flags.value & FIXED_PITCH) or is_mono_name(font)
    italic = bool(flags.value & ITALIC) or _is_named(font, ITALIC_NAMES, "i")
    return Style(bold, italic, mono, mcid, font)


def is_bold_name(font: str) -> bool:
    """Whether the name of a font, in lower case, says that it is bold."""
    return _is_named(font, BOLD_NAMES, "b") or bool(_TEX_BOLD.search(font))


def is_mono_name(font: str) -> bool:
    """Whether the name of a font, in lower case, says that its letters are of one width."""
    return any(part in font for part in MONO_NAMES) or bool(_TEX_MONO.search(font))


def _is_named(font: str, parts: Sequence[str], letter: str) -> bool:
    """Whether a font's name says so: by a word, or by a letter at its end ("AdvOT3b30f6db.B", "Garamond-BI")."""
    ending = _ENDING.search(font)
    return any(part in font for part in parts) or (ending is not None and letter in ending[1])
