"""Where unruled and half-ruled tables stand on a page: runs of lines whose gaps lie under each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median

from pyworker.engine.geometry import Rect
from pyworker.engine.page_content import Ruling, Word
from pyworker.engine.tables.columns import column_borders
from pyworker.engine.tables.entries import line_entries
from pyworker.engine.tables.lines import Line, is_data, text_lines, without_leaders
from pyworker.engine.tables.model import Check, union

# Fractions of the font size.
# A gap this wide within a line parts two cells or two columns of prose; justified prose stays below it.
CELL_GAP = 1.0
# A gap between lines that no table has inside.
BREAK = 3.5

CAPTION = re.compile(r"^(table|tab\.|tabelle|tableau|tabla|tabela|tabella|taulukko|tabell|bảng)\s*[\dA-Z.IVX]+", re.IGNORECASE)
FIGURE = re.compile(r"^(figure|fig\.|chart|graph|abbildung|grafik|hình)\s*[\dA-Z.]+", re.IGNORECASE)
NOTE = re.compile(r"^(sources?|notes?|n\.?b\.?|quelle|anmerkung|fuente|nota|legend)\s*[:.\d]", re.IGNORECASE)
BULLET = re.compile(r"^([\u2022\u25cf\u25aa\u25a0\u2023\u00b7o\uf0b7\u2013-]|\(?[a-z0-9ivx]{1,4}[.)]|\[\d+\]|\d+(\.\d+)*\.?)$", re.IGNORECASE)


@dataclass
class Region:
    """A part of the page taken for a table, with the lines in it."""

    lines: list[Line]
    ruled: bool
    """Whether rules bound it."""

    @property
    def rect(self) -> Rect:
        return union([line.rect for line in self.lines])


def table_regions(words: list[Word], rulings: list[Ruling], check: Check) -> list[Region]:
    """Regions of tables among `words` (those of drawn tables left out), top to bottom."""
    lines = text_lines(without_leaders(words))
    if len(lines) < 2:
        return []
    rules = [r for r in rulings if r.horizontal and not _underline(r, lines)]
    regions: list[Region] = []
    for run in _runs(lines, rules):
        check()
        region = _trimmed(run, rules, rulings)
        if region is not None and _is_table(region, rulings):
            regions.append(region)
    return regions


def _underline(rule: Ruling, lines: list[Line]) -> bool:
    """Whether a rule only underlines words: it ends where they end, close below their baseline."""
    for line in lines:
        if not line.middle < rule.at < line.bottom + 0.3 * line.size:
            continue
        covered = [w for w in line.words if w.rect.left < rule.end and w.rect.right > rule.start]
        if covered and abs(covered[0].rect.left - rule.start) < 0.5 * line.size and abs(covered[-1].rect.right - rule.end) < 0.5 * line.size:
            if rule.end - rule.start < 0.9 * (line.right - line.left) or len(line.fragments(CELL_GAP)) == 1:
                return True
    return False


def _tabular(line: Line) -> bool:
    return len(line.fragments(CELL_GAP)) > 1


def _prose(line: Line, width: float) -> bool:
    """A line that is one long piece of words."""
    fragments = line.fragments(CELL_GAP)
    return len(fragments) == 1 and len(line.words) >= 6 and line.right - line.left > 0.6 * width


def _runs(lines: list[Line], rules: list[Ruling]) -> list[list[Line]]:
    """Maximal runs of lines that hold at least two tabular lines, with up to two others between those."""
    width = max(line.right for line in lines) - min(line.left for line in lines)
    runs: list[list[Line]] = []
    run: list[Line] = []
    others = 0
    for line in lines:
        if run:
            size = max(line.size, run[-1].size)
            apart = line.middle - run[-1].middle > BREAK * size and not any(
                run[-1].middle < r.at < line.middle for r in rules
            )
            text = line.fragments()[0].text
            if apart or line.middle - run[-1].middle > 2.5 * BREAK * size or CAPTION.match(text) or FIGURE.match(text) or _prose(line, width):
                runs.append(run)
                run, others = [], 0
        if CAPTION.match(line.fragments()[0].text) or FIGURE.match(line.fragments()[0].text) or _prose(line, width):
            continue
        if _tabular(line):
            run.append(line)
            others = 0
        else:
            others += 1
            if others > 3 and run:
                runs.append(run)
                run, others = [], 0
            run.append(line)
    runs.append(run)
    return [r for r in runs if sum(1 for line in r if _tabular(line)) >= 2]


def _trimmed(run: list[Line], rules: list[Ruling], rulings: list[Ruling]) -> Region | None:
    """The run without titles above it and notes below it."""
    while run and not _tabular(run[-1]):
        run = run[:-1]
    while run and not _tabular(run[0]):
        run = run[1:]
    if len(run) < 2:
        return None
    rect = union([line.rect for line in run])
    size = median([line.size for line in run])
    bounding = [
        r
        for r in rules
        if rect.top - 2.5 * size < r.at < rect.bottom + 2.5 * size
        and min(r.end, rect.right) - max(r.start, rect.left) > 0.6 * (rect.right - rect.left)
    ]
    return Region(run, bool(bounding))


def _is_table(region: Region, rulings: list[Ruling]) -> bool:
    lines = region.lines
    rect = region.rect
    vertical = [r for r in rulings if not r.horizontal and rect.left < r.at < rect.right and r.start < rect.bottom and r.end > rect.top]
    borders = column_borders(lines, vertical, rect.left, rect.right)
    if not borders:
        return False
    entries = line_entries(lines, borders, vertical)
    columns = len(borders) + 1
    full = [line for line in entries if len(line) > 1]
    if len(full) < 2 or len(full) < 0.5 * len(lines):
        return False
    cells = [e for line in entries for e in line]
    words = sum(len(e.words) for e in cells)
    data = sum(1 for e in cells if e.col > 0 and is_data(e.text))
    stub = [e for line in entries for e in line if e.col == 0]
    if columns == 2 and stub and sum(1 for e in stub if BULLET.match(e.text)) > 0.5 * len(stub):
        return False
    values = sum(1 for e in cells if e.col > 0)
    ratio = data / max(values, 1)
    if words / max(len(cells), 1) > 6 and ratio < 0.3:
        return False
    if columns == 2 and not region.ruled and (ratio < 0.6 or len(full) < 3):
        return False
    return ratio >= 0.3 or (region.ruled and columns >= 3)
