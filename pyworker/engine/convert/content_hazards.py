"""What in a page's content streams crashes docling-parse or makes it draw without end, told before it reads them.

Found by broken documents with docling-parse 7.23.1, and tried out one by one: the operators `Do`, `'` and `"` without
their operands crash it, in the page's content as in forms, tiling patterns and appearances of annotations; a form or
pattern that draws itself takes all memory. It reads neither the glyphs of Type 3 fonts nor soft masks.

The streams are looked through for the bytes of these operators, and parsed only where those are found in doubtful
places, text such as `(to Do)` among them: parsing every page would take longer than the conversion.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pyworker.engine.pdf.layered_page import inherited
from pyworker.engine.pdf.layers import is_array, is_dictionary, is_stream
from pyworker.engine.pdf.page_tree import damage

if TYPE_CHECKING:
    from pyworker.engine.pdf.page_tree import PageTree

MAX_DEPTH = 16
"""Levels of forms and patterns in each other; real files nest a handful."""
MAX_STREAMS = 2000
"""Content streams looked through for one page."""
PARSED_BYTES = 2 << 20
"""A doubtful stream up to this size is parsed; a larger one is taken for a dangerous one."""

_OPERANDS = {"Do": 1, "'": 1, '"': 3}
"""The operators that crash docling-parse where they have fewer operands than these."""
_SPACE = b"\x00\t\n\f\r "
_BEFORE = frozenset(_SPACE + b")>]}")
"""Bytes after which an operator can begin; in a string it can follow a space, too."""
_AFTER = frozenset(_SPACE + b"()<>[]{}/%")
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]*)[\x00\t\n\f\r ]+\Z")
_NAME_BYTES = 200
"""A name has up to 127 bytes (ISO 32000-1, Annex C); some space follows it."""
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAINT = ("scn", "SCN")


class _Content(NamedTuple):
    """What a stream's content says."""

    is_sound: bool
    drawn: frozenset[bytes]
    """Names of the forms and images that it draws, without the slash."""
    painted: frozenset[bytes]
    """Names of the patterns that it paints with."""


_DANGEROUS = _Content(False, frozenset(), frozenset())


class ContentHazards:
    """Looks through the pages of one document; what pages share is looked through once."""

    def __init__(self, tree: PageTree, check: Callable[[], None]) -> None:
        self._tree, self._check = tree, check
        self._contents: dict[tuple[int, int], _Content] = {}
        self._sound: set[tuple[Any, ...]] = set()
        self._streams = 0

    def found(self, first: int, last: int) -> bool:
        """Whether docling-parse must not see the pages `first` to `last` (from 0, both included).

        True also where qpdf, with which docling-parse reads, cannot read them.
        """
        count = 0
        try:
            for page in self._tree.dictionaries(first, last):
                count += 1
                self._streams = 0
                if not self._is_sound_page(page):
                    return True
        except damage():
            return True
        return count != last - first + 1

    def _is_sound_page(self, page: Any) -> bool:
        self._check()
        resources = inherited(page, "/Resources")
        contents = page.get("/Contents")
        streams = [part for part in (contents if is_array(contents) else [contents]) if is_stream(part)]
        # They are one stream for the parser: an operand may be in the one and its operator in the next.
        content = _read(b"\n".join(stream.read_bytes() for stream in streams))
        path = tuple(stream.objgen for stream in streams if stream.is_indirect)
        if not self._is_sound_content(content, (resources,), path):
            return False
        return all(self._is_sound(stream, (resources,), path) for stream in _appearances(page))

    def _is_sound(self, stream: Any, outer: tuple[Any, ...], path: tuple[Any, ...]) -> bool:
        """Whether a form, pattern or appearance is harmless, drawn where the resources `outer` are in force.

        `path` names the streams that it is drawn by.
        """
        self._check()
        own = stream.get("/Resources")
        resources = (own, *outer) if is_dictionary(own) else outer
        name = stream.objgen
        # What a name stands for can depend on the resources around it.
        key = (name, *path) if len(resources) > 1 else (name,)
        if key in self._sound:
            return True
        self._streams += 1
        if name in path or len(path) > MAX_DEPTH or self._streams > MAX_STREAMS:
            return False
        content = self._contents.get(name)
        if content is None:
            content = self._contents[name] = _read(stream.read_bytes())
        if not self._is_sound_content(content, resources, (*path, name)):
            return False
        self._sound.add(key)
        return True

    def _is_sound_content(self, content: _Content, resources: tuple[Any, ...], path: tuple[Any, ...]) -> bool:
        if not content.is_sound:
            return False
        for kind, names in (("/XObject", content.drawn), ("/Pattern", content.painted)):
            for name in names:
                found = _named(kind, name, resources)
                if found is not None and not self._is_sound(found, resources, path):
                    return False
        return True


def _read(data: bytes) -> _Content:
    drawn: set[bytes] = set()
    doubtful = False
    for place in _operators(data, b"Do"):
        match = _NAME.search(data, max(0, place - _NAME_BYTES), place)
        if match is None or _in_comment(data, match.start()):
            doubtful = True
            break
        drawn.add(_unescaped(match.group(1)))
    doubtful = doubtful or any(True for quote in (b"'", b'"') for _place in _operators(data, quote))
    painted = set()
    if b"scn" in data or b"SCN" in data:
        for operator in _PAINT:
            for place in _operators(data, operator.encode()):
                match = _NAME.search(data, max(0, place - _NAME_BYTES), place)
                if match is not None:
                    painted.add(_unescaped(match.group(1)))
    if not doubtful:
        return _Content(True, frozenset(drawn), frozenset(painted))
    return _parsed(data) if len(data) <= PARSED_BYTES else _DANGEROUS


def _in_comment(data: bytes, place: int) -> bool:
    """Whether a percent sign is before `place` on its line; in a string it is no comment."""
    line = max(data.rfind(b"\n", 0, place), data.rfind(b"\r", 0, place))
    return data.find(b"%", line + 1, place) >= 0


def _operators(data: bytes, operator: bytes) -> Iterator[int]:
    """Where the bytes of an operator are with nothing at them that makes them part of a longer word."""
    place = data.find(operator)
    while place >= 0:
        end = place + len(operator)
        if (place == 0 or data[place - 1] in _BEFORE) and (end == len(data) or data[end] in _AFTER):
            yield place
        place = data.find(operator, end)


def _unescaped(name: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), name) if b"#" in name else name


def _parsed(data: bytes) -> _Content:
    """The same by qpdf's parser, as docling-parse goes through it."""
    import pikepdf

    found: dict[str, set[bytes]] = {"Do": set(), "scn": set()}
    with pikepdf.new() as holder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damage is no news here
        wanted = " ".join((*_OPERANDS, *_PAINT))
        for instruction in pikepdf.parse_content_stream(holder.make_stream(data), wanted):
            operator, operands = str(instruction.operator), instruction.operands
            if len(operands) < _OPERANDS.get(operator, 0):
                return _DANGEROUS
            for operand in operands:
                if isinstance(operand, pikepdf.Name):
                    kind = "Do" if operator == "Do" else "scn"
                    found[kind].add(str(operand)[1:].encode("utf-8", "surrogateescape"))
    return _Content(True, frozenset(found["Do"]), frozenset(found["scn"]))


def _named(kind: str, name: bytes, resources: tuple[Any, ...]) -> Any:
    """The stream that a name stands for in the nearest of `resources`; None for images and what isn't there."""
    key = "/" + name.decode("utf-8", "surrogateescape")
    for dictionary in resources:
        held: Any = dictionary.get(kind) if is_dictionary(dictionary) else None
        found: Any = held.get(key) if is_dictionary(held) else None
        if found is None:
            continue
        return found if is_stream(found) and found.get("/Subtype") != "/Image" else None
    return None


def _appearances(page: Any) -> Iterator[Any]:
    """The streams that annotations of a page look like, in every state."""
    annotations = page.get("/Annots")
    for annotation in annotations if is_array(annotations) else ():
        looks: Any = annotation.get("/AP") if is_dictionary(annotation) else None
        normal: Any = looks.get("/N") if is_dictionary(looks) else None
        if is_stream(normal):
            yield normal
        elif is_dictionary(normal):
            yield from (state for state in normal.as_dict().values() if is_stream(state))
