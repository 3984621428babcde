"""What this process has loaded: Docling's pipeline, the OCR engine and the table engine, each once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyworker.engine.docling import model_files, parts, profiles
from pyworker.engine.docling.profiles import Installed, Profile
from pyworker.engine.process import threads
from pyworker.engine.process.memory_monitor import rss_bytes
from pyworker.errors import EngineUnavailable, StartupFailed

if TYPE_CHECKING:
    from pyworker.engine.docling.pipelines import PdfPipeline
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenPage
    from pyworker.engine.tables.types import TableEngine
    from pyworker.settings import Settings

MEGABYTE = 1 << 20
LEAN_MB = 58
"""What Docling adds to the resident set in the lean profile (Linux, Docling 2.142.1)."""
INSTALL_LEAN = f"install it with: {profiles.install_command('lean')}"


class Engines:
    """The engines of this process.

    `profile` is what runs (`lean`, `full` or `none`), `version` Docling's own version (None in the `none`
    profile) and `capabilities` what it really offers. One thread may use it at a time.
    """

    def __init__(self, settings: Settings, profile: Profile, installed: Installed) -> None:
        self.settings = settings
        self.profile: Profile = profile
        self.version: str | None = profiles.docling_version() if profile != "none" else None
        self.capabilities: list[str] = profiles.capabilities(profile, installed)
        self._installed = installed
        self._pipeline: PdfPipeline | None = None
        self._ocr: OcrEngine | None = None
        self._parts: Iterator[None] | None = None

    @classmethod
    def load(cls, settings: Settings) -> Engines:
        """Choose the profile and, where TACH_DOCLING_LOAD is `eager`, load Docling.

        With `idle` it is left to `warm_up`; but the full profile is loaded here, since its models take longer than a
        request may wait.

        Call it before anything imports NumPy: it sets the thread limits and the offline switches that
        libraries read while they load. The OCR models are left for the first request that needs them; that
        they are there is checked. Raises StartupFailed that names the missing package or file and the command
        that gets it, and at once where the memory used after loading is already over the limit.
        """
        threads.prepare_environment(settings.docling_threads)
        installed = profiles.look(settings.docling_artifacts)
        engine = cls(
            settings,
            profiles.choose(settings.docling_profile, settings.docling_artifacts, installed),
            installed,
        )
        try:
            load = settings.docling_load
            if engine.profile != "none" and (
                load == "eager" or (load == "idle" and engine.profile == "full")
            ):
                engine.pipeline()
            elif engine.profile == "lean" and load == "idle":
                engine._parts = engine._rest()
            engine._check_memory(to_come=LEAN_MB if engine._parts is not None else 0)
        except EngineUnavailable as error:
            raise StartupFailed(error.message, **error.details) from error
        return engine

    def warm_up(self) -> bool:
        """Load a part of what TACH_DOCLING_LOAD=idle left for later, 0.25 s of work at most; whether more is left.

        What does not load is told on stderr; the request that needs it then gets the error.
        """
        try:
            for _ in self._parts or ():
                return True
        except Exception as error:  # whatever a library raises while it is imported
            print(f"pyworker: Docling cannot be loaded ahead: {error}", file=sys.stderr, flush=True)
        self._parts = None
        return False

    def _rest(self) -> Iterator[None]:
        yield from parts.import_parts(parts.LEAN, self._limit_threads)
        self.pipeline()

    def import_parts(self, check: Callable[[], None], more: Sequence[str] = ()) -> None:
        """Import what a conversion needs, and the modules `more`, unless it was; `check` is called before each."""
        for _ in parts.import_parts((*parts.LEAN, *more), self._limit_threads):
            check()

    def pipeline(self) -> PdfPipeline:
        """Docling's PDF pipeline, built at the first call.

        Raises EngineUnavailable in the `none` profile, where a package or a model file does not load, and where the
        full profile takes more memory than the limit.
        """
        if self._pipeline is None:
            self.require("docling")
            from pyworker.engine.docling import pipelines as pdf_pipelines

            if self.profile == "full":
                limit = threads.usable_threads(self.settings.docling_threads)
                pipeline = pdf_pipelines.load_full(limit, self._artifacts())
                # Loaded lazily, it has not been weighed at the start.
                self._check_memory()
            else:
                pipeline = pdf_pipelines.load_lean(self._limit_threads)
            self._limit_threads()
            self._pipeline = pipeline
        return self._pipeline

    def ocr(self) -> OcrEngine:
        """The OCR engine; its models are loaded at the first use.

        Raises EngineUnavailable where its packages are not installed.
        """
        if self._ocr is None:
            self.require("ocr")
            from pyworker.engine.ocr.engine import OcrEngine

            self._ocr = OcrEngine(
                threads.usable_threads(self.settings.docling_threads), self.settings.docling_artifacts
            )
            self._limit_threads()
        return self._ocr

    def table_engine(self, page: OpenPage) -> TableEngine:
        """What reads tables on `page`: TableFormer in the full profile, the lean engine otherwise.

        Raises EngineUnavailable where a package or a model file does not load.
        """
        if "tableformer" in self.capabilities:
            from pyworker.engine.tables.tableformer import TableFormerEngine

            return TableFormerEngine(self.pipeline().pipeline, page)
        from pyworker.engine.tables.lean import LeanTableEngine

        return LeanTableEngine()

    def require(self, capability: str) -> None:
        """Raise EngineUnavailable, saying how to get it, unless `capability` is there."""
        if capability in self.capabilities:
            return
        if self.profile == "none":
            if self.settings.docling_profile == "none":
                how = "set TACH_DOCLING_PROFILE to auto or lean"
            else:
                how = INSTALL_LEAN
            reason = "this worker runs without Docling"
        elif capability == "ocr":
            reason = f"{', '.join(self._installed.missing_ocr)} is not installed in this Python environment"
            how = INSTALL_LEAN
        else:
            reason = "only the full profile has it"
            how = (
                "install pyworker/requirements-full.txt and fetch the models with: "
                f"{model_files.fetch_command(self.settings.docling_artifacts)}"
            )
        raise EngineUnavailable(f"{capability} is not available: {reason}; {how}", capability=capability)

    def _limit_threads(self) -> None:
        threads.limit_loaded_libraries(self.settings.docling_threads)

    def _artifacts(self) -> Path:
        artifacts = self.settings.docling_artifacts
        if artifacts is None:
            raise EngineUnavailable(
                "the full profile needs TACH_DOCLING_ARTIFACTS, the folder of its model files"
            )
        return artifacts

    def _check_memory(self, to_come: int = 0) -> None:
        """Refuse a limit that the profile cannot live in once it is loaded; `to_come`: MB that will be loaded later.

        Over the soft limit already, every request would end with a replaced worker and its loading time; over the hard
        one the worker would not even live to answer.
        """
        used = rss_bytes() / MEGABYTE + to_come
        if used > self.settings.ram_soft_mb:
            # Half on top for the work itself, in steps of 128 MB.
            wanted = (int(used * 1.5) // 128 + 1) * 128
            raise EngineUnavailable(
                f"the {self.profile} profile uses {used:.0f} MB after loading, over the limit of "
                f"{self.settings.ram_soft_mb} MB (hard limit {self.settings.ram_hard_mb} MB); "
                f"set TACH_WORKER_RAM_LIMIT_MB={wanted} or a smaller TACH_DOCLING_PROFILE",
                rss_mb=round(used, 1),
                ram_limit_mb=wanted,
            )
