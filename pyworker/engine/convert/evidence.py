"""What the structure of a converted document rests on, told in the document itself."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

ORDER = ("tags", "layout", "fonts")
"""Kinds of evidence: the PDF's structure tree, a layout model, fonts and places."""


def note_evidence(converted: Any, pages: Mapping[int, Sequence[str]]) -> None:
    """Write down the evidence of each page (numbered from 1): `tach__structure` in the metadata of `furniture`.

    It is an object with `evidence`, all kinds together, and `pages`, the kinds of each page. docling-core prints the
    metadata of the body into Markdown and HTML; that of `furniture` stays in JSON alone.
    """
    from docling_core.types.doc.common.meta import BaseMeta

    kinds = {kind for held in pages.values() for kind in held}
    meta = BaseMeta()
    meta.set_custom_field(
        "tach",
        "structure",
        {
            "evidence": _in_order(kinds),
            "pages": {str(number): _in_order(held) for number, held in sorted(pages.items())},
        },
    )
    with warnings.catch_warnings():
        # docling-core keeps the group, but nothing shall be put into it any more.
        warnings.simplefilter("ignore", DeprecationWarning)
        converted.furniture.meta = meta


def _in_order(kinds: Sequence[str] | set[str]) -> list[str]:
    return [kind for kind in ORDER if kind in kinds]
