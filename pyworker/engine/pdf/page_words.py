"""The words, images and drawn lines of an open page, the first two read once and kept as long as the page is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pyworker.engine.pdf.annotation_text import with_annotation_text
from pyworker.engine.pdf.drawings import read_drawings, read_images
from pyworker.engine.pdf.geometry import Rect
from pyworker.engine.pdf.page_content import PageContent, Word
from pyworker.engine.pdf.scripts import with_scripts
from pyworker.engine.pdf.shx_text import shx_words
from pyworker.engine.pdf.words import read_words

if TYPE_CHECKING:
    from pyworker.engine.pdf.documents import OpenPage

# Reading the words is nine tenths of the work, and a viewer asks for one page many times.
_words: WeakKeyDictionary[OpenPage, list[Word]] = WeakKeyDictionary()
_images: WeakKeyDictionary[OpenPage, list[Rect]] = WeakKeyDictionary()


def page_words(page: OpenPage, check: Callable[[], None] = lambda: None) -> list[Word]:
    """The words of an open page, read once and kept as long as the page is open."""
    words = _words.get(page)
    if words is None:
        with with_annotation_text(page, check) as readable:
            words = read_words(readable, check)
        words = with_scripts(words, page.geometry.width, page.geometry.height, check)
        words += shx_words(page, words, check)
        _words[page] = words
    return words


def page_images(page: OpenPage, check: Callable[[], None]) -> list[Rect]:
    """Where the images of an open page are: a page of many objects takes long to walk, and each box asks."""
    images = _images.get(page)
    if images is None:
        images = _images[page] = read_images(page, check)
    return images


def read_page(page: OpenPage, check: Callable[[], None]) -> PageContent:
    """The page's own words and drawn lines, as the engines take them."""
    content = PageContent(page.geometry.width, page.geometry.height, list(page_words(page, check)))
    read_drawings(page, content, check)
    return content
