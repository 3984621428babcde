"""What a sheet is made of, as `read_sheet` hands it on: boxes in displayed-page points (TOPLEFT)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pyworker.engine.pdf.geometry import Rect

Kind = Literal["drawing", "text", "scan", "mixed"]
ZoneKind = Literal["title_block", "notes", "legend", "schedule", "revisions", "view", "key", "stamp", "other"]


@dataclass
class Field:
    """A label of a title block with its value; `label` is empty where the sheet has none for it."""

    name: str
    """Which field it is: number, title, project, date, revision, scale, drawn, checked, …"""
    label: str
    value: str
    rect: Rect
    """Where the value stands."""
    confidence: float
    label_rect: Rect | None = None


@dataclass
class TitleBlock:
    """The block that says which sheet it is."""

    rect: Rect
    fields: list[Field] = field(default_factory=list)

    def value(self, name: str) -> str | None:
        """The surest value of a field, None where the sheet doesn't say it."""
        found = [f for f in self.fields if f.name == name]
        return max(found, key=lambda f: f.confidence).value if found else None


@dataclass
class Zone:
    """A part of a sheet."""

    kind: ZoneKind
    rect: Rect
    title: str | None = None
    number: str | None = None
    """The number of a view beside its title, such as 3 or A."""
    scale: str | None = None
    confidence: float = 1.0


@dataclass
class Sheet:
    """What was found on a page."""

    kind: Kind
    title_block: TitleBlock | None = None
    zones: list[Zone] = field(default_factory=list)
