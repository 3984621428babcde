"""What starts an item of a list: bullets, check boxes, numbers, letters and roman numerals."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

DASHES = ("-", "–", "—", "*", "o", "·")
"""Bullets that are also ordinary characters at the start of a line."""
CHECK_BOXES = {"☐": "[ ]", "☑": "[x]", "☒": "[x]"}
_BULLET = re.compile("^([•●○◦▪■□▫‣⁃∙·➢➤►✓✔❖◆◇☐☑☒\uf0b7\uf0a7\uf0d8\uf076–—*-]|o(?= ))\\s+(?=\\S)")
_NUMBER = re.compile(r"^(\(?(\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s+(?=\S)")
_DEEP_NUMBER = re.compile(r"^((?:\d{1,2}\.){1,4}(\d{1,2})[.)]?)\s+(?=\S)")
_ROMAN = {"i": 1, "v": 5, "x": 10}


class Marker(NamedTuple):
    """The start of an item."""

    text: str
    ordered: bool
    length: int
    """Characters of the line up to the item's own text."""
    value: int = 0
    """Its place in the list, from 1, where it is numbered."""
    shape: str = ""
    """Its form without its number: markers of one list share it."""


def list_marker(text: str, *, bullets_only: bool = False) -> Marker | None:
    """The marker that a line starts with, if it does."""
    found = _BULLET.match(text)
    if found:
        return Marker(found.group(1), ordered=False, length=found.end())
    if text[1:2] == " " and (text[0] == "∞" or unicodedata.category(text[0]) in ("So", "Co")):
        # Fonts of symbols are often mapped to whatever sign had the code.
        return Marker(text[0], ordered=False, length=len(text) - len(text[1:].lstrip()))
    if bullets_only:
        return None
    found = _NUMBER.match(text) or _DEEP_NUMBER.match(text)
    if not found:
        return None
    whole, number = found.group(1), found.group(2)
    value, kind = _value(number)
    shape = whole[: found.start(2) - found.start(1)] + kind + whole[found.end(2) - found.start(1) :]
    return Marker(whole, ordered=True, length=found.end(), value=value, shape=shape)


def _value(number: str) -> tuple[int, str]:
    """The number and how it is written: `1`, `a`, `A` or `i`."""
    if number.isdigit():
        return int(number), "1"
    lower = number.lower()
    if len(number) > 1 or lower == "i":
        digits = [_ROMAN[letter] for letter in lower if letter in _ROMAN]
        value = sum(-d if d < after else d for d, after in zip(digits, [*digits[1:], 0], strict=True))
        return value, "i"
    return ord(lower) - ord("a") + 1, "A" if number.isupper() else "a"
