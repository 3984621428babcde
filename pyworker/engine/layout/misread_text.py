"""Text of TeX's fonts that docling-parse gives as dingbats: it knows names such as "a65" from Zapf Dingbats."""

from __future__ import annotations

import re

_NAME = re.compile(r"a\d{1,3}")
_DINGBAT = re.compile(r"[\u2460-\u24ff\u25a0-\u27bf]")
LEAST = 0.5
"""Share of dingbats among a line's letters, digits and dingbats, names of glyphs left out."""


def reread(text: str, own: str) -> str:
    """`text`, or what the page itself says (`own`) where `text` has dingbats and names of glyphs in its place."""
    dingbats = len(_DINGBAT.findall(text))
    if not dingbats:
        names = _NAME.findall(text)
        misread = bool(names) and not _NAME.sub("", text).strip() and len(own) == len(names)
        return own if misread else text
    if _DINGBAT.search(own):
        return text
    read, written = "".join(text.split()), "".join(own.split())
    if len(read) == len(written) and all(
        a == b or _DINGBAT.match(a) for a, b in zip(read, written, strict=True)
    ):
        rest = iter(written)
        return "".join(sign if sign.isspace() else next(rest) for sign in text)
    letters = sum(map(str.isalnum, _DINGBAT.sub("", _NAME.sub("", text))))
    return own if dingbats >= LEAST * (dingbats + letters) else text
