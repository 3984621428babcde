"""The forms in which a file may hold a password that a person typed."""

from __future__ import annotations

import stringprep
import unicodedata


def forms(password: str) -> list[str]:
    """`password` as it is given, then as other systems and writers give it, each form once.

    A file of revision 6 holds the password after SASLprep (ISO 32000-2, 7.6.4.3.3). A Mac gives decomposed letters,
    and older writers took the bytes as they came.
    """
    normal = [unicodedata.normalize(form, password) for form in ("NFKC", "NFC", "NFD")]
    return list(dict.fromkeys([password, prepared(password), *normal]))


def prepared(password: str) -> str:
    """`password` after the mapping and normalisation of SASLprep (RFC 4013, 2.1 and 2.2)."""
    kept = (letter for letter in password if not stringprep.in_table_b1(letter))
    spaced = "".join(" " if stringprep.in_table_c12(letter) else letter for letter in kept)
    return unicodedata.normalize("NFKC", spaced)
