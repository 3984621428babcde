"""From a command to the engine that does it: owns the engines of this process.

One thread, always the same, calls `handle`. Automatic garbage collection is off and runs here between requests:
in the middle of one it would cost time, and on another thread it could close a pdfium object while this one is
inside pdfium, which is not thread-safe.
"""

from __future__ import annotations

import gc
import platform
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from pyworker import __version__, limits, windows_version
from pyworker.context import RequestContext
from pyworker.errors import StartupFailed, UnknownCommand
from pyworker.settings import Settings

if TYPE_CHECKING:
    from pyworker.engine.engines import Engines
    from pyworker.engine.pdf.documents import DocumentCache
    from pyworker.engine.pdf.page_cache import PageCache
    from pyworker.engine.process.mmap_store import MmapStore
    from pyworker.engine.search.index_store import IndexStore

CAPABILITIES = ("docling", "mmap", "ocr", "tables", "tableformer")
YOUNG_OBJECTS = 5_000
"""Container objects made and not freed since the last collection that start the next one, after a request."""
MANY_YOUNG_OBJECTS = 50_000
"""As many start one of every generation: a request like `convert` leaves cycles in the oldest."""

Handler = Callable[[Any, RequestContext], Mapping[str, Any]]


class Router:
    """The engines behind the commands. `start` before `handle`; `close` last."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._documents: DocumentCache
        self._store: MmapStore
        self._page_cache: PageCache
        self.page_cache_bytes = 0
        """Pixels kept of slow pages, after the last request or relief."""
        self._engines: Engines
        self._engine = threading.Lock()
        self._relief_wanted = False
        self._index_store: IndexStore | None = None
        self._handlers: dict[str, Handler] = {}

    def start(self) -> dict[str, Any]:
        """Loads the engines and checks that they work; returns the fields of `ready`, without `pid`.

        Raises StartupFailed.
        """
        windows_version.ask_no_command()
        try:
            # Docling first: it sets what NumPy and others read while they are loaded.
            from pyworker.engine.engines import Engines

            self._engines = Engines.load(self._settings)
            from pyworker.engine.commands.extract_evidence import extract_evidence
            from pyworker.engine.pdf.documents import DocumentCache
            from pyworker.engine.pdf.page_cache import PageCache
            from pyworker.engine.process.memory_monitor import MEGABYTE, room_below
            from pyworker.engine.process.mmap_store import MmapStore
            from pyworker.engine.self_check import self_check
        except ImportError as error:
            raise StartupFailed(
                f"the Python environment {sys.prefix} is not complete: {error}; "
                "install pyworker/requirements-lean.txt into it"
            ) from error
        self._documents = DocumentCache(self._settings.allowed_roots)
        self._store = MmapStore(self._settings)
        self._store.sweep()
        self_check(self._store)
        self._page_cache = PageCache(
            self._settings.page_cache_mb * MEGABYTE, lambda: room_below(self._settings.ram_soft_mb)
        )

        documents, store, page_cache = self._documents, self._store, self._page_cache

        def evidence(payload: Any, context: RequestContext) -> Mapping[str, Any]:
            return extract_evidence(
                documents.open(payload.file_path, payload.password, payload.layers),
                payload,
                context,
                store,
                page_cache,
                self._engines.ocr,
            )

        self._handlers = {
            "extract_evidence": evidence,
            "parse_table": self._parse_table,
            "extract_text": self._extract_text,
            "read_sheet": self._read_sheet,
            "document_info": self._document_info,
            "convert": self._convert,
            "find_text": self._find_text,
            "ping": _nothing,
            "shutdown": _nothing,
        }
        if self._settings.test_faults:
            from pyworker.engine.commands import fault

            def misbehave(payload: Any, context: RequestContext) -> Mapping[str, Any]:
                return fault.run(payload, context, documents.handed())

            self._handlers["fault"] = misbehave
        available = {*self._engines.capabilities, *(["mmap"] if store.usable() else [])}
        gc.collect()
        gc.freeze()
        gc.disable()
        return {
            "protocol": limits.PROTOCOL_VERSION,
            "version": __version__,
            "capabilities": [name for name in CAPABILITIES if name in available],
            "python": platform.python_version(),
            "docling": self._engines.version,
            "profile": self._engines.profile,
            "limits": {
                "ram_soft_mb": self._settings.ram_soft_mb,
                "ram_hard_mb": self._settings.ram_hard_mb,
                "timeout_ms": self._settings.timeout_ms,
            },
        }

    def handle(
        self, cmd: str, payload: Any, context: RequestContext, document: int | None = None
    ) -> dict[str, Any]:
        """The `data` of a checked request's reply; an image stands as a buffer of bytes under `base64`.

        `payload` is the command's model of `messages` or has its attributes. `document` is the descriptor of its
        document, where that was handed over.
        Raises a WorkerError, or whatever a library raised.
        """
        handler = self._handlers.get(cmd)
        if handler is None:
            raise UnknownCommand(f"unknown command `{cmd}`", field="cmd")
        with self._engine:
            self._documents.hand_over(document)
            try:
                # Each of the types in reply_data.py is a dictionary that nothing else holds.
                return cast("dict[str, Any]", handler(payload, context))
            finally:
                self._tidy()

    def warm_up(self) -> bool:
        """Loads a part of what was left for a time without requests, on the engine's thread; whether more is left."""
        with self._engine:
            if self._engines.warm_up():
                return True
            gc.collect()
            gc.freeze()
            return False

    def relieve(self) -> None:
        """Frees what can be done without: at once where the engine is idle, else after its request. Any thread."""
        if self._engine.acquire(blocking=False):
            try:
                self._free()
            finally:
                self._engine.release()
        else:
            self._relief_wanted = True

    def close(self) -> None:
        """Closes the documents; no request may be in flight or come after."""
        self._documents.clear()
        self._store.close()

    def _tidy(self) -> None:
        if self._relief_wanted:
            self._free()
            return
        self.page_cache_bytes = self._page_cache.held_bytes
        if (young := gc.get_count()[0]) > YOUNG_OBJECTS:
            gc.collect(2 if young > MANY_YOUNG_OBJECTS else 1)

    def _free(self) -> None:
        from pyworker.engine.process.memory_monitor import give_back_memory

        self._relief_wanted = False
        self._page_cache.clear()
        if self._index_store is not None:
            self._index_store.forget()
        self.page_cache_bytes = 0
        self._documents.clear()
        gc.collect()
        give_back_memory()

    def _parse_table(self, payload: Any, context: RequestContext) -> Mapping[str, Any]:
        from pyworker.engine.commands.parse_table import parse_table

        return parse_table(self._open(payload), payload, context, self._engines)

    def _extract_text(self, payload: Any, context: RequestContext) -> Mapping[str, Any]:
        from pyworker.engine.commands.extract_text import extract_text

        return extract_text(self._open(payload), payload, context, self._engines.ocr)

    def _read_sheet(self, payload: Any, context: RequestContext) -> Mapping[str, Any]:
        from pyworker.engine.commands.read_sheet import read_sheet

        return read_sheet(self._open(payload), payload, context, self._engines.ocr)

    def _document_info(self, payload: Any, context: RequestContext) -> Mapping[str, Any]:
        from pyworker.engine.commands.document_info import document_info

        return document_info(self._open(payload), payload, context)

    def _convert(self, payload: Any, context: RequestContext) -> dict[str, Any]:
        from pyworker.engine.commands.convert import convert

        return convert(self._documents, payload, context, self._engines)

    def _find_text(self, payload: Any, context: RequestContext) -> Mapping[str, Any]:
        from pyworker.engine.commands.find_text import find_text

        return find_text(lambda: self._open(payload), payload, context, self._indexes())

    def _indexes(self) -> IndexStore:
        if self._index_store is None:
            from pyworker.engine.search.index_store import IndexStore

            self._index_store = IndexStore(self._settings.text_cache_dir)
        return self._index_store

    def _open(self, payload: Any) -> Any:
        return self._documents.open(payload.file_path, payload.password, getattr(payload, "layers", None))


def _nothing(_payload: Any, _context: RequestContext) -> dict[str, Any]:
    return {}
