"""Libraries that Docling imports and that its lean pipeline hardly needs: they are imported at their first use.

Together they take 62 MB and 0.6 s of processor time, more than all the rest of the lean profile.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

LIBRARIES = ("cv2", "langcodes", "pandas", "scipy.ndimage")
"""Used by Docling for its own OCR, for pictures written as PNG, and where a table is cut into chunks."""


@contextmanager
def deferred(loaded: Callable[[], None]) -> Iterator[None]:
    """What is imported within takes its LIBRARIES for imported, and imports each when it uses it.

    `loaded` is called after such an import. Afterwards an import statement imports as ever. Those that are imported
    already are left alone. Raises ImportError where one is not installed.
    """
    later = [_Later(name, loaded) for name in LIBRARIES if name not in sys.modules]
    for module in later:
        top = module.__name__.partition(".")[0]
        if importlib.util.find_spec(top) is None:
            raise ModuleNotFoundError(f"No module named {top!r}", name=top)
    sys.modules.update({module.__name__: module for module in later})
    try:
        yield
    finally:
        for module in later:
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]


class _Later(ModuleType):
    """Stands for a module in the files that have imported it."""

    def __init__(self, name: str, loaded: Callable[[], None]) -> None:
        super().__init__(name)
        self.__dict__["_loaded"] = loaded

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Asked by the import system, which must not import anything by it.
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            return _LaterName(self, name)
        return getattr(_imported(self), name)


class _LaterName:
    """Stands for something of a module that is named while that must not be imported yet."""

    def __init__(self, module: _Later, name: str) -> None:
        self._module, self._name = module, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return getattr(_imported(self._module), self._name)(*arguments, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(_imported(self._module), self._name), name)


def _imported(module: _Later) -> ModuleType:
    known = sys.modules.get(module.__name__)
    if known is not None and known is not module:
        return known
    imported = importlib.import_module(module.__name__)
    module.__dict__["_loaded"]()
    return imported
