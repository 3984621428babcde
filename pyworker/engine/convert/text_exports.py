"""A table as Markdown and CSV, the same text as docling-core's.

It is written here, because docling-core takes a second to import, most of what `tach table` would take. A test
compares both.
"""

from __future__ import annotations

import csv
import io
from typing import Any

MARKDOWN_SEPARATOR, CSV_SEPARATOR = " - ", "."
"""docling-core's own, between the texts of headers that stand over each other."""


def markdown(data: dict[str, Any]) -> str:
    """`data`, the JSON of a TableData, as a Markdown table with one header row, numbers flush right."""
    from tabulate import _column_type, tabulate

    rows = [[_in_a_row(cell["text"]) for cell in row] for row in data["grid"]]
    if not rows:
        return ""
    count = _header_rows(data)
    if count == 0 and not any(cell["column_header"] for row in data["grid"] for cell in row):
        # Markdown has no table without a header.
        count = 1
    header = []
    for column in range(data["num_cols"]):
        parts: list[str] = []
        for row in rows[:count]:
            if row[column] and parts[-1:] != [row[column]]:
                parts.append(row[column])
        header.append(MARKDOWN_SEPARATOR.join(parts))
    body = rows[count:]
    sides = [
        "right" if _column_type(column) in (int, float) else "left" for column in zip(*body, strict=True)
    ]
    # Numbers are text: reading them would lose digits.
    text: str = tabulate(
        body, headers=header, tablefmt="github", disable_numparse=True, colalign=tuple(sides) or None
    )
    return text


def csv_text(data: dict[str, Any]) -> str:
    """`data`, the JSON of a TableData, as CSV: a line of headers, or of the columns' numbers where there are none."""
    rows = [[cell["text"] for cell in row] for row in data["grid"]]
    count = _header_rows(data)
    columns = range(data["num_cols"])
    # docling-core puts no point before the first text that isn't empty.
    header = [_joined([row[column] for row in rows[:count]]) if count else str(column) for column in columns]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows[count:])
    return out.getvalue()


def _joined(texts: list[str]) -> str:
    result = ""
    for text in texts:
        result += CSV_SEPARATOR + text if result else text
    return result


def _in_a_row(text: str) -> str:
    """A cell's text as Markdown takes it: one line, and no bar, which would end the cell."""
    return text.replace("\n", " ").replace("|", "&#124;")


def _header_rows(data: dict[str, Any]) -> int:
    """How many rows at the top are headers.

    A row is one where a header starts in it, and nothing else but labels of the first column; in the first row other
    text is let pass, unless a header starts further down in the first column.
    """
    cells, grid = data["table_cells"], data["grid"]
    first = min((cell["start_col_offset_idx"] for cell in cells), default=0)
    in_first = any(
        cell["column_header"]
        and (cell["start_col_offset_idx"], cell["start_row_offset_idx"]) == (first, number)
        for number, row in enumerate(grid)
        for cell in row
        if number
    )
    for number, row in enumerate(grid):
        starting = [cell for cell in row if cell["start_row_offset_idx"] == number]
        is_body = (number > 0 or in_first) and any(
            not cell["column_header"] and cell["text"].strip() and cell["start_col_offset_idx"] != first
            for cell in starting
        )
        if is_body or not any(cell["column_header"] for cell in starting):
            return number
    return len(grid)
