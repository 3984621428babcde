"""The `read_sheet` command: what kind of page a page is, its zones and its title block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pyworker.engine.pdf.geometry import PageGeometry, Rect
from pyworker.engine.sheets.kind import kind_of
from pyworker.engine.sheets.mixed import with_strokes
from pyworker.engine.sheets.scans import scanned_block
from pyworker.engine.sheets.strokes import stroked_sheet
from pyworker.engine.sheets.types import Field, TitleBlock, Zone
from pyworker.errors import EngineUnavailable

if TYPE_CHECKING:
    from pyworker.context import RequestContext
    from pyworker.engine.ocr.engine import OcrEngine
    from pyworker.engine.pdf.documents import OpenDocument
    from pyworker.messages import ReadSheet
    from pyworker.reply_data import SheetData, SheetFieldData, SheetZoneData, TitleBlockData

ORIGIN = "TOPLEFT"


def read_sheet(
    document: OpenDocument, payload: ReadSheet, context: RequestContext, load_ocr: Callable[[], OcrEngine]
) -> SheetData:
    """The `read_sheet` command: `{"kind": …, "title_block": null or {…}, "zones": […]}`.

    `kind` is `drawing`, `text`, `scan` or `mixed`. Boxes are in displayed-page points from the upper left corner. What
    the sheet doesn't say is None. `load_ocr` gives the OCR engine or raises EngineUnavailable; it is called for a scan
    with something like a title block, and for a plot whose letters are strokes: of them the title block alone is read
    where no zones are asked for. So it is for letters that a sheet with text of its own draws as strokes. They stay
    unread where there is no OCR. Raises PageOutOfRange and DeadlinePassed.
    """
    page = document.page(payload.page_index)
    geometry = page.geometry
    kind, reading = kind_of(page, context.check)
    is_plot = kind == "drawing" and reading is None
    if is_plot and payload.include_zones:
        try:
            reading = stroked_sheet(page, payload.languages, context, load_ocr)
        except EngineUnavailable:
            reading = None
    elif reading is not None and (payload.include_zones or _lacks_block(reading.title_block)):
        whole = Rect(0.0, 0.0, geometry.width, geometry.height)
        reading = with_strokes(page, reading, whole, payload.languages, context, load_ocr).reading
    block = reading.title_block if reading else None
    zones = reading.zones if reading and payload.include_zones else []
    if kind == "scan" or (is_plot and not payload.include_zones):
        try:
            block = scanned_block(page, payload.languages, context, load_ocr)
        except EngineUnavailable:
            block = None
        if block is not None and payload.include_zones:
            zones = [Zone("title_block", block.rect, None, None, None, 0.8)]
    return {
        "kind": kind,
        "title_block": _block_json(block, geometry) if block else None,
        "zones": [zone_json(zone, geometry) for zone in zones],
    }


def _lacks_block(block: TitleBlock | None) -> bool:
    """Whether a sheet's own text doesn't tell its number and its title."""
    return block is None or not (block.value("number") and block.value("title"))


def _block_json(block: TitleBlock, geometry: PageGeometry) -> TitleBlockData:
    return {
        "bbox": _box(block.rect, geometry),
        "number": block.value("number"),
        "title": block.value("title"),
        "project": block.value("project"),
        "date": block.value("date"),
        "revision": block.value("revision"),
        "scale": block.value("scale"),
        "fields": [_field_json(field, geometry) for field in block.fields],
    }


def _field_json(field: Field, geometry: PageGeometry) -> SheetFieldData:
    found: SheetFieldData = {
        "name": field.name,
        "label": field.label,
        "value": field.value,
        "bbox": _box(field.rect, geometry),
        "confidence": round(field.confidence, 4),
    }
    if field.label_rect is not None:
        found["label_bbox"] = _box(field.label_rect, geometry)
    return found


def zone_json(zone: Zone, geometry: PageGeometry) -> SheetZoneData:
    """A zone as the wire has it."""
    return {
        "kind": zone.kind,
        "title": zone.title,
        "number": zone.number,
        "bbox": _box(zone.rect, geometry),
        "scale": zone.scale,
        "confidence": round(zone.confidence, 4),
    }


def _box(rect: Rect, geometry: PageGeometry) -> list[float]:
    """A box as the wire has it, what sticks out of the page cut off."""
    clipped = Rect(
        max(0.0, rect.left),
        max(0.0, rect.top),
        min(geometry.width, rect.right),
        min(geometry.height, rect.bottom),
    )
    return [round(value, 3) for value in geometry.to_wire(clipped, ORIGIN)]
