"""A tiny ONNX writer: a recognition model for the tests that reads the same text in every picture."""

from __future__ import annotations

import struct


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: int | bytes | str) -> bytes:
    """One field of a protocol buffer: an integer as a varint, anything else with its length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _tensor(name: str, dims: list[int], values: list[float]) -> bytes:
    shape = b"".join(_field(1, dim) for dim in dims)
    return shape + _field(2, 1) + _field(8, name) + _field(9, struct.pack(f"<{len(values)}f", *values))


def _value(name: str, dims: list[int | str]) -> bytes:
    shape = b"".join(_field(1, _field(1, dim) if isinstance(dim, int) else _field(2, dim)) for dim in dims)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))


def _node(kind: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind) + attributes


def model_that_reads(text: str, characters: list[str], height: int = 48) -> bytes:
    """A CTC line recogniser for `characters` (the space comes last, by itself) that answers `text` to any picture."""
    classes = ["", *characters, " "]
    steps: list[float] = []
    for character in text:
        for wanted in (classes.index(character), 0):
            steps += [1.0 if index == wanted else 0.0 for index in range(len(classes))]
    count = 2 * len(text)
    # answer + 0 x mean(picture): ONNX wants the picture to be used.
    keep_no_dims = _field(5, _field(1, "keepdims") + _field(3, 0) + _field(20, 2))
    graph = (
        _field(1, _node("ReduceMean", ["x"], "mean", keep_no_dims))
        + _field(1, _node("Mul", ["mean", "zero"], "nothing"))
        + _field(1, _node("Add", ["answer", "nothing"], "y"))
        + _field(2, "reader")
        + _field(5, _tensor("zero", [1], [0.0]))
        + _field(5, _tensor("answer", [1, count, len(classes)], steps))
        + _field(11, _value("x", ["n", 3, height, "w"]))
        + _field(12, _value("y", [1, count, len(classes)]))
    )
    listed = _field(1, "character") + _field(2, "\n".join(characters))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13)) + _field(14, listed)
