"""Markers of list items: bullets, numbers and letters at the head of a line."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

BULLETS = "•◦▪▫●○■□‣⁃∙·*＊➢➤✓✔❖◆◇►▶›»☐☑☒\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf0a8\uf02d\uf06f–—-"
CHECKBOXES = frozenset("☐☑☒")
TEXT_SIGNS = "©®℗™℠°№℃℉"
"""Signs that belong to the text they stand before."""
FORMULA = "+=<>±×÷∑∫√≈≤≥≠¬∂∏∀∃−|~"
_BULLET = re.compile(rf"([{re.escape(BULLETS)}])\s*(?=\S|$)")
# A dash, star or quotation mark glued to a word is part of it: "-5", "*note", "»quoted«".
_GLUED = re.compile(r"[*·–—›»-]\S")
_LETTER_BULLET = re.compile(r"(o)\s+(?=\S)")
_NUMBER = re.compile(r"(\(?\d{1,3}[.)]|\(\d{1,3}\)|\(?[A-Za-z][.)]|\(?[ivxIVX]{1,5}[.)])\s+(?=\S)")
_CITED = re.compile(r"(\[(?:\d{1,4}|[A-Z][A-Za-z+]{0,6}\d{2}[a-z]?)\])\s+(?=\S)")
_OUTLINE = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,5}[.)]?)\s+(?=\S)")
_LONE = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3}){0,5}|[A-Za-z]|[ivxIVX]{1,5})[.)]|\[\d{1,4}\]|\d{1,3}(?:\.\d{1,3}){1,5}|o"
)
# Bullets of symbol fonts; the boxes and ticks among their signs may be answers of a form.
_IN_CELL = re.compile("(?:(?<=\\s)|^)[\uf0b7\uf0a7\uf0d8\uf076\uf02d]\\s+(?=\\w)")


class Marker(NamedTuple):
    """The marker of a list item and what follows it."""

    text: str
    ordered: bool
    rest: str


def list_marker(text: str) -> Marker | None:
    """The marker at the head of `text`, if it looks like a list item."""
    text = text.lstrip()
    found = _BULLET.match(text)
    if found and not _GLUED.match(text):
        return Marker(found[1], False, text[found.end() :])
    if _is_symbol(text[:1]) and text[1:2].isspace():
        return Marker(text[0], False, text[1:].lstrip())
    found = _LETTER_BULLET.match(text)
    if found:
        return Marker(found[1], False, text[found.end() :])
    found = _OUTLINE.match(text) or _NUMBER.match(text) or _CITED.match(text)
    return Marker(found[1], True, text[found.end() :]) if found else None


def is_lone_marker(text: str) -> bool:
    """Whether `text` is a marker and nothing else."""
    text = text.strip()
    return bool(text) and (
        (len(text) == 1 and (text in BULLETS or _is_symbol(text))) or bool(_LONE.fullmatch(text))
    )


def checkbox(text: str) -> tuple[bool, str] | None:
    """Whether the box at the head of `text` is ticked, and what follows it."""
    text = text.lstrip()
    return (text[0] in "☑☒", text[1:].strip()) if text[:1] in CHECKBOXES and text[1:].strip() else None


def has_bullet(text: str) -> bool:
    """Whether `text` begins with a sign that is nothing but a bullet: no letter, no dash, no star."""
    marker = list_marker(text)
    return (
        marker is not None and not marker.ordered and not marker.text.isalpha() and marker.text not in "*–—-"
    )


def with_dashes(text: str) -> str:
    """The text of a cell with a dash for each bullet of a symbol font, which is no character that can be read."""
    return _IN_CELL.sub("- ", text)


def goes_on_in_text(text: str) -> bool:
    """Whether a number at the head of `text` may as well be a date or figure in a sentence."""
    return bool(_OUTLINE.match(text.lstrip()))


def _is_symbol(character: str) -> bool:
    # Symbol fonts without a sound encoding give their bullets as any sign.
    return (
        bool(character)
        and unicodedata.category(character) in ("So", "Sm", "Co")
        and character not in FORMULA
        and character not in TEXT_SIGNS
    )


def ordinal(marker: str) -> int | None:
    """The number that an Arabic marker tells; None for others."""
    digits = marker.strip("().[]")
    return int(digits) if digits.isdigit() else None
