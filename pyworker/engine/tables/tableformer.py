"""Tables by Docling's models: the layout model finds them, TableFormer reads their structure; the text is the page's.

Both models look at pictures of the displayed page, and words go in as displayed-page boxes, so that turned and cropped
pages need nothing of their own. Text that is displayed sideways is turned upright first: the models were trained on
upright pages.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pyworker.engine.docling.torch_deadline import checked_models
from pyworker.engine.layout.reading_order import lines_in_order
from pyworker.engine.pdf.geometry import POINTS_PER_INCH, Rect, union
from pyworker.engine.pdf.page_content import PageContent, Word, turn_rect
from pyworker.engine.pdf.render import render_bgr
from pyworker.engine.tables.lean import LeanTableEngine, words_of_box
from pyworker.engine.tables.types import Cell, Check, Table
from pyworker.errors import WorkerError

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

NAME = "tableformer"
TABLE_SCALE = 2.0
"""Pixels of TableFormer's picture for a point, as Docling renders it (144 dpi)."""
MAX_PIXELS = 16_000_000
"""Of a picture for the models, which shrink it anyway: TableFormer to 1024 rows, the layout model to its input size."""
MAX_ASPECT = 16.0
"""Width of a page to its height, and the other way round: at 1024 rows a wider one is over MAX_PIXELS."""
MAX_WORDS = 4_000
"""Words of a table: they are matched against each of its cells in Python, where no deadline is looked at."""
PLACED = 0.5
"""Share of a table's words that its cells must hold."""
SMALLEST = 4.0
"""Points of a table's shorter side: the models get no pixel of smaller ones."""


class TableFormerEngine:
    """The full profile's tables on one page (`TableEngine`).

    Where the layout model sees no table, the page has none. A table that TableFormer gives no usable structure for (no
    cell, or cells that hold less than half of its words), or that is beyond the limits above, is read by the lean
    engine; the table's `method` tells which it was.
    """

    name = NAME

    def __init__(self, pipeline: Any, page: OpenPage) -> None:
        """`pipeline` is docling.pipeline.standard_pdf_pipeline.StandardPdfPipeline."""
        self._pipeline = pipeline
        self._page = page
        self._lean = LeanTableEngine()
        self._pictures: dict[tuple[float, int], Any] = {}

    def find(self, content: PageContent, check: Check) -> list[Table]:
        """Every table of the page, in reading order; all by the lean engine where the page is too long or too wide."""
        if not _fits(content):
            return self._lean.find(content, check)
        turns = _turns(content.words)
        upright = content.turned(turns)
        with checked_models(check):
            boxes = self._layout(upright, turns, check)
        tables = []
        for box in boxes:
            table = self.read(content, turn_rect(box, upright.width, upright.height, -turns), check)
            if table is not None:
                tables.append(table)
        return sorted(tables, key=lambda table: (table.rect.top, table.rect.left))

    def read(self, content: PageContent, box: Rect, check: Check) -> Table | None:
        """The structure of the one table in `box`, None where it holds no text."""
        words = words_of_box(content.words, box)
        if not words:
            return None
        table = None
        if _fits(content) and len(words) <= MAX_WORDS and min(box.width, box.height) >= SMALLEST:
            turns = _turns(words)
            with checked_models(check):
                table = self._structure(content, turns, box, words, check)
        return table or self._lean.read(content, box, check)

    def _layout(self, content: PageContent, turns: int, check: Check) -> list[Rect]:
        """Where the layout model sees tables; Docling's own post-processing chooses among boxes that overlap."""
        from docling.datamodel.base_models import ConfidenceReport, Page
        from docling_core.types.doc.base import Size
        from docling_core.types.doc.labels import DocItemLabel

        seen = Page(page_no=self._page.index + 1, size=Size(width=content.width, height=content.height))
        seen._backend = _Picture(self._picture(1.0, turns))  # type: ignore[assignment]
        # All that the two stages use of a conversion.
        conversion: Any = SimpleNamespace(confidence=ConfidenceReport(), timings={})
        check()
        self._pipeline.layout_model.predict_layout(conversion, [seen])
        (found,) = self._pipeline.layout_postprocessing_model.postprocess_layout(conversion, [seen])
        page = Rect(0.0, 0.0, content.width, content.height)
        return [
            _clipped(Rect(cluster.bbox.l, cluster.bbox.t, cluster.bbox.r, cluster.bbox.b), page)
            for cluster in found.clusters
            if cluster.label in (DocItemLabel.TABLE, DocItemLabel.DOCUMENT_INDEX)
        ]

    def _structure(
        self, content: PageContent, turns: int, box: Rect, words: list[Word], check: Check
    ) -> Table | None:
        """TableFormer's table of the page turned clockwise by `turns` quarters, None where it is not usable."""
        import numpy

        size = (content.width, content.height)
        upright = PageContent(*size, words).turned(turns)
        picture = self._picture(TABLE_SCALE, turns)
        scale = picture.width / upright.width
        page = {
            "width": upright.width * scale,
            "height": upright.height * scale,
            "image": numpy.asarray(picture),
            "tokens": [_token(index, word, scale) for index, word in enumerate(_in_order(upright))],
        }
        check()
        try:
            (found,) = self._pipeline.table_model.tf_predictor.multi_table_predict(
                page, [[side * scale for side in turn_rect(box, *size, turns)]], do_matching=True
            )
        except (WorkerError, MemoryError):
            raise
        except Exception:  # its matching does not stand every structure that the model may give
            traceback.print_exc(file=sys.stderr)
            return None
        check()
        cells = _cells(found, scale, len(words))
        if not cells:
            return None
        for cell in cells:
            cell.rect = turn_rect(cell.rect, upright.width, upright.height, -turns)
        details = found["predict_details"]
        return Table(
            union([box, *(cell.rect for cell in cells)]),
            NAME,
            details["num_rows"],
            details["num_cols"],
            cells,
        )

    def _picture(self, scale: float, turns: int) -> Any:
        """The displayed page, turned, as a Pillow image: `scale` pixels a point, fewer where it would be too large."""
        import numpy
        from PIL import Image

        picture = self._pictures.get((scale, turns))
        if picture is None:
            width, height = self._page.geometry.width, self._page.geometry.height
            used = min(scale, (MAX_PIXELS / (width * height)) ** 0.5)
            pixels = render_bgr(self._page, Rect(0.0, 0.0, width, height), used * POINTS_PER_INCH)
            upright = numpy.rot90(pixels[:, :, ::-1], -turns)
            picture = self._pictures[scale, turns] = Image.fromarray(numpy.ascontiguousarray(upright))
        return picture


class _Picture:
    """What the layout stage asks of a page's backend."""

    def __init__(self, image: Any) -> None:
        self._image = image

    def is_valid(self) -> bool:
        return True

    def get_page_image(self, scale: float = 1.0, cropbox: Any = None) -> Any:  # noqa: ARG002
        return self._image


def _cells(found: dict[str, Any], scale: float, words: int) -> list[Cell]:
    """The cells of the predictor's answer in points, none where it is not usable; `words` is how many it was given."""
    details = found["predict_details"]
    rows, cols = details.get("num_rows") or 0, details.get("num_cols") or 0
    cells = []
    placed = 0
    for response in found["tf_responses"]:
        row, col = response["start_row_offset_idx"], response["start_col_offset_idx"]
        pieces = response["text_cell_bboxes"]
        if not pieces or not (0 <= row < rows and 0 <= col < cols):
            continue
        placed += len(pieces)
        cells.append(
            Cell(
                row,
                col,
                max(row + 1, min(rows, response["end_row_offset_idx"])),
                max(col + 1, min(cols, response["end_col_offset_idx"])),
                # The words' own box, so that a picture cut by it shows them; the model's box is a guess.
                rect=union(
                    [Rect(p["l"] / scale, p["t"] / scale, p["r"] / scale, p["b"] / scale) for p in pieces]
                ),
                text=" ".join(p["token"] for p in pieces),
                column_header=bool(response["column_header"]),
                row_header=bool(response["row_header"]),
            )
        )
    return _apart(cells) if placed >= PLACED * words else []


def _apart(cells: list[Cell]) -> list[Cell]:
    """The cells in reading order; one whose span reaches into another's field loses the span."""
    taken = {(cell.row, cell.col) for cell in cells}
    cells.sort(key=lambda cell: (cell.row, cell.col))
    for cell in cells:
        span = {
            (row, col) for row in range(cell.row, cell.row_end) for col in range(cell.col, cell.col_end)
        } - {(cell.row, cell.col)}
        if span & taken:
            cell.row_end, cell.col_end = cell.row + 1, cell.col + 1
        else:
            taken |= span
    return cells


def _token(index: int, word: Word, scale: float) -> dict[str, Any]:
    left, top, right, bottom = (side * scale for side in word.rect)
    return {"id": index, "text": word.text, "bbox": {"l": left, "t": top, "r": right, "b": bottom}}


def _turns(words: list[Word]) -> int:
    """Clockwise quarter turns that bring most of the text upright."""
    counts: Counter[int] = Counter()
    for word in words:
        counts[word.direction] += len(word.text)
    return (4 - max(counts, key=lambda direction: counts[direction], default=0) // 90) % 4


def _in_order(content: PageContent) -> list[Word]:
    """The words as they are read: a cell's text is theirs in this order."""
    lines = lines_in_order(content.words, content.width, content.height)
    return [word for line in lines for word in line.words]


def _clipped(rect: Rect, page: Rect) -> Rect:
    left, top = max(rect.left, page.left), max(rect.top, page.top)
    return Rect(left, top, max(left, min(rect.right, page.right)), max(top, min(rect.bottom, page.bottom)))


def _fits(content: PageContent) -> bool:
    return max(content.width, content.height) <= MAX_ASPECT * min(content.width, content.height)
