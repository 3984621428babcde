"""A page as a file of its own in which each layer is settled, so that its text and its picture agree.

pdfium hides content of switched-off layers where it draws, and not where it reads text; it judges some layers otherwise
than the document says, and it cannot be told which to show. So a page with hidden content is copied: everything in it
that belongs to a layer is given one of two new ones, one that is shown and one that is not. What is hidden is
then made inactive, which pdfium respects in both.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pypdfium2.raw as pdfium

from pyworker.engine.pdf.layers import Layers, is_array, is_dictionary

if TYPE_CHECKING:
    import pikepdf

MAX_RESOURCES = 20_000
"""Resource dictionaries of one page that are looked through for layers."""
MAX_DEPTH = 64
"""Levels of forms in forms, and of pages in the page tree."""
OBJECTS_BETWEEN_CHECKS = 1000

_MARKER = "/TachHidden"
"""Entry of the layer that is not shown, by which the marks of page objects are known."""


class _Place(NamedTuple):
    """An entry that makes content part of a layer."""

    holder: Any
    key: str
    kind: str
    """`property` (content between marks), `xobject` or `annotation`."""

    @property
    def membership(self) -> Any:
        """The group or membership dictionary."""
        return self.holder.get(self.key)


def has_hidden_content(page: Any, layers: Layers) -> bool:
    """Whether something on the page must be settled: it is hidden, or pdfium might judge it otherwise.

    Raises what qpdf raises for damaged objects, as `settled` does.
    """
    return any(not layers.is_plain or not layers.shows(place.membership) for place in _places(page))


def settled(source: pikepdf.Pdf, page: Any, chosen: frozenset[str] | None) -> io.BytesIO:
    """A PDF of the one page in which only `chosen` layers, or those that the document shows, are shown."""
    import pikepdf

    with pikepdf.new() as alone:
        # What the page inherits is copied with it.
        alone.pages.append(pikepdf.Page(page))
        # The same copier: groups become those that the page's copy refers to.
        properties = alone.copy_foreign(source.make_indirect(source.Root.OCProperties))
        layers = Layers({"/OCProperties": properties}, chosen)
        shown = alone.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="shown"))
        hidden = alone.make_indirect(
            pikepdf.Dictionary({"/Type": pikepdf.Name.OCG, "/Name": "hidden", _MARKER: 1})
        )
        copy = alone.pages[0].obj
        # Settling a place ends what it belongs to, so all are judged first.
        judged = [(place, layers.shows(place.membership)) for place in list(_places(copy))]
        for place, is_shown in judged:
            if place.kind == "property":
                place.holder[place.key] = shown if is_shown else hidden
            elif is_shown:
                del place.holder[place.key]
            elif place.kind == "xobject":
                _empty(place.holder)
        annotations = copy.get("/Annots")
        if is_array(annotations):
            # Those that are shown belong to no layer any more.
            kept = [entry for entry in annotations if not (is_dictionary(entry) and "/OC" in entry)]
            copy.Annots = pikepdf.Array(kept)
        alone.Root.OCProperties = pikepdf.Dictionary(
            OCGs=pikepdf.Array([shown, hidden]), D=pikepdf.Dictionary(OFF=pikepdf.Array([hidden]))
        )
        form: Any = source.Root.get("/AcroForm")
        if is_dictionary(form):
            # How fields without an appearance are drawn.
            wanted = {key: form[key] for key in ("/DA", "/DR", "/NeedAppearances") if key in form}
            entries = source.make_indirect(pikepdf.Dictionary(wanted))
            alone.Root.AcroForm = alone.copy_foreign(entries)
            alone.Root.AcroForm.Fields = pikepdf.Array()
        sink = io.BytesIO()
        alone.save(sink, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    sink.seek(0)
    return sink


def deactivate_hidden(page: Any, check: Callable[[], None]) -> None:
    """Makes what a settled page hides inactive: it is neither drawn nor read. `page` is a raw handle or pypdfium2's."""
    _deactivate(
        max(pdfium.FPDFPage_CountObjects(page), 0),
        lambda index: pdfium.FPDFPage_GetObject(page, index),
        0,
        check,
    )


def _deactivate(count: int, get: Callable[[int], Any], depth: int, check: Callable[[], None]) -> None:
    for index in range(count):
        if index % OBJECTS_BETWEEN_CHECKS == 0:
            check()
        item = get(index)
        if not item:
            continue
        if _is_hidden(item):
            pdfium.FPDFPageObj_SetIsActive(item, False)
        elif depth < MAX_DEPTH and pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_FORM:
            inner = max(pdfium.FPDFFormObj_CountObjects(item), 0)
            _deactivate(
                inner,
                lambda place, form=item: pdfium.FPDFFormObj_GetObject(form, place),  # type: ignore[misc]
                depth + 1,
                check,
            )


def _is_hidden(item: Any) -> bool:
    value = ctypes.c_int()
    for number in range(pdfium.FPDFPageObj_CountMarks(item)):
        mark = pdfium.FPDFPageObj_GetMark(item, number)
        if pdfium.FPDFPageObjMark_GetParamIntValue(mark, _MARKER[1:].encode(), value) and value.value:
            return True
    return False


def _places(page: Any) -> Iterator[_Place]:
    """What on the page belongs to a layer: in its content, in forms and patterns however deep, and annotations."""
    waiting = [inherited(page, "/Resources")]
    annotations = page.get("/Annots")
    for annotation in annotations if is_array(annotations) else ():
        if is_dictionary(annotation):
            if "/OC" in annotation:
                yield _Place(annotation, "/OC", "annotation")
            waiting += [stream.get("/Resources") for stream in _streams(annotation.get("/AP"), 3)]
    seen: set[tuple[int, int]] = set()
    left = MAX_RESOURCES
    while waiting and left:
        resources = waiting.pop()
        if not is_dictionary(resources) or (resources.is_indirect and resources.objgen in seen):
            continue
        seen.add(resources.objgen)
        left -= 1
        properties = resources.get("/Properties")
        for key in list(properties.keys()) if is_dictionary(properties) else ():
            value = properties[key]
            if is_dictionary(value) and value.get("/Type") in ("/OCG", "/OCMD"):
                yield _Place(properties, key, "property")
        for kind in ("/XObject", "/Pattern"):
            for stream in _streams(resources.get(kind), 1):
                if stream.objgen in seen:
                    continue
                seen.add(stream.objgen)
                if "/OC" in stream:
                    yield _Place(stream, "/OC", "xobject")
                waiting.append(stream.get("/Resources"))


def _streams(value: Any, depth: int) -> Iterator[Any]:
    """The streams in a dictionary, or in dictionaries in it."""
    import pikepdf

    if isinstance(value, pikepdf.Stream):
        yield value
    elif is_dictionary(value) and depth:
        for key in list(value.keys()):
            yield from _streams(value[key], depth - 1)


def inherited(page: Any, key: str) -> Any:
    """An entry of a page, its own or one above it in the tree; None where there is none."""
    for _ in range(MAX_DEPTH):
        if key in page:
            return page[key]
        page = page.get("/Parent")
        if not is_dictionary(page):
            break
    return None


def _empty(stream: Any) -> None:
    """Makes a form or an image one that draws nothing."""
    import pikepdf

    for key in [key for key in stream.keys() if key != "/Length"]:  # noqa: SIM118 - no dictionary of Python
        del stream[key]
    stream.write(b"")
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    stream.BBox = pikepdf.Array([0, 0, 0, 0])
