"""The types of a command's data have the fields of the models that the wire's schema is made of."""

from __future__ import annotations

from typing import Any, get_origin, get_type_hints

import pytest
from pydantic import BaseModel
from typing_extensions import NotRequired

from pyworker import messages, reply_data

PAIRS: list[tuple[type[BaseModel], Any]] = [
    (messages.MmapRegion, reply_data.MmapRegionData),
    (messages.Evidence, reply_data.EvidenceData),
    (messages.Table, reply_data.TableEntryData),
    (messages.Tables, reply_data.TablesData),
    (messages.TextLine, reply_data.TextLineData),
    (messages.PageText, reply_data.PageTextData),
    (messages.SheetField, reply_data.SheetFieldData),
    (messages.TitleBlock, reply_data.TitleBlockData),
    (messages.SheetZone, reply_data.SheetZoneData),
    (messages.Sheet, reply_data.SheetData),
    (messages.PageSize, reply_data.PageSizeData),
    (messages.OutlineEntry, reply_data.OutlineEntryData),
    (messages.Layer, reply_data.LayerData),
    (messages.TextMatch, reply_data.TextMatchData),
    (messages.FoundText, reply_data.FoundTextData),
    (messages.DocumentDetails, reply_data.DocumentDetailsData),
]


@pytest.mark.parametrize(("model", "data"), PAIRS, ids=lambda it: it.__name__)
def test_the_fields_are_those_of_the_model(model: type[BaseModel], data: Any) -> None:
    hints = get_type_hints(data, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    assert hints.keys() == model.model_fields.keys()
    for name in optional:
        assert not model.model_fields[name].is_required(), name


def test_every_type_is_compared() -> None:
    named = {name for name in vars(reply_data) if name.endswith("Data")}
    assert named == {data.__name__ for _, data in PAIRS}
