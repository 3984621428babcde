"""Docling's lean pipeline loaded in parts, each so short that a request which comes meanwhile hardly waits."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator

from pyworker.engine.docling.deferred_imports import deferred

PARTS = (
    "pydantic",
    "numpy",
    "PIL.Image",
    "pydantic_settings",
    "requests",
    "docling_core.types.doc",
    "docling.datamodel.pipeline_options",
    "docling.datamodel.document",
)
"""What Docling imports, libraries first, so that no part takes more than some 0.25 s of processor time."""


def lean_parts(loaded: Callable[[], None], pipeline: Callable[[], object]) -> Iterator[None]:
    """Loads one part more at each step, `pipeline` at the last.

    `loaded` is that of `deferred_imports`. A step raises what loading raises: ImportError, or whatever `pipeline` does.
    """
    for name in PARTS:
        with deferred(loaded):
            importlib.import_module(name)
        yield
    pipeline()
