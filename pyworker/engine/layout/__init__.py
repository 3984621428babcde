"""How things are placed on a page: reading order, and which places are scans."""
