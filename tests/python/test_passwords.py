"""A password opens a file however the system that it was typed on writes its letters, for every library that reads."""

from __future__ import annotations

import unicodedata

import pikepdf
import pytest
from pdf_maker import Pdf

from pyworker.engine.pdf.documents import DocumentCache
from pyworker.errors import PdfEncrypted

VIETNAMESE = "mật khẩu của tôi"


def locked(make_pdf, password: str, revision: int = 6):
    """A page with a user unit, which another library than pdfium reads, under `password`."""
    pdf = Pdf.with_font()
    pdf.page("BT /F 12 Tf 20 50 Td (text) Tj ET", entries="/UserUnit 2")
    path = make_pdf(pdf.build(), "plain.pdf")
    with pikepdf.open(path) as plain:
        target = path.with_name("locked.pdf")
        key = pikepdf.Encryption(user=password, owner="owner", R=revision, aes=True, metadata=True)
        plain.save(target, encryption=key)
    return target


@pytest.mark.parametrize(
    ("password", "typed"),
    [
        (VIETNAMESE, VIETNAMESE),
        (VIETNAMESE, unicodedata.normalize("NFD", VIETNAMESE)),
        (unicodedata.normalize("NFD", VIETNAMESE), VIETNAMESE),
        ("office", "o\ufb03ce"),
        ("a b c", "a\u00a0b\u2003c"),
        ("password", "pass\u00adword"),
        ("password", "pass\u200bword"),
        ("\u2168", "\u2168"),
    ],
)
def test_a_password_opens_the_file_in_another_form(make_pdf, password, typed):
    document = DocumentCache().open(locked(make_pdf, password), typed)
    # The dictionaries of pages are read with the form that opened the file.
    assert document.page(0).geometry.width == 400.0


@pytest.mark.parametrize("revision", [4, 6])
def test_another_password_opens_nothing(make_pdf, revision):
    path = locked(make_pdf, "pässwört", revision)
    for wrong in ("passwort", "pässwört ", "PÄSSWÖRT", ""):
        with pytest.raises(PdfEncrypted) as refusal:
            DocumentCache().open(path, wrong)
        assert refusal.value.details["reason"] == "password_wrong"
    assert DocumentCache().open(path, unicodedata.normalize("NFD", "pässwört")).page_count == 1
