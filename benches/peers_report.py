"""Writes what peers.py measured: the section of docs/benchmarks.md and the chart docs/images/peers.svg."""

from __future__ import annotations

import math
import os
import platform
import statistics
from html import escape
from pathlib import Path
from typing import NamedTuple

OURS = "this project's supervisor, end to end"
FLOOR = "pypdfium2 in this process (the floor)"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


class Run(NamedTuple):
    """One run of the contest."""

    times: dict[str, list[list[float]]]
    """Milliseconds by contestant, round and box; the sheet's boxes come first."""
    sheet_boxes: int
    other_boxes: int
    corpus: bool
    """Whether the other documents came from the corpus."""
    tables: dict[str, float]
    """Median milliseconds for the sheet's table by tool."""
    versions: list[str]
    absent: list[str]


def write(run: Run, docs: Path) -> str:
    """Puts the section between its markers, writes the chart, and returns the section."""
    medians = {name: _medians(rounds, run.sheet_boxes) for name, rounds in run.times.items()}
    section = _section(run, medians)
    page = docs / "benchmarks.md"
    text = page.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise RuntimeError(f"{page} has no lines `{BEGIN}` and `{END}`")
    page.write_text(f"{before}{BEGIN}\n\n{section}\n{END}{after}", "utf-8", newline="\n")
    (docs / "images").mkdir(exist_ok=True)
    chart = _chart({name: all_boxes for name, (all_boxes, _, _) in medians.items()})
    (docs / "images" / "peers.svg").write_text(chart, "utf-8", newline="\n")
    return section


def _medians(rounds: list[list[float]], sheet: int) -> tuple[float, float, float]:
    """Of all boxes, the sheet's, and the others'."""
    parts = (slice(None), slice(None, sheet), slice(sheet, None))
    everything, of_sheet, of_others = (
        statistics.median(value for times in rounds for value in times[part]) for part in parts
    )
    return everything, of_sheet, of_others


def _box_by_box(times: list[list[float]], others: list[list[float]]) -> float:
    """The median over the boxes of each one's ratio: the times of all together are of two kinds of boxes."""
    boxes = (list(map(statistics.median, zip(*rounds, strict=True))) for rounds in (times, others))
    return statistics.median(one / other for one, other in zip(*boxes, strict=True))


def _section(run: Run, medians: dict[str, tuple[float, float, float]]) -> str:
    ours = medians[OURS]
    lines = [
        "| contestant | all boxes | against ours | sample sheet | against ours | other documents | against ours |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for name, values in sorted(medians.items(), key=lambda item: item[1][0]):
        cells = [f"{value:.2f} ms | {value / own:.2f}" for value, own in zip(values, ours, strict=True)]
        title = f"**{name}**" if name == OURS else name
        lines.append(f"| {title} | {' | '.join(cells)} |")
    over = [f"{own / floor:.2f}" for own, floor in zip(ours, medians[FLOOR], strict=True)]
    others = "a sample of a corpus of public test PDFs" if run.corpus else "small PDFs made for the run"
    rounds = max(len(times) for times in run.times.values())
    lines += [
        "",
        (
            f"Ours against the floor: {over[0]} over all boxes, {over[1]} on the sheet, {over[2]} on the others; "
            f"{_box_by_box(run.times[OURS], run.times[FLOOR]):.2f} in the median of the boxes' own ratios."
        ),
        "",
        (
            f"Medians of {run.sheet_boxes} boxes of the sample sheet and {run.other_boxes} of {others}, up to {rounds} "
            "rounds; 200 × 100 pt, 150 dpi, JPEG 85, everything open that can be kept open."
        ),
    ]
    if run.absent:
        lines += ["", f"Absent, so not measured: {', '.join(run.absent)}."]
    own_table = run.tables["parse_table"]
    lines += [
        "",
        "The table of the sample sheet:",
        "",
        "| tool | median | against ours |",
        "| --- | --: | --: |",
    ]
    lines += [f"| {name} | {value:.1f} ms | {value / own_table:.2f} |" for name, value in run.tables.items()]
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    lines += ["", f"Machine: {machine}, CPython {platform.python_version()}. {'; '.join(run.versions)}.", ""]
    return "\n".join(lines)


def _processor() -> str:
    """The processor's name; Linux tells it in a file."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _chart(medians: dict[str, float]) -> str:
    """Bars on a logarithmic scale: the tools lie a hundredfold apart. Grey text reads on light and dark alike."""
    rows = sorted(medians.items(), key=lambda item: item[1])
    low, high = rows[0][1] / 2, rows[-1][1]
    left, wide, step, top = 290, 380, 30, 46
    height = top + step * len(rows) + 12
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img" font-size="13" '
            'font-family="system-ui, sans-serif" fill="#808890">'
        ),
        "<title>Milliseconds for a crop, by tool</title>",
        (
            '<text x="12" y="24" font-size="15" font-weight="600">Milliseconds for a crop of 200 × 100 pt '
            "(150 dpi, JPEG 85), logarithmic</text>"
        ),
    ]
    span = math.log10(high / low)
    for number, (name, value) in enumerate(rows):
        y = top + number * step
        length = max(2.0, wide * math.log10(value / low) / span)
        colour, weight = ("#2f81f7", "700") if name == OURS else ("#9aa4ae", "400")
        parts += [
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end" font-weight="{weight}">{escape(name)}</text>',
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="20" rx="3" fill="{colour}"/>',
            f'<text x="{left + length + 8:.1f}" y="{y + 15}" font-weight="{weight}">{value:.2f} ms</text>',
        ]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
