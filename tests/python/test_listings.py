"""Listings of code are code in convert and no table in parse_table; what a fixed-pitch printer lists stays a table."""

import pytest
from pdf_maker import Pdf
from structure_lines import line, shown
from text_pages import column, open_page, plenty, show, text_pdf

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.commands.parse_table import parse_table
from pyworker.messages import Convert, ParseTable

pytestmark = pytest.mark.filterwarnings("ignore")

DEFINITIONS = """\
#include <stdio.h>
#define MAX     100     /* most entries */
#define MIN     10      /* least */
#define NAME    "x"     /* name */

struct entry {
    int     count;      /* how many */
    char    *name;      /* its name */
    long    size;       /* bytes */
};"""
BUILD = """\
CC      = gcc
CFLAGS  = -O2 -Wall
OBJS    = main.o util.o
LIBS    = -lm

all:    $(OBJS)
        $(CC) -o prog $(OBJS) $(LIBS)"""
SETTINGS = """\
services:
  web:
    image:    nginx
    ports:    [80, 443]
    replicas: 3
  db:
    image:    postgres
    replicas: 1"""
PARTS = """\
Part No   Description        Qty   Unit    Price
A-100     Hex bolt (M8)       12   pc       0.45
A-200     Washer [steel]     100   pc       0.05
B-310     Flange = DN50        4   pc      18.20
C-001     Pipe DN50;           6   m       12.10"""
CALLS = """\
Function       Returns    Meaning
open(name)     int        opens a file
close(fd)      int        closes it
read(fd, n)    long       reads bytes
seek(fd, n)    long       moves"""


DUMP = """\
00000000  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  |.ELF............|
00000010  03 00 3e 00 01 00 00 00  f0 3b 02 00 00 00 00 00  |..>......;......|
00000020  40 00 00 00 00 00 00 00  98 1b 1d 00 00 00 00 00  |@...............|
00000030  61 6c 6c 20 74 68 61 74  20 66 6c 6f 77 73 2e 0a  |all that flows..|"""
BYTES = """\
1000: A5 F2 58 7C E5 2A 1B 8C 02 38 3D FC D6 BE 2A 8E
1010: C4 33 E7 6D 64 BA F9 0D 28 03 EA 5D 9D 7C 16 27
1020: C8 C4 16 53 F2 F5 F9 C6 A7 2E 79 C2 2E 2F E8 13"""
FOLDER = """\
total 24
-rw-r--r-- 1 root root  512 May  3 10:12 a.bin
-rw-r--r-- 1 root root 2048 May  3 10:14 table.bin
drwxr-xr-x 2 root root 4096 May  1 08:00 logs"""
COUNTS = """\
Year  North  South  East  West
2019     84     75    73    78
2020     71     65    72    67
2021     92     80    61    75
2022     58     91    66    70"""


@pytest.fixture
def page(make_pdf, lean):
    """Kinds of the body's items, their texts, and the number of tables of parse_table: of lines set in Courier."""

    def run(text):
        content = column(90, 700, text.split("\n"), 9.0)
        path = make_pdf(text_pdf(content).replace(b"/Helvetica", b"/Courier  "))
        _cache, document, _page = open_page(path)
        found = parse_table(document, ParseTable(file_path=str(path), page_index=0), plenty(), lean)["tables"]
        body = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
        return (
            [(item["label"], item["text"]) for item in body["texts"]],
            len(body["tables"]),
            len(found),
        )

    return run


@pytest.mark.parametrize(
    "text",
    [DEFINITIONS, BUILD, SETTINGS, DUMP, BYTES, FOLDER],
    ids=["C", "make", "settings", "dump", "bytes", "folder"],
)
def test_a_listing_is_one_block_of_code_and_no_table(page, text):
    items, converted, found = page(text)
    assert (converted, found) == (0, 0)
    assert [label for label, _ in items] == ["code"]
    rows = items[0][1].split("\n")
    assert [row.split() for row in rows] == [row.split() for row in text.split("\n") if row]
    indents = [len(row) - len(row.lstrip()) for row in text.split("\n") if row]
    assert [len(row) - len(row.lstrip()) for row in rows] == indents


@pytest.mark.parametrize("text", [PARTS, CALLS, COUNTS], ids=["parts", "calls", "counts"])
def test_a_typed_table_with_signs_of_code_stays_a_table(page, text):
    assert page(text) == ([], 1, 1)


def test_dumps_in_frames_with_prose_between_are_no_table(make_pdf, lean):
    boxes = "".join(f"80 {y} 400 70 re S\n" for y in (640, 500))
    prose = show(90, 610, "The second dump was taken an hour after the first one of the day.", 9.0)
    codes = [column(90, top, DUMP.split("\n"), 9.0).replace("/F ", "/C ") for top in (695, 555)]
    pdf = Pdf.with_font()
    courier = pdf.add("<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>")
    page = pdf.page(boxes + prose + "".join(codes), (612.0, 792.0))
    pdf.objects[page] = pdf.objects[page].replace(b"/F 3 0 R", f"/F 3 0 R/C {courier} 0 R".encode())
    path = make_pdf(pdf.build())
    _cache, document, _page = open_page(path)
    body = convert_pdf(document, Convert(file_path=str(path)), plenty(), lean)
    assert [item["label"] for item in body["texts"]] == ["code", "text", "code"]
    assert body["tables"] == []


def test_typewritten_paragraphs_are_apart():
    first = ["The first paragraph fills the whole line,", "and it ends on the second."]
    second = ["The second paragraph is below a blank one", "and says nothing more (at all)."]
    tops = (100, 112, 136, 148)
    lines = [line(text, top, size=10, mono=True) for text, top in zip([*first, *second], tops, strict=True)]
    assert shown(lines) == [("text", 0, " ".join(first)), ("text", 0, " ".join(second))]


def test_pieces_of_lines_of_code_are_one_line_each():
    lefts = [line("int count;", 100, mono=True), line("}", 112, mono=True)]
    rights = [line("/* how many */", 100, left=172, mono=True)]
    assert shown([*lefts, *rights]) == [("code", 0, "int count;" + 10 * " " + "/* how many */\n}")]
