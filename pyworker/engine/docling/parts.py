"""Docling's imports in parts, each so short that a deadline or a request which comes meanwhile hardly waits."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Sequence

from pyworker.engine.docling.deferred_imports import deferred

LEAN = (
    "pydantic",
    "numpy",
    "PIL.Image",
    "pydantic_settings",
    "requests",
    "docling_core.types.doc",
    "docling.datamodel.pipeline_options",
    "docling.datamodel.document",
    "docling.pipeline.native_pdf_pipeline",
)
"""What the lean pipeline imports, libraries first, so that no part takes more than some 0.25 s of processor time."""
OTHER_FORMATS = (
    "bs4",
    "docx",
    "pptx",
    "openpyxl",
    "docling.backend.html_backend",
    "docling.backend.email_backend",
    "docling.document_converter",
)
"""What the readers of formats that are no PDF import beyond that."""


def import_parts(names: Sequence[str], loaded: Callable[[], None]) -> Iterator[None]:
    """Imports one of the modules more after each step. `loaded` is that of `deferred_imports`.

    What is not there is passed over: the import statement of its user tells.
    """
    for name in names:
        if name not in sys.modules:
            yield
            with contextlib.suppress(ImportError), deferred(loaded):
                importlib.import_module(name)
