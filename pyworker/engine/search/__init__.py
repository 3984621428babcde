"""Search for text over the pages of a document."""
