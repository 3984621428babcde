"""Large files are read by pdfium through the system's own calls, not through Python's."""

import os

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from pdf_maker import one_page

from pyworker.engine.pdf import opening
from pyworker.engine.pdf.documents import DocumentCache


@pytest.mark.system("windows", reason="elsewhere pdfium reads a descriptor")
@pytest.mark.parametrize("name", ["large.pdf", "tài liệu lớn/bản vẽ.pdf"])
@pytest.mark.parametrize("password", [None, "open"])
def test_a_large_file_is_read_by_pdfium_itself(make_pdf, monkeypatch, name, password):
    monkeypatch.setattr(opening, "COPY_BYTES", 0)
    monkeypatch.setattr(os, "dup", None)  # a stream of Python's would need it
    documents = DocumentCache()
    path = make_pdf(one_page(password=password), name)
    assert documents.open(path, password).page(0).geometry.width == 200.0
    documents.clear()
    # It is closed with the document.
    path.unlink()


@pytest.mark.parametrize("password", [None, "open"])
def test_pdfium_reads_a_path_that_is_not_ascii(make_pdf, password):
    path = make_pdf(one_page(password=password), "tài liệu lớn/bản vẽ.pdf")
    pdf = opening._read_by_pdfium(str(path), password)
    assert len(pdf) == 1
    pdf.close()
    with pytest.raises(pypdfium2.PdfiumError) as caught:
        opening._read_by_pdfium(str(path) + "x", password)
    assert caught.value.err_code == pdfium.FPDF_ERR_FILE
