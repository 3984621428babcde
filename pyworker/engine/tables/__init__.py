"""Tables: finding them on a page and reading their structure.

A page's way through this folder:

1. `commands/parse_table` reads the page's words and lines, asks an engine, and gives docling-core's types
   (`convert/table_data`).
2. `lean` turns the page to its reading direction, joins the lines (`rulings`) and takes drawn grids first:
   `lattice` makes their cells, `margins` adds rows and labels just outside. A grid that is a plot (`figures`) is no
   table; one whose fields hold rows or columns of their own is read by alignment instead.
3. Of the words left, `flows` parts columns of prose, `regions` finds runs of lines with gaps under each other, and
   `acceptance` says which of those are tables.
4. `alignment` reads such a region, or a given box: `lines` puts words on lines, `columns` finds the white rivers,
   `entries` puts each text into its columns, `rows` ends the header and joins the lines of one row, `headers` makes
   the header's cells, `sideways` adds headers set sideways.
"""
