"""Listings of code are code in convert and no table in parse_table; what a fixed-pitch printer lists stays a table."""

import pytest
from structure_lines import line, shown
from text_pages import column, open_page, plenty, text_pdf

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


@pytest.mark.parametrize("text", [DEFINITIONS, BUILD, SETTINGS], ids=["C", "make", "settings"])
def test_a_listing_is_one_block_of_code_and_no_table(page, text):
    items, converted, found = page(text)
    assert (converted, found) == (0, 0)
    assert [label for label, _ in items] == ["code"]
    rows = items[0][1].split("\n")
    assert [row.split() for row in rows] == [row.split() for row in text.split("\n") if row]
    indents = [len(row) - len(row.lstrip()) for row in text.split("\n") if row]
    assert [len(row) - len(row.lstrip()) for row in rows] == indents


@pytest.mark.parametrize("text", [PARTS, CALLS], ids=["parts", "calls"])
def test_a_typed_table_with_signs_of_code_stays_a_table(page, text):
    assert page(text) == ([], 1, 1)


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
