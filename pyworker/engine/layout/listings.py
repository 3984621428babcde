"""Listings of code: monospaced lines put to blocks that keep their lines, and what tells code from a typed table."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import TypeVar

from pyworker.engine.layout.blocks import Block, Kind, StyledLine, text_block
from pyworker.engine.layout.list_markers import has_bullet
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word

Piece = TypeVar("Piece", Word, StyledLine)

# In em of the line's font.
BLANK = 2.2
"""White space between two lines of a listing, at most: one blank line."""
PARTED = 0.7
"""White space from which on a line is blank."""
LEVEL = 0.3
AROUND = 12.0
"""How far beside a table the code around it is looked for."""
TIGHTNESS = 0.1
"""The white of a letter, which its box leaves out."""
PITCH_ERROR = 0.06
"""Of the pitch."""
_SIGNS = re.compile(r"[{}\[\]=<>|]|[;:]\s*$|\w\(|^\s*[#$/]|::|->|</|\$\w")
_CODE = re.compile(
    r"""[;{]\s*(?:/[/*].*|\#.*)?$
    |^\s*[}\])]+[;,]?\s*$
    |^\s*(?:\#\s*(?:include|define|if|ifdef|ifndef|else|endif|pragma)\b|//|/\*|\*/|</?\w+|\w+(?:\s\w+)*\s*\{)
    |^\s*(?:def|class|struct|enum|union|typedef|return|import|export|static|const|public|private|let|var)\s+\S
    |^\s*(?:function|fn|func|package|namespace|using|case|if|elif|for|while|switch|try|except|with)\b.*[:({]
    |^\s*(?:else|try|finally|begin|do|then|end|fi|done)\s*[:;{]?\s*$
    |^\s*(?:SELECT\s|FROM\s|WHERE\s|GROUP\s+BY|ORDER\s+BY|INSERT\s+INTO|CREATE\s+TABLE|.*\bNOT\s+NULL\b)
    |^\s*["']\w+["']\s*:
    |^\s*(?:0x)?[0-9A-Fa-f]{4,16}:?\s(?=.*\b(?:[A-Fa-f][0-9A-Fa-f]|\d[A-Fa-f])\b)(?:\s*(?:[0-9A-Fa-f]{2}){1,4}\b){3}
    |^[-bcdlps](?:[r-][w-][xsStT-]){3}[.+@]?\s
    |\s(?:=|==|!=|:=|\+=|-=|\*=|->|=>|<-|&&|\|\|)\s|\w::\w|;\s*(?://|/\*|\#)
    """,
    re.VERBOSE,
)
_PROMPT = re.compile(r"^\s*(?:[\w.@~-]*\$\s+[a-z./]|>>>\s|[A-Z]:\\\S*>|#\s[a-z./-]+\s-)")
_KEY = re.compile(r"^\s*(?:-\s+)?[a-z_][\w.-]*:(?:\s|$)|^\s*-\s")
_INDENTED = 3
"""Indentations from which on lower-case keys are settings and no form."""


def looks_like_code(texts: Sequence[str]) -> bool:
    """Whether monospaced lines are code: typewritten prose has hardly a bracket, and ends no line with a semicolon."""
    return sum(bool(_SIGNS.search(text)) for text in texts) >= max(1, 0.25 * len(texts))


def with_listings(
    parts: Sequence[StyledLine | Block], furniture: dict[int, Kind]
) -> list[StyledLine | Block]:
    """The parts of a page with the monospaced lines that are code put together to blocks.

    Wide spaces cut lines of code into pieces, which seem to be columns: those on one baseline are one line.
    """
    whole: list[StyledLine | Block] = []
    stretch = _Stretch()
    for part in parts:
        typed = isinstance(part, StyledLine) and part.mono and id(part) not in furniture
        if stretch.lines and not (isinstance(part, StyledLine) and typed and stretch.goes_on(part)):
            whole += _listed(stretch.lines)
            stretch = _Stretch()
        if isinstance(part, StyledLine) and typed and not has_bullet(part.text):
            stretch.add(part)
        else:
            whole.append(part)
    return whole + _listed(stretch.lines)


def without_listings(words: Sequence[Word]) -> list[Word]:
    """`words` without those of listings: rows of one pitch under each other, most of which are code."""
    kept: list[Word] = []
    run: list[list[Word]] = []

    def close() -> None:
        texts = [" ".join(word.text for word in row) for row in run]
        starts = [row[0].rect.left / max(row[0].font_size, 1.0) for row in run]
        if len(run) < 2 or not _one_pitch([w for row in run for w in row]) or not _is_code(texts, starts):
            kept.extend(word for row in run for word in row)
        run.clear()

    for row in level_rows(words, lambda first, _word: LEVEL * first.font_size):
        if run and not _belongs(row, run[-1], run[-1][0].font_size):
            close()
        run.append(row)
    close()
    return kept


def in_listing(box: Rect, inside: Sequence[Word], words: Sequence[Word]) -> bool:
    """Whether `box`, a table by the alignment of the words `inside`, is part of code: the lines in and around it are
    of one pitch, and most have what no ledger has (a statement's end, a keyword, an assignment, a prompt).
    """
    if not inside or not _one_pitch(inside):
        return False
    size = max(1.0, median([word.font_size for word in inside]))
    left, right = box.left - AROUND * size, box.right + AROUND * size
    near = [word for word in words if left <= word.rect.left and word.rect.right <= right]
    rows = level_rows(near, lambda _first, _word: LEVEL * size)
    held = [n for n, row in enumerate(rows) if box.top <= row[0].rect.center[1] <= box.bottom]
    if not held:
        return False
    first, last = held[0], held[-1]
    while first > 0 and _belongs(rows[first - 1], rows[first], size):
        first -= 1
    while last + 1 < len(rows) and _belongs(rows[last + 1], rows[last], size):
        last += 1
    chosen = rows[first : last + 1]
    texts = [" ".join(word.text for word in row) for row in chosen]
    return _is_code(texts, [row[0].rect.left / size for row in chosen])


def _is_code(texts: Sequence[str], starts: Sequence[float]) -> bool:
    count = sum(bool(_CODE.search(text)) for text in texts)
    if count >= max(2, 0.5 * len(texts)) or sum(bool(_PROMPT.search(text)) for text in texts) > 1:
        return True
    keys = sum(bool(_KEY.search(text)) for text in texts)
    return keys >= max(4, 0.9 * len(texts)) and len({round(start) for start in starts}) >= _INDENTED


def _belongs(row: list[Word], neighbour: list[Word], size: float) -> bool:
    above, below = sorted((row[0].rect, neighbour[0].rect), key=lambda rect: rect.top)
    near = below.top - above.bottom <= BLANK * size and abs(row[0].font_size - size) <= 0.1 * size
    return near and _one_pitch(row)


def _one_pitch(words: Sequence[Word]) -> bool:
    """Whether words are as wide as the number of their letters says; too few letters tell nothing against it."""
    told = [word for word in words if len(word.text) > 2]
    if not told:
        return True
    pitches = [(w.rect.width / max(w.font_size, 1.0) + TIGHTNESS) / len(w.text) for w in told]
    middle = 0.6 if len(told) < 5 else median(pitches)
    fitting = sum(abs(pitch - middle) <= PITCH_ERROR * middle for pitch in pitches)
    return abs(middle - 0.6) < 0.06 and fitting >= 0.8 * len(told)


def level_rows(pieces: Sequence[Piece], reach: Callable[[Piece, Piece], float]) -> list[list[Piece]]:
    """Rows from above, each from the left: a piece joins where its middle is at most `reach` from the row's first."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.rect.center[1]):
        if rows and piece.rect.center[1] - rows[-1][0].rect.center[1] <= reach(rows[-1][0], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.rect.left) for row in rows]


class _Stretch:
    """Monospaced pieces that may be one listing."""

    def __init__(self) -> None:
        self.lines: list[StyledLine] = []
        self._bottom = 0.0
        self._heights: set[int] = set()

    def goes_on(self, part: StyledLine) -> bool:
        """Whether a piece may belong to it: it is below, or level with a line of it."""
        if has_bullet(part.text):
            return False
        if part.rect.top >= self.lines[-1].rect.top - LEVEL * part.size:
            return part.rect.top - self._bottom <= BLANK * part.size
        height = round(part.rect.center[1])
        return any(height + step in self._heights for step in (-1, 0, 1))

    def add(self, part: StyledLine) -> None:
        """Take the piece in."""
        self.lines.append(part)
        self._bottom = max(self._bottom, part.rect.bottom)
        self._heights.add(round(part.rect.center[1]))


def _level(a: StyledLine, b: StyledLine) -> bool:
    return abs(a.rect.center[1] - b.rect.center[1]) <= _reach(a, b)


def _reach(a: StyledLine, b: StyledLine) -> float:
    return LEVEL * max(a.size, b.size)


def _listed(stretch: list[StyledLine]) -> list[StyledLine | Block]:
    """A stretch of monospaced pieces as a block of code, or in parts, or as they were where none is code."""
    if not stretch:
        return []
    rows = level_rows(stretch, _reach)
    pitch = _pitch(rows)
    if looks_like_code([_row_text(row, pitch) for row in rows]):
        return [_code(rows)]
    parts = [[rows[0]]]
    for above, below in pairwise(rows):
        if below[0].rect.top - above[0].rect.bottom > PARTED * below[0].size:
            parts.append([])
        parts[-1].append(below)
    if not any(map(_is_listing, parts)):
        return list(stretch)
    whole: list[StyledLine | Block] = []
    for part in parts:
        whole += [_code(part)] if _is_listing(part) else [piece for row in part for piece in row]
    return whole


def _is_listing(rows: list[list[StyledLine]]) -> bool:
    pitch = _pitch(rows)
    texts = [_row_text(row, pitch) for row in rows]
    return _is_code(texts, [row[0].rect.left / max(row[0].size, 1.0) for row in rows])


def _pitch(rows: list[list[StyledLine]]) -> float:
    """The width of a letter, in points; pieces whose spaces were wider than their text tells seem to have more."""
    pieces = [piece for row in rows for piece in row if piece.text]
    told = [piece for piece in pieces if len(piece.text) > 3] or pieces
    widths = sorted(piece.rect.width / len(piece.text) for piece in told)
    return max(0.1, widths[len(widths) // 4]) if widths else 1.0


def _row_text(row: list[StyledLine], pitch: float) -> str:
    text = row[0].text.strip()
    for before, piece in pairwise(row):
        text += " " * max(1, round((piece.rect.left - before.rect.right) / pitch)) + piece.text.strip()
    return text


def _code(rows: list[list[StyledLine]]) -> Block:
    """Code keeps its lines, and their indentation as far as the letters' width tells it."""
    pitch = _pitch(rows)
    lines = [
        replace(row[0], text=_row_text(row, pitch), rect=union([piece.rect for piece in row])) for row in rows
    ]
    left = min(line.rect.left for line in lines)
    block = text_block("code", lines)
    block.text = "\n".join(" " * round((line.rect.left - left) / pitch) + line.text for line in lines)
    return block
