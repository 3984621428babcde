"""Drawing sheets: what kind of page it is, its zones, its title block, its tables and its text zone after zone.

A sheet's way through this folder: `kind` says whether a page is a drawing, also by a border with names (`frame`);
`canvas` brings its text and strokes into one frame (upright, letters nine points high) with the rules joined (`rules`)
and the text in pieces (`pieces`);
`cells` finds the closed cells that hold text, `drawn_tables` makes tables of them, `open_tables` reads schedules
without closed cells and `revisions` tables that share edges with a title block; `title_block` finds the block and
`fields` its values (`values`) by the words in `labels`; `views` finds titles and scale notes, `blocks` notes and
legends, and `zones` puts all together. `reading` gives the text zone after zone, `scans` reads a block that is a
picture, `strokes` and `mixed` what letters drawn as strokes say.
"""
