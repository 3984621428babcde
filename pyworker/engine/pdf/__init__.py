"""PDF files through pdfium: opening, pages, words, drawings and rendering."""
