"""convert: pages told apart in Markdown, and one conversion for all formats that a caller asks for."""

import json

import pytest
from test_convert_formats import handbook
from text_pages import open_page, plenty

from pyworker.engine.commands import convert as command
from pyworker.messages import Convert


@pytest.fixture
def counted(make_pdf, lean, monkeypatch):
    """Converts the same open document, and counts how often that is really done."""
    path = make_pdf(handbook())
    cache, document, _page = open_page(path)
    made = []
    real = command.convert_pages

    def convert_pages(*arguments):
        made.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(command, "convert_pages", convert_pages)

    def run(**fields):
        payload = Convert(file_path=str(path), **fields)
        return json.loads(json.dumps(command.convert_pdf(document, payload, plenty(), lean)))

    yield run, made
    cache.clear()


def test_pages_are_told_apart_where_that_is_asked_for(counted):
    run, _made = counted
    text = run(format="markdown", page_break="\f")["text"]
    first, second = text.split("\f")
    assert "Foundations" in first and "Works" not in first
    assert "Works" in second and "Frame" in second
    assert "\f" not in run(format="markdown")["text"]


def test_another_format_of_the_same_pages_costs_no_conversion_and_is_the_same(counted):
    run, made = counted
    formats = (
        "docling",
        "markdown",
        "html",
        "doctags",
        "text",
        "chunks",
        "docling",
        "markdown",
        "html",
        "chunks",
    )
    replies = [run(format=name) for name in formats]
    assert len(made) == 1
    assert replies[0] == replies[6] and replies[1] == replies[7] and replies[2] == replies[8]
    assert replies[5] == replies[9]
    for changed in ({"page_range": [1, 1]}, {"structure": "fonts"}, {"images": "embedded"}):
        before = len(made)
        run(**changed)
        assert len(made) == before + 1, changed
    assert "Foundations" not in run(format="text", page_range=[1, 1])["text"]


def test_long_documents_are_not_kept(counted, monkeypatch):
    run, made = counted
    monkeypatch.setattr("pyworker.engine.convert.last.MAX_PAGES", 1)
    run(format="text")
    run(format="text")
    assert len(made) == 2
