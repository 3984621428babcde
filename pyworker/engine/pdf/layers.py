"""Which optional content of a document (its layers) is shown: ISO 32000-2, 8.11.

A group (OCG) is a layer with a name. A membership dictionary (OCMD) makes content depend on several groups. The default
configuration decides, or a list of names in its place. Groups are told by their object numbers, so the object that is
asked about must be of the same file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from pyworker.limits import MAX_LAYERS, MAX_NAME_CHARS

if TYPE_CHECKING:
    import pikepdf

MAX_EXPRESSION_DEPTH = 32
"""Levels of a visibility expression; what is nested deeper hides nothing."""

_USAGE = {"/View": "/ViewState", "/Print": "/PrintState", "/Export": "/ExportState"}
"""Categories of a usage dictionary that switch a group, and the entry that says how (table 100)."""


class Layer(NamedTuple):
    """One group."""

    name: str
    visible: bool


class Layers:
    """The groups of one file and their states; the file's catalog is `root`.

    Broken entries are left out. Raises what qpdf raises for damaged objects.
    """

    def __init__(self, root: Any, chosen: Collection[str] | None = None) -> None:
        properties = _dictionary(root.get("/OCProperties"))
        self._states: dict[tuple[int, int], Layer] = {}
        self.truncated = False
        """Whether the file has more than MAX_LAYERS groups; all content of the others is shown."""
        self.is_plain = chosen is None
        """Whether lists of what is on and off tell everything, so that pdfium comes to the same judgement."""
        if properties is None:
            return
        default = _dictionary(properties.get("/D"))
        configuration = _Configuration(default)
        if "/Configs" in properties or (default is not None and ("/AS" in default or "/Intent" in default)):
            self.is_plain = False
        for group in _array(properties.get("/OCGs")):
            if not is_dictionary(group) or group.objgen in self._states:
                continue
            if len(self._states) == MAX_LAYERS:
                self.truncated = True
                return
            if "/Usage" in group or "/Intent" in group:
                self.is_plain = False
            name = _text(group.get("/Name"))
            shown = configuration.shows(group) if chosen is None else name in chosen
            self._states[group.objgen] = Layer(name, shown)

    def __iter__(self) -> Iterator[Layer]:
        """The layers in the order of the file."""
        return iter(self._states.values())

    def __len__(self) -> int:
        return len(self._states)

    def shows(self, membership: Any) -> bool:
        """Whether content that belongs to `membership`, the value of an `OC` entry or property, is shown."""
        if not is_dictionary(membership):
            return True
        if membership.get("/Type") != "/OCMD" and "/OCGs" not in membership and "/VE" not in membership:
            return self._is_on(membership)
        expression = membership.get("/VE")
        if is_array(expression):
            return self._holds(expression, 0)
        groups = membership.get("/OCGs")
        states = [
            self._is_on(group)
            for group in ([groups] if is_dictionary(groups) else _array(groups))
            if is_dictionary(group)
        ]
        if not states:
            return True
        policy = str(membership.get("/P", "/AnyOn"))
        if policy == "/AllOn":
            return all(states)
        if policy == "/AnyOff":
            return not all(states)
        if policy == "/AllOff":
            return not any(states)
        return any(states)

    def _is_on(self, group: Any) -> bool:
        layer = self._states.get(group.objgen)
        return layer is None or layer.visible

    def _holds(self, expression: Any, depth: int) -> bool:
        """The value of a visibility expression: `[/And …]`, `[/Or …]` or `[/Not one]` of groups and expressions."""
        if depth == MAX_EXPRESSION_DEPTH or not len(expression):
            return True
        values = (
            self._holds(part, depth + 1) if is_array(part) else self._is_on(part)
            for part in list(expression)[1:]
            if is_array(part) or is_dictionary(part)
        )
        operator = str(expression[0])
        if operator == "/Not":
            return not next(values, False)
        return any(values) if operator == "/Or" else all(values)


class _Configuration:
    """The default configuration: what a viewer shows when it opens the file."""

    def __init__(self, entries: Any) -> None:
        self._base = True
        self._on: set[tuple[int, int]] = set()
        self._off: set[tuple[int, int]] = set()
        self._intents = {"/View"}
        self._automatic: dict[tuple[int, int], list[str]] = {}
        if entries is None:
            return
        self._base = entries.get("/BaseState") != "/OFF"
        self._on = _identities(entries.get("/ON"))
        self._off = _identities(entries.get("/OFF"))
        self._intents = _names(entries.get("/Intent")) or self._intents
        for usage in _array(entries.get("/AS")):
            if is_dictionary(usage) and usage.get("/Event", "/View") == "/View":
                categories = [name for name in _USAGE if name in _names(usage.get("/Category"))]
                for identity in _identities(usage.get("/OCGs")):
                    self._automatic.setdefault(identity, []).extend(categories)

    def shows(self, group: Any) -> bool:
        """The state of a group."""
        intents = _names(group.get("/Intent")) or {"/View"}
        if "/All" not in self._intents and intents.isdisjoint(self._intents):
            return True
        identity = group.objgen
        usage = _dictionary(group.get("/Usage"))
        states = (
            []
            if usage is None
            else [state for name in self._automatic.get(identity, ()) if (state := _usage_state(usage, name))]
        )
        if states:
            return "/OFF" not in states
        # Viewers hide what is switched off for the screen whether or not the configuration refers to it.
        if usage is not None and _usage_state(usage, "/View") == "/OFF":
            return False
        if identity in self._off:
            return False
        return self._base or identity in self._on


def _usage_state(usage: Any, category: str) -> str | None:
    entries = _dictionary(usage.get(category))
    state = None if entries is None else entries.get(_USAGE[category])
    return None if state is None else str(state)


def is_dictionary(value: Any) -> bool:
    """Whether a value of qpdf is a dictionary (and no stream)."""
    import pikepdf

    return isinstance(value, pikepdf.Object) and value._type_code == pikepdf.ObjectType.dictionary


def is_array(value: Any) -> bool:
    """Whether a value of qpdf is an array."""
    import pikepdf

    return isinstance(value, pikepdf.Object) and value._type_code == pikepdf.ObjectType.array


def is_stream(value: Any) -> bool:
    """Whether a value of qpdf is a stream."""
    import pikepdf

    return isinstance(value, pikepdf.Object) and value._type_code == pikepdf.ObjectType.stream


def _dictionary(value: Any) -> Any:
    return value if is_dictionary(value) else None


def _array(value: Any) -> Iterator[pikepdf.Object]:
    return iter(value) if is_array(value) else iter(())


def _identities(value: Any) -> set[tuple[int, int]]:
    return {group.objgen for group in _array(value) if is_dictionary(group)}


def _names(value: Any) -> set[str]:
    """The names of an entry that is one name or an array of them."""
    return (
        {str(name) for name in _array(value)} if is_array(value) else set() if value is None else {str(value)}
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:MAX_NAME_CHARS]
