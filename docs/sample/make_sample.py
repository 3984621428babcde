"""Draws engineering_sheet.pdf, the sample that the demonstration and the documentation cut their evidence from.

The building, the firm, the people and the prices are invented. Page 1 is an A3 plan with a bill of quantities;
page 2 is an A3 detail that is stored upright and turned by its /Rotate entry. Run it with the project's environment:

    .venv/bin/python docs/sample/make_sample.py [--fonts FOLDER] [--output FILE]

The fonts are DejaVu Sans Condensed (Debian: fonts-dejavu-extra). The same fonts and the locked reportlab give the
same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from detail import draw_detail
from drafting import Sheet, register_fonts
from plan import draw_plan
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas
from tables import draw_bill, draw_frame, draw_notes, draw_revisions, draw_stamp, draw_title_block

A3 = (420.0, 297.0)


def main() -> None:
    """Reads the arguments and writes the file."""
    parser = argparse.ArgumentParser(description="Draw the sample engineering sheet.")
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts/truetype/dejavu"))
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("engineering_sheet.pdf"))
    arguments = parser.parse_args()

    register_fonts(arguments.fonts)
    rl_config.useA85 = 0  # binary streams: a fifth smaller than text
    canvas = Canvas(str(arguments.output), invariant=1, pageCompression=1)
    canvas.setTitle("KT-A-101 Mặt bằng tầng 1 – Nhà kỹ thuật")
    canvas.setAuthor("TachFileTo")
    canvas.setCreator("docs/sample/make_sample.py")
    canvas.setSubject("Sample engineering sheet; everything on it is invented")

    sheet = Sheet(canvas, *A3)
    draw_frame(sheet)
    draw_plan(sheet)
    draw_bill(sheet)
    draw_notes(sheet)
    draw_revisions(sheet)
    draw_title_block(
        sheet,
        title=("MẶT BẰNG TẦNG 1 – NHÀ KỸ THUẬT", "GROUND FLOOR PLAN – TECHNICAL BUILDING"),
        number="KT-A-101",
        scale="1 : 75",
        page="1 / 2",
    )
    draw_stamp(sheet)
    canvas.showPage()

    sheet = Sheet(canvas, *A3, turned=True)
    draw_frame(sheet)
    draw_detail(sheet)
    draw_title_block(
        sheet,
        title=("CHI TIẾT MÓNG MÁY BƠM – MẶT CẮT A-A", "PUMP FOUNDATION DETAIL – SECTION A-A"),
        number="KT-S-201",
        scale="1 : 15",
        page="2 / 2",
    )
    canvas.showPage()
    canvas.save()


if __name__ == "__main__":
    main()
