"""Lines put together to one text: spaces and hyphens where one ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence

HYPHENS = ("-", "\u2010")
# "pre- and post-" is two words.
_SUSPENDED = r"(?:and|or|und|oder|bzw|et|ou|y|o|e|to)\b"
_GAP = re.compile(rf"(?<=[^\W\d_]-) (?!{_SUSPENDED})(?=[a-zß-öø-ÿ])")


def joined(texts: Sequence[str], *, hyphens: bool = False) -> str:
    """The text of consecutive lines in one paragraph: a word parted by a hyphen is put together again, with its hyphen
    if `hyphens` are to stay.
    """
    whole = ""
    for text in texts:
        text = text.strip()
        if not whole or not text:
            whole += text
        elif whole.endswith("\u00ad"):
            whole = whole[:-1] + text
        elif _parted(whole, text):
            whole = (whole if hyphens else whole[:-1]) + text
        else:
            glued = whole[-1] == "—" or (_no_space(whole[-1]) and _no_space(text[0]))
            whole += ("" if glued else " ") + text
    return whole


def without_gaps(text: str) -> str:
    """The text of a cell whose lines were put together with spaces, without those behind a hyphen at a line's end.

    What little text a cell has does not tell whether the hyphen is the word's own: it stays.
    """
    return _GAP.sub("", text)


def _parted(before: str, after: str) -> bool:
    # An upper-case or digit behind the hyphen is a compound ("Nord-Ost", "3-4").
    return (
        len(before) > 1
        and before[-1] in HYPHENS
        and before[-2].isalpha()
        and after[0].islower()
        and not re.match(_SUSPENDED, after)
    )


def _no_space(character: str) -> bool:
    """Chinese and Japanese put no space between words, nor between lines."""
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
