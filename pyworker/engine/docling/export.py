"""A DoclingDocument in the format that a request names."""

from __future__ import annotations

from typing import Any


def export(document: Any, wanted: str) -> dict[str, Any]:
    """The document as its own JSON (`docling`), or `{"text": …}` for `markdown` and `text`."""
    if wanted == "markdown":
        return {"text": document.export_to_markdown(compact_tables=True)}
    if wanted == "text":
        return {"text": document.export_to_text()}
    exported: dict[str, Any] = document.export_to_dict()
    return exported
