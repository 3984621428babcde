"""Whole documents: PDFs, pictures and other formats as DoclingDocuments."""
