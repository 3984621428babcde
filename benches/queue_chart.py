"""The chart of `benches/queue_scale.py`: requests a second by nodes, beside the ideal."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LEFT, TOP, WIDE, HIGH = 70, 50, 640, 280


class Row(NamedTuple):
    """One number of nodes: what was asked of them, what it takes at best, and what it took."""

    nodes: int
    requests: int
    ideal_s: float
    taken_s: float


def write(rows: Sequence[Row], folder: Path) -> None:
    """Writes `queue.csv` and `queue.svg`."""
    with (folder / "queue.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)
    (folder / "queue.svg").write_text(chart(rows), "utf-8", newline="\n")


def chart(rows: Sequence[Row]) -> str:
    """Grey text reads on light and dark alike."""
    most = max(row.requests / row.ideal_s for row in rows)
    last = max(row.nodes for row in rows)

    def at(nodes: float, rate: float) -> str:
        return f"{LEFT + WIDE * nodes / last:.1f},{TOP + HIGH * (1 - rate / most):.1f}"

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {TOP + HIGH + 50}" role="img" '
            'font-size="13" font-family="system-ui, sans-serif" fill="#808890">'
        ),
        "<title>Requests a second through the queue, by nodes</title>",
        '<text x="12" y="24" font-size="15" font-weight="600">Requests a second, by nodes of one worker</text>',
        f'<polyline points="{at(0, 0)} {at(last, most)}" stroke="#9aa4ae" stroke-dasharray="5 4" fill="none"/>',
    ]
    points = " ".join(at(row.nodes, row.requests / row.taken_s) for row in rows)
    parts.append(f'<polyline points="{points}" stroke="#2f81f7" stroke-width="2" fill="none"/>')
    for row in rows:
        x, y = at(row.nodes, row.requests / row.taken_s).split(",")
        share = f"{row.ideal_s / row.taken_s:.0%}"
        parts += [
            f'<circle cx="{x}" cy="{y}" r="4" fill="#2f81f7"/>',
            f'<text x="{x}" y="{float(y) - 10:.1f}" text-anchor="end">{share}</text>',
            f'<text x="{x}" y="{TOP + HIGH + 20}" text-anchor="middle">{row.nodes}</text>',
        ]
    for rate in (0.0, most / 2, most):
        y = at(0, rate).split(",")[1]
        parts.append(f'<text x="{LEFT - 8}" y="{float(y) + 4:.1f}" text-anchor="end">{rate:.0f}</text>')
    parts.append(
        f'<text x="{LEFT + WIDE}" y="{TOP + HIGH + 40}" text-anchor="end">nodes; dashed: ideal</text>'
    )
    return "\n".join([*parts, "</svg>"]) + "\n"
