"""docling-serve's official client and Haystack's converter, unchanged: a document, and a failure told as one."""

from __future__ import annotations

import pytest
from docling.service_client import ConversionError, DoclingServiceClient
from haystack_integrations.components.converters.docling_serve import DoclingServeConverter
from serving import HEADING


def test_the_official_client_converts_and_raises_where_a_document_is_broken(service):
    client = DoclingServiceClient(url=service.url)
    result = client.convert(service.sheet)
    assert str(result.status.value) == "success"
    assert len(result.document.pages) == 2
    assert HEADING in result.document.export_to_markdown()
    with pytest.raises(ConversionError, match="pdf_corrupt"):
        client.convert(service.broken)


def test_haystack_gets_the_markdown_of_each_document_and_goes_on_after_a_broken_one(service):
    converter = DoclingServeConverter(base_url=service.url)
    documents = converter.run(sources=[str(service.broken), str(service.sheet)])["documents"]
    assert len(documents) == 1, documents
    assert HEADING in documents[0].content
