"""OCR: finding lines of text in a picture, and reading them."""
