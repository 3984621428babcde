"""Hyphens at line ends: the document's other words tell which of them a word keeps."""

from structure_lines import line, shown


def text_of(*pages_lines):
    """The text of paragraphs, each given as its lines of full width."""
    lines, top = [], 72
    for paragraph in pages_lines:
        for text in paragraph:
            lines.append(line(text, top, right=500))
            top += 12
        top += 20
    return [text for _, _, text in shown(lines)]


def test_a_word_that_is_written_with_a_hyphen_elsewhere_keeps_it():
    plain = ["The yard needs a water-resistant ground and", "a fence of two metres around it all."]
    broken = ["All of the rooms that are below the ground need water-", "resistant paint as the report says."]
    assert text_of(plain, broken)[1].endswith("need water-resistant paint as the report says.")
    # Without the other paragraph nothing tells that the hyphen is the word's own.
    assert text_of(broken)[0].endswith("need waterresistant paint as the report says.")


def test_a_word_that_is_written_without_one_loses_it():
    plain = ["The development of the yard is well-known and the", "water-resistant paint is a part of that."]
    broken = [
        "The committee has asked for a report on the develop-",
        "ment of the yard, and on a well-",
        "known fence.",
    ]
    (text,) = text_of(broken, plain)[:1]
    assert text.endswith("on the development of the yard, and on a well-known fence.")


def test_a_document_that_parts_no_words_keeps_all_hyphens():
    plain = ["The yard needs a water-resistant ground and", "a fence of two metres around it all."]
    broken = [
        "All of the rooms that are below the ground need water-",
        "resistant paint and, as asked, a fire-",
    ]
    assert text_of(plain, [*broken, "proof door."])[1].endswith(
        "need water-resistant paint and, as asked, a fire-proof door."
    )


def test_a_chain_of_words_keeps_its_hyphens():
    broken = ["The office of the harbour has bought a state-of-the-", "art pump."]
    assert text_of(broken) == ["The office of the harbour has bought a state-of-the-art pump."]


def test_a_hyphen_before_and_stands_for_the_rest_of_a_word():
    broken = ["All of the yard is for the use of pre-", "and post-war cars."]
    assert text_of(broken) == ["All of the yard is for the use of pre- and post-war cars."]
