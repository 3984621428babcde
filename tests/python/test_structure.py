"""convert: headings with levels, paragraphs, lists, page headers and footers, from tags or from fonts and places."""

import io
import json

import pytest
from structure_lines import line, shown
from text_pages import open_page, plenty

from pyworker.engine.commands.convert import convert_pdf
from pyworker.engine.layout.captions import is_caption
from pyworker.engine.layout.list_markers import list_marker
from pyworker.engine.pdf.word_styles import ITALIC_NAMES, _is_named, is_bold_name, is_mono_name
from pyworker.messages import Convert

PROSE = (
    "The worker reads documents of other people and gives their text in the order in which a person reads it,",
    "and what belongs together stays together, however many lines it takes on the printed page of a document.",
)


def paragraph(top, **more):
    return [line(text, top + 12 * place, **more) for place, text in enumerate(PROSE)]


def test_size_and_weight_make_headings_and_their_levels():
    found = shown(
        [
            line("A title", 150, size=20),
            *paragraph(190),
            line("A section", 230, size=14, bold=True),
            *paragraph(260),
            line("A part of it", 300, bold=True),
            *paragraph(320),
            line("Another section", 360, size=14, bold=True),
        ]
    )
    prose = ("text", 0, " ".join(PROSE))
    assert found == [
        ("title", 0, "A title"),
        prose,
        ("heading", 1, "A section"),
        prose,
        ("heading", 2, "A part of it"),
        prose,
        ("heading", 1, "Another section"),
    ]


def test_a_short_line_in_a_font_of_its_own_over_a_paragraph_is_a_heading():
    found = shown(
        [
            *(part for top in (100, 140, 180, 220, 260) for part in paragraph(top, font="serif")),
            line("Statistical analysis", 300, size=9.5, font="sans"),
            *paragraph(320, font="serif"),
            line("A label that ends like a sentence.", 360, font="sans"),
            *paragraph(380, font="serif"),
        ]
    )
    assert [text for kind, _, text in found if kind == "heading"] == ["Statistical analysis"]


def test_a_line_a_little_larger_than_the_body_over_a_paragraph_is_a_heading():
    found = shown(
        [
            *paragraph(100),
            line("(1) The law and its changes", 130, size=10.8),
            *paragraph(144),
            line("(2) A point in a list", 180, size=10),
            *paragraph(200),
        ]
    )
    assert [text for kind, _, text in found if kind == "heading"] == ["(1) The law and its changes"]


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("[표 1] 감염병예방법 비교", True),
        ("Table 2: Loads of the piles", True),
        ("Figure 12. Section", True),
        ("Table A-2. Schools", True),
        ("TABLE IV Results", True),
        ("Hình 3: Mặt cắt", True),
        ("Table 2 shows the loads of the piles", False),
        ("Figure 3 and its neighbours", False),
        ("Figure 1-1. Section", True),
        ("Figure 1-1 illustrates the translation", False),
        ("Table 2.1 shows the loads", False),
        ("Tables are furniture", False),
    ],
)
def test_captions_are_told_from_sentences(text, caption):
    assert is_caption(text) is caption


@pytest.mark.parametrize(
    ("font", "bold", "italic"),
    [
        ("AdvOT3b30f6db.B", True, False),
        ("Garamond-BI", True, True),
        ("AdvOT56.I", False, True),
        ("Arial", False, False),
        ("SFBX1200", True, False),
        ("cmb10", False, False),
    ],
)
def test_weight_and_slope_are_read_from_names_of_fonts(font, bold, italic):
    assert is_bold_name(font.lower()) is bold
    assert _is_named(font.lower(), ITALIC_NAMES, "i") is italic


@pytest.mark.parametrize(
    ("font", "mono"),
    [("NimbusMonL-Regu", True), ("SFTT1000", True), ("cmtt10", True), ("cmvtt10", False), ("cmr10", False)],
)
def test_typewriters_are_known_by_names_of_fonts(font, mono):
    assert is_mono_name(font.lower()) is mono


def test_words_parted_by_a_hyphen_are_joined_and_paragraphs_are_not():
    found = shown(
        [
            line(
                "The first paragraph is long enough to need more than one line of text and so it is hyphen-",
                150,
            ),
            line("ated at its end.", 162),
            line(
                "The second paragraph begins after a line that ended early, as paragraphs do in most books.",
                174,
            ),
        ]
    )
    assert [kind for kind, _, _ in found] == ["text", "text"]
    assert "hyphenated at its end." in found[0][2]


def test_lists_are_nested_by_their_indentation_and_numbers_must_count():
    found = shown(
        [
            line("1. Foundations", 150),
            line("• Concrete B25", 164, left=90),
            line("• Steel", 178, left=90),
            line("2. Walls", 192),
            line(
                "In the year 2020 the price rose by more than it did in all the years before, that is to say by",
                230,
            ),
            line("3.11. million, which nobody had expected.", 242),
        ]
    )
    assert found[:4] == [
        ("item", 1, "Foundations"),
        ("item", 2, "Concrete B25"),
        ("item", 2, "Steel"),
        ("item", 1, "Walls"),
    ]
    assert all(kind == "text" for kind, _, _ in found[4:])


def test_what_comes_again_at_the_edge_of_pages_is_no_content():
    lines = [
        part
        for page in (1, 2, 3)
        for part in (
            line("Annual report", 20, page=page),
            *paragraph(300, page=page),
            line(f"Page {page}", 820, page=page),
        )
    ]
    kinds = [kind for kind, _, _ in shown(lines, 3)]
    assert kinds == ["page_header", "text", "page_footer"] * 3


@pytest.mark.parametrize(
    ("text", "marker", "is_ordered"),
    [
        ("• item", "•", False),
        ("– item", "–", False),
        ("☒ done", "☒", False),
        ("1. item", "1.", True),
        ("12) item", "12)", True),
        ("(b) item", "(b)", True),
        ("iv. item", "iv.", True),
        ("2.3.1. item", "2.3.1.", True),
        ("-item", None, False),
        ("2020. ", None, False),
        ("Mr. Smith", None, False),
        ("", None, False),
    ],
)
def test_markers(text, marker, is_ordered):
    found = list_marker(text)
    assert (found.text if found else None) == marker
    if found:
        assert found.ordered is is_ordered


def report() -> bytes:
    """A small report with three levels of headings, prose and a list, as reportlab sets it."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import ListFlowable, Paragraph, SimpleDocTemplate

    styles = getSampleStyleSheet()
    prose = " ".join(PROSE) + " It ends here."
    story = [
        Paragraph("Structural report", styles["Title"]),
        Paragraph(prose, styles["BodyText"]),
        Paragraph("1 Foundations", styles["Heading1"]),
        Paragraph(prose, styles["BodyText"]),
        Paragraph("1.1 Piles", styles["Heading2"]),
        ListFlowable(
            [Paragraph(text, styles["BodyText"]) for text in ("Bored piles", "Driven piles")],
            bulletType="bullet",
            start="•",
        ),
        Paragraph("2 Walls", styles["Heading1"]),
        Paragraph(prose, styles["BodyText"]),
    ]
    out = io.BytesIO()
    SimpleDocTemplate(out).build(story)
    return out.getvalue()


@pytest.fixture
def converted(make_pdf, lean):
    def run(data, wanted="docling"):
        path = make_pdf(data)
        _cache, document, page = open_page(path)
        reply = convert_pdf(document, Convert(file_path=str(path), format=wanted), plenty(), lean)
        return (reply["text"] if "text" in reply else json.loads(json.dumps(reply))), page

    return run


def test_a_report_comes_out_with_its_structure(converted):
    markdown, _ = converted(report(), "markdown")
    blocks = [block for block in markdown.split("\n\n") if block.strip()]
    prose = " ".join(PROSE) + " It ends here."
    assert blocks == [
        # As large and as bold as a section's heading in this style sheet.
        "## Structural report",
        prose,
        "## 1 Foundations",
        prose,
        "### 1.1 Piles",
        "- Bored piles\n- Driven piles",
        "## 2 Walls",
        prose,
    ]


def test_each_box_cuts_out_its_block(converted):
    from pyworker.engine.layout.box_text import text_in_box

    reply, page = converted(report())
    assert len(reply["texts"]) == 9
    for item in reply["texts"]:
        place = item["prov"][0]["bbox"]
        wire = [place["l"], place["b"], place["r"] - place["l"], place["t"] - place["b"]]
        found = " ".join(text_in_box(page, page.geometry.clip(wire, "BOTTOMLEFT")).split())
        assert item["text"] in found
