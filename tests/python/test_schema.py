"""The Rust types and the pydantic models describe the same JSON.

protocol/fixtures/schema.json is what the Rust crate says of itself (protocol/tests/schema.rs keeps it up to date).
Compared are names, types, enumerations, lengths of arrays, defaults, and what must be there. Ranges of numbers
are not part of the Rust types; the golden lines check them. The constants of both sides are compared by name.
"""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pyworker import limits, messages

RUST = json.loads(
    (Path(__file__).parents[2] / "protocol" / "fixtures" / "schema.json").read_text(encoding="utf-8")
)
MODELS = messages.PAYLOADS | {
    "error": messages.ErrorBody,
    "perf": messages.Perf,
    "limits": messages.Limits,
    "progress": messages.Progress,
}
TAGS = ("type", "event")
"""Properties that the Rust types leave to the enumeration around them."""


def shape(schema, definitions):
    """What two schemas of the same JSON have in common, however they say it: a sorted list of alternatives."""
    if "$ref" in schema:
        return shape(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return merged(option for branch in schema[union] for option in shape(branch, definitions))
    if "const" in schema:
        return [("one of", (schema["const"],))]
    if "enum" in schema:
        return merged([("one of", tuple(schema["enum"]))])
    kinds = schema.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return merged(simple(kind, schema, definitions) for kind in kinds)


def simple(kind, schema, definitions):
    if kind == "array":
        return ("array", shape(schema["items"], definitions), schema.get("minItems"), schema.get("maxItems"))
    if kind == "object" and "properties" in schema:
        return ("object", fields(schema, definitions))
    return (kind,)


def merged(options):
    """Alternatives in one order, with all constants in one enumeration."""
    options = list(options)
    constants = sorted(value for option in options if option[0] == "one of" for value in option[1])
    others = sorted((option for option in options if option[0] != "one of"), key=repr)
    return ([("one of", tuple(constants))] if constants else []) + others


LEFT_OUT = {"page_cache_mb"}
"""Fields that a worker leaves out where they are zero."""


def fields(schema, definitions):
    """Each field: its shape, whether it must be there, its default."""
    return {
        name: (shape(field, definitions), name in schema.get("required", ()), field.get("default"))
        for name, field in schema["properties"].items()
        if name not in TAGS
    }


def of_model(model):
    schema = TypeAdapter(model).json_schema()
    if model not in messages.PAYLOADS.values():
        # What a worker writes has every field, those with a default too.
        for name in LEFT_OUT & schema.get("properties", {}).keys():
            del schema["properties"][name]["default"]
        required = {name for name, field in schema.get("properties", {}).items() if "default" in field}
        schema["required"] = [*schema.get("required", ()), *required]
    return schema, schema.get("$defs", {})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_fields_are_the_same(name):
    schema, definitions = of_model(MODELS[name])
    assert fields({"properties": {}} | schema, definitions) == fields({"properties": {}} | RUST[name], {})


@pytest.mark.parametrize("name", sorted(messages.PAYLOADS))
def test_both_refuse_unknown_fields(name):
    schema, _ = of_model(MODELS[name])
    assert schema["additionalProperties"] is RUST[name]["additionalProperties"] is False


def test_lifecycle_events_are_the_same():
    rust = {
        branch["properties"]["event"]["const"]: fields(branch, {}) for branch in RUST["lifecycle"]["oneOf"]
    }
    assert rust == {name: fields(*of_model(model)) for name, model in messages.LIFECYCLE.items()}


def test_error_codes_are_the_same():
    schema, definitions = of_model(messages.ErrorCode)
    assert shape(schema, definitions) == shape(RUST["error_code"], {})


def test_constants_are_the_same():
    assert RUST["constants"] == {name: value for name, value in vars(limits).items() if name.isupper()}
    assert RUST["exit_codes"] == {code.name: code.value for code in limits.ExitCode}


def test_a_difference_shows():
    one = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    for other in (
        {"properties": {"a": {"type": "number"}}, "required": ["a"]},
        {"properties": {"a": {"type": "integer"}}},
        {"properties": {"a": {"type": ["integer", "null"]}}, "required": ["a"]},
        {"properties": {"a": {"type": "integer", "default": 1}}, "required": ["a"]},
        {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
    ):
        assert fields(one, {}) != fields(other, {})
