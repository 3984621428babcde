"""Text brought into the form in which it is compared, and places in it told in the text as it was."""

from __future__ import annotations

import unicodedata

HYPHEN = "-"
_SOFT_HYPHEN = "\u00ad"
# Different characters that people and programs use for the same sign; NFKC would part the double primes.
_SAME = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", HYPHEN)
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | {_SOFT_HYPHEN: ""}
)


def folded(text: str, match_case: bool) -> str:
    """`text` for comparison: compatible and decomposed characters alike (NFKC), dashes and quotes alike.

    Case is folded unless `match_case`. Characters may become more or fewer.
    """
    if text.isascii():
        return text if match_case else text.lower()
    if text.endswith(_SOFT_HYPHEN):
        text = text[:-1] + HYPHEN
    text = unicodedata.normalize("NFKC", text.translate(_SAME))
    # Folding can part what NFKC joined: Unicode 3.13, definition D146.
    return text if match_case else unicodedata.normalize("NFKC", text.casefold())


def tokens(query: str, match_case: bool) -> list[str]:
    """The folded words of a query: what stands between its white space."""
    return folded(query, match_case).split()


def unfolded(text: str, start: int, stop: int, match_case: bool) -> tuple[int, int]:
    """The part of `text`, as (start, stop), that is the characters `start` to `stop` of its folded form."""
    if text.isascii():
        return start, stop
    lengths = [len(folded(text[:end], match_case)) for end in range(len(text) + 1)]
    first = max((end for end, length in enumerate(lengths[:-1]) if length <= start), default=0)
    last = min(
        (end for end, length in enumerate(lengths) if length >= stop and end > first), default=len(text)
    )
    # A mark belongs to the letter before it.
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    return first, last
