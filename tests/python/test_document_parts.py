"""What document_info tells beside sizes: outline, page labels and layers, bounded and whatever the links say."""

from __future__ import annotations

import pytest
from pdf_maker import Pdf


def outlined(entries, pages=3, catalog=""):
    """A document with outline objects; `entries` maps a number to a dictionary's body, 100 is the outline itself."""
    pdf = Pdf.with_font()
    for _ in range(pages):
        pdf.page()
    pdf.objects |= {number: f"<<{body}>>".encode("latin-1") for number, body in entries.items()}
    pdf.catalog = ("/Outlines 100 0 R" if entries else "") + catalog
    return pdf


@pytest.fixture
def info(worker, make_pdf):
    def ask(pdf, password=None, **fields):
        path = make_pdf(pdf.build(password))
        if password is not None:
            fields["password"] = password
        return worker.data("document_info", {"file_path": str(path), **fields})

    return ask


def test_a_plain_document_has_none(info):
    data = info(outlined({}))
    assert (data["outline"], data["page_labels"], data["layers"], data["truncated"]) == ([], [], [], [])
    assert len(data["pages"]) == 3


def test_pages_are_left_out_when_they_are_not_wanted(info):
    data = info(outlined({}), include_pages=False)
    assert "pages" not in data
    assert data["page_count"] == 3


def test_outline_entries_have_title_page_and_level(info):
    pdf = outlined({})
    first, second, third = pdf.pages
    pdf.objects |= {
        100: b"<</First 101 0 R/Last 103 0 R>>",
        101: f"<</Title(Plans)/Dest[{first} 0 R/Fit]/Next 103 0 R/First 102 0 R/Parent 100 0 R>>".encode(),
        102: f"<</Title<FEFF1EA8006E>/A<</S/GoTo/D[{third} 0 R/XYZ 0 0 0]>>/Parent 101 0 R>>".encode(),
        103: b"<</Title(By name)/Dest(there)/Next 104 0 R/Parent 100 0 R>>",
        104: b"<</Title(Elsewhere)/A<</S/URI/URI(https://example.org)>>/Parent 100 0 R>>",
    }
    pdf.catalog = f"/Outlines 100 0 R/Names<</Dests<</Names[(there)[{second} 0 R/Fit]]>>>>"
    assert info(pdf)["outline"] == [
        {"title": "Plans", "page_index": 0, "level": 1},
        {"title": "\u1ea8n", "page_index": 2, "level": 2},
        {"title": "By name", "page_index": 1, "level": 1},
        {"title": "Elsewhere", "page_index": None, "level": 1},
    ]


@pytest.mark.parametrize("links", ["/Next 101 0 R", "/First 101 0 R", "/Next 100 0 R/First 100 0 R"])
def test_an_outline_in_a_circle_ends(info, links):
    entries = {100: "/First 101 0 R/Title(Root)", 101: f"/Title(A){links}/Parent 100 0 R"}
    titles = [entry["title"] for entry in info(outlined(entries))["outline"]]
    assert titles[0] == "A"
    assert len(titles) <= 2


def test_long_outlines_and_titles_are_cut_and_said_to_be(info):
    from pyworker.limits import MAX_NAME_CHARS, MAX_OUTLINE_ENTRIES

    count = MAX_OUTLINE_ENTRIES + 5
    entries = {100: "/First 101 0 R"}
    for number in range(101, 101 + count):
        following = f"/Next {number + 1} 0 R" if number < 100 + count else ""
        entries[number] = f"/Title({'x' * 600 if number == 101 else number}){following}"
    data = info(outlined(entries))
    assert len(data["outline"]) == MAX_OUTLINE_ENTRIES
    assert data["truncated"] == ["outline"]
    assert data["outline"][0]["title"] == "x" * MAX_NAME_CHARS


def test_page_labels_are_those_of_a_viewer(info):
    labels = "/PageLabels<</Nums[0<</S/r>>2<</S/D/P(A-10)/St 4>>3<</P(Cover)>>4<</S/A>>]>>"
    assert info(outlined({}, pages=5, catalog=labels))["page_labels"] == ["i", "ii", "A-104", "Cover", "A"]


def test_a_long_label_is_cut(info):
    labels = f"/PageLabels<</Nums[0<</S/D/P({'y' * 3000})>>]>>"
    assert info(outlined({}, pages=1, catalog=labels))["page_labels"] == ["y" * 500]


def with_layers(configuration, groups=("(Walls)", "(Furniture)"), entries=("", "")):
    pdf = outlined({})
    numbers = [pdf.add(f"<</Type/OCG/Name{name}{more}>>") for name, more in zip(groups, entries, strict=True)]
    every = " ".join(f"{number} 0 R" for number in numbers)
    configuration = configuration.replace("$1", f"{numbers[0]} 0 R").replace("$2", f"{numbers[1]} 0 R")
    pdf.catalog = f"/OCProperties<</OCGs[{every}]/D<<{configuration}>>>>"
    return pdf


@pytest.mark.parametrize(
    ("configuration", "entries", "shown"),
    [
        ("", ("", ""), [True, True]),
        ("/OFF[$2]", ("", ""), [True, False]),
        ("/BaseState/OFF/ON[$1]", ("", ""), [True, False]),
        ("/BaseState/OFF", ("", ""), [False, False]),
        (
            "/AS[<</Event/View/Category[/View]/OCGs[$1]>>]",
            ("/Usage<</View<</ViewState/OFF>>>>", ""),
            [False, True],
        ),
        (
            "/OFF[$1]/AS[<</Event/View/Category[/View]/OCGs[$1]>>]",
            ("/Usage<</View<</ViewState/ON>>>>", ""),
            [True] * 2,
        ),
        (
            "/AS[<</Event/Print/Category[/Print]/OCGs[$1]>>]",
            ("/Usage<</Print<</PrintState/OFF>>>>", ""),
            [True] * 2,
        ),
        ("/OFF[$1]", ("/Intent/Design", "/Intent[/View/Design]"), [True, True]),
        ("/OFF 7/ON(x)/AS[null 3]", ("/Usage 4", "/Intent 5"), [True, True]),
    ],
)
def test_layers_have_the_state_that_the_document_gives_them(info, configuration, entries, shown):
    layers = info(with_layers(configuration, entries=entries))["layers"]
    assert [layer["name"] for layer in layers] == ["Walls", "Furniture"]
    assert [layer["visible"] for layer in layers] == shown


def test_layers_of_an_encrypted_document_have_their_names(info):
    # RC4 of this writer encrypts streams only, so the names come out otherwise; that they come is the point.
    assert len(info(with_layers("/OFF[$1]"), password="locked")["layers"]) == 2


def test_names_of_layers_are_text(info):
    layers = info(with_layers("", groups=("<FEFF1EA8006E>", "(\\(x\\))")))["layers"]
    assert [layer["name"] for layer in layers] == ["\u1ea8n", "(x)"]
