"""Scores what the engines found on specimen sheets against the truth."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from sheet_pen import Box, Truth


def plain(text: str | None) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", text or "").casefold() if c.isalnum())


def iou(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def box_of(bbox: list[float]) -> Box:
    x, y, width, height = bbox
    return (x, y, x + width, y + height)


@dataclass
class Tally:
    """Right, found and wanted things of each name."""

    right: Counter = field(default_factory=Counter)
    found: Counter = field(default_factory=Counter)
    wanted: Counter = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)

    def f1(self, name: str) -> float:
        whole = self.found[name] + self.wanted[name]
        return 2 * self.right[name] / whole if whole else 1.0

    def share(self, name: str) -> float:
        return self.right[name] / self.wanted[name] if self.wanted[name] else 1.0


def score_sheet(tally: Tally, truth: Truth, data: dict) -> None:
    """Fields, and zones: right with the kind, half of the box in common, and title and scale as written."""
    block = data["title_block"] or {"fields": [], "bbox": [0, 0, 1, 1]}
    got = {f["name"]: f["value"] for f in sorted(block["fields"], key=lambda f: f["confidence"])}
    # What the block says at its head is what callers read.
    got |= {
        name: block[name]
        for name in ("number", "title", "project", "date", "revision", "scale")
        if name in block
    }
    got = {name: value for name, value in got.items() if name in truth.fields and value is not None}
    tally.wanted["fields"] += len(truth.fields)
    tally.found["fields"] += len(got)
    for name, value in truth.fields.items():
        if plain(got.get(name)) == plain(value):
            tally.right["fields"] += 1
        else:
            tally.misses.append(f"field {name}: {got.get(name)!r} for {value!r}")
    zones = [zone for zone in data["zones"] if zone["kind"] not in ("other", "stamp")]
    tally.found["zones"] += len(zones)
    tally.wanted["zones"] += len(truth.zones)
    for kind, title, box, scale in truth.zones:
        best = max(
            (z for z in zones if z["kind"] == kind), key=lambda z: iou(box_of(z["bbox"]), box), default=None
        )
        share = iou(box_of(best["bbox"]), box) if best else 0.0
        named = best is not None and (title is None or plain(title) in plain(best["title"]))
        scaled = best is not None and (scale is None or plain(scale) == plain(best["scale"]))
        if share >= 0.5 and named and scaled:
            tally.right["zones"] += 1
            zones.remove(best)
        else:
            told = best and (best["title"], best["scale"], [round(v) for v in box_of(best["bbox"])])
            tally.misses.append(f"zone {kind} {title} {scale} {[round(v) for v in box]}: {share:.2f} {told}")
    tally.misses += [f"false zone {z['kind']} {z['title']} {z['bbox']}" for z in zones]


def score_tables(tally: Tally, truth: Truth, tables: list[dict]) -> None:
    """Rows that are whole, and tables where there is none; the title block's own grid is no false one."""
    left = list(tables)
    for box, rows in truth.tables:
        best = max(left, key=lambda t: iou(box_of(t["bbox"]), box), default=None)
        found: list[list[str]] = []
        if best is not None and iou(box_of(best["bbox"]), box) >= 0.5:
            left.remove(best)
            data = best["data"]
            found = [[""] * data["num_cols"] for _ in range(data["num_rows"])]
            for cell in data["table_cells"]:
                found[cell["start_row_offset_idx"]][cell["start_col_offset_idx"]] = cell["text"]
        whole = Counter(tuple(map(plain, row)) for row in found)
        for row in rows:
            key = tuple(map(plain, row))
            tally.wanted["rows"] += 1
            if whole[key]:
                whole[key] -= 1
                tally.right["rows"] += 1
            else:
                tally.misses.append(f"row {row} of {len(found)} found")
    false = [t for t in left if iou(box_of(t["bbox"]), truth.block) < 0.3]
    tally.found["false tables"] += len(false)
    tally.misses += [f"false table {t['bbox']}" for t in false]


def score_text(tally: Tally, truth: Truth, lines: list[dict]) -> None:
    """Lines within one zone, and paragraphs of notes that are together."""
    for line in lines:
        tally.wanted["lines"] += 1
        x0, y0, x1, y1 = box_of(line["bbox"])
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        slack = 6.0
        own = [b for _, _, b, _ in truth.zones if b[0] <= middle[0] <= b[2] and b[1] <= middle[1] <= b[3]]
        crosses = (
            any(
                iou((x0, y0, x1, y1), b) > 0 and not (b[0] - slack <= x0 and x1 <= b[2] + slack)
                for _, _, b, _ in truth.zones
            )
            if not own
            else all(not (b[0] - slack <= x0 and x1 <= b[2] + slack) for b in own)
        )
        if not crosses:
            tally.right["lines"] += 1
        else:
            tally.misses.append(f"line across zones: {line['text'][:80]!r}")
    texts = [plain(line["text"]) for line in lines]
    for paragraph in truth.paragraphs:
        tally.wanted["paragraphs"] += 1
        wanted = [plain(line) for line in paragraph]
        if any(texts[k : k + len(wanted)] == wanted for k in range(len(texts))):
            tally.right["paragraphs"] += 1
        else:
            tally.misses.append(f"paragraph apart: {paragraph[0]}")
