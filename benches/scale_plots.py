"""Draws docs/images/scale.csv, which scale.py writes, as one SVG a sweep: time, and memory where it was measured."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot

IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
AXES = {
    "pages": "pages of the file",
    "megabytes": "size of the file, MB",
    "points": "points on the page",
    "workers": "workers",
    "requests": "requests asked for at once",
}
"""What grows in each sweep."""


def main() -> None:
    """Writes the plots."""
    mpl.use("svg")
    # Text stays text, and nothing of the run is written: the same figures give the same file.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "scale", "font.size": 9})
    sweeps: dict[str, dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    with (IMAGES / "scale.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sweeps[row["sweep"]][row["what"]].append(row)
    for name, curves in sweeps.items():
        panels = {"seconds": "seconds", "peak_mb": "highest memory, MB"}
        if not any(row["peak_mb"] for rows in curves.values() for row in rows):
            del panels["peak_mb"]
        figure, axes = pyplot.subplots(1, len(panels), figsize=(3.6 * len(panels), 2.7), squeeze=False)
        for axis, (column, label) in zip(axes[0], panels.items(), strict=True):
            for what, rows in curves.items():
                axis.plot(
                    [int(row["at"]) for row in rows], [float(row[column]) for row in rows], "o-", label=what
                )
            if name != "workers":
                axis.set_xscale("log")
            if column == "seconds" and name != "workers":
                axis.set_yscale("log")
            else:
                axis.set_ylim(bottom=0)
            axis.set_xlabel(AXES[name])
            axis.set_ylabel(label)
            axis.grid(visible=True, alpha=0.3)
        axes[0][0].legend(fontsize=7)
        figure.tight_layout()
        figure.savefig(IMAGES / f"scale-{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
