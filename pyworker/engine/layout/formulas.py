"""Displayed formulas of untagged pages: lines of their own, set in from the text, in signs and fonts of mathematics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from pyworker.engine.layout.blocks import Block, StyledLine, text_block, with_wholes
from pyworker.engine.layout.list_markers import has_bullet
from pyworker.engine.layout.listings import level_rows
from pyworker.engine.pdf.geometry import Rect, union
from pyworker.engine.pdf.page_content import Word
from pyworker.engine.pdf.word_styles import PLAIN, Style

# In em of the line's font.
SET_IN = 1.0
"""How far a formula begins behind the text above or below it, at least."""
REACH = 12.0
"""How far above or below that text may stand."""
NEAR = 0.6
"""White space between the parts of a formula, at most: a sum and its bounds, a fraction's two halves."""
LEVEL = 0.4
APART = 3.0
"""White space between cells of a table, at least."""
BODY = 0.3
"""Share of a page's letters from which on a font is that of its text, whatever its name says."""
PROSE = 0.34
"""Share of words among a formula's letters and digits, at most."""
LONGEST = 200
_FONTS = re.compile(
    r"^(?:cm(?:mi|sy|ex|bsy|mib)|lm(?:mathitalic|mathsymbols|mathextension)|ms[ab]m|rsfs|eufm|euex|eurm|mtmi|mtsy|"
    r"mtex|txsy|pxsy|rtxmi|rpxmi|stix\w*math|symbol)|math"
)
_RELATION = re.compile(r"\S\s*(?:[=<>≤≥≈≅≡≠∼≃∝→←↦⇒⇔∈∉⊂⊆⊥]|:=)\s*\S")
_SIGN = re.compile(r"[\U0001d400-\U0001d7ff∀-⋿⟨⟩⌈-⌋α-ωΓΔΘΛΞΠΣΦΨΩ±×÷·]")
_NUMBER = re.compile(r"\((?:[A-Z]\.?)?\d{1,3}(?:\.\d{1,3}){0,2}[a-z]?\)")
_WORD = re.compile(r"[^\W\d_\U0001d400-\U0001d7ff]{2,}")
_NAMES = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "log",
        "ln",
        "lg",
        "exp",
        "max",
        "min",
        "sup",
        "inf",
        "lim",
        "det",
        "dim",
        "ker",
        "arg",
        "gcd",
        "argmax",
        "argmin",
        "mod",
        "tr",
        "rank",
        "sgn",
        "var",
        "cov",
        "pr",
        "re",
        "im",
        "if",
        "for",
        "all",
        "and",
        "where",
        "otherwise",
        "with",
        "const",
        "dx",
        "dy",
        "dt",
    ]
)


def with_formulas(
    parts: Sequence[StyledLine | Block],
    words: Sequence[Word],
    styles: dict[int, Style],
    check: Callable[[], None] = lambda: None,
) -> list[StyledLine | Block]:
    """The parts of a page with the lines of each displayed formula put together to one block; `check` may raise."""
    lines = [part for part in parts if isinstance(part, StyledLine) and not part.mono]
    loose = [line for line in lines if len(line.text) <= LONGEST and not _is_prose(line.text)]
    if not loose:
        return list(parts)
    prose = [line for line in lines if _is_prose(line.text)]
    marked = _mathematical(words, styles)
    owner: dict[int, Block] = {}
    rows = level_rows(loose, lambda first, line: LEVEL * max(first.size, line.size))
    rows = [part for row in rows for part in _by_column(row, prose)]
    for row in rows:
        check()
        if any(id(line) in owner for line in row) or not _is_formula(row, marked):
            continue
        if not _is_displayed(row, prose):
            continue
        held = [*row, *_around(row, [line for line in loose if id(line) not in owner], prose, check)]
        held = [line for row in level_rows(held, lambda a, b: LEVEL * max(a.size, b.size)) for line in row]
        block = text_block("formula", held)
        owner.update((id(line), block) for line in held)
    return with_wholes(parts, owner)


def _is_prose(text: str) -> bool:
    """Whether a line has words of a sentence, or begins like an item of a list."""
    return (
        has_bullet(text)
        or sum(word.lower() not in _NAMES for word in _WORD.findall(text) if len(word) > 2) > 1
    )


def _mathematical(words: Sequence[Word], styles: dict[int, Style]) -> list[Rect]:
    """Where words stand that are set in a font of mathematics."""
    letters: Counter[str] = Counter()
    for word in words:
        letters[styles.get(word.order, PLAIN).font] += len(word.text)
    whole = sum(letters.values()) or 1
    fonts = {font for font, count in letters.items() if _FONTS.search(font) and count < BODY * whole}
    return [word.rect for word in words if styles.get(word.order, PLAIN).font in fonts]


def _is_formula(row: Sequence[StyledLine], marked: Sequence[Rect]) -> bool:
    text = " ".join(line.text for line in row)
    told = _without_number(row)
    numbered = 0 < len(told) < len(row)
    if not told or not _RELATION.search(text) or (len(told) > 1 and _apart(told)):
        return False
    counted = sum(map(str.isalnum, text)) or 1
    # Two letters are as often a variable and its index.
    spelled = sum(len(word) for word in _WORD.findall(text) if len(word) > 2 and word.lower() not in _NAMES)
    if spelled > PROSE * counted:
        return False
    box = union([line.rect for line in told])
    return numbered or bool(_SIGN.search(text)) or any(box.contains(*rect.center) for rect in marked)


def _by_column(row: Sequence[StyledLine], prose: Sequence[StyledLine]) -> list[list[StyledLine]]:
    """The parts of a row that stand in columns of their own: no text near it reaches over the gap between them."""
    parts = [[row[0]]]
    for before, after in pairwise(row):
        gap = before.rect.right, after.rect.left
        over = any(
            line.rect.left <= gap[0]
            and gap[1] <= line.rect.right
            and abs(line.rect.top - after.rect.top) <= REACH * after.size
            for line in prose
        )
        if gap[1] - gap[0] > APART * after.size and not over and not _NUMBER.fullmatch(after.text.strip()):
            parts.append([])
        parts[-1].append(after)
    return parts


def _without_number(row: Sequence[StyledLine]) -> list[StyledLine]:
    """The parts of a row but for the number of the formula, which is at the right or at the left."""
    return [line for line in row if not _NUMBER.fullmatch(line.text.strip())]


def _apart(row: Sequence[StyledLine]) -> bool:
    """Whether pieces beside each other are as far apart as the cells of a table."""
    return any(b.rect.left - a.rect.right > APART * a.size for a, b in pairwise(row))


def _is_displayed(row: Sequence[StyledLine], prose: Sequence[StyledLine]) -> bool:
    """Whether a row is alone on its line and begins behind the text above or below it."""
    box, size = union([line.rect for line in _without_number(row) or row]), row[0].size
    set_in = False
    for line in prose:
        apart = max(line.rect.top - box.bottom, box.top - line.rect.bottom)
        over = line.rect.left <= box.left <= line.rect.right
        if over and apart < -LEVEL * size:
            return False
        if over and apart <= REACH * size:
            if line.rect.left > box.left - SET_IN * size:
                return False
            set_in = True
    return set_in


def _around(
    held: Sequence[StyledLine],
    loose: Sequence[StyledLine],
    prose: Sequence[StyledLine],
    check: Callable[[], None],
) -> list[StyledLine]:
    """The other parts of the formula that begins with `held`: what touches it without a word."""
    found: list[StyledLine] = []
    taken = {id(line) for line in held}
    box = union([line.rect for line in held])
    grown = True
    while grown:
        check()
        grown = False
        for line in loose:
            size = max(line.size, held[0].size)
            gap = max(line.rect.top - box.bottom, box.top - line.rect.bottom)
            across = min(line.rect.right, box.right) - max(line.rect.left, box.left)
            if (
                id(line) not in taken
                and gap <= NEAR * size
                and across > -size
                and _is_displayed([line], prose)
            ):
                found.append(line)
                taken.add(id(line))
                box = union([box, line.rect])
                grown = True
    return found
