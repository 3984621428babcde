"""Open WebUI's loaders, their files unchanged out of its wheel, with stand-ins for what they import."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import pytest
from serving import HEADING, PROJECT

LOADERS = "open_webui/retrieval/loaders"
KEPT = PROJECT / "target/open-webui"
"""Where the wheel of 106 MB stays for the next run."""


@dataclass
class Document:
    """What the loaders make."""

    page_content: str
    metadata: dict = field(default_factory=dict)


class StandIn(ModuleType):
    """A module of which every name is there and means nothing; with `__path__` it can have submodules."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)


STAND_INS = [
    "azure",
    "azure.identity",
    "fastapi",
    "ftfy",
    "langchain_core",
    "langchain_core.document_loaders",
    "langchain_core.documents",
    "open_webui",
    "open_webui.env",
    "open_webui.retrieval",
    "open_webui.retrieval.loaders",
    "open_webui.utils",
    "open_webui.utils.headers",
    "open_webui.utils.json_codec",
    *(
        f"open_webui.retrieval.loaders.{name}"
        for name in ("datalab_marker", "local", "mineru", "mistral", "paddleocr_vl", "pdf")
    ),
]


@pytest.fixture(scope="module")
def loaders(tmp_path_factory):
    """The modules `main` and `external_document` of the loaders."""
    if not list(KEPT.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        lock = Path(__file__).with_name("open-webui.txt")
        subprocess.run([*command, "--only-binary", ":all:", "-r", lock, "-d", KEPT], check=True)
    (wheel,) = KEPT.glob("*.whl")
    folder = tmp_path_factory.mktemp("open-webui")
    with zipfile.ZipFile(wheel) as archive:
        for name in ("main", "external_document"):
            archive.extract(f"{LOADERS}/{name}.py", folder)
    with pytest.MonkeyPatch.context() as patch:
        for name in STAND_INS:
            patch.setitem(sys.modules, name, StandIn(name))
        sys.modules["langchain_core.documents"].Document = Document
        sys.modules["langchain_core.document_loaders"].BaseLoader = object
        environment = sys.modules["open_webui.env"]
        environment.REQUESTS_VERIFY = environment.AIOHTTP_CLIENT_SESSION_SSL = True
        environment.GLOBAL_LOG_LEVEL = "INFO"
        sys.modules["open_webui.utils.headers"].parse_custom_headers = lambda *_, **__: {}
        loaded = {}
        for name in ("external_document", "main"):
            full = f"open_webui.retrieval.loaders.{name}"
            spec = importlib.util.spec_from_file_location(full, folder / LOADERS / f"{name}.py")
            loaded[name] = importlib.util.module_from_spec(spec)
            patch.setitem(sys.modules, full, loaded[name])
            spec.loader.exec_module(loaded[name])
        yield loaded


def test_the_docling_loader_gets_each_page_and_says_why_a_document_failed(service, loaders):
    loader = loaders["main"].DoclingLoader(
        service.url, file_path=str(service.sheet), mime_type="application/pdf"
    )
    documents = loader.load()
    assert [document.metadata["page"] for document in documents] == [0, 1]
    assert HEADING in documents[0].page_content
    broken = loaders["main"].DoclingLoader(service.url, file_path=str(service.broken))
    with pytest.raises(Exception, match="conversion status failure - pdf_corrupt"):
        broken.load()


@pytest.mark.parametrize("version", ["3", "4"])
def test_the_tika_loader_gets_the_text(service, loaders, version):
    def load(path):
        return (
            loaders["main"]
            .TikaLoader(service.url, str(path), "application/pdf", server_version=version)
            .load()
        )

    (document,) = load(service.sheet)
    assert HEADING in document.page_content
    with pytest.raises(Exception, match="Error calling Tika"):
        load(service.broken)


def test_the_external_loader_gets_each_page(service, loaders):
    def load(path):
        loader = loaders["external_document"].ExternalDocumentLoader
        return loader(str(path), url=service.url, api_key="unused", mime_type="application/pdf").load()

    documents = load(service.sheet)
    assert [document.metadata["page"] for document in documents] == [0, 1]
    assert documents[0].metadata["source"] == service.sheet.name
    with pytest.raises(Exception, match="pdf_corrupt"):
        load(service.broken)
