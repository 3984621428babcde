"""Docling's two PDF pipelines, built the way `DocumentConverter` builds them.

`DocumentConverter` imports the readers of some thirty formats first; leaving it out makes the lean start 0.7
s and 18 MB smaller (measured with Docling 2.142.1).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pyworker.engine.docling import model_files
from pyworker.engine.docling.deferred_imports import deferred
from pyworker.engine.docling.torch_deadline import checked_models
from pyworker.errors import EngineUnavailable, PdfCorrupt

if TYPE_CHECKING:
    import io

    from pyworker.context import RequestContext

# docling-parse decodes one page at a time. Its threads have shared state before (docling issue 4147), two of them
# crashed in 6 of 10 runs of the conversion tests under Wine, one in none of 5, and they gain nothing here: 34 pages of
# ten reports took 1.9 s with one and with two.
PARSER_THREADS = 1
# Pages that docling-parse may decode ahead; each holds its text and images in memory until it is taken.
PAGES_AHEAD = 2


class Source(Protocol):
    """The pages to read."""

    @property
    def file(self) -> Path | io.BytesIO:
        """The PDF."""

    @property
    def password(self) -> str | None:
        """Of the PDF."""

    @property
    def first(self) -> int:
        """Of the pages, from 1."""

    @property
    def last(self) -> int:
        """Included."""


@dataclass(frozen=True)
class PdfPipeline:
    """One of Docling's pipelines with the reader it takes its pages from."""

    pipeline: Any
    """docling.pipeline.base_pipeline.ConvertPipeline"""
    renders: bool
    """Whether the models want a picture of each page."""

    def run(self, source: Source, context: RequestContext, on_page: Callable[[int], None]) -> Any:
        """Docling's ConversionResult for the pages of `source`, with its page numbers.

        At the deadline Docling itself stops between pages and gives what it has; its models stop between layers,
        which fails their pages. `on_page` is called with the number of pages done so far.
        """
        from docling.backend.docling_parse_backend import ThreadedDoclingParseDocumentBackend
        from docling.datamodel.backend_options import ThreadedDoclingParseBackendOptions
        from docling.datamodel.base_models import InputFormat
        from docling.datamodel.document import InputDocument
        from docling.datamodel.progress import PageCompletedProgress, ProgressReporter
        from docling.datamodel.settings import DocumentLimits
        from pydantic import SecretStr

        def check() -> None:
            # No garbage collection here, as in `context.check`: this is one of Docling's threads.
            if context.remaining() <= 0:
                raise context.timeout()

        def report(event: Any) -> None:
            if isinstance(event, PageCompletedProgress):
                on_page(event.completed_pages)

        reading: dict[str, Any] = {
            "password": SecretStr(source.password) if source.password is not None else None,
            "parser_threads": PARSER_THREADS,
            "max_concurrent_results": PAGES_AHEAD,
            "render_pages": self.renders,
        }
        self.pipeline.pipeline_options.document_timeout = max(0.0, context.remaining())
        document = InputDocument(
            path_or_stream=source.file,
            filename="document.pdf",
            format=InputFormat.PDF,
            backend=ThreadedDoclingParseDocumentBackend,
            backend_options=ThreadedDoclingParseBackendOptions(**reading),
            limits=DocumentLimits(page_range=(source.first, source.last)),
        )
        if not document.valid:
            reason = document._rejection.message if document._rejection is not None else "no reason given"
            raise PdfCorrupt(f"Docling cannot read the document: {reason}")
        with checked_models(check) if self.renders else nullcontext():
            return self.pipeline.execute(document, raises_on_error=True, progress=ProgressReporter([report]))


def load_lean(loaded: Callable[[], None]) -> PdfPipeline:
    """The model-free pipeline: docling-parse's text lines and embedded pictures, no Torch.

    `loaded` is called after the import of a library that waits for its first use (`deferred_imports`).
    """
    try:
        with deferred(loaded):
            from docling.datamodel.pipeline_options import NativePdfPipelineOptions
            from docling.pipeline.native_pdf_pipeline import NativePdfPipeline
    except ImportError as error:
        raise EngineUnavailable(f"Docling does not load: {error}") from error
    options = NativePdfPipelineOptions(
        parser_threads=PARSER_THREADS, generate_page_images=False, generate_picture_images=False
    )
    return PdfPipeline(NativePdfPipeline(options), renders=False)


def load_full(threads: int, artifacts: Path) -> PdfPipeline:
    """Docling's standard pipeline with the layout model and TableFormer read from `artifacts`."""
    try:
        from docling.datamodel.accelerator_options import AcceleratorOptions
        from docling.datamodel.pipeline_options import ThreadedPdfPipelineOptions
        from docling.pipeline.standard_pdf_pipeline import StandardPdfPipeline
    except ImportError as error:
        raise EngineUnavailable(f"the full Docling does not load: {error}") from error
    options = ThreadedPdfPipelineOptions(
        artifacts_path=artifacts,
        accelerator_options=AcceleratorOptions(num_threads=threads),
        do_ocr=False,
        do_table_structure=True,
    )
    try:
        pipeline = StandardPdfPipeline(options)
    except Exception as error:  # whatever a damaged file makes the loaders raise
        raise EngineUnavailable(
            f"a model under {artifacts} does not load: its files don't fit this Docling ({type(error).__name__}: "
            f"{error}); fetch the models again with: {model_files.fetch_command(artifacts)}"
        ) from error
    return PdfPipeline(pipeline, renders=True)
