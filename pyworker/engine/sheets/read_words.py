"""What OCR does to the words of a title block, undone: rules read as letters, accents on capitals that have none."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from pyworker.engine.pdf.page_content import Ruling, Word
from pyworker.engine.sheets.canvas import Lines
from pyworker.engine.sheets.pieces import Piece, piece_of

STROKES = frozenset("Ilij|1!'’`[]()")
"""What an upright rule is read as, with or without an accent."""
REACH = 2.0
"""Points by which a rule may stand beside the letter that it was read as."""
LEAST_CAPITALS, ACCENTED = 8, 0.2
"""Words in capitals from which on their accents are looked at, and the share of them that has accents where OCR made
them up; of Vietnamese words two in three have one."""


def without_rules(words: Sequence[Word], rules: Sequence[Ruling]) -> list[Word]:
    """`words` without those that are an upright rule, a single stroke at a rule that is longer."""
    upright = [rule for rule in rules if not rule.horizontal]

    def is_rule(word: Word) -> bool:
        if plain(word.text) not in STROKES or word.direction not in (0, 180):
            return False
        left, top, right, bottom = word.rect
        return any(
            left - REACH <= rule.at <= right + REACH
            and rule.start <= top + REACH
            and rule.end >= bottom - REACH
            and rule.end - rule.start > 1.2 * (bottom - top)
            for rule in upright
        )

    return [word for word in words if not is_rule(word)]


def without_stray_accents(words: Sequence[Word]) -> list[Word]:
    """`words`, the accents of capitals left out where hardly any of them has one."""
    capitals = [word for word in words if len(word.text) > 1 and word.text.isupper()]
    accented = [word for word in capitals if plain(word.text) != word.text]
    if len(capitals) < LEAST_CAPITALS or len(accented) > ACCENTED * len(capitals):
        return list(words)
    stray = set(map(id, accented))
    return [word._replace(text=plain(word.text)) if id(word) in stray else word for word in words]


def parted(pieces: Sequence[Piece], upright: Lines) -> list[Piece]:
    """`pieces`, those cut whose words stand on both sides of an upright rule, which may be close to either."""
    found: list[Piece] = []
    for piece in pieces:
        runs = [[piece.words[0]]]
        for before, word in pairwise(piece.words):
            rule = upright.behind(before.rect.center[0], piece.center[1], 1)
            if rule and rule[0].at < word.rect.center[0]:
                runs.append([word])
            else:
                runs[-1].append(word)
        if len(runs) == 1:
            found.append(piece)
        else:
            found += [piece_of(run) for run in runs]
    return found


def plain(text: str) -> str:
    """`text` without accents."""
    folded = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return unicodedata.normalize("NFC", "".join(c for c in folded if not unicodedata.combining(c)))
