"""Title blocks in detail: values without labels, labels without values, labels of other languages."""

import pytest
from sheet_folios import A3, block, fields, read, shown

from pyworker.engine.sheets.labels import field_of, names_no_field


def test_title_number_and_place_are_told_without_labels(make_pdf):
    rows = [
        (30, [(120, ""), (351, "Dalby Tools Ltd", 9)]),
        (40, [(120, "Approved: A. Cole"), (351, "Pump Base Plate", 14)]),
        (25, [(120, "Drawn: J. Harmon"), (60, "C4"), (231, "GB-5185-22"), (60, "C")]),
        (25, [(120, "Checked: T. Okafor"), (100, "1:2"), (251, "2 / 3")]),
    ]
    sheet, _lines = read(make_pdf, block(rows), A3)
    told = fields(sheet)
    assert told["title"] == "Pump Base Plate"
    assert (told["number"], told["scale"], told["sheet"]) == (
        "GB-5185-22",
        "1:2",
        "2 / 3",
    )
    assert all(f["confidence"] <= 0.6 for f in sheet["title_block"]["fields"] if not f["label"])


def test_a_title_without_a_value_is_not_guessed(make_pdf):
    rows = [
        (40, [(235, "Kestrel Pumps", 14), (236, "Title:")]),
        (
            25,
            [(160, "Drawn: J. Harmon"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")],
        ),
        (25, [(160, "Dwg No: KP-22"), (160, "Page"), (151, "of")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert "title" not in told
    assert "sheet" not in told
    assert told["number"] == "KP-22"


def test_what_stands_in_the_next_cell_is_no_value_of_another_kind(make_pdf):
    rows = [
        (25, [(160, "Rev"), (311, "MODIFICATION")]),
        (25, [(160, "Issue"), (311, "10.03.2014")]),
        (
            25,
            [(160, "Title: Coupling"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")],
        ),
        (25, [(160, "Dwg No: KP-22"), (160, "Approved"), (151, "Signature")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert told == {
        "title": "Coupling",
        "date": "2020-01-27",
        "scale": "1:5",
        "number": "KP-22",
    }


def test_a_missing_value_is_not_taken_from_the_next_cell(make_pdf):
    rows = [
        (25, [(160, "Author:"), (160, "General"), (151, "Folio: 1/3")]),
        (25, [(160, "Date:"), (160, ""), (151, "File:")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert told == {"title": "General", "sheet": "1/3"}


def test_variables_and_versions_are_no_values(make_pdf):
    rows = [
        (25, [(160, "Title: Coupling"), (160, "Date: 2020-01-27"), (151, "Scale: 1:5")]),
        (25, [(240, "Made with"), (80, "CAD 0.872"), (151, "Sheet 2")]),
        (25, [(160, "Checked: %{checked}"), (160, "Drawn"), (151, "%author")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert told == {"title": "Coupling", "date": "2020-01-27", "scale": "1:5", "sheet": "2"}


def test_a_date_between_role_and_name_is_no_name(make_pdf):
    rows = [
        (25, [(90, ""), (80, "Date"), (150, "Name"), (151, "Scale 1:5")]),
        (25, [(90, "Drawn"), (80, "23/05/2016"), (150, "L. Paz"), (151, "Drawing No. M-07")]),
        (25, [(90, "Checked"), (80, "19/11/2016"), (150, "R. Reyes"), (151, "Title: Coupling")]),
    ]
    told = fields(read(make_pdf, block(rows), A3)[0])
    assert (told["drawn"], told["checked"]) == ("L. Paz", "R. Reyes")


def test_labels_of_different_letters_in_one_cell_are_labels(make_pdf):
    # So OCR reads labels that are drawn: their heights vary, and a colon is a word of its own.
    rows = [(60, [(160, ""), (160, "Scale: 1:5"), (151, "Drawing No. M-07")])]
    parts = [*block(rows), shown(704, 132, "DESIGNED BY:", 5), shown(706, 120, "M. Reyes")]
    parts += [shown(704, 104, "DATE", 5), shown(720, 104, ":", 7), shown(706, 90, "2020-01-27")]
    told = fields(read(make_pdf, parts, A3)[0])
    assert (told["designed"], told["date"]) == ("M. Reyes", "2020-01-27")
    parts[-3] = shown(704, 104, "DATE:", 7)
    told = fields(read(make_pdf, [*parts[:-2], parts[-1]], A3)[0])
    assert (told["designed"], told["date"]) == ("M. Reyes", "2020-01-27")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Обозначение", "number"),
        ("Разраб.", "drawn"),
        ("Масштаб", "scale"),
        ("Лист", "sheet"),
        ("图号", "number"),
        ("图名", "title"),
        ("比例", "scale"),
        ("审核", "checked"),
        ("Nº de plano", "number"),
        ("Revisó", "checked"),
        ("Escala", "scale"),
        ("Committente", "client"),
        ("Scala", "scale"),
        ("Titolo", "title"),
        ("Título do desenho", "title"),
        ("Verificado por", "checked"),
    ],
)
def test_labels_of_other_languages_are_known(text, name):
    assert field_of(text) == name


def test_a_template_s_variable_is_no_label():
    assert field_of("$Revision$") is None
    assert field_of("%{title}") is None
    assert names_no_field("Signature") and names_no_field("Подп.") and not names_no_field("Scale")
