"""Deadlines inside Torch models: a request that is out of time leaves a model at its next layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def checked_models(check: Callable[[], None]) -> Iterator[None]:
    """Call `check`, which may raise, before every layer that any Torch model runs meanwhile, on whatever thread.

    A table's structure takes hundreds of passes through TableFormer, seconds in all; Docling itself looks at the clock
    between pages only. The call is a fraction of a microsecond where a layer takes tens of them at the least.
    """
    from torch.nn.modules.module import register_module_forward_pre_hook

    def before_layer(_module: Any, _arguments: Any) -> None:
        check()

    hook = register_module_forward_pre_hook(before_layer)
    try:
        yield
    finally:
        hook.remove()
